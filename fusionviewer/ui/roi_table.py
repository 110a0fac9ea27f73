"""The numbers of a region as a table: on the screen, as text and as CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from fusionviewer.imaging.native import number
from fusionviewer.imaging.roi_statistics import Statistics

Index = QModelIndex | QPersistentModelIndex
PENDING = "…"
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """What one image says; `statistics` is None while it is being computed."""

    label: str
    statistics: Statistics | None = None


@dataclass(frozen=True)
class Column:
    """One number: `value` is for files, `text` for the screen.

    `width` is fixed, in pixels: measuring every cell anew takes longer than the numbers do.
    """

    label: str
    tip: str
    value: Callable[[Statistics], float | int | str | None]
    unit: Callable[[Statistics], str] = lambda _found: ""
    width: int = 58

    def text(self, found: Statistics) -> str:
        value = self.value(found)
        if isinstance(value, str):
            return value.partition(",")[0]  # “display, 0…1” is too long for a column
        if value is None:
            return NOTHING
        written = str(value) if isinstance(value, int) else number(value)
        return f"{written} {self.unit(found)}".strip()


def _extent(found: Statistics) -> float | int | None:
    """Area in mm², volume in mm³, or pixels where nobody knows how large they are."""
    known = found.area_mm2 if found.volume_mm3 is None else found.volume_mm3
    return known if known is not None else found.count or None


def _extent_unit(found: Statistics) -> str:
    if found.volume_mm3 is not None:
        return "mm³"
    return "mm²" if found.area_mm2 is not None else "px"


COLUMNS = (
    Column("Unit", "Of mean to sum; fused values are brightness", lambda s: s.unit),
    Column("Mean", "Mean of the native voxels", lambda s: s.mean),
    Column("SD", "Standard deviation of these voxels (divided by n)", lambda s: s.sd),
    Column("Min", "Least value", lambda s: s.minimum),
    Column("Max", "Greatest value", lambda s: s.maximum),
    Column("Median", "Middle value", lambda s: s.median),
    Column("Sum", "Sum of all values", lambda s: s.total),
    Column("n", "Native voxels that were measured", lambda s: s.count),
    Column("Area", "In the slice; of a sphere its volume", _extent, _extent_unit, 88),
    Column("Left out", "Voxels that are padding or not a number", lambda s: s.excluded),
)


class StatisticsModel(QAbstractTableModel):
    """One line per image, or one column per image where there is little width (`transposed`)."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self.transposed = False

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        same_labels = [row.label for row in rows] == [row.label for row in self._rows]
        if not same_labels:
            self.beginResetModel()
        self._rows = tuple(rows)
        if not same_labels:
            self.endResetModel()
        elif rows:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def transpose(self, transposed: bool) -> None:
        if transposed != self.transposed:
            self.beginResetModel()
            self.transposed = transposed
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        if parent.isValid():
            return 0
        return len(COLUMNS) if self.transposed else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        if parent.isValid():
            return 0
        return len(self._rows) if self.transposed else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        which, what = index.row(), index.column()
        row, column = self._at(*((what, which) if self.transposed else (which, what)))
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return remark(row) or column.tip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.label}, {column.label}: {_text(row, column)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        of_columns = (orientation == Qt.Orientation.Horizontal) != self.transposed
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].label if of_columns else self._rows[section].label
        if role == Qt.ItemDataRole.ToolTipRole and of_columns:
            return COLUMNS[section].tip
        return None

    def _at(self, row: int, column: int) -> tuple[Row, Column]:
        return self._rows[row], COLUMNS[column]


def _text(row: Row, column: Column) -> str:
    return PENDING if row.statistics is None else column.text(row.statistics)


def remark(row: Row) -> str:
    """What must be known of the numbers of a row; "" when there is nothing to say."""
    if row.statistics is None:
        return ""
    return row.statistics.reason or row.statistics.note


def as_text(rows: Sequence[Row]) -> str:
    """Tab-separated, as on the screen: for the clipboard."""
    lines = [["", *(column.label for column in COLUMNS)]]
    lines += [[row.label, *(_text(row, column) for column in COLUMNS)] for row in rows]
    return "\n".join("\t".join(line) for line in lines) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """Full precision, one line per image, with the remark at the end."""
    file = io.StringIO()
    writer = csv.writer(file)
    names = [column.label.lower() for column in COLUMNS]
    writer.writerow(["image", *names, "area unit", "remark"])
    for row in rows:
        found = row.statistics
        values = [None if found is None else column.value(found) for column in COLUMNS]
        unit = _extent_unit(found) if found is not None and found.count else ""
        cells = ["" if value is None else value for value in values]
        writer.writerow([row.label, *cells, unit, remark(row)])
    return file.getvalue()
