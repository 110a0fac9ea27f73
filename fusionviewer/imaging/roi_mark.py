"""What the reader drew, with its name and colour, and where: it stays with its slice of the patient.

A mark keeps the grid it was drawn on. When another grid is shown, such as after a second image was
opened, it is carried over by the places in the patient, and what it measures does not change.
"""

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.roi import Point, Polygon, Rectangle, Region, Sphere
from fusionviewer.imaging.roi_drawing import Canvas, box_on, fitted
from fusionviewer.texts import marked

Form = Region | Ruler | Angle
PARALLEL = 1e-6  # of a cosine

_COLOUR = re.compile("#[0-9a-f]{6}")

# Okabe & Ito's colours, for eyes without red or green, brightened where black would swallow them
COLOURS = {
    marked("Yellow"): "#ffd54a",
    marked("Sky blue"): "#56b4e9",
    marked("Orange"): "#ff9f1c",
    marked("Green"): "#2fd6a3",
    marked("Pink"): "#f08ac6",
    marked("Vermilion"): "#ff6b4a",
    marked("White"): "#ffffff",
}


@dataclass(frozen=True)
class Mark:
    """One region, distance or angle.

    Attributes:
        number: tells it from the others; never used again after it was deleted.
        colour: "#rrggbb".
        canvas: the slice, and the grid, that `form` counts its rows and columns on.

    Raises:
        ValueError: a colour that is none.
    """

    number: int
    name: str
    colour: str
    form: Form
    canvas: Canvas

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"not a colour: {self.colour!r}")


def seen(mark: Mark, canvas: Canvas) -> Form | None:
    """What of `mark` is to be drawn on `canvas`, in its pixels; None where nothing is.

    Flat forms are seen on their own slice, on every grid whose rows and columns run along theirs, turned or
    mirrored as they may be; a ball wherever it reaches. Without geometry on either side, pixels lie on
    pixels; in another frame of reference nobody knows where the mark would be.
    """
    if frames_apart(mark.canvas.frame, canvas.frame):
        return None
    old, new = mark.canvas.grid, canvas.grid
    if old is None or new is None or old is new or old.matches(new):
        flat = not isinstance(mark.form, Sphere)
        hidden = flat and mark.canvas.slice_index != canvas.slice_index
        return None if hidden else mark.form
    if isinstance(mark.form, Sphere):
        return _carried_ball(mark.form, old, new)
    return _carried(mark, old, new, canvas)


def frames_apart(one: str, other: str) -> bool:
    """Whether two frames of reference are known to be two."""
    return bool(one and other and one != other)


def _carried_ball(ball: Sphere, old: Grid, new: Grid) -> Sphere:
    index = new.index(old.position((ball.slice, ball.row, ball.column)))
    place, row, column = (float(x) for x in index)
    return Sphere(place, row, column, ball.radius_mm)


def _carried(mark: Mark, old: Grid, new: Grid, canvas: Canvas) -> Form | None:
    turn = _turn(old, new)
    if turn is None:
        return None
    corner = new.index(old.position((mark.canvas.slice_index, 0, 0)))
    if round(float(corner[0])) != canvas.slice_index:
        return None

    def place(spot: tuple[float, float]) -> tuple[float, float]:
        row, column = corner[1:] + turn @ (np.asarray(spot) * old.spacing[1:]) / new.spacing[1:]
        return float(row), float(column)

    form = mark.form
    if isinstance(form, Ruler):
        return Ruler(place(form.start), place(form.end))
    if isinstance(form, Angle):
        return Angle(place(form.first), place(form.apex), place(form.last))
    if isinstance(form, Polygon):
        return replace(form, corners=tuple(map(place, form.corners)))
    box = box_on(form, mark.canvas)
    assert box is not None  # only a ball may have none
    ends = place((box.top, box.left)), place((box.bottom, box.right))
    return fitted(form, Rectangle.between(*ends[0], *ends[1]), canvas)


def _turn(old: Grid, new: Grid) -> NDArray[np.float64] | None:
    """From rows and columns in mm to those of a grid with the same slices, turned or mirrored, (2, 2)."""
    along = new.axes @ old.axes.T
    turn = np.round(along)
    if np.abs(along - turn).max() > PARALLEL or not turn[0, 0]:
        return None
    return np.asarray(turn[1:, 1:])


def shifted(mark: Mark, rows: float, columns: float) -> Mark:
    """The same, `rows` further down and `columns` further right on its own slice."""
    form = mark.form
    if isinstance(form, Ruler | Angle):
        spots = (((r + rows), (c + columns)) for r, c in form.corners)
        return replace(mark, form=type(form)(*spots))
    return replace(mark, form=form.moved(rows, columns))


def stretched(mark: Mark, rows: float, columns: float) -> Mark:
    """The same, its lower right corner `rows` further down and `columns` further right.

    Of a distance it is the end, of an angle the end of the second leg. A ball grows about its middle;
    a point has no size. Nothing becomes smaller than a pixel.
    """
    form = mark.form
    match form:
        case Ruler():
            end = (form.end[0] + rows, form.end[1] + columns)
            return mark if end == form.start else replace(mark, form=replace(form, end=end))
        case Angle():
            last = (form.last[0] + rows, form.last[1] + columns)
            return mark if last == form.apex else replace(mark, form=replace(form, last=last))
        case Sphere():
            assert mark.canvas.grid is not None  # else there would be no ball
            step = float(mark.canvas.grid.spacing[1])
            radius = max(form.radius_mm + (rows + columns) * step, step / 2)
            return replace(mark, form=replace(form, radius_mm=radius))
        case Point():
            return mark
    old = form.box
    bottom, right = max(old.bottom + rows, old.top + 1), max(old.right + columns, old.left + 1)
    box = Rectangle(old.top, old.left, bottom, right)
    return replace(mark, form=fitted(form, box, mark.canvas))


def on_slice(mark: Mark, slice_index: int) -> Mark:
    """The same on another slice of its grid."""
    form = mark.form
    if isinstance(form, Sphere):
        form = replace(form, slice=float(slice_index))
    return replace(mark, form=form, canvas=replace(mark.canvas, slice_index=slice_index))
