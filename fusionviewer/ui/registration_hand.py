"""Shifts and turns in numbers."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.imaging.registration_by_hand import Placing
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

NUDGES = (
    (marked("To the left"), " mm", 2000.0, 1.0),
    (marked("To the back"), " mm", 2000.0, 1.0),
    (marked("To the head"), " mm", 2000.0, 1.0),
    (marked("Turn about left"), "°", 180.0, 0.5),
    (marked("Turn about back"), "°", 180.0, 0.5),
    (marked("Turn about head"), "°", 180.0, 0.5),
)
HOW = marked(
    "Drag in the picture to shift the moving image, Ctrl-drag to turn it. Arrow keys shift by 1 mm, "
    "with Ctrl they turn by 1°, with Shift ten times as far. Here in numbers:"
)


class HandPanel(QWidget):
    """The six numbers of a placing's hand; they say when somebody changed them."""

    changed = Signal(object, object)  # shift in mm, turn in degrees, (3,) each

    def __init__(self) -> None:
        super().__init__()
        self.boxes = [_spin_box(*nudge) for nudge in NUDGES]
        self.reset = QPushButton(_("&Take the hand away"))
        self.reset.setAutoDefault(False)
        layout, fields = QVBoxLayout(self), QGridLayout()
        layout.addWidget(QLabel(_(HOW), wordWrap=True))
        for row, (box, (label, *_limits)) in enumerate(zip(self.boxes, NUDGES, strict=True)):
            fields.addWidget(QLabel(_(label)), row, 0)
            fields.addWidget(box, row, 1)
            box.valueChanged.connect(lambda _value: self._told())
        layout.addLayout(fields)
        layout.addWidget(self.reset)
        layout.addStretch(1)
        self.reset.clicked.connect(lambda _checked: self.changed.emit(np.zeros(3), np.zeros(3)))

    def show_placing(self, placing: Placing) -> None:
        """Its numbers, which nobody changed."""
        for box, value in zip(self.boxes, (*placing.shift, *placing.turn), strict=True):
            box.blockSignals(True)
            box.setValue(float(value))
            box.blockSignals(False)
        self.reset.setEnabled(placing.by_hand)

    def _told(self) -> None:
        values = np.array([box.value() for box in self.boxes])
        self.changed.emit(values[:3], values[3:])


def _spin_box(label: str, unit: str, limit: float, step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setAccessibleName(_(label))
    box.setRange(-limit, limit)
    box.setSingleStep(step)
    box.setDecimals(1)
    box.setSuffix(unit)
    return box
