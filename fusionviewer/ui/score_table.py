"""Scores as a table: on the screen, as text and as CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from fusionviewer.metrics.report import Score
from fusionviewer.metrics.table import METRICS, REGION_RULES, Metric
from fusionviewer.texts import text as _
from fusionviewer.texts import translated
from fusionviewer.ui.scoring import SliceScores

Index = QModelIndex | QPersistentModelIndex
PENDING = "…"
UNDEFINED = "–"
NAME, VALUE, REFERENCE, BAR = range(4)
LINE_ROLE = Qt.ItemDataRole.UserRole + 1
T = TypeVar("T")
WAYS = {"higher": " ↑", "lower": " ↓", None: ""}


@dataclass(frozen=True)
class Line:
    """One score: its values are None while they are pending."""

    metric: Metric
    value: Score | None = None
    reference: Score | None = None
    of_a: Score | None = None
    of_b: Score | None = None

    @property
    def better(self) -> int:
        """1 when the value is better than the reference, −1 when it is worse, else 0."""
        mine, other = value_of(self.value), value_of(self.reference)
        if mine is None or other is None or mine == other or self.metric.better is None:
            return 0
        return 1 if (mine > other) == (self.metric.better == "higher") else -1


def value_of(score: Score | None) -> float | None:
    """Its number; None while it is pending or where there is none."""
    return None if score is None else score.value


def lines_of(names: Sequence[str], scores: SliceScores | None) -> list[Line]:
    """A line per name; pending where `scores` is None."""
    if scores is None:
        return [Line(METRICS[name]) for name in names]

    def of(table: dict[str, Score] | None, name: str) -> Score | None:
        return None if table is None else table.get(name)

    return [
        Line(
            METRICS[name],
            of(scores.fused, name),
            of(scores.reference, name),
            of(scores.of_a, name),
            of(scores.of_b, name),
        )
        for name in names
    ]


class ScoreModel(QAbstractTableModel):
    """Score, value, reference, and a bar between what the two sources would score themselves."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self.titles = (_("Score"), _("Fused"), _("Reference"), _("A and B"))

    def show_lines(self, lines: list[Line]) -> None:
        if len(lines) != len(self.lines):
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
        elif lines:
            self.lines = lines
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, BAR))

    def retitle(self, titles: tuple[str, str, str, str]) -> None:
        if titles != self.titles:
            self.titles = titles
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, BAR)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if role in roles and orientation == Qt.Orientation.Horizontal:
            return self.titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        answer = _ROLES.get(role)
        return answer and answer(self.lines[index.row()], index.column())


def cell_text(line: Line, column: int) -> str:
    """What a cell says; "" for the bar, which is painted."""
    metric = line.metric
    if column == NAME:
        unit = f" [{metric.unit}]" if metric.unit else ""
        return f"{_(metric.label)}{unit}{WAYS[metric.better]}"
    if column == BAR:
        return ""
    return written(line.value if column == VALUE else line.reference, metric)


def _alignment(_line: Line, column: int) -> Qt.AlignmentFlag:
    ways = Qt.AlignmentFlag
    across = ways.AlignRight if column in (VALUE, REFERENCE) else ways.AlignLeft
    return across | ways.AlignVCenter


def _font(line: Line, column: int) -> QFont | None:
    """The better one of value and reference is bold."""
    if not line.better or line.better != {VALUE: 1, REFERENCE: -1}.get(column):
        return None
    bold = QFont()
    bold.setBold(True)
    return bold


def written(score: Score | None, metric: Metric) -> str:
    if score is None:
        return PENDING
    return UNDEFINED if score.value is None else f"{score.value:.{metric.digits}f}"


def explained(line: Line) -> str:
    """What a score means, which variant it is, where it is from, and why it has no value."""
    metric = line.metric
    ways = {"higher": _("More is better."), "lower": _("Less is better."), None: ""}
    why_not = line.value.why_not if line.value else None
    parts = [
        f"{_(metric.label)} ({metric.unit})" if metric.unit else _(metric.label),
        f"{_(metric.description)} {ways[metric.better]}".strip(),
        _("Variant: {variant}.", variant=_(metric.convention)),
        _("In a region: {rule}.", rule=_(REGION_RULES[metric.region])),
        _("Source: {source}", source=metric.source) if metric.source else "",
        _own_values(line),
        _("No value: {reason}.", reason=translated(why_not)) if why_not else "",
    ]
    return "\n".join(part for part in parts if part)


def _own_values(line: Line) -> str:
    """What the sources would score as the fused image; "" where that is unknown."""
    if value_of(line.of_a) is None or value_of(line.of_b) is None:
        return ""
    a, b = written(line.of_a, line.metric), written(line.of_b, line.metric)
    return _("The sources themselves would score {a} (A) and {b} (B).", a=a, b=b)


def spoken(line: Line, column: int) -> str:
    """A cell for a screen reader."""
    if column == BAR:
        return _own_values(line) or _("The sources' own values are not known.")
    return f"{_(line.metric.label)}: {cell_text(line, column)}" if column else cell_text(line, NAME)


_ROLES: dict[int, Callable[[Line, int], Any]] = {
    Qt.ItemDataRole.DisplayRole: cell_text,
    Qt.ItemDataRole.ToolTipRole: lambda line, _column: explained(line),
    Qt.ItemDataRole.AccessibleTextRole: spoken,
    Qt.ItemDataRole.TextAlignmentRole: _alignment,
    Qt.ItemDataRole.FontRole: _font,
    LINE_ROLE: lambda line, _column: line,
}


def as_text(lines: Sequence[Line], titles: Sequence[str]) -> str:
    """Tab-separated, as on the screen: for the clipboard.

    `titles` are those of the fused image and of the reference, "" where there is none.
    """
    rows = [[_("Score"), *_present(titles, titles), _("A itself"), _("B itself")]]
    for line in lines:
        own = [written(score, line.metric) for score in (line.of_a, line.of_b)]
        both = [cell_text(line, VALUE), cell_text(line, REFERENCE)]
        rows.append([cell_text(line, NAME), *_present(both, titles), *own])
    return "\n".join("\t".join(row) for row in rows) + "\n"


def as_csv(lines: Sequence[Line], titles: Sequence[str]) -> str:
    """Full precision, one line per score, with its variant and why a value is missing.

    `titles` are those of the fused image and of the reference, "" where there is none.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    values = [*_present(titles, titles), "A itself", "B itself"]
    writer.writerow(["name", "score", "unit", "better", *values, "variant", "why no value"])
    for line in lines:
        metric = line.metric
        both = _present([value_of(line.value), value_of(line.reference)], titles)
        scores = [*both, value_of(line.of_a), value_of(line.of_b)]
        writer.writerow(
            [metric.name, metric.label, metric.unit, metric.better or ""]
            + ["" if score is None else score for score in scores]
            + [metric.convention, (line.value.why_not if line.value else None) or ""]
        )
    return file.getvalue()


def _present(values: Sequence[T], titles: Sequence[str]) -> list[T]:
    return [value for value, title in zip(values, titles, strict=True) if title]
