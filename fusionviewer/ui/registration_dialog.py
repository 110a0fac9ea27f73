"""Lay one image on the other, look, and only then accept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from fusionviewer.errors import FusionViewerError
from fusionviewer.formats.transform_files import write_transform
from fusionviewer.imaging.alignment import AlignmentState
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import Registration, card
from fusionviewer.imaging.registration_by_hand import Placing
from fusionviewer.imaging.registration_levels import Level
from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import notice
from fusionviewer.ui.registration_layout import RegistrationLayout
from fusionviewer.ui.registration_work import Wanted, found, laid, looks
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.arrangement import with_image
from fusionviewer.workspace.captions import kind

FILES = marked("Transforms (*.tfm *.txt)")


def ask_registration(store: Store, parent: QWidget) -> "RegistrationDialog":
    """Register the overlay to the base of the fused pane; what is accepted can be undone."""
    state = store.state
    first, second = state.fused_slots
    fixed, moving = (state.slots[i].native for i in (first, second))

    def accept(image: Image) -> None:
        now = store.state
        if now.natives == state.natives and now.fused_slots == state.fused_slots:
            store.settle()
            store.apply(with_image, second, image)

    dialog = RegistrationDialog(fixed, moving, parent)
    dialog.placed.connect(accept)
    dialog.open()
    return dialog


class RegistrationDialog(QDialog):
    """Registers off the GUI thread as soon as it opens; nothing changes until it is accepted.

    Every placing that was made can be taken back: `placings` has them in order, `now` says which one
    is shown, and `measures` how well each lies, as far as that was worked out.
    """

    placed = Signal(object)  # the moving Image, where it belongs

    def __init__(self, fixed: Image, moving: Image, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(
            _("Register {moving} to {fixed}", moving=kind(moving), fixed=kind(fixed))
        )
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fixed, self._moving = fixed, moving
        self.placings = [Placing(_middle(fixed))]
        self.measures: list[Registration | None] = [None]
        self.now = 0
        self._accepting = self._dragging = self._left = False
        self.parts = RegistrationLayout(self, kind(fixed), kind(moving))
        self._runner = NewestOnlyRunner(found, self)
        self._looker = NewestOnlyRunner(looks, self)
        self._layer = NewestOnlyRunner(laid, self)
        self._connect()
        self.parts.steps(False, False)
        self._looker.start(Wanted(fixed, moving))
        self.start()

    @property
    def placing(self) -> Placing:
        return self.placings[self.now]

    @property
    def found(self) -> Registration | None:
        """How well what is shown lies; None while it is not known."""
        return self.measures[self.now]

    def _connect(self) -> None:
        parts = self.parts
        self._runner.progressed.connect(parts.advance)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._failed)
        self._looker.finished.connect(self._show_images)
        self._layer.finished.connect(self._finished)
        self._layer.failed.connect(self._failed)
        parts.buttons.accepted.connect(self._accept)
        parts.buttons.rejected.connect(self.reject)
        parts.again.clicked.connect(lambda _checked: self.start())
        parts.undo.triggered.connect(lambda _checked: self._step(-1))
        parts.redo.triggered.connect(lambda _checked: self._step(1))
        parts.load.clicked.connect(lambda _checked: self._ask_load())
        parts.save.clicked.connect(lambda _checked: self._ask_save())
        parts.hand.changed.connect(self._set_by_hand)
        parts.both.pane.shifted.connect(lambda mm: self._drag(self.placing.shifted(mm)))
        parts.both.pane.turned.connect(lambda degrees: self._drag(self.placing.turned(degrees)))
        parts.both.pane.released.connect(self._let_go)
        parts.landmarks.wanted.connect(lambda a, b: self._look_for(landmarks=(a, b)))
        self.finished.connect(lambda _result: self._leave())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._leave)

    def _leave(self) -> None:
        """At once: a step of a registration takes seconds, and the window would stand still."""
        if not self._left:
            self._left = True
            for runner in (self._runner, self._looker, self._layer):
                runner.leave()

    def start(self) -> None:
        """Look for the transform, from the beginning."""
        self._look_for()

    def _look_for(self, **how: object) -> None:
        self._stop()
        self.parts.busy(_("Looking for the best alignment…") if not how else _("Measuring…"))
        wanted = Wanted(self._fixed, self._moving, self.parts.kind)
        self._runner.start(replace(wanted, **how))  # type: ignore[arg-type]

    def _show_images(self, images: tuple[Level, Level]) -> None:
        self.parts.show_images(*images)
        self._draw()

    def _received(self, told: Registration) -> None:
        if self.placing.by_hand and told.how == "by hand":
            self.measures[self.now] = told
        else:
            self._add(Placing(_middle(self._fixed), told), told)
        if self._accepting:
            self._finish(told)
        else:
            self._show()

    def _failed(self, error: Exception) -> None:
        """It can still be done by hand, where there is a geometry."""
        self._accepting = False
        words = notice(error)
        self._show()
        self.parts.say(f"{words.text}\n{words.hint}", "error")

    def _add(self, placing: Placing, told: Registration | None = None) -> None:
        """One more, after what is shown; what was taken back is forgotten."""
        self.placings[self.now + 1 :] = [placing]
        self.measures[self.now + 1 :] = [told]
        self.now += 1

    def _set_by_hand(self, shift: object, turn: object) -> None:
        self._drag(self.placing.set_by_hand(shift, turn))  # type: ignore[arg-type]
        self._let_go()

    def _drag(self, placing: Placing) -> None:
        """All of one drag is one step back."""
        if self._fixed.grid is None or self._moving.grid is None:
            return
        self._stop()
        if self._dragging:
            self.placings[self.now], self.measures[self.now] = placing, None
        else:
            self._add(placing)
        self._dragging = True
        self._show()

    def _let_go(self) -> None:
        if self._dragging:
            self._dragging = False
            self._measure()

    def _measure(self) -> None:
        if self.placing.by_hand and self.found is None:
            self._runner.start(Wanted(self._fixed, self._moving, by_hand=self.placing))

    def _stop(self) -> None:
        """Nobody waits for what was asked for before."""
        self._accepting = False
        for runner in (self._runner, self._layer):
            runner.cancel()

    def _step(self, by: int) -> None:
        self.now = min(max(self.now + by, 0), len(self.placings) - 1)
        self._stop()
        self._show()
        self._measure()

    def _show(self) -> None:
        """The card, the numbers and the picture of what is now."""
        parts, told = self.parts, self.found or self.placing.found
        parts.steps(self.now > 0, self.now + 1 < len(self.placings))
        parts.hand.show_placing(self.placing)
        if self.found is not None:
            words = card(self.found, self._fixed)
            sure = words.state is AlignmentState.REGISTERED
            parts.say("\n".join(map(translated, words.lines())), "good" if sure else "warning")
        else:
            by_hand = self.placing.by_hand
            parts.say(_("By hand; it is being measured.") if by_hand else _("As the files say."))
        parts.usable(self.placing.by_hand or told is not None)
        self._draw()

    def _draw(self) -> None:
        self.parts.both.place(self.placing.transform)

    def _accept(self) -> None:
        if self.found is not None:
            self._finish(self.found)
        elif self.placing.by_hand:
            self._look_for(by_hand=self.placing)
            self._accepting = True

    def _finish(self, told: Registration) -> None:
        """Interpolating a whole series, as an affine registration needs it, takes seconds."""
        self.parts.busy(_("Placing the image…"))
        self._layer.start((self._fixed, self._moving, told))

    def _finished(self, image: Image) -> None:
        self.placed.emit(image)
        self.accept()

    def _ask_load(self) -> None:
        dialog = QFileDialog(self, _("Load a transform"), "", _(FILES))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.load(Path(name)))
        dialog.open()

    def load(self, path: Path) -> None:
        self._look_for(file=path)

    def _ask_save(self) -> None:
        dialog = QFileDialog(self, _("Save the transform"), "", _(FILES))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("tfm")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.open()

    def save(self, path: Path) -> None:
        """Writes what is shown; the file dialog has asked before it replaces a file."""
        try:
            write_transform(self.placing.transform, path, overwrite=True)
        except FusionViewerError as error:
            self.parts.say(f"{error}\n{error.hint}", "error")


def _middle(fixed: Image) -> np.ndarray:
    if fixed.grid is None:
        return np.zeros(3)
    return fixed.grid.position((np.array(fixed.shape) - 1) / 2)
