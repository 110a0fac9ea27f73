"""One image: scroll, zoom, drag the window, crosshair.

A pane draws what it is given and keeps no state: what the mouse did leaves as a signal, in the
pixels of the slice or in shares of its extent, and comes back as a new state.
"""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.texts import translated
from fusionviewer.ui import theme
from fusionviewer.ui.image_box import ImageBox
from fusionviewer.ui.pane_overlay import ColourBar, Message, PaneOverlay
from fusionviewer.ui.pictures import enlarged
from fusionviewer.workspace.captions import Captions
from fusionviewer.workspace.state import PaneName, Tool, View

Pixels = NDArray[np.uint8]  # (H, W) or (H, W, 3)
pg.setConfigOptions(imageAxisOrder="row-major", antialias=False, mouseRateLimit=-1)


@dataclass(frozen=True)
class Extent:
    """The size of a slice: pixels, and how tall a pixel is for its width."""

    height: int
    width: int
    tallness: float = 1.0


class Pane(QFrame):
    """One pane; `box` is where items that belong to the image are added, x = column, y = row."""

    activated = Signal()  # any button was pressed in it
    scrolled = Signal(int)  # slices
    window_dragged = Signal(float, float)  # screen pixels to the right, downwards
    zoomed = Signal(float, object)  # factor, (row, column) that stays, as shares 0…1
    panned = Signal(float, float)  # rows, columns, as shares of the extent
    pointed = Signal(float, float)  # row, column of a click, in pixels of the slice
    hovered = Signal(object)  # (row, column) under the cursor, or None once it left
    drawn = Signal(float, float, float, float, bool)  # from row, column to row, column; finished
    gesture_ended = Signal()
    enlarge_asked = Signal()  # double click
    menu_asked = Signal(QPoint)  # right click, in global screen pixels
    placed = Signal()  # it has another size, or lies elsewhere
    drawn_over = Signal()  # the words over the picture are others

    def __init__(self, name: PaneName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.setMinimumSize(160, 160)
        self.box = ImageBox()
        self.canvas = _Canvas(self.box)
        self._image = pg.ImageItem()
        self._image.setZValue(-10)  # regions and lines lie above
        self.crosshair_lines = [
            pg.InfiniteLine(angle=a, pen=pg.mkPen(theme.CROSSHAIR, width=1)) for a in (0, 90)
        ]
        for item in (self._image, *self.crosshair_lines):
            self.box.addItem(item, ignoreBounds=True)
        self.overlay = PaneOverlay(self)
        self._extent, self._view = Extent(1, 1), View()
        self._pixels: Pixels | None = None
        self._interpolation = "linear"
        self._fit = 1.0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._connect()
        self.draw_picture(None)
        self.draw_crosshair(None)
        self.describe(_("Pane {name}", name=name))

    def _connect(self) -> None:
        box = self.box
        box.scrolled.connect(self.scrolled)
        box.window_dragged.connect(self.window_dragged)
        box.zoomed.connect(lambda factor, at: self.zoomed.emit(factor, self._share(at)))
        box.panned.connect(self._report_pan)
        box.pointed.connect(lambda at: self.pointed.emit(at.y(), at.x()))
        box.drawn.connect(
            lambda start, end, done: self.drawn.emit(start.y(), start.x(), end.y(), end.x(), done)
        )
        box.gesture_ended.connect(self.gesture_ended)
        box.enlarge_asked.connect(self.enlarge_asked)
        box.menu_asked.connect(self.menu_asked)
        self.canvas.pressed.connect(self.activated)
        self.canvas.left.connect(lambda: self.hovered.emit(None))
        self.canvas.moved.connect(self._report_hover)
        self.canvas.focused.connect(self.activated)

    def draw_picture(self, pixels: Pixels | None, tallness: float = 1.0) -> None:
        """A slice as 8-bit grey or RGB, or nothing."""
        self._pixels = pixels
        self._image.setVisible(pixels is not None)
        if pixels is None:
            self._image.clear()
            return
        extent = Extent(pixels.shape[0], pixels.shape[1], tallness)
        finer = enlarged(pixels) if self._interpolation == "cubic" else pixels
        self._image.setImage(finer, autoLevels=False, levels=None, autoRange=False)
        self._image.setRect(QRectF(-0.5, -0.5, extent.width, extent.height))
        self._become(extent)

    def draw_waiting(self, extent: Extent) -> None:
        """No picture yet, where one of that size will be: lines and regions lie as they will on it."""
        self.draw_picture(None)
        self._become(extent)

    def _become(self, extent: Extent) -> None:
        if extent != self._extent:
            self._extent = extent
            self.draw_view(self._view)

    @property
    def pixels(self) -> Pixels | None:
        """What is on the screen now, as it was given; None when there is no picture."""
        return self._pixels

    def set_interpolation(self, interpolation: str) -> None:
        """How pixels are drawn larger than they are: "off", "linear" or "cubic"."""
        if interpolation == self._interpolation:
            return
        self._interpolation = interpolation
        smooth = QPainter.RenderHint.SmoothPixmapTransform
        self.canvas.setRenderHint(smooth, interpolation != "off")
        self.draw_picture(self._pixels, self._extent.tallness)
        self.canvas.viewport().update()

    def draw_view(self, view: View) -> None:
        """Show the part of the slice that `view` says."""
        self._view = view
        self.box.turn(view.turns, view.mirrored)
        scale, extent = self.zoom, self._extent
        if scale <= 0:
            return
        across, down = self._room
        wide, tall = across / scale, down / (scale * extent.tallness)
        x, y = view.col * extent.width - 0.5, view.row * extent.height - 0.5
        self.box.setRange(
            xRange=(x - wide / 2, x + wide / 2), yRange=(y - tall / 2, y + tall / 2), padding=0
        )

    @property
    def zoom(self) -> float:
        """Screen pixels per pixel of the slice, across."""
        extent, (across, down) = self._extent, self._room
        fit = min(across / extent.width, down / (extent.height * extent.tallness))
        return float(fit * self._fit * self._view.zoom)

    def set_fit(self, share: float) -> None:
        """How much of its pane a picture fills at zoom 1, so that several have one scale."""
        if abs(share - self._fit) > 1e-9:
            self._fit = share
            self.draw_view(self._view)

    @property
    def full_fit(self) -> float:
        """Screen pixels per pixel of the slice, across, when the picture just fits its pane."""
        return self.zoom / (self._fit * self._view.zoom)

    @property
    def _room(self) -> tuple[int, int]:
        """Screen pixels along the rows and the columns of the slice."""
        size = self.canvas.width(), self.canvas.height()
        return size if self._view.turns % 2 == 0 else (size[1], size[0])

    def draw_crosshair(self, at: tuple[float, float] | None) -> None:
        """Two lines through (row, column), or none."""
        for line, value in zip(self.crosshair_lines, at or (0.0, 0.0), strict=True):
            line.setVisible(at is not None)
            line.setValue(value)

    def draw_texts(
        self, captions: Captions, bar: ColourBar | None, message: Message | None, notice: bool
    ) -> None:
        overlay = self.overlay
        drawn = (overlay.captions, overlay.bar, overlay.message, overlay.notice)
        if drawn == (captions, bar, message, notice):
            return
        overlay.captions, overlay.bar, overlay.message, overlay.notice = (
            captions,
            bar,
            message,
            notice,
        )
        overlay.update()
        self.drawn_over.emit()
        self.canvas.setAccessibleDescription(" ".join(map(translated, captions.warnings)))

    def draw_active(self, active: bool) -> None:
        if self.overlay.active != active:
            self.overlay.active = active
            self.overlay.update()

    def set_tool(self, tool: Tool) -> None:
        self.box.tool = tool
        cross = tool in ("crosshair", "region", "distance", "angle")
        self.canvas.setCursor(Qt.CursorShape.CrossCursor if cross else Qt.CursorShape.ArrowCursor)

    def setFocus(self) -> None:  # type: ignore[override]
        self.canvas.setFocus()

    def describe(self, text: str) -> None:
        """What a screen reader says of this pane."""
        for widget in (self, self.canvas):
            widget.setAccessibleName(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        self.overlay.raise_()
        self.draw_view(self._view)
        self.placed.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.placed.emit()

    def _share(self, at: QPointF) -> tuple[float, float]:
        return (at.y() + 0.5) / self._extent.height, (at.x() + 0.5) / self._extent.width

    def _report_pan(self, cols: float, rows: float) -> None:
        self.panned.emit(rows / self._extent.height, cols / self._extent.width)

    def _report_hover(self, at: QPointF, shift: bool) -> None:
        place = self.box.mapSceneToView(at)
        row, col = place.y(), place.x()
        inside = -0.5 <= row < self._extent.height - 0.5 and -0.5 <= col < self._extent.width - 0.5
        self.hovered.emit((row, col) if inside and self._pixels is not None else None)
        here = self.canvas.mapFromScene(at)
        self.canvas.setToolTip(self.overlay.tip_at(here.x(), here.y()))
        if shift and inside:
            self.pointed.emit(row, col)


def pane_pixels(pane: Pane) -> Pixels:
    """A pane as it is on the screen, texts included, (H, W, 3)."""
    image = pane.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


class _Canvas(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    pressed = Signal()
    focused = Signal()
    left = Signal()
    moved = Signal(QPointF, bool)  # scene position, with Shift held and no button

    def __init__(self, box: ImageBox) -> None:
        super().__init__(background=theme.PANE)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)  # the window takes drops
        self.setCentralItem(box)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        free = event.buttons() == Qt.MouseButton.NoButton
        self.moved.emit(self.mapToScene(event.position().toPoint()), shift and free)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the window's actions have the keys
