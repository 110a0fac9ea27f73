"""Lay one image on the other, look, and only then accept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from scipy.ndimage import map_coordinates

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import Registration, card, measured, placed, register
from fusionviewer.imaging.transform import IDENTITY, Transform, from_parts, rotation
from fusionviewer.imaging.windowing import windowed
from fusionviewer.ui.messages import notice
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.arrangement import with_image
from fusionviewer.workspace.captions import kind

SIDE = 340  # pixels of a preview
FIELDS = 6  # of the checkerboard, along each side
NUDGES = (
    ("Left", "mm", 200.0, 1.0),
    ("Back", "mm", 200.0, 1.0),
    ("Head", "mm", 200.0, 1.0),
    ("Turn about left", "°", 90.0, 0.5),
    ("Turn about back", "°", 90.0, 0.5),
    ("Turn about head", "°", 90.0, 0.5),
)


@dataclass(frozen=True, eq=False)
class _Wanted:
    """What the worker is to do: look for a transform, or measure one that was made by hand."""

    fixed: Image
    moving: Image
    by_hand: Transform | None = None


def _work(wanted: _Wanted, cancel: CancelToken, progress: Progress) -> Registration:
    if wanted.by_hand is not None:
        return measured(wanted.fixed, wanted.moving, wanted.by_hand, how="by hand")
    return register(wanted.fixed, wanted.moving, "rigid", cancel.check, progress)


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
    """Registers off the GUI thread as soon as it opens; nothing changes until it is accepted."""

    placed = Signal(object)  # the moving Image, where it belongs

    def __init__(self, fixed: Image, moving: Image, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Register {kind(moving)} to {kind(fixed)}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fixed, self._moving = fixed, moving
        self.found: Registration | None = None
        self._accepting = False
        self.before, self.after = _picture("As placed"), _picture("Registered")
        self.slice = QSlider(Qt.Orientation.Horizontal)
        self.slice.setAccessibleName("Slice of the fixed image")
        self.slice.setRange(0, fixed.shape[0] - 1)
        self.slice.setValue(fixed.shape[0] // 2)
        self.nudges = [_spin_box(*nudge) for nudge in NUDGES]
        self.card = QLabel(wordWrap=True)
        self.card.setMinimumHeight(90)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the registration")
        self.again = QPushButton("&Register again")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(
            "&Accept", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._build()
        self._runner = NewestOnlyRunner(_work, self)
        self._connect()
        self.start()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        pictures = QHBoxLayout()
        for title, picture in (("As placed", self.before), ("Registered", self.after)):
            column = QVBoxLayout()
            column.addWidget(QLabel(title))
            column.addWidget(picture)
            pictures.addLayout(column)
        layout.addLayout(pictures)
        layout.addWidget(self.slice)
        fields = QGridLayout()
        for i, (box, (label, *_)) in enumerate(zip(self.nudges, NUDGES, strict=True)):
            fields.addWidget(QLabel(label), i // 3, i % 3 * 2)
            fields.addWidget(box, i // 3, i % 3 * 2 + 1)
        layout.addWidget(
            QLabel("By hand, in mm and degrees (arrow keys; Page Up and Down for ten):")
        )
        layout.addLayout(fields)
        layout.addWidget(self.card)
        layout.addWidget(self.bar)
        self.buttons.addButton(self.again, QDialogButtonBox.ButtonRole.ActionRole)
        layout.addWidget(self.buttons)

    def _connect(self) -> None:
        self._runner.progressed.connect(self._advance)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._failed)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.again.clicked.connect(lambda _checked: self.start())
        self.slice.valueChanged.connect(lambda _index: self._draw())
        for box in self.nudges:
            box.valueChanged.connect(lambda _value: self._nudged())
        self.finished.connect(lambda _result: self._runner.close())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._runner.close)

    def start(self) -> None:
        """Look for the transform, from the beginning."""
        self.found = None
        for box in self.nudges:
            box.blockSignals(True)
            box.setValue(0)
            box.blockSignals(False)
        self._busy("Looking for the best alignment…")
        self._draw()
        self._runner.start(_Wanted(self._fixed, self._moving))

    @property
    def transform(self) -> Transform:
        """What was found, and then what was done by hand, about the middle of the fixed image."""
        found = IDENTITY if self.found is None else self.found.transform
        values = np.array([box.value() for box in self.nudges])
        if not values.any() or self._fixed.grid is None:
            return found
        middle = self._fixed.grid.position((np.array(self._fixed.shape) - 1) / 2)
        # the moving image goes where the hand takes it: places are looked up the other way round
        hand = from_parts(rotation(values[3:]), middle, middle + values[:3])
        return found.compose(hand.inverse())

    def _busy(self, text: str) -> None:
        self.card.setText(text)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.accept_button.setEnabled(False)

    def _advance(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _received(self, found: Registration) -> None:
        self.bar.hide()
        if self._accepting:
            self._finish(found)
            return
        self.found = found
        self.card.setText("\n".join(card(found, self._fixed).lines()))
        self.accept_button.setEnabled(True)
        self.accept_button.setDefault(True)
        self._draw()

    def _failed(self, error: Exception) -> None:
        """It can still be done by hand, where there is a geometry."""
        self.bar.hide()
        self._accepting = False
        words = notice(error)
        self.card.setText(f"{words.text}\n{words.hint}")
        self._nudged()

    def _nudged(self) -> None:
        by_hand = any(box.value() for box in self.nudges)
        if by_hand and self.bar.isVisible():
            self._runner.cancel()
            self.bar.hide()
            self.card.setText("By hand; measured when it is accepted.")
        self.accept_button.setEnabled(by_hand or self.found is not None)
        self._draw()

    def _accept(self) -> None:
        if any(box.value() for box in self.nudges):
            self._accepting = True
            transform = self.transform
            self._busy("Measuring how well it lies…")
            self._runner.start(_Wanted(self._fixed, self._moving, transform))
        elif self.found is not None:
            self._finish(self.found)

    def _finish(self, found: Registration) -> None:
        self.placed.emit(placed(self._moving, self._fixed, found))
        self.accept()

    def _draw(self) -> None:
        index = self.slice.value()
        for label, transform in ((self.before, IDENTITY), (self.after, self.transform)):
            pixels = checkerboard(self._fixed, self._moving, transform, index)
            height, width = pixels.shape
            image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
            grid = self._fixed.grid
            tall = 1.0 if grid is None else float(grid.spacing[1] / grid.spacing[2])
            scale = SIDE / max(width, height * tall)
            label.setPixmap(
                QPixmap.fromImage(image).scaled(
                    max(int(width * scale), 1),
                    max(int(height * tall * scale), 1),
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )


def checkerboard(
    fixed: Image, moving: Image, transform: Transform, index: int
) -> NDArray[np.uint8]:
    """One slice of `fixed`, every other field of it from `moving`, (H, W)."""
    height, width = fixed.shape[1:]
    rows, columns = np.mgrid[0:height, 0:width]
    a = windowed(fixed.values[index], opening_look(fixed).window)
    if fixed.grid is None or moving.grid is None:
        return (a * 255).astype(np.uint8)
    here = np.stack([np.full_like(rows, index), rows, columns], axis=-1)
    where = moving.grid.index(transform.apply(fixed.grid.position(here)))
    window = opening_look(moving).window
    seen = map_coordinates(
        moving.values, np.moveaxis(where, -1, 0), order=1, cval=window.low, output=np.float32
    )
    b = windowed(seen, window)
    field = max(height, width) / FIELDS
    odd = ((rows // field).astype(int) + (columns // field).astype(int)) % 2 == 1
    return (np.nan_to_num(np.where(odd, b, a)) * 255).astype(np.uint8)


def _picture(name: str) -> QLabel:
    label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
    label.setFixedSize(SIDE, SIDE)
    label.setAccessibleName(f"Checkerboard of both images, {name.lower()}")
    return label


def _spin_box(label: str, unit: str, limit: float, step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setAccessibleName(label)
    box.setRange(-limit, limit)
    box.setSingleStep(step)
    box.setDecimals(1)
    box.setSuffix(f" {unit}" if unit == "mm" else unit)
    return box
