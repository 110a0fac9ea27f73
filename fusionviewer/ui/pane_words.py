"""Lines of text with a dark rim, readable on white as on black."""

from collections import OrderedDict

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap

SHADOW = QColor(0, 0, 0, 200)
RIM = 2  # pixels around the letters; some go on beyond their advance
KEPT = 256  # pictures of lines
_ROUND = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]


class RimmedWords:
    """Draws lines, and remembers how they look: a pane is painted often, and says mostly the same."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[object, QPixmap] = OrderedDict()

    def draw(
        self, painter: QPainter, text: str, box: QRect, side: Qt.AlignmentFlag, colour: QColor
    ) -> None:
        """In the font of the painter, at one side of `box`; cut where it is too long."""
        if not text.strip():
            return
        ratio = painter.device().devicePixelRatioF()
        key = (text, box.width(), box.height(), painter.font().key(), colour.rgba(), ratio)
        picture = self._pictures.pop(key, None)
        if picture is None:
            picture = _picture(text, painter.font(), box, colour, ratio)
        self._pictures[key] = picture
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        free = box.width() - round(picture.width() / ratio) + 2 * RIM
        left = {Qt.AlignmentFlag.AlignRight: free, Qt.AlignmentFlag.AlignHCenter: free // 2}
        painter.drawPixmap(box.left() + left.get(side, 0) - RIM, box.top() - RIM, picture)


def _picture(text: str, font: QFont, box: QRect, colour: QColor, ratio: float) -> QPixmap:
    """As much of the line as fits into the width of `box`, and a rim around it."""
    measure = QFontMetrics(font)
    text = measure.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    inner = QRect(RIM, RIM, measure.horizontalAdvance(text), box.height())
    size = inner.size() + QSize(2 * RIM, 2 * RIM)
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setFont(font)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
    painter.setPen(SHADOW)
    for dx, dy in _ROUND:
        painter.drawText(inner.translated(dx, dy), flags, text)
    painter.setPen(colour)
    painter.drawText(inner, flags, text)
    painter.end()
    return picture
