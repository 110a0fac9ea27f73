"""A sheet pane with its plane and its slider, for one image or for two under a transform."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from fusionviewer.imaging.planes import PLANES, PlaneName
from fusionviewer.imaging.registration_levels import Level
from fusionviewer.imaging.registration_preview import (
    STYLES,
    Colours,
    Grey,
    Sheet,
    as_grey,
    reach,
    seen,
    sheet,
)
from fusionviewer.imaging.transform import IDENTITY, Transform
from fusionviewer.texts import text as _
from fusionviewer.ui.registration_sheet import Mark, SheetPane

STEP_MM = 1.0  # from sheet to sheet


class SheetViewer(QWidget):
    """Cuts `image`, and `other` where there is one, by the sheet that its controls say."""

    pointed = Signal(object)  # (3,) mm

    def __init__(self, name: str, *, pointing: bool = False, tools: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.pane = SheetPane(name, pointing=pointing)
        self.plane = QComboBox()
        self.plane.setAccessibleName(_("Plane: {name}", name=name))
        for key, plane in PLANES.items():
            self.plane.addItem(_(plane.label), key)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Place of the sheet: {name}", name=name))
        self.where = QLabel()
        self.where.setMinimumWidth(90)
        self._image: Level | None = None
        self._cut: Sheet | None = None
        self._seen: Grey | None = None  # of `image`: it stays while the other one moves
        self.draw: Callable[[Grey, Sheet], Colours] = lambda grey, _cut: as_grey(grey)
        self.marks: Callable[[], Sequence[Mark]] = lambda: ()
        self._build(name, tools)

    def _build(self, name: str, tools: Sequence[QWidget]) -> None:
        layout, row, below = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel(name))
        row.addStretch(1)
        for tool in (*tools, self.plane):
            row.addWidget(tool)
        below.addWidget(self.slider, stretch=1)
        below.addWidget(self.where)
        layout.addLayout(row)
        layout.addWidget(self.pane, stretch=1)
        layout.addLayout(below)
        self.plane.currentIndexChanged.connect(lambda _index: self._turn_to_plane())
        self.slider.valueChanged.connect(lambda _value: self._cut_anew())
        self.pane.scrolled.connect(lambda n: self.slider.setValue(self.slider.value() + n))
        self.pane.pointed.connect(self.pointed)

    def show_image(self, image: Level) -> None:
        self._image = image
        self._turn_to_plane()

    def go_to(self, place: NDArray[np.float64]) -> None:
        """The sheet through a place."""
        self.slider.setValue(round(float(place @ self._along)))

    def redraw(self) -> None:
        """What lies on the sheet has moved."""
        if not self.isVisible():
            return
        if self._cut is not None and self._seen is not None:
            self.pane.show_sheet(self.draw(self._seen, self._cut), self._cut, self.marks())

    @property
    def _plane(self) -> PlaneName:
        name: PlaneName = self.plane.currentData()
        return name

    @property
    def _along(self) -> NDArray[np.float64]:
        return np.asarray(np.abs(np.array(PLANES[self._plane].away, float)))

    def _turn_to_plane(self) -> None:
        if self._image is None:
            return
        low, high = reach(self._image.grid, self._plane)
        self.slider.blockSignals(True)
        self.slider.setRange(int(np.ceil(low)), int(np.floor(high)))
        self.slider.setValue(round((low + high) / 2))
        self.slider.blockSignals(False)
        self._cut_anew()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._cut_anew()

    def _cut_anew(self) -> None:
        """Not before anybody looks: each takes a while."""
        if self._image is None or not self.isVisible():
            return
        at = self.slider.value() * STEP_MM
        self._cut = sheet(self._image.grid, self._plane, at)
        self._seen = seen(self._image, self._cut)
        axis = "xyz"[int(self._along.argmax())]
        self.where.setText(_("{axis} = {at:.0f} mm", axis=axis, at=at))
        self.redraw()


class PairViewer(SheetViewer):
    """The fixed image with the moving one on it, in one of STYLES."""

    def __init__(self) -> None:
        self.style_box = QComboBox()
        self.style_box.setAccessibleName(_("How both are shown"))
        for label, style in STYLES.items():
            self.style_box.addItem(_(label), style)
        super().__init__(_("Both images"), tools=(self.style_box,))
        self._moving: Level | None = None
        self._transform = IDENTITY
        self.draw = self._both
        self.style_box.currentIndexChanged.connect(lambda _index: self.redraw())

    def show_pair(self, fixed: Level, moving: Level) -> None:
        self._moving = moving
        self.show_image(fixed)

    def place(self, transform: Transform) -> None:
        self._transform = transform
        self.redraw()

    def _both(self, fixed: Grey, cut: Sheet) -> Colours:
        if self._moving is None:
            return as_grey(fixed)
        moving = seen(self._moving, cut, self._transform)
        draw: Callable[[Grey, Grey, float], Colours] = self.style_box.currentData()
        return draw(fixed, moving, cut.step_mm)
