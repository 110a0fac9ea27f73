"""What the mouse does on an image, as signals in the image's own measures."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QTransform

from fusionviewer.ui.mouse_habits import MouseHabits
from fusionviewer.workspace.state import Tool

SCROLL_PIXELS = 12  # of a drag with the scroll tool, per slice
WHEEL_STEP = 120  # eighths of a degree of one notch
ZOOM_PER_NOTCH = 1.2
ZOOM_PER_PIXEL = 1.01

_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class ImageBox(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """A view in pixels of the slice, x = column and y = row, that others move.

    Left drag does what the tool says, the other buttons and the wheel what `habits` say; Ctrl+wheel
    zooms. Items on the image, such as a region's handles, get the mouse first.
    """

    scrolled = Signal(int)  # slices
    window_dragged = Signal(float, float)  # screen pixels to the right, downwards
    zoomed = Signal(float, QPointF)  # factor, what stays where it is
    panned = Signal(float, float)  # pixels of the slice: columns, rows
    pointed = Signal(QPointF)
    drawn = Signal(QPointF, QPointF, bool)  # from, to, finished
    gesture_ended = Signal()
    enlarge_asked = Signal()
    menu_asked = Signal(QPoint)

    habits = MouseHabits()  # of the user, the same for every pane

    def __init__(self) -> None:
        super().__init__(enableMouse=False, enableMenu=False, invertY=True, defaultPadding=0)
        self.disableAutoRange()
        self.tool: Tool = "window"
        self._turns, self._mirrored = 0, False
        self._turned = 0.0  # wheel movement, or drag, that is not a whole slice yet

    def turn(self, turns: int, mirrored: bool) -> None:
        """Show everything turned by quarter turns clockwise, after exchanging left and right."""
        if (turns, mirrored) != (self._turns, self._mirrored):
            self._turns, self._mirrored = turns, mirrored
            self._matrixNeedsUpdate = True
            self.update()

    def updateMatrix(self, changed: Any = None) -> None:  # noqa: ARG002
        """As pyqtgraph's, which knows no turns; rows always grow downwards."""
        if not self._matrixNeedsUpdate:
            return
        bounds, seen = self.rect(), self.viewRect()
        if seen.width() == 0 or seen.height() == 0:
            return
        wide, tall = bounds.width(), bounds.height()
        if self._turns % 2:
            wide, tall = tall, wide
        way = QTransform().translate(bounds.center().x(), bounds.center().y())
        way.rotate(90.0 * self._turns)
        way.scale((-1 if self._mirrored else 1) * wide / seen.width(), tall / seen.height())
        way.translate(-seen.center().x(), -seen.center().y())
        self.childGroup.setTransform(way)
        self._matrixNeedsUpdate = False
        self.sigTransformChanged.emit(self)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: ARG002
        event.accept()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            factor = ZOOM_PER_NOTCH ** (event.delta() / WHEEL_STEP)
            self.zoomed.emit(factor, self.mapToView(event.pos()))
            return
        self._scroll(-event.delta() / WHEEL_STEP * self.habits.wheel)

    def _scroll(self, slices: float) -> None:
        """Whole slices; the rest waits, for touchpads turn in small steps."""
        self._turned += slices
        steps = int(self._turned)
        self._turned -= steps
        if steps:
            self.scrolled.emit(steps)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: ARG002
        event.accept()
        moved = event.screenPos() - event.lastScreenPos()
        _DRAGS[self.habits.drag(event.button(), self.tool)](self, event, moved)
        if event.isFinish():
            self._turned = 0.0
            self.gesture_ended.emit()

    def _pan(self, event: Any, _moved: Any) -> None:
        way = self.mapToView(event.lastPos()) - self.mapToView(event.pos())
        self.panned.emit(way.x(), way.y())

    def _zoom(self, event: Any, down: float) -> None:
        self.zoomed.emit(ZOOM_PER_PIXEL**-down, self.mapToView(event.buttonDownPos()))

    def _window(self, event: Any, moved: Any) -> None:
        faster = 2 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 1
        down = moved.y() * self.habits.brighter
        self.window_dragged.emit(moved.x() * faster, down * faster)

    def _point(self, event: Any, _moved: Any) -> None:
        self.pointed.emit(self.mapToView(event.pos()))

    def _draw(self, event: Any, _moved: Any) -> None:
        start, now = self.mapToView(event.buttonDownPos()), self.mapToView(event.pos())
        self.drawn.emit(start, now, event.isFinish())

    def mouseClickEvent(self, event: Any) -> None:
        event.accept()
        if event.button() == _RIGHT:
            self.menu_asked.emit(event.screenPos().toPoint())
        elif event.button() == _LEFT and event.double():
            self.enlarge_asked.emit()
        elif event.button() == _LEFT:
            self.pointed.emit(self.mapToView(event.pos()))


_DRAGS = {
    "window": ImageBox._window,
    "zoom": lambda box, event, moved: box._zoom(event, moved.y()),
    "pan": ImageBox._pan,
    "scroll": lambda box, _event, moved: box._scroll(moved.y() / SCROLL_PIXELS),
    "crosshair": ImageBox._point,
    "region": ImageBox._draw,
    "distance": ImageBox._draw,
    "angle": ImageBox._draw,
}
