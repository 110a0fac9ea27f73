"""Where a score lies between what the two sources would score themselves, as a small bar."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from fusionviewer.ui import theme
from fusionviewer.ui.score_table import LINE_ROLE, Line, value_of

Index = QModelIndex | QPersistentModelIndex


class BarDelegate(QStyledItemDelegate):
    """A line from the lesser of the sources' own values to the greater, and the fused value on it.

    The fused value is a full circle, the reference an open one: none is told by colour alone.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        line = index.data(LINE_ROLE)
        if isinstance(line, Line) and value_of(line.value) is not None:
            rect = option.rect
            _paint_bar(painter, QRectF(rect).adjusted(10, 3, -10, -3), line)


def _paint_bar(painter: QPainter, area: QRectF, line: Line) -> None:
    own = [value_of(line.of_a), value_of(line.of_b)]
    a, b = own
    value, reference = value_of(line.value), value_of(line.reference)
    known = [x for x in (a, b, value, reference) if x is not None]
    low, high = min(known), max(known)
    if a is None or b is None or high <= low:
        return
    middle = area.center().y()

    def x(score: float) -> float:
        return area.left() + (score - low) / (high - low) * area.width()

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.LINE, 3))
    painter.drawLine(int(x(a)), int(middle), int(x(b)), int(middle))
    for name, score in (("A", a), ("B", b)):
        painter.setPen(theme.QUIET)
        font = painter.font()
        font.setPixelSize(9)
        painter.setFont(font)
        painter.drawText(
            QRectF(x(score) - 8, area.top() - 2, 16, 10), Qt.AlignmentFlag.AlignCenter, name
        )
        painter.drawLine(int(x(score)), int(middle) - 3, int(x(score)), int(middle) + 3)
    if reference is not None:
        _dot(painter, x(reference), middle, theme.TEXT, full=False)
    if value is not None:
        _dot(painter, x(value), middle, theme.ACCENT, full=True)
    painter.restore()


def _dot(painter: QPainter, x: float, y: float, colour: QColor, *, full: bool) -> None:
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(colour if full else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(x - 3.5, y - 3.5, 7, 7))
