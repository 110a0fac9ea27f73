"""The same places in both images, set by hand: what they say of the alignment, in mm."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.registration_landmarks import MIN_PAIRS, from_landmarks
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.registration_sheet import Mark
from fusionviewer.ui.registration_viewer import SheetViewer

Place = NDArray[np.float64]
COLUMNS = (marked("Fixed, mm"), marked("Moving, mm"), marked("Off by, mm"))
HOW = marked(
    "Click the same place in both images, then add the pair: three at least, better four or more, far "
    "apart and not on one line. The wheel moves through an image."
)


class LandmarkPanel(QWidget):
    """The table of pairs; the places are clicked in two viewers beside it."""

    wanted = Signal(object, object)  # the places in the fixed and in the moving image, (N, 3) each

    def __init__(self, fixed: SheetViewer, moving: SheetViewer) -> None:
        super().__init__()
        self._viewers = (fixed, moving)
        self._pending: list[Place | None] = [None, None]
        self.pairs: list[tuple[Place, Place]] = []
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName(_("Pairs of landmarks"))
        self.add = QPushButton(_("A&dd the pair"))
        self.remove = QPushButton(_("Remo&ve"))
        self.use = QPushButton(_("Align b&y these"))
        self.told = QLabel(_(HOW), wordWrap=True)
        self._build()
        for side, viewer in enumerate(self._viewers):
            viewer.pointed.connect(partial(self._point, side))
            viewer.marks = partial(self._marks, side)
        self._tell()

    def _build(self) -> None:
        self.table.setHorizontalHeaderLabels([_(heading) for heading in COLUMNS])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        layout, row = QVBoxLayout(self), QHBoxLayout()
        for button in (self.add, self.remove, self.use):
            button.setAutoDefault(False)
            row.addWidget(button)
        layout.addWidget(self.told)
        layout.addLayout(row)
        layout.addWidget(self.table, stretch=1)
        self.add.clicked.connect(lambda _checked: self._add())
        self.remove.clicked.connect(lambda _checked: self._remove())
        self.use.clicked.connect(lambda _checked: self._use())
        self.table.itemSelectionChanged.connect(self._show_chosen)

    def _point(self, side: int, place: Place) -> None:
        self._pending[side] = place
        self._viewers[side].redraw()
        self._tell()

    def _marks(self, side: int) -> Sequence[Mark]:
        pending = self._pending[side]
        set_places = [Mark(pair[side], str(i + 1)) for i, pair in enumerate(self.pairs)]
        return [*set_places, *([] if pending is None else [Mark(pending, _("new"), chosen=True)])]

    def _add(self) -> None:
        fixed, moving = self._pending
        if fixed is not None and moving is not None:
            self.pairs.append((fixed, moving))
            self._pending = [None, None]
            self._changed()

    def _remove(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self.pairs):
            del self.pairs[row]
            self._changed()

    def _use(self) -> None:
        fixed, moving = (np.array([pair[side] for pair in self.pairs]) for side in (0, 1))
        self.wanted.emit(fixed, moving)

    def _changed(self) -> None:
        self._tell()
        for viewer in self._viewers:
            viewer.redraw()

    def _show_chosen(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self.pairs):
            for viewer, place in zip(self._viewers, self.pairs[row], strict=True):
                viewer.go_to(place)
        self.remove.setEnabled(0 <= row < len(self.pairs))

    def _tell(self) -> None:
        residuals, words = self._residuals()
        self.table.setRowCount(len(self.pairs))
        for row, pair in enumerate(self.pairs):
            off = f"{residuals[row]:.1f}" if residuals else "…"
            for column, text in enumerate((*(map(_coordinates, pair)), off)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.told.setText(words)
        self.add.setEnabled(all(place is not None for place in self._pending))
        self.use.setEnabled(bool(residuals))
        self.remove.setEnabled(0 <= self.table.currentRow() < len(self.pairs))

    def _residuals(self) -> tuple[tuple[float, ...], str]:
        """How far each pair is off when all are laid on each other as well as they go."""
        if len(self.pairs) < MIN_PAIRS:
            return (), _(HOW)
        fixed, moving = (np.array([pair[side] for pair in self.pairs]) for side in (0, 1))
        try:
            residuals = from_landmarks(fixed, moving)[1]
        except GeometryMismatch as error:
            return (), " ".join((str(error), error.hint))
        mean = float(np.sqrt(np.mean(np.square(residuals))))
        return residuals, _(
            "{count} pairs, off by {mean:.1f} mm (root mean square).",
            count=len(residuals),
            mean=mean,
        )


def _coordinates(place: Place) -> str:
    return ", ".join(f"{one:.0f}" for one in place)
