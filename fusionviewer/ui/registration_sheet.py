"""One sheet through the patient on the screen: scroll it, drag on it, click a place on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from fusionviewer.imaging.geometry import letters
from fusionviewer.imaging.registration_preview import Colours, Sheet
from fusionviewer.texts import text as _
from fusionviewer.ui import theme

NEAR_MM = 4.0  # a place that far off the sheet is still drawn on it, faintly
ARM = 9  # pixels of a cross, from its middle
STEP_MM, STEP_DEGREES, TENFOLD = 1.0, 1.0, 10
NOTCH = 120  # of a wheel, as Qt counts
_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True, eq=False)
class Mark:
    """A place with a number on it; `chosen`: the one that is being set."""

    place: NDArray[np.float64]
    words: str = ""
    chosen: bool = False


class SheetPane(QWidget):
    """Shows what it is given and says what a hand does, in mm and degrees of the patient.

    Drag shifts, Ctrl-drag turns about the middle; arrow keys shift by 1 mm, with Ctrl they turn by
    1°, with Shift ten times as far. Where `pointing` is set, a click says which place it meant.
    """

    shifted = Signal(object)  # (3,) mm since the last signal
    turned = Signal(object)  # (3,) rotation vector in degrees since the last signal
    released = Signal()  # the end of a drag, or of a key
    pointed = Signal(object)  # (3,) mm
    scrolled = Signal(int)  # sheets further

    def __init__(self, name: str, *, pointing: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumSize(220, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor if pointing else Qt.CursorShape.OpenHandCursor)
        self.pointing = pointing
        self.words = _("Preparing…")
        self._picture: QImage | None = None
        self._sheet: Sheet | None = None
        self._marks: Sequence[Mark] = ()
        self._last: QPointF | None = None

    def show_sheet(self, colours: Colours, cut: Sheet, marks: Sequence[Mark] = ()) -> None:
        rows, columns = colours.shape[:2]
        self._picture = QImage(
            np.ascontiguousarray(colours).tobytes(),
            columns,
            rows,
            3 * columns,
            QImage.Format.Format_RGB888,
        )
        self._sheet, self._marks = cut, marks
        self.update()

    @property
    def picture(self) -> QImage | None:
        return self._picture

    @property
    def _scale(self) -> float:
        """Screen pixels per pixel of the sheet."""
        if self._sheet is None:
            return 1.0
        rows, columns = self._sheet.shape
        return min(self.width() / columns, self.height() / rows)

    def _frame(self) -> QRectF:
        rows, columns = (1, 1) if self._sheet is None else self._sheet.shape
        width, height = columns * self._scale, rows * self._scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def point_of(self, place: NDArray[np.float64]) -> QPointF:
        """Where a place of the patient is in this widget."""
        if self._sheet is None:
            return QPointF()
        row, column, _ = self._sheet.pixel(place)
        frame = self._frame()
        return QPointF(
            frame.left() + (column + 0.5) * self._scale, frame.top() + (row + 0.5) * self._scale
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.PANE)
        if self._picture is None or self._sheet is None:
            painter.setPen(theme.QUIET)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.words)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._frame(), self._picture)
        self._draw_letters(painter, self._sheet)
        for mark in self._marks:
            self._draw_mark(painter, mark, self._sheet)
        if self.hasFocus():
            painter.setPen(QPen(theme.ACCENT, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _draw_letters(self, painter: QPainter, cut: Sheet) -> None:
        bold = QFont(painter.font())
        bold.setBold(True)
        painter.setFont(bold)
        flag, inner = Qt.AlignmentFlag, self.rect().adjusted(8, 6, -8, -6)
        ways = (
            (-cut.right, flag.AlignLeft | flag.AlignVCenter),
            (cut.right, flag.AlignRight | flag.AlignVCenter),
            (-cut.down, flag.AlignTop | flag.AlignHCenter),
            (cut.down, flag.AlignBottom | flag.AlignHCenter),
        )
        for way, place in ways:
            painter.setPen(QColor("black"))
            painter.drawText(inner.translated(1, 1), place, letters(way))
            painter.setPen(theme.TEXT)
            painter.drawText(inner, place, letters(way))

    def _draw_mark(self, painter: QPainter, mark: Mark, cut: Sheet) -> None:
        away = abs(cut.pixel(mark.place)[2])
        if away > NEAR_MM:
            return
        colour = QColor(theme.ACCENT if mark.chosen else theme.WARNING)
        colour.setAlphaF(1.0 if away <= cut.step_mm else 0.55)
        at = self.point_of(mark.place)
        for pen in (QPen(QColor("black"), 3), QPen(colour, 1.5)):
            painter.setPen(pen)
            painter.drawLine(at - QPointF(ARM, 0), at + QPointF(ARM, 0))
            painter.drawLine(at - QPointF(0, ARM), at + QPointF(0, ARM))
        painter.drawText(at + QPointF(ARM - 2, -ARM / 2), mark.words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._sheet is None:
            return
        if self.pointing:
            self._point(event.position())
        else:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is None or self._sheet is None:
            return
        if self.pointing:
            self._point(event.position())
            return
        before, now = self._last, event.position()
        self._last = now
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.turned.emit(self._sheet.away * self._degrees(before, now))
            return
        step = (now - before) * (self._sheet.step_mm / self._scale)
        self.shifted.emit(self._sheet.right * step.x() + self._sheet.down * step.y())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._last is None:
            return
        self._last = None
        if not self.pointing:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.released.emit()

    def _degrees(self, before: QPointF, now: QPointF) -> float:
        """About the middle, from one place of the mouse to the other; right to down is positive."""
        middle = self._frame().center()
        angles = [np.arctan2(p.y() - middle.y(), p.x() - middle.x()) for p in (before, now)]
        turn = np.degrees(angles[1] - angles[0])
        return float((turn + 180) % 360 - 180)

    def _point(self, at: QPointF) -> None:
        frame = self._frame()
        if self._sheet is not None and frame.contains(at):
            row, column = (at.y() - frame.top(), at.x() - frame.left())
            self.pointed.emit(
                self._sheet.place(row / self._scale - 0.5, column / self._scale - 0.5)
            )

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.scrolled.emit(-round(event.angleDelta().y() / NOTCH))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scrolled.emit(-1 if key == Qt.Key.Key_PageUp else 1)
        elif key in _KEYS and not self.pointing and self._sheet is not None:
            self._nudge(self._sheet, _KEYS[key], event.modifiers())
        else:
            super().keyPressEvent(event)

    def _nudge(self, cut: Sheet, way: tuple[int, int], keys: Qt.KeyboardModifier) -> None:
        far = TENFOLD if keys & Qt.KeyboardModifier.ShiftModifier else 1
        if keys & Qt.KeyboardModifier.ControlModifier:
            self.turned.emit(cut.away * (sum(way) * STEP_DEGREES * far))
        else:
            self.shifted.emit((cut.right * way[0] + cut.down * way[1]) * (STEP_MM * far))
        self.released.emit()
