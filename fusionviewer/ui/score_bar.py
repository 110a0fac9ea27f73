"""Where a score lies between what the two sources would score themselves, as a small bar."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from fusionviewer.ui.score_table import LINE_ROLE, Line, value_of

Index = QModelIndex | QPersistentModelIndex
_LETTER = 9  # pixels between two letters that can be told apart


class BarDelegate(QStyledItemDelegate):
    """A line from the lesser of the sources' own values to the greater, and the fused value on it.

    The fused value is a full circle, the reference an open one: none is told by colour alone.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        line = index.data(LINE_ROLE)
        if isinstance(line, Line) and value_of(line.value) is not None:
            rect = option.rect
            _paint_bar(painter, QRectF(rect).adjusted(10, 3, -10, -3), line, option.palette)


def _paint_bar(painter: QPainter, area: QRectF, line: Line, palette: QPalette) -> None:
    a, b = value_of(line.of_a), value_of(line.of_b)
    value, reference = value_of(line.value), value_of(line.reference)
    known = [x for x in (a, b, value, reference) if x is not None]
    low, high = min(known), max(known)
    if a is None or b is None or high <= low:
        return

    def x(score: float) -> float:
        return area.left() + (score - low) / (high - low) * area.width()

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_sources(painter, area, x(a), x(b), palette)
    if reference is not None:
        _dot(painter, x(reference), area.center().y(), palette.text().color(), full=False)
    if value is not None:
        _dot(painter, x(value), area.center().y(), palette.link().color(), full=True)
    painter.restore()


def _paint_sources(painter: QPainter, area: QRectF, a: float, b: float, palette: QPalette) -> None:
    """The line between both, with their letters; one “A B” where they lie too close."""
    middle = area.center().y()
    painter.setPen(QPen(palette.mid().color(), 3))
    painter.drawLine(QPointF(a, middle), QPointF(b, middle))
    font = painter.font()
    font.setPixelSize(9)
    font.setBold(False)
    painter.setFont(font)
    painter.setPen(palette.placeholderText().color())
    letters = {"A": a, "B": b} if abs(a - b) > _LETTER else {"A B": (a + b) / 2}
    for letter, x in letters.items():
        place = QRectF(x - 12, area.top() - 3, 24, 10)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, letter)
    for x in (a, b):
        painter.drawLine(QPointF(x, middle - 3), QPointF(x, middle + 3))


def _dot(painter: QPainter, x: float, y: float, colour: QColor, *, full: bool) -> None:
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(colour if full else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(x - 3.5, y - 3.5, 7, 7))
