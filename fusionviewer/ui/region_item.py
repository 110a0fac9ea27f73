"""A mark as something the mouse can move and resize on an image."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QTransform

from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Sphere
from fusionviewer.imaging.roi_drawing import Canvas, Spot, fitted
from fusionviewer.imaging.roi_mark import Form

_HALO = QColor(0, 0, 0, 200)  # under the line, so that it shows on white as well
_GRIP = 10  # screen pixels across the outline that can be grabbed
_HALVES = [spot for spot in product((0.0, 0.5, 1.0), repeat=2) if spot != (0.5, 0.5)]


def item_for(form: Form, colour: str) -> "BoxItem | CornersItem":
    """An item that can show `form`, and others of its kind."""
    return CornersItem(form, colour) if _has_corners(form) else BoxItem(form, colour)


class _Item(pg.ROI):  # type: ignore[misc]  # pyqtgraph has no types
    """What both kinds of items have.

    It is grabbed by its outline; inside, the mouse does what the tool says. A click on it chooses
    it, and only the chosen one has handles.
    """

    menu_asked = Signal(QPoint)  # right click, in global screen pixels

    def __init__(self, colour: str) -> None:
        super().__init__((0, 0), (1, 1), **_pens(colour))
        self.following = False  # while it goes where the state is: no change of the user's
        self.colour = colour
        self._chosen: bool | None = None
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)  # else it is never clicked

    def mouseClickEvent(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            event.accept()
            self.menu_asked.emit(event.screenPos().toPoint())
        else:
            super().mouseClickEvent(event)

    def show_chosen(self, chosen: bool) -> None:
        """Handles and a full line, or a thin line alone. Handles are made when they are needed."""
        if chosen == self._chosen:
            return
        self._chosen, self.following = chosen, True
        self.setPen(pg.mkPen(self.colour, width=2 if chosen else 1))
        if chosen and not self.handles:
            self._add_handles()
        for handle in self.handles:
            handle["item"].setVisible(chosen)
        self.following = False

    def _add_handles(self) -> None:
        raise NotImplementedError


class BoxItem(_Item):
    """Anything that is resized by its box: rectangle, ellipse, freehand outline, cut of a ball."""

    def __init__(self, form: Form, colour: str) -> None:
        super().__init__(colour)
        self._kind = _kind(form)
        self._outline = QPainterPath()

    def _add_handles(self) -> None:
        for spot in _HALVES:
            opposite = (1 - spot[0], 1 - spot[1])
            self.addScaleHandle(spot, opposite, lockAspect=self._kind == Sphere.__name__)

    def fits(self, form: Form, colour: str) -> bool:
        """Whether this item can show `form`."""
        return _kind(form) == self._kind and colour == self.colour

    def show_form(self, form: Form, box: Rectangle) -> None:
        self.following = True
        self._outline = _OUTLINES[self._kind](form, box)
        self.setPos((box.left, box.top), update=False)
        self.setSize((box.right - box.left, box.bottom - box.top))
        self.following = False

    def form(self, old: Form, canvas: Canvas) -> Form:
        """What the item shows now, `old` having been what it showed before."""
        assert not isinstance(old, Ruler | Angle)  # those have corners
        (left, top), (width, height) = self.pos(), self.size()
        return fitted(old, Rectangle.between(top, left, top + height, left + width), canvas)

    def shape(self) -> QPainterPath:
        return _grip(self, self._scaled())

    def boundingRect(self) -> Any:
        return self._scaled().boundingRect().adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, *_: object) -> None:
        _stroke(painter, self._scaled(), self.currentPen)

    def _scaled(self) -> QPainterPath:
        """The outline in the item's own coordinates."""
        width, height = self.size()
        return QTransform.fromScale(width, height).map(self._outline)


class CornersItem(_Item):
    """Anything that is changed corner by corner: polygon, distance, angle, or a point, one corner."""

    def __init__(self, form: Form, colour: str) -> None:
        super().__init__(colour)
        self._kind = _kind(form)
        self._spots = [QPointF(0, 0)] * len(_corners(form))  # while there are no handles

    def _add_handles(self) -> None:
        for spot in self._spots:
            self.addFreeHandle((spot.x(), spot.y()))  # the size is 1, so shares are pixels

    def fits(self, form: Form, colour: str) -> bool:
        """Whether this item can show `form`."""
        same = _kind(form) == self._kind and colour == self.colour
        return same and len(_corners(form)) == len(self._spots)

    def show_form(self, form: Form, box: Rectangle) -> None:  # noqa: ARG002
        self.following = True
        self.setPos((0, 0), update=False)
        self._spots = [QPointF(column, row) for row, column in _corners(form)]
        for handle, spot in zip(self.handles, self._spots, strict=False):
            handle["pos"] = pg.Point(spot)
            handle["item"].setPos(spot)
        self.stateChanged()
        self.following = False

    def form(self, old: Form, canvas: Canvas) -> Form:  # noqa: ARG002
        """What the item shows now, `old` having been what it showed before."""
        spots = map(self.mapToParent, self._places)
        corners = tuple((spot.y(), spot.x()) for spot in spots)
        if isinstance(old, Polygon):
            return replace(old, corners=corners)
        if isinstance(old, Ruler | Angle):
            return type(old)(*corners)
        return Point(*corners[0])

    def shape(self) -> QPainterPath:
        return _grip(self, self._path())

    def boundingRect(self) -> Any:
        return self._path().boundingRect().adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, *_: object) -> None:
        _stroke(painter, self._path(), self.currentPen)
        if self._kind == Point.__name__:
            _cross(painter, self, self._path().currentPosition())

    @property
    def _places(self) -> list[QPointF]:
        """Where the corners are, in the item's own coordinates."""
        return [handle["item"].pos() for handle in self.handles] or self._spots

    def _path(self) -> QPainterPath:
        spots = self._places
        path = QPainterPath(spots[0])
        for spot in spots[1:]:
            path.lineTo(spot)
        if self._kind == Polygon.__name__:
            path.closeSubpath()
        return path


def _has_corners(form: Form) -> bool:
    outlined = isinstance(form, Polygon) and not form.freehand
    return outlined or isinstance(form, Point | Ruler | Angle)


def _corners(form: Form) -> tuple[Spot, ...]:
    return form.corners if isinstance(form, Polygon | Ruler | Angle) else (form.center,)


def _kind(form: Form) -> str:
    return "Freehand" if isinstance(form, Polygon) and form.freehand else type(form).__name__


def _rectangle(region: Form, box: Rectangle) -> QPainterPath:  # noqa: ARG001
    path = QPainterPath()
    path.addRect(0, 0, 1, 1)
    return path


def _ellipse(region: Form, box: Rectangle) -> QPainterPath:  # noqa: ARG001
    path = QPainterPath()
    path.addEllipse(0, 0, 1, 1)
    return path


def _freehand(region: Form, box: Rectangle) -> QPainterPath:
    height, width = box.bottom - box.top or 1.0, box.right - box.left or 1.0
    spots = [
        QPointF((column - box.left) / width, (row - box.top) / height)
        for row, column in _corners(region)
    ]
    path = QPainterPath(spots[0])
    for spot in spots[1:]:
        path.lineTo(spot)
    path.closeSubpath()
    return path


_OUTLINES: dict[str, Callable[[Form, Rectangle], QPainterPath]] = {
    Rectangle.__name__: _rectangle,
    Ellipse.__name__: _ellipse,
    Sphere.__name__: _ellipse,
    "Freehand": _freehand,
}


def _pens(colour: str) -> dict[str, Any]:
    return {
        "pen": pg.mkPen(colour, width=2),
        "hoverPen": pg.mkPen("w", width=2),
        "handlePen": pg.mkPen(colour, width=1),
        "handleHoverPen": pg.mkPen("w", width=2),
        "rotatable": False,
    }


def _grip(item: pg.ROI, outline: QPainterPath) -> QPainterPath:
    """A band along the outline, as wide on every zoom."""
    across = item.pixelSize()
    stroker = QPainterPathStroker()
    stroker.setWidth(_GRIP * max(*across, 1e-6))
    return stroker.createStroke(outline)


def _cross(painter: QPainter, item: pg.ROI, at: QPointF) -> None:
    """So that a point is seen without its handle."""
    across, down = (_GRIP / 2 * size for size in item.pixelSize())
    path = QPainterPath(at - QPointF(across, 0))
    path.lineTo(at + QPointF(across, 0))
    path.moveTo(at - QPointF(0, down))
    path.lineTo(at + QPointF(0, down))
    _stroke(painter, path, item.currentPen)


def _stroke(painter: QPainter, outline: QPainterPath, pen: Any) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    halo = pg.mkPen(pen)
    halo.setColor(_HALO)
    halo.setWidth(pen.width() + 2)
    painter.setPen(halo)
    painter.drawPath(outline)
    painter.setPen(pen)
    painter.drawPath(outline)
