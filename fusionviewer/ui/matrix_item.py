"""How one entry of the matrix is drawn: its picture untouched, its words below, a frame when chosen."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fusionviewer.ui import theme
from fusionviewer.ui.pictures import Pixels, as_seen
from fusionviewer.workspace.state import View

SIDE = 150  # of a picture, in logical pixels
LINES = 4  # of words
MARGIN = 6
PICTURE = Qt.ItemDataRole.DecorationRole


class EntryDelegate(QStyledItemDelegate):
    """Qt's own tints the picture of what is selected, and a picture must look as it is."""

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,  # noqa: ARG002
    ) -> QSize:
        line = option.fontMetrics.lineSpacing()
        return QSize(SIDE + 4 * MARGIN, SIDE + LINES * line + 3 * MARGIN)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        box: QRect = option.rect.adjusted(2, 2, -2, -2)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        picture = QRect(box.center().x() - SIDE // 2, box.top() + MARGIN, SIDE, SIDE)
        painter.fillRect(picture, theme.PANE)
        pixmap = index.data(PICTURE)
        if isinstance(pixmap, QPixmap):
            at = QRect(0, 0, pixmap.width(), pixmap.height())
            at.moveCenter(picture.center())
            painter.drawPixmap(at, pixmap)
        words = QRect(box.left() + 2, picture.bottom() + MARGIN, box.width() - 4, box.height())
        _draw_words(painter, words.intersected(box), str(index.data()), option.palette)
        frame = option.palette.link() if selected else option.palette.mid()
        painter.setPen(QPen(frame.color(), 3 if selected else 1))
        painter.drawRect(box)
        painter.restore()


def _draw_words(painter: QPainter, area: QRect, text: str, palette: QPalette) -> None:
    metrics = painter.fontMetrics()
    for i, line in enumerate(text.split("\n")):
        row = QRect(area.left(), area.top() + i * metrics.lineSpacing(), area.width(), 99)
        painter.setPen((palette.text() if i == 0 else palette.placeholderText()).color())
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(row, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, shown)


def thumbnail_pixmap(picture: Pixels, tall: float, view: View) -> QPixmap:
    """Fitted into SIDE × SIDE, and turned as in the panes; a pixel is `tall` times as tall as wide."""
    picture = as_seen(picture, view)
    tall = 1 / tall if view.turns % 2 else tall
    form = QImage.Format.Format_RGB888 if picture.ndim == 3 else QImage.Format.Format_Grayscale8
    height, width = picture.shape[:2]
    image = QImage(picture.tobytes(), width, height, picture.strides[0], form)
    scale = min(SIDE / width, SIDE / (height * tall))
    fitted = image.scaled(
        max(round(width * scale), 1),
        max(round(height * tall * scale), 1),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return QPixmap.fromImage(fitted)
