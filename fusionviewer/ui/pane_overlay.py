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
from fusionviewer.ui.pane_rulers import EDGE, LEAST, rulers
from fusionviewer.ui.pane_texts import BAR, MARGIN, Side, Space, Text, free_height, laid_out
from fusionviewer.ui.pane_words import SHADOW, RimmedWords
from fusionviewer.workspace.captions import Captions

SIDES: dict[Side, Qt.AlignmentFlag] = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "middle": Qt.AlignmentFlag.AlignHCenter,
}
WRAPPED = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
BADGE_HEIGHT = 0.75  # of the pane, so that it covers no middle of a preview
BAR_SHARE = 0.4  # of the pane's height
ROOM = 15, 12  # lines of text across and down that a pane needs for all of its texts


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
        self._words = RimmedWords()
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
        if self.bar is not None:
            self._draw_bar(painter, self.bar, texts)
        if self.message is not None:
            self._draw_message(painter, self.message)
        painter.end()

    @property
    def has_room(self) -> bool:
        """Whether all texts leave something of the picture."""
        line = self._line_height()
        return self.width() >= ROOM[0] * line and self.height() >= ROOM[1] * line

    def _line_height(self) -> int:
        return self.fontMetrics().lineSpacing()

    def _texts(self) -> tuple[Text, ...]:
        """Where each line goes; found once for the same words, for a pane is painted often."""
        barred = self.bar is not None
        asked = (self.captions, self.size(), self.font(), self.notice, self.covered, barred)
        if self._found is None or self._found[0] != asked:
            self._found = (asked, laid_out(self.captions, self._space()))
        return self._found[1]

    def _space(self) -> Space:
        metrics = self.fontMetrics()

        @cache
        def width(words: str) -> int:
            # Qt's own method would be asked for its docstring, which takes Qt for Python 80 ms to write.
            return metrics.horizontalAdvance(words)

        return Space(
            self.width(),
            self.height(),
            self._line_height(),
            width,
            self.notice,
            top=self.covered,
            barred=self.bar is not None,
        )

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
        self._words.draw(painter, text.words, box, SIDES[text.side], colour)
        painter.setFont(self.font())

    def _bold(self) -> QFont:
        bold = QFont(self.font())
        bold.setBold(True)
        return bold

    def _draw_rulers(self, painter: QPainter, texts: tuple[Text, ...]) -> None:
        drawn = rulers(self.captions.mm_per_pixel, texts, self._space())
        if drawn is None or (self.message is not None and not self.message.badge):
            return
        for colour, width in ((SHADOW, 3), (theme.TEXT, 1)):  # readable on white as on black
            painter.setPen(QPen(colour, width))
            painter.drawLines(drawn.lines)
        wide = self.fontMetrics().horizontalAdvance(drawn.label) + MARGIN
        box = QRect(int(drawn.left), int(drawn.top), wide, self._line_height())
        self._words.draw(painter, drawn.label, box, SIDES["left"], theme.TEXT)

    def _draw_bar(self, painter: QPainter, bar: ColourBar, texts: tuple[Text, ...]) -> None:
        line = self._line_height()
        room = free_height(texts, self.height(), line, "right") - 2 * line - 2 * MARGIN
        height = int(min(self.height() * BAR_SHARE, room))
        if height < LEAST:
            return
        left, top = self.width() - EDGE - BAR, (self.height() - height) // 2
        columns = np.ascontiguousarray(bar.colours[::-1, None, :])
        image = QImage(columns.tobytes(), 1, len(columns), 3, QImage.Format.Format_RGB888)
        painter.drawImage(QRect(left, top, BAR, height), image)
        painter.setPen(theme.LINE)
        painter.drawRect(left - 1, top - 1, BAR + 1, height + 1)
        wide = left + BAR - MARGIN
        for words, y in ((bar.high, top - line - 2), (bar.low, top + height + 2)):
            box = QRect(MARGIN, y, wide, line)
            self._words.draw(painter, words, box, SIDES["right"], theme.TEXT)

    def _draw_message(self, painter: QPainter, message: Message) -> None:
        if message.badge:
            self._draw_badge(painter, message.title)
            return
        title, hint = self._message_boxes(message)
        painter.save()
        painter.setFont(self._bold())
        painter.setPen(theme.TEXT)
        painter.drawText(title, WRAPPED, message.title)
        painter.restore()
        painter.setPen(theme.QUIET)
        painter.drawText(hint, WRAPPED, message.hint)

    def _message_boxes(self, message: Message) -> tuple[QRect, QRect]:
        """Where its title and its hint go."""
        wide = min(self.width() - 4 * MARGIN, 460)
        limit = QRect(0, 0, wide, 10_000)
        title = QFontMetrics(self._bold()).boundingRect(limit, WRAPPED, message.title).height()
        hint = self.fontMetrics().boundingRect(limit, WRAPPED, message.hint).height()
        left, top = (self.width() - wide) // 2, (self.height() - title - hint - MARGIN) // 2
        return QRect(left, top, wide, title), QRect(left, top + title + MARGIN, wide, hint)

    @property
    def message_bottom(self) -> int:
        """Where the message in the middle ends; the middle where there is none."""
        if self.message is None or self.message.badge:
            return self.height() // 2
        return self._message_boxes(self.message)[1].bottom()

    def _draw_badge(self, painter: QPainter, text: str) -> None:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = QRect(0, 0, self.width() - 4 * MARGIN - 32, self.height())
        size = self.fontMetrics().boundingRect(room, int(flags), text)
        box = QRectF(0, 0, size.width() + 32, size.height() + 16)
        box.moveCenter(QPointF(self.width() / 2, self.height() * BADGE_HEIGHT))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.WARNING)
        painter.setBrush(QColor(0, 0, 0, 220))
        painter.drawRoundedRect(box, 6, 6)
        painter.drawText(box, int(flags), text)
