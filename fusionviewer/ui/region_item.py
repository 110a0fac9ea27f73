"""A region as something the mouse can move and resize on an image."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QTransform

from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Region, Sphere
from fusionviewer.imaging.roi_drawing import Canvas, Spot, fitted

COLOUR = QColor("#ffd54a")
_HALO = QColor(0, 0, 0, 200)  # under the line, so that it shows on white as well
_GRIP = 10  # screen pixels across the outline that can be grabbed
_HALVES = [spot for spot in product((0.0, 0.5, 1.0), repeat=2) if spot != (0.5, 0.5)]


def item_for(region: Region) -> "BoxItem | CornersItem":
    """An item that can show `region`, and others of its kind."""
    return CornersItem(region) if _has_corners(region) else BoxItem(region)


class BoxItem(pg.ROI):  # type: ignore[misc]  # pyqtgraph has no types
    """Anything that is resized by its box: rectangle, ellipse, freehand outline, cut of a ball.

    It is grabbed by its outline; inside, the mouse does what the tool says.
    """

    def __init__(self, region: Region) -> None:
        super().__init__((0, 0), (1, 1), **_pens())
        self.following = False  # while it goes where the state is: no change of the user's
        self._kind = _kind(region)
        self._outline = QPainterPath()
        for spot in _HALVES:
            opposite = (1 - spot[0], 1 - spot[1])
            self.addScaleHandle(spot, opposite, lockAspect=isinstance(region, Sphere))

    def fits(self, region: Region) -> bool:
        """Whether this item can show `region`."""
        return _kind(region) == self._kind

    def show_region(self, region: Region, box: Rectangle) -> None:
        self.following = True
        self._outline = _OUTLINES[self._kind](region, box)
        self.setPos((box.left, box.top), update=False)
        self.setSize((box.right - box.left, box.bottom - box.top))
        self.following = False

    def region(self, old: Region, canvas: Canvas) -> Region:
        """What the item shows now, `old` having been what it showed before."""
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


class CornersItem(pg.ROI):  # type: ignore[misc]
    """Anything that is changed corner by corner: a polygon, or a point, which is one corner."""

    def __init__(self, region: Region) -> None:
        super().__init__((0, 0), (1, 1), **_pens())
        self.following = False
        self._count = len(_corners(region))
        for _ in range(self._count):
            self.addFreeHandle((0, 0))

    def fits(self, region: Region) -> bool:
        """Whether this item can show `region`."""
        return _has_corners(region) and len(_corners(region)) == self._count

    def show_region(self, region: Region, box: Rectangle) -> None:  # noqa: ARG002
        self.following = True
        self.setPos((0, 0), update=False)
        for handle, (row, column) in zip(self.handles, _corners(region), strict=True):
            handle["pos"] = pg.Point(column, row)  # the size is 1, so shares are pixels
            handle["item"].setPos(column, row)
        self.stateChanged()
        self.following = False

    def region(self, old: Region, canvas: Canvas) -> Region:  # noqa: ARG002
        """What the item shows now, `old` having been what it showed before."""
        spots = [self.mapToParent(handle["item"].pos()) for handle in self.handles]
        corners = tuple((spot.y(), spot.x()) for spot in spots)
        if isinstance(old, Polygon):
            return replace(old, corners=corners)
        return Point(*corners[0])

    def shape(self) -> QPainterPath:
        return _grip(self, self._path())

    def boundingRect(self) -> Any:
        return self._path().boundingRect().adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, *_: object) -> None:
        _stroke(painter, self._path(), self.currentPen)

    def _path(self) -> QPainterPath:
        spots = [handle["item"].pos() for handle in self.handles]
        path = QPainterPath(spots[0])
        for spot in spots[1:]:
            path.lineTo(spot)
        if len(spots) > 1:
            path.closeSubpath()
        return path


def _has_corners(region: Region) -> bool:
    return isinstance(region, Point) or (isinstance(region, Polygon) and not region.freehand)


def _corners(region: Region) -> tuple[Spot, ...]:
    return region.corners if isinstance(region, Polygon) else (region.center,)


def _kind(region: Region) -> str:
    return "corners" if _has_corners(region) else type(region).__name__


def _rectangle(region: Region, box: Rectangle) -> QPainterPath:  # noqa: ARG001
    path = QPainterPath()
    path.addRect(0, 0, 1, 1)
    return path


def _ellipse(region: Region, box: Rectangle) -> QPainterPath:  # noqa: ARG001
    path = QPainterPath()
    path.addEllipse(0, 0, 1, 1)
    return path


def _freehand(region: Region, box: Rectangle) -> QPainterPath:
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


_OUTLINES: dict[str, Callable[[Region, Rectangle], QPainterPath]] = {
    Rectangle.__name__: _rectangle,
    Ellipse.__name__: _ellipse,
    Sphere.__name__: _ellipse,
    Polygon.__name__: _freehand,
}


def _pens() -> dict[str, Any]:
    return {
        "pen": pg.mkPen(COLOUR, width=2),
        "hoverPen": pg.mkPen("w", width=2),
        "handlePen": pg.mkPen(COLOUR, width=1),
        "handleHoverPen": pg.mkPen("w", width=2),
        "rotatable": False,
    }


def _grip(item: pg.ROI, outline: QPainterPath) -> QPainterPath:
    """A band along the outline, as wide on every zoom."""
    across = item.pixelSize()
    stroker = QPainterPathStroker()
    stroker.setWidth(_GRIP * max(*across, 1e-6))
    return stroker.createStroke(outline)


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
