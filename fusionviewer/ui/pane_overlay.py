"""What is written over an image: corner texts, letters, colour bar, messages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fusionviewer.ui import theme
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC, Captions, Lines

MARGIN = 8
BADGE_HEIGHT = 0.75  # of the pane, so that it covers no middle of a preview
BAR_WIDTH = 10
BAR_SHARE = 0.4  # of the pane's height
SHADOW = QColor(0, 0, 0, 200)


@dataclass(frozen=True, eq=False)
class ColourBar:
    """A palette from its low to its high end, and what those stand for."""

    colours: NDArray[np.uint8]  # (256, 3), low first
    low: str
    high: str


@dataclass(frozen=True)
class Message:
    """In the middle of a pane that has no picture, or a badge over one that is not yet there."""

    title: str
    hint: str = ""
    badge: bool = False


class PaneOverlay(QWidget):
    """Lies over the image, takes no mouse, and draws what it was last given."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.captions = Captions()
        self.bar: ColourBar | None = None
        self.message: Message | None = None
        self.notice = False  # “Not for diagnostic use”
        self.active = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        if self.active:
            painter.setPen(theme.ACCENT)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        self._draw_corners(painter)
        self._draw_letters(painter)
        if self.bar is not None and self.height() > 260:
            self._draw_bar(painter, self.bar)
        if self.notice:
            line = self._line_height()
            self._draw_line(
                painter,
                NOT_DIAGNOSTIC,
                QRect(0, self.height() - MARGIN - line, self.width(), line),
                Qt.AlignmentFlag.AlignHCenter,
                theme.WARNING,
            )
        if self.message is not None:
            self._draw_message(painter, self.message)
        painter.end()

    def _line_height(self) -> int:
        return self.fontMetrics().lineSpacing()

    def _draw_corners(self, painter: QPainter) -> None:
        captions, line = self.captions, self._line_height()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        reserved = line if self.notice else 0
        bottom = self.height() - MARGIN - reserved
        self._draw_lines(painter, captions.top_left, MARGIN, left)
        self._draw_lines(painter, captions.top_right, MARGIN, right)
        for lines, side in ((captions.bottom_left, left), (captions.bottom_right, right)):
            self._draw_lines(painter, lines, bottom - line * len(lines), side)
        painter.save()
        for i, text in enumerate(captions.warnings):
            box = QRect(MARGIN, self._below_corners() + i * line, self.width() - 2 * MARGIN, line)
            self._draw_line(painter, text, box, left, theme.WARNING)
        painter.restore()

    def _below_corners(self) -> int:
        taken = max(len(self.captions.top_left), len(self.captions.top_right))
        return MARGIN + self._line_height() * taken

    def _draw_lines(
        self, painter: QPainter, lines: Lines, top: int, side: Qt.AlignmentFlag
    ) -> None:
        height, whole = self._line_height(), self.width() - 2 * MARGIN
        at_top, left = top == MARGIN, side == Qt.AlignmentFlag.AlignLeft
        for i, text in enumerate(lines):
            width = self._free(i, left, whole) if at_top else whole // 2
            x = MARGIN if left else MARGIN + whole - width
            box = QRect(x, top + i * height, width, height)
            self._draw_line(painter, text, box, side, theme.TEXT)

    def _free(self, line: int, left: bool, whole: int) -> int:
        """The width for a line at the top: what the other side leaves of it, at least half."""
        texts = self.captions.top_right if left else self.captions.top_left
        taken = self.fontMetrics().horizontalAdvance(texts[line]) if line < len(texts) else 0
        return max(whole - taken - 2 * MARGIN, whole // 2) if taken else whole

    def _draw_line(
        self, painter: QPainter, text: str, box: QRect, side: Qt.AlignmentFlag, colour: QColor
    ) -> None:
        text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        flags = side | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(SHADOW)
        for dx, dy in ((1, 1), (-1, 1), (1, -1), (-1, -1)):  # readable on white as on black
            painter.drawText(box.translated(dx, dy), flags, text)
        painter.setPen(colour)
        painter.drawText(box, flags, text)

    def _draw_letters(self, painter: QPainter) -> None:
        letters, line = self.captions.letters, self._line_height()
        middle = (self.height() - line) // 2
        wide = max(self.width() - 2 * MARGIN, 0)
        font, bold = painter.font(), QFont(painter.font())
        bold.setBold(True)
        painter.setFont(bold)
        center = Qt.AlignmentFlag.AlignHCenter
        boxes = (
            (letters.left, QRect(MARGIN, middle, wide, line), Qt.AlignmentFlag.AlignLeft),
            (letters.right, QRect(MARGIN, middle, wide, line), Qt.AlignmentFlag.AlignRight),
            (letters.top, QRect(MARGIN, self._top_letter(), wide, line), center),
            (letters.bottom, self._bottom_letter(line, wide), center),
        )
        for text, box, side in boxes:
            self._draw_line(painter, text, box, side, theme.WARNING)
        painter.setFont(font)

    def _top_letter(self) -> int:
        """At the top edge, or under texts that reach the middle."""
        captions, middle = self.captions, self.width() // 2 - 3 * MARGIN
        widths = map(
            self.fontMetrics().horizontalAdvance, (*captions.top_left, *captions.top_right)
        )
        if max(widths, default=0) + MARGIN < middle:
            return MARGIN
        return self._below_corners() + self._line_height() * len(captions.warnings)

    def _bottom_letter(self, line: int, wide: int) -> QRect:
        up = 2 if self.notice else 1
        return QRect(MARGIN, self.height() - MARGIN - up * line, wide, line)

    def _draw_bar(self, painter: QPainter, bar: ColourBar) -> None:
        height = int(self.height() * BAR_SHARE)
        left, top = self.width() - MARGIN - BAR_WIDTH, (self.height() - height) // 2
        columns = np.ascontiguousarray(bar.colours[::-1, None, :])
        image = QImage(columns.tobytes(), 1, len(columns), 3, QImage.Format.Format_RGB888)
        painter.drawImage(QRect(left, top, BAR_WIDTH, height), image)
        painter.setPen(theme.LINE)
        painter.drawRect(left - 1, top - 1, BAR_WIDTH + 1, height + 1)
        line, whole = self._line_height(), self.width() - 2 * MARGIN
        side = Qt.AlignmentFlag.AlignRight
        self._draw_line(
            painter, bar.high, QRect(MARGIN, top - line - 2, whole, line), side, theme.TEXT
        )
        self._draw_line(
            painter, bar.low, QRect(MARGIN, top + height + 2, whole, line), side, theme.TEXT
        )

    def _draw_message(self, painter: QPainter, message: Message) -> None:
        if message.badge:
            self._draw_badge(painter, message.title)
            return
        wide = min(self.width() - 4 * MARGIN, 460)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        bold = QFont(painter.font())
        bold.setBold(True)
        limit = QRect(0, 0, wide, 10_000)
        title = QFontMetrics(bold).boundingRect(limit, flags, message.title).height()
        hint = self.fontMetrics().boundingRect(limit, flags, message.hint).height()
        left, top = (self.width() - wide) // 2, (self.height() - title - hint - MARGIN) // 2
        painter.save()
        painter.setFont(bold)
        painter.setPen(theme.TEXT)
        painter.drawText(QRect(left, top, wide, title), flags, message.title)
        painter.restore()
        painter.setPen(theme.QUIET)
        painter.drawText(QRect(left, top + title + MARGIN, wide, hint), flags, message.hint)

    def _draw_badge(self, painter: QPainter, text: str) -> None:
        size = self.fontMetrics().size(0, text)
        box = QRectF(0, 0, size.width() + 32, size.height() + 16)
        box.moveCenter(QPointF(self.width() / 2, self.height() * BADGE_HEIGHT))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.WARNING)
        painter.setBrush(QColor(0, 0, 0, 220))
        painter.drawRoundedRect(box, 6, 6)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
