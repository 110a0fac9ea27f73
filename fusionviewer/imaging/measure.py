"""Lengths and angles that the reader draws; regions are in `roi`.

Points are (row, column) in pixels of the shown grid, as in `roi`; what they measure comes from the
spacing of the grid they were drawn on, never from the screen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.roi import Rectangle, _require_finite

Spot = tuple[float, float]  # row, column


@dataclass(frozen=True)
class Ruler:
    """A straight line, whose length is measured and along which values are read.

    Raises:
        ValueError: a coordinate that is not finite.
    """

    start: Spot
    end: Spot

    def __post_init__(self) -> None:
        _require_finite(*self.start, *self.end)

    @property
    def corners(self) -> tuple[Spot, ...]:
        return (self.start, self.end)

    @property
    def box(self) -> Rectangle:
        return box_around(self.corners)

    @property
    def center(self) -> Spot:
        return self.box.center


@dataclass(frozen=True)
class Angle:
    """Two legs from `apex`.

    Raises:
        ValueError: a coordinate that is not finite.
    """

    first: Spot
    apex: Spot
    last: Spot

    def __post_init__(self) -> None:
        _require_finite(*self.first, *self.apex, *self.last)

    @property
    def corners(self) -> tuple[Spot, ...]:
        return (self.first, self.apex, self.last)

    @property
    def box(self) -> Rectangle:
        return box_around(self.corners)

    @property
    def center(self) -> Spot:
        return self.apex


Line = Ruler | Angle


def box_around(corners: tuple[Spot, ...]) -> Rectangle:
    rows, columns = zip(*corners, strict=True)
    return Rectangle(min(rows), min(columns), max(rows), max(columns))


def length(ruler: Ruler, grid: Grid | None) -> tuple[float, str]:
    """How long it is, and in what: "mm", or "px" where nobody knows how large a pixel is."""
    along = _step(ruler.start, ruler.end, grid)
    return float(np.hypot(*along)), "px" if grid is None else "mm"


def degrees(angle: Angle, grid: Grid | None) -> float | None:
    """Between the legs, 0…180°; None where a leg has no length. Without geometry, pixels are square."""
    legs = (_step(angle.apex, end, grid) for end in (angle.first, angle.last))
    one, other = legs
    if not one.any() or not other.any():
        return None
    cross = one[0] * other[1] - one[1] * other[0]
    return float(np.degrees(np.arctan2(abs(cross), one @ other)))


def _step(start: Spot, end: Spot, grid: Grid | None) -> NDArray[np.float64]:
    """(2,): down and across, in mm where a grid says how large pixels are."""
    pixels = np.subtract(end, start)
    return np.asarray(pixels if grid is None else pixels * grid.spacing[1:], dtype=np.float64)
