"""What is written over an image: corner texts, letters, colour bar, messages."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fusionviewer.ui import theme
from fusionviewer.ui.badges import draw_badge, row_height
from fusionviewer.ui.pane_texts import (
    MARGIN,
    Side,
    Space,
    Text,
    free_height,
    free_row,
    laid_out,
)
from fusionviewer.ui.ruler import horizontal, ruler, vertical
from fusionviewer.workspace.captions import Captions

SIDES: dict[Side, Qt.AlignmentFlag] = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "middle": Qt.AlignmentFlag.AlignHCenter,
}
BADGE_HEIGHT = 0.75  # of the pane, so that it covers no middle of a preview
BAR_WIDTH = 10
EDGE = 5  # from the edge of the pane to a ruler
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
        self.covered = 0  # pixels at the top that something else lies over
        self.active = False
        self._found: tuple[object, tuple[Text, ...]] | None = None

    def cover(self, pixels: int) -> None:
        """Something lies over so many pixels at the top: the words make room."""
        if pixels != self.covered:
            self.covered = pixels
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        if self.active:
            painter.setPen(theme.ACCENT)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        texts = self._texts()
        for text in texts:
            self._draw_text(painter, text)
        self._draw_rulers(painter, texts)
        if self.bar is not None and self.height() > 260:
            self._draw_bar(painter, self.bar)
        if self.message is not None:
            self._draw_message(painter, self.message)
        painter.end()

    def _line_height(self) -> int:
        return self.fontMetrics().lineSpacing()

    def _texts(self) -> tuple[Text, ...]:
        """Where each line goes; found once for the same words, for a pane is painted often."""
        asked = (self.captions, self.size(), self.font(), self.notice, self.covered)
        if self._found is None or self._found[0] != asked:
            measure = cache(self.fontMetrics().horizontalAdvance)
            space = Space(
                self.width(),
                self.height(),
                self._line_height(),
                measure,
                self.notice,
                top=self.covered,
            )
            self._found = (asked, laid_out(self.captions, space))
        return self._found[1]

    def tip_at(self, x: int, y: int) -> str:
        """The sentence of the badge at a place; "" where there is none."""
        tall = row_height(self._line_height())
        return next(
            (
                text.badge.sentence
                for text in self._texts()
                if text.badge is not None
                and 0 <= x - text.left < text.width
                and 0 <= y - text.top < tall
            ),
            "",
        )

    def _draw_text(self, painter: QPainter, text: Text) -> None:
        if text.badge is not None:
            line = self._line_height()
            draw_badge(painter, text.badge, text.left, text.top, text.width, line)
            return
        box = QRect(text.left, text.top, text.width, self._line_height())
        colour = theme.TEXT if text.kind == "plain" else theme.WARNING
        if text.kind == "letter":
            painter.setFont(self._bold())
        self._draw_line(painter, text.words, box, SIDES[text.side], colour)
        painter.setFont(self.font())

    def _bold(self) -> QFont:
        bold = QFont(self.font())
        bold.setBold(True)
        return bold

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

    def _draw_rulers(self, painter: QPainter, texts: tuple[Text, ...]) -> None:
        """Along the lower and the left edge, which has the label; without room there, above all words."""
        bar = ruler(self.captions.mm_per_pixel, min(self.width(), self.height()))
        if bar is None or (self.message is not None and not self.message.badge):
            return
        line, left = self._line_height(), (self.width() - bar.pixels) / 2
        words = self.fontMetrics().horizontalAdvance(bar.label) + MARGIN
        if bar.pixels + 2 * line <= free_height(texts, self.height(), line):
            foot = (self.height() + bar.pixels) / 2
            lines = horizontal(bar, left, self.height() - EDGE)
            lines += vertical(bar, EDGE, foot - bar.pixels)
            at = (EDGE, foot + 2)
        else:
            reach = (left - words, left + bar.pixels + words)
            measure = self.fontMetrics().horizontalAdvance
            bottom = free_row(texts, reach, self.height(), line, measure)
            lines = horizontal(bar, left, bottom)
            at = (left + bar.pixels + MARGIN, bottom - line + 3)
        for colour, width in ((SHADOW, 3), (theme.TEXT, 1)):  # readable on white as on black
            painter.setPen(QPen(colour, width))
            painter.drawLines(lines)
        box = QRect(int(at[0]), int(at[1]), words, line)
        self._draw_line(painter, bar.label, box, SIDES["left"], theme.TEXT)

    def _draw_bar(self, painter: QPainter, bar: ColourBar) -> None:
        height = int(self.height() * BAR_SHARE)
        beside = MARGIN + BAR_WIDTH + 2 * self._line_height()  # the patient's letter is at the edge
        left, top = self.width() - beside, (self.height() - height) // 2
        columns = np.ascontiguousarray(bar.colours[::-1, None, :])
        image = QImage(columns.tobytes(), 1, len(columns), 3, QImage.Format.Format_RGB888)
        painter.drawImage(QRect(left, top, BAR_WIDTH, height), image)
        painter.setPen(theme.LINE)
        painter.drawRect(left - 1, top - 1, BAR_WIDTH + 1, height + 1)
        line, wide = self._line_height(), left + BAR_WIDTH - MARGIN
        for words, y in ((bar.high, top - line - 2), (bar.low, top + height + 2)):
            box = QRect(MARGIN, y, wide, line)
            self._draw_line(painter, words, box, SIDES["right"], theme.TEXT)

    def _draw_message(self, painter: QPainter, message: Message) -> None:
        if message.badge:
            self._draw_badge(painter, message.title)
            return
        wide = min(self.width() - 4 * MARGIN, 460)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        bold = self._bold()
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
