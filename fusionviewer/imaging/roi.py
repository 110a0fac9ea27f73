"""Regions that the reader draws, and which pixels lie in them.

Everything is in pixels of the shown grid: (row, column), fractions allowed, pixel centres at whole
numbers, so pixel (0, 0) reaches from −0.5 to 0.5. A pixel belongs to a region when its centre does.
What a region measures is in `roi_statistics`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float64]  # any shape; rows and columns broadcast against each other
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rectangle:
    """From edge to edge: `top <= row < bottom`, `left <= column < right`.

    The first edge belongs to it and the last does not, so that neighbours share no pixel and the
    area is the count.

    Raises:
        ValueError: an edge that is not finite, or edges in the wrong order.
    """

    top: float
    left: float
    bottom: float
    right: float

    def __post_init__(self) -> None:
        _require_finite(self.top, self.left, self.bottom, self.right)
        if self.bottom < self.top or self.right < self.left:
            raise ValueError(f"edges in the wrong order: {self}")

    @staticmethod
    def of_image(height: int, width: int) -> "Rectangle":
        """The whole slice."""
        return Rectangle(-0.5, -0.5, height - 0.5, width - 0.5)

    @staticmethod
    def between(row: float, column: float, other_row: float, other_column: float) -> "Rectangle":
        """By any two opposite corners."""
        rows, columns = sorted((row, other_row)), sorted((column, other_column))
        return Rectangle(rows[0], columns[0], rows[1], columns[1])

    @property
    def box(self) -> "Rectangle":
        return self

    @property
    def center(self) -> tuple[float, float]:
        return ((self.top + self.bottom) / 2, (self.left + self.right) / 2)

    def contains(self, rows: Coordinates, columns: Coordinates) -> Mask:
        """Which points lie inside; the shape that `rows` and `columns` broadcast to."""
        in_rows = (self.top <= rows) & (rows < self.bottom)
        return np.asarray(in_rows & (self.left <= columns) & (columns < self.right))

    def mask(self, shape: tuple[int, int]) -> Mask:
        """Which pixels of a slice (H, W) belong to it."""
        return _mask(self, shape)

    def moved(self, rows: float, columns: float) -> "Rectangle":
        """The same, `rows` further down and `columns` further right."""
        return Rectangle(
            self.top + rows, self.left + columns, self.bottom + rows, self.right + columns
        )


@dataclass(frozen=True)
class Ellipse:
    """An upright ellipse; its edge belongs to it.

    Raises:
        ValueError: a number that is not finite, or a negative radius.
    """

    row: float
    column: float
    row_radius: float
    column_radius: float

    def __post_init__(self) -> None:
        _require_finite(self.row, self.column, self.row_radius, self.column_radius)
        if self.row_radius < 0 or self.column_radius < 0:
            raise ValueError(f"negative radius: {self}")

    @staticmethod
    def within(box: Rectangle) -> "Ellipse":
        """The largest ellipse in a rectangle."""
        height, width = box.bottom - box.top, box.right - box.left
        return Ellipse(*box.center, height / 2, width / 2)

    @property
    def box(self) -> Rectangle:
        return Rectangle(
            self.row - self.row_radius,
            self.column - self.column_radius,
            self.row + self.row_radius,
            self.column + self.column_radius,
        )

    @property
    def center(self) -> tuple[float, float]:
        return (self.row, self.column)

    def contains(self, rows: Coordinates, columns: Coordinates) -> Mask:
        """Which points lie inside; the shape that `rows` and `columns` broadcast to."""
        if self.row_radius == 0 or self.column_radius == 0:
            return np.zeros(np.broadcast_shapes(rows.shape, columns.shape), dtype=bool)
        across = ((rows - self.row) / self.row_radius) ** 2
        along = ((columns - self.column) / self.column_radius) ** 2
        return np.asarray(across + along <= 1)

    def mask(self, shape: tuple[int, int]) -> Mask:
        """Which pixels of a slice (H, W) belong to it."""
        return _mask(self, shape)

    def moved(self, rows: float, columns: float) -> "Ellipse":
        """The same, `rows` further down and `columns` further right."""
        return replace(self, row=self.row + rows, column=self.column + columns)


@dataclass(frozen=True)
class Polygon:
    """A closed outline through `corners`, each (row, column).

    Where it crosses itself, the even-odd rule decides. An edge belongs to it on the side towards
    smaller rows and columns, so that two polygons along one edge share no pixel. A `freehand` one
    was drawn in one go: it measures the same, and has no handles.

    Raises:
        ValueError: fewer than three corners, or a coordinate that is not finite.
    """

    corners: tuple[tuple[float, float], ...]
    freehand: bool = False

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"a polygon has at least three corners, not {len(self.corners)}")
        _require_finite(*(value for corner in self.corners for value in corner))

    @property
    def box(self) -> Rectangle:
        rows, columns = zip(*self.corners, strict=True)
        return Rectangle(min(rows), min(columns), max(rows), max(columns))

    @property
    def center(self) -> tuple[float, float]:
        """The mean of the corners: inside where the outline is convex."""
        rows, columns = zip(*self.corners, strict=True)
        return (sum(rows) / len(rows), sum(columns) / len(columns))

    def contains(self, rows: Coordinates, columns: Coordinates) -> Mask:
        """Which points lie inside; the shape that `rows` and `columns` broadcast to.

        Source: crossings of a ray, W. R. Franklin, “PNPOLY” (1970).
        """
        inside = np.zeros(np.broadcast_shapes(rows.shape, columns.shape), dtype=bool)
        ends = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        for (row, column), (next_row, next_column) in ends:
            if row == next_row:
                continue  # a level edge is crossed by no level ray
            spanned = (row <= rows) != (next_row <= rows)
            crossing = column + (rows - row) * ((next_column - column) / (next_row - row))
            inside ^= spanned & (columns < crossing)
        return inside

    def mask(self, shape: tuple[int, int]) -> Mask:
        """Which pixels of a slice (H, W) belong to it."""
        return _mask(self, shape)

    def moved(self, rows: float, columns: float) -> "Polygon":
        """The same, `rows` further down and `columns` further right."""
        return replace(self, corners=tuple((r + rows, c + columns) for r, c in self.corners))


@dataclass(frozen=True)
class Point:
    """The one pixel whose centre is nearest.

    Raises:
        ValueError: a coordinate that is not finite.
    """

    row: float
    column: float

    def __post_init__(self) -> None:
        _require_finite(self.row, self.column)

    @property
    def box(self) -> Rectangle:
        return Rectangle(self.row, self.column, self.row, self.column)

    @property
    def center(self) -> tuple[float, float]:
        return (self.row, self.column)

    def contains(self, rows: Coordinates, columns: Coordinates) -> Mask:
        """Nothing: a point has no extent, so what it measures is the nearest voxel."""
        return np.zeros(np.broadcast_shapes(rows.shape, columns.shape), dtype=bool)

    def mask(self, shape: tuple[int, int]) -> Mask:
        """The pixel of a slice (H, W) that it lies in, if any."""
        row, column = np.floor(np.array(self.center) + 0.5).astype(int)
        mask = np.zeros(shape, dtype=bool)
        if 0 <= row < shape[0] and 0 <= column < shape[1]:
            mask[row, column] = True
        return mask

    def moved(self, rows: float, columns: float) -> "Point":
        """The same, `rows` further down and `columns` further right."""
        return replace(self, row=self.row + rows, column=self.column + columns)


@dataclass(frozen=True)
class Sphere:
    """A ball around (slice, row, column); it needs a grid, for its radius is in mm.

    Raises:
        ValueError: a number that is not finite, or a radius that is not above 0.
    """

    slice: float
    row: float
    column: float
    radius_mm: float

    def __post_init__(self) -> None:
        _require_finite(self.slice, self.row, self.column, self.radius_mm)
        if self.radius_mm <= 0:
            raise ValueError(f"radius must be above 0: {self}")

    @property
    def center(self) -> tuple[float, float]:
        return (self.row, self.column)

    def cut(self, slice_index: int, spacing_mm: NDArray[np.float64]) -> Ellipse | None:
        """Its outline on one slice of a grid with `spacing_mm`; None where it does not reach."""
        away = (slice_index - self.slice) * spacing_mm[0]
        if abs(away) > self.radius_mm:
            return None
        radius = float(np.sqrt(self.radius_mm**2 - away**2))
        return Ellipse(self.row, self.column, radius / spacing_mm[1], radius / spacing_mm[2])

    def moved(self, rows: float, columns: float) -> "Sphere":
        """The same, `rows` further down and `columns` further right."""
        return replace(self, row=self.row + rows, column=self.column + columns)


Flat = Rectangle | Ellipse | Polygon | Point
Region = Flat | Sphere


def _mask(region: Rectangle | Ellipse | Polygon, shape: tuple[int, int]) -> Mask:
    """(H, W); only the rows and columns of the region's box are looked at."""
    box = region.box
    top, left = max(int(np.ceil(box.top)), 0), max(int(np.ceil(box.left)), 0)
    bottom = min(int(np.floor(box.bottom)) + 1, shape[0])
    right = min(int(np.floor(box.right)) + 1, shape[1])
    mask = np.zeros(shape, dtype=bool)
    if top < bottom and left < right:
        rows, columns = np.ogrid[top:bottom, left:right]
        mask[top:bottom, left:right] = region.contains(
            rows.astype(np.float64), columns.astype(np.float64)
        )
    return mask


def _require_finite(*numbers: float) -> None:
    if not np.isfinite(numbers).all():
        raise ValueError(f"not finite: {numbers}")
