"""From what the hand draws to a region, and from one region to its resized self."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Region, Sphere

Spot = tuple[float, float]  # row, column
Path = Sequence[Spot]  # every place the hand went through, in order; at least one

CORNER_TOLERANCE = 0.02  # of the outline's diagonal


@dataclass(frozen=True)
class Canvas:
    """The slice that is drawn on.

    Attributes:
        frame: UID of the frame of reference that `grid` is placed in; "" where nobody knows.
    """

    slice_index: int = 0
    grid: Grid | None = None
    frame: str = ""


@dataclass(frozen=True)
class Shape:
    """One entry of the shape selector.

    Attributes:
        draw: the region of a path; None while the path makes none yet.
        needs_grid: whether images without geometry cannot have it.
    """

    label: str
    draw: Callable[[Path, Canvas], Region | Ruler | Angle | None]
    needs_grid: bool = False


def _rectangle(path: Path, canvas: Canvas) -> Rectangle | None:  # noqa: ARG001
    box = Rectangle.between(*path[0], *path[-1])
    return box if box.bottom > box.top and box.right > box.left else None


def _ellipse(path: Path, canvas: Canvas) -> Ellipse | None:
    box = _rectangle(path, canvas)
    return None if box is None else Ellipse.within(box)


def _polygon(path: Path, canvas: Canvas) -> Polygon | None:
    """The corners of an outline drawn in one go: those that it cannot do without."""
    outline = _freehand(path, canvas)
    if outline is None:
        return None
    box = outline.box
    tolerance = CORNER_TOLERANCE * float(np.hypot(box.bottom - box.top, box.right - box.left))
    kept = simplified(np.array(path), max(tolerance, 0.5))
    return Polygon(tuple((float(r), float(c)) for r, c in kept)) if len(kept) > 2 else None


def _freehand(path: Path, canvas: Canvas) -> Polygon | None:  # noqa: ARG001
    spots = tuple(dict.fromkeys(path))
    return Polygon(spots, freehand=True) if len(spots) > 2 else None


def _point(path: Path, canvas: Canvas) -> Point:  # noqa: ARG001
    return Point(*path[-1])


def _sphere(path: Path, canvas: Canvas) -> Sphere | None:
    """From its centre to a place on its surface."""
    if canvas.grid is None:
        return None
    (row, column), (end_row, end_column) = path[0], path[-1]
    ends = ((canvas.slice_index, row, column), (canvas.slice_index, end_row, end_column))
    radius = float(np.linalg.norm(np.subtract(*(canvas.grid.position(end) for end in ends))))
    return Sphere(canvas.slice_index, row, column, radius) if radius > 0 else None


SHAPES = {
    "rectangle": Shape("Rectangle", _rectangle),
    "ellipse": Shape("Ellipse", _ellipse),
    "polygon": Shape("Polygon", _polygon),
    "freehand": Shape("Freehand", _freehand),
    "point": Shape("Point", _point),
    "sphere": Shape("Sphere", _sphere, needs_grid=True),
}


def _ruler(path: Path, canvas: Canvas) -> Ruler | None:  # noqa: ARG001
    return Ruler(path[0], path[-1]) if path[0] != path[-1] else None


def _angle(path: Path, canvas: Canvas) -> Angle | None:  # noqa: ARG001
    """The first leg, drawn towards the apex; the other stands at right angles until it is moved."""
    (row, column), (apex_row, apex_column) = path[0], path[-1]
    down, across = apex_row - row, apex_column - column
    if not down and not across:
        return None
    return Angle(path[0], path[-1], (apex_row - across, apex_column + down))


LINES = {"distance": Shape("Distance", _ruler), "angle": Shape("Angle", _angle)}


def box_on(region: Region | Ruler | Angle, canvas: Canvas) -> Rectangle | None:
    """The box around what `region` covers of the slice; None where a ball does not reach it."""
    if not isinstance(region, Sphere):
        return region.box
    if canvas.grid is None:
        return None
    cut = region.cut(canvas.slice_index, canvas.grid.spacing)
    return None if cut is None else cut.box


def fitted(region: Region, box: Rectangle, canvas: Canvas) -> Region:
    """`region` moved and stretched so that its box on the slice is `box`.

    A ball stays round: its radius follows the height. It stays as it is where it would be empty.
    """
    old = box_on(region, canvas)
    if old is None:
        return region
    match region:
        case Rectangle():
            return box
        case Ellipse():
            return Ellipse.within(box)
        case Point():
            return Point(*box.center)
        case Polygon():
            return _stretched(region, old, box)
        case Sphere():
            return _swollen(region, box, canvas)


def _stretched(region: Polygon, old: Rectangle, new: Rectangle) -> Polygon:
    def place(value: float, was: Spot, now: Spot) -> float:
        length = was[1] - was[0]
        return now[0] + ((value - was[0]) / length * (now[1] - now[0]) if length else 0.0)

    rows, columns = (old.top, old.bottom), (old.left, old.right)
    new_rows, new_columns = (new.top, new.bottom), (new.left, new.right)
    corners = (
        (place(r, rows, new_rows), place(c, columns, new_columns)) for r, c in region.corners
    )
    return replace(region, corners=tuple(corners))


def _swollen(ball: Sphere, box: Rectangle, canvas: Canvas) -> Sphere:
    assert canvas.grid is not None  # else it would have no box
    spacing = canvas.grid.spacing
    away = (canvas.slice_index - ball.slice) * spacing[0]
    radius = float(np.hypot(away, (box.bottom - box.top) / 2 * spacing[1]))
    row, column = box.center
    return Sphere(ball.slice, row, column, radius) if radius > 0 else ball


def simplified(path: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """The points of a path (N, 2) from which no other is further away than `tolerance`, (M, 2).

    Source: Douglas & Peucker 1973, doi:10.3138/FM57-6770-U75U-7727.
    """
    keep = np.zeros(len(path), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(path) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        away = _distances(path[first : last + 1])
        far = first + int(np.argmax(away))
        if away[far - first] > tolerance:
            keep[far] = True
            spans += [(first, far), (far, last)]
    return path[keep]


def _distances(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the straight line between the ends of a path, or from its only end when it is closed."""
    along, offset = path[-1] - path[0], path - path[0]
    length = float(np.hypot(*along))
    if length == 0:
        return np.asarray(np.hypot(offset[:, 0], offset[:, 1]))
    return np.asarray(np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / length)
