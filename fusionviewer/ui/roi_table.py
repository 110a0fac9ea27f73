"""The numbers of a region as a table: on the screen, as text and as CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from fusionviewer.imaging.measure_profile import Profile
from fusionviewer.imaging.native import number
from fusionviewer.imaging.roi_statistics import Statistics
from fusionviewer.texts import text as _
from fusionviewer.texts import translated

Index = QModelIndex | QPersistentModelIndex
PENDING = "…"
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """What one image says of one mark; `statistics` is None while it is being computed.

    Attributes:
        profile: the values along a distance.
        share: 0…1, of the fused pixels: how much came from the first of `names`; None if unknown.
    """

    label: str
    statistics: Statistics | None = None
    profile: Profile | None = None
    share: float | None = None
    names: tuple[str, str] = ("", "")


Value = float | int | str | None


@dataclass(frozen=True)
class Column:
    """One number: `value` is for files, `text` for the screen.

    `width` is fixed, in pixels: measuring every cell anew takes longer than the numbers do.

    Attributes:
        whole: whether the value is that of a voxel, which HU has whole numbers of.
        rare: the column is there only when some image has it.
    """

    label: str
    tip: str
    value: Callable[[Row, Statistics], Value]
    unit: Callable[[Statistics], str] = lambda _found: ""
    width: int = 56
    whole: bool = True
    rare: bool = False

    def text(self, row: Row) -> str:
        found = row.statistics
        if found is None:
            return PENDING
        value = self.value(row, found)
        if isinstance(value, str):
            return translated(value).partition(",")[0]  # “display, 0…1” is too long for a column
        if value is None:
            return NOTHING
        if isinstance(value, int):
            return f"{value} {self.unit(found)}".strip()
        unit = self.unit(found)
        return f"{number(value, unit or found.unit, whole=self.whole)} {unit}".strip()


def extent(found: Statistics) -> tuple[float | int | None, str]:
    """Area in mm², volume in ml, or pixels where nobody knows how large they are."""
    if found.volume_mm3 is not None:
        return found.volume_mm3 / 1000, "ml"
    if found.area_mm2 is not None:
        return found.area_mm2, "mm²"
    return found.area_px, "px"


def share_text(share: float, names: tuple[str, str]) -> str:
    """ "A CT 62 % · B MR 38 %"."""
    percent = round(share * 100)
    return f"{names[0]} {percent} % · {names[1]} {100 - percent} %"


def _share(row: Row, _found: Statistics) -> Value:
    return None if row.share is None else share_text(row.share, row.names)


COLUMNS = (
    Column("Unit", "Of mean to sum; fused values are brightness", lambda _r, s: s.unit, width=70),
    Column("Mean", "Mean of the native voxels, in the fused image of its pixels",
           lambda _r, s: s.mean, whole=False),
    Column("SD", "Standard deviation of these voxels (divided by n)", lambda _r, s: s.sd,
           whole=False),
    Column("Min", "Least value", lambda _r, s: s.minimum),
    Column("Max", "Greatest value", lambda _r, s: s.maximum),
    Column("SUVpeak", "Highest mean in a sphere of 1 cm³ around a voxel of the region "
           "(PERCIST, Wahl 2009); it may reach beyond the region", lambda _r, s: s.peak, rare=True),
    Column("% of max", "Mean, as a share of the highest value of the image",
           lambda _r, s: None if s.of_maximum is None else 100 * s.of_maximum,
           lambda _s: "%", 66, whole=False, rare=True),
    Column("Median", "Middle value", lambda _r, s: s.median),
    Column("Area", "In the slice; of a sphere its volume", lambda _r, s: extent(s)[0],
           lambda s: extent(s)[1], 84),
    Column("TLG", "Total lesion glycolysis of a sphere: mean SUV × volume, SUV·ml",
           lambda _r, s: s.glycolysis, rare=True),
    Column("n", "Native voxels that were measured, in the fused image pixels",
           lambda _r, s: s.count),
    Column("Sum", "Sum of all values", lambda _r, s: s.total, width=76),
    Column("Came from", "Mean share of each source in the fused pixels; for methods that do not "
           "tell it, show the contribution (O)", _share, width=180, rare=True),
    Column("Left out", "Voxels that are padding or not a number", lambda _r, s: s.excluded),
)  # fmt: skip


def columns_of(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Those that these rows have something in."""
    known = [(row, row.statistics) for row in rows if row.statistics is not None]
    return tuple(
        column
        for column in COLUMNS
        if not column.rare or any(column.value(*one) is not None for one in known)
    )


class StatisticsModel(QAbstractTableModel):
    """One line per image, or one column per image where there is little width (`transposed`)."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self.columns: tuple[Column, ...] = columns_of(())
        self.transposed = False

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        pending = all(row.statistics is None for row in rows)
        columns = self.columns if pending and rows else columns_of(rows)  # so that nothing jumps
        same_labels = [row.label for row in rows] == [row.label for row in self._rows]
        same = same_labels and columns == self.columns
        if not same:
            self.beginResetModel()
        self._rows, self.columns = tuple(rows), columns
        if not same:
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
        return len(self.columns) if self.transposed else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        if parent.isValid():
            return 0
        return len(self._rows) if self.transposed else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        which, what = index.row(), index.column()
        row, column = self._at(*((what, which) if self.transposed else (which, what)))
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return translated(remark(row)) or _(column.tip)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{_(row.label)}, {_(column.label)}: {column.text(row)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        of_columns = (orientation == Qt.Orientation.Horizontal) != self.transposed
        if role == Qt.ItemDataRole.DisplayRole:
            return _(self.columns[section].label if of_columns else self._rows[section].label)
        if role == Qt.ItemDataRole.ToolTipRole and of_columns:
            return _(self.columns[section].tip)
        return None

    def _at(self, row: int, column: int) -> tuple[Row, Column]:
        return self._rows[row], self.columns[column]


def remark(row: Row) -> str:
    """What must be known of the numbers of a row; "" when there is nothing to say."""
    if row.statistics is None:
        return ""
    return row.statistics.reason or row.statistics.note
