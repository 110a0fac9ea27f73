"""Two fused pictures side by side and, smaller, what they were made of: all at one zoom."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_overlay import Message
from fusionviewer.ui.pictures import Pixels
from fusionviewer.ui.reader_work import TrialPictures
from fusionviewer.workspace.captions import Captions
from fusionviewer.workspace.looks import view_reset
from fusionviewer.workspace.state import ViewState, panned, zoomed

WAITING = marked("Fusing…")


class ReaderPictures(QWidget):
    """No pane says what it shows but its side; `number` is the trial that is on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ViewState(tool="zoom")
        self.number = 0
        self.left, self.right = Pane("A"), Pane("B")
        self.sources = (Pane("C"), Pane("fused"))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for place, pane in enumerate((self.left, self.right)):
            layout.addWidget(pane, 0, place, 2, 1)
            layout.setColumnStretch(place, 3)
        for place, pane in enumerate(self.sources):
            layout.addWidget(pane, place, 2)
        layout.setColumnStretch(2, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Pictures of this comparison"))
        for pane, name in self._names.items():
            self._connect(pane, name)

    @property
    def _names(self) -> dict[Pane, str]:
        first, second = self.sources
        return {
            **{self.left: _("Left"), self.right: _("Right")},
            **{first: _("First source"), second: _("Second source")},
        }

    def _connect(self, pane: Pane, name: str) -> None:
        pane.describe(name)
        pane.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys rate
        pane.set_tool("pan")
        pane.zoomed.connect(lambda factor, at: self._view(zoomed(self._state, factor, at)))
        pane.panned.connect(lambda rows, cols: self._view(panned(self._state, rows, cols)))
        pane.enlarge_asked.connect(lambda: self._view(view_reset(self._state)))

    def _view(self, state: ViewState) -> None:
        self._state = state
        for pane in self._names:
            pane.draw_view(state.view)

    def wait(self) -> None:
        """Nothing of the trial before is left on the screen."""
        self.number = 0
        self._view(view_reset(self._state))
        for pane, name in self._names.items():
            pane.draw_picture(None)
            pane.draw_texts(
                Captions(top_left=(name,)), None, Message(_(WAITING), badge=False), notice=False
            )

    def show_pictures(self, made: TrialPictures) -> None:
        shown: dict[Pane, Pixels] = dict(
            zip(self._names, (made.left, made.right, *made.sources), strict=True)
        )
        for pane, pixels in shown.items():
            pane.draw_picture(pixels, made.tallness)
            pane.draw_view(self._state.view)
            fused = pane in (self.left, self.right)
            pane.draw_texts(Captions(top_left=(self._names[pane],)), None, None, notice=fused)
        self.number = made.number
