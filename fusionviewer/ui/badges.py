"""The marks on the image: an icon and two words in a frame, readable on every picture.

The icon tells how grave it is by its shape (circle, triangle, octagon), so that nobody needs to see
colours.
"""

from collections.abc import Callable, Iterable, Iterator
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fusionviewer.ui import theme
from fusionviewer.workspace.badges import Badge, Level

PAD = 5  # between frame, icon and words
GAP = 5  # between two badges
TALLER = 4  # than a line of text
GROUND = QColor(0, 0, 0, 190)
COLOURS: dict[Level, QColor] = {
    "note": theme.TEXT,
    "caution": theme.WARNING,
    "grave": theme.ERROR,
}
SIGNS: dict[Level, str] = {"note": "i", "caution": "!", "grave": "×"}
Place = tuple[Badge, int, int, int]  # left, top, width


def flowed(
    badges: Iterable[Badge],
    left: int,
    top: int,
    width: int,
    line: int,
    measure: Callable[[str], int],
) -> Iterator[Place]:
    """Beside each other from `left`, and in the next row where they would leave `width`."""
    x = left
    for badge in badges:
        wanted = min(measure(badge.label) + line + 3 * PAD, width)
        if x > left and x + wanted > left + width:
            x, top = left, top + row_height(line)
        yield badge, x, top, wanted
        x += wanted + GAP


def row_height(line: int) -> int:
    """From one row of badges to the next."""
    return line + TALLER + 2


def draw_badge(painter: QPainter, badge: Badge, left: int, top: int, width: int, line: int) -> None:
    """In the font of the painter."""
    colour = COLOURS[badge.level]
    frame = QRectF(left + 0.5, top + 0.5, width - 1, line + TALLER - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1))
    painter.setBrush(GROUND)
    painter.drawRoundedRect(frame, 4, 4)
    side = line - 2
    icon = QRectF(left + PAD, top + (line + TALLER - side) / 2, side, side)
    plain = painter.font()
    _draw_icon(painter, badge.level, icon, colour)
    painter.setFont(plain)
    words = QRectF(icon.right() + PAD, top, width - side - 3 * PAD, line + TALLER)
    painter.setPen(colour)
    fitting = painter.fontMetrics().elidedText(
        badge.label, Qt.TextElideMode.ElideRight, int(words.width()) + 1
    )
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)
    painter.restore()


def _draw_icon(painter: QPainter, level: Level, box: QRectF, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if level == "note":
        painter.drawEllipse(box)
    else:
        painter.drawPolygon(_triangle(box) if level == "caution" else _octagon(box))
    font = painter.font()
    font.setBold(True)
    font.setPixelSize(max(int(box.height() * 0.8), 6))
    painter.setFont(font)
    painter.setPen(QColor("black"))
    low = box.height() * 0.12 if level == "caution" else 0  # a triangle is widest at its foot
    painter.drawText(box.translated(0, low), Qt.AlignmentFlag.AlignCenter, SIGNS[level])


def _triangle(box: QRectF) -> QPolygonF:
    return QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()])


def _octagon(box: QRectF) -> QPolygonF:
    radius, middle = box.width() / 2 / cos(pi / 8), box.center()
    turns = ((2 * i + 1) * pi / 8 for i in range(8))
    return QPolygonF([middle + QPointF(radius * cos(t), radius * sin(t)) for t in turns])
