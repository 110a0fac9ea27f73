"""Native voxels behind what is shown: the numbers that nobody interpolated.

A pane shows images on one grid, and some were resampled for it. What is read off the screen comes
from the voxels as the scanner measured them; here is which ones lie behind a pixel or a region.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.roi import Flat, Region, Sphere
from fusionviewer.texts import in_english, translated
from fusionviewer.texts import text as _

Places = NDArray[np.intp]  # (N,): where voxels are in `values.ravel()`
Check = Callable[[], object]  # raises when nobody waits for the answer any more

_NONE: Places = np.empty(0, dtype=np.intp)
STRAIGHT = 1 - 1e-6  # cosine from which on layers lie along a slice
ROUNDING = 9  # decimals of an index; what geometry loses on its way there and back is far below


@dataclass(frozen=True)
class Reading:
    """The value of one voxel.

    Attributes:
        value: in `unit`; None outside the image, on padding, or where it is not a number.
        index: the native voxel (slice, row, column); None outside the image.
        of_maximum: the value as a share of the image's highest, for SPECT, and PET without SUV.
    """

    value: float | None
    unit: str
    index: tuple[int, int, int] | None
    of_maximum: float | None = None

    @property
    def text(self) -> str:
        if self.value is None:
            return _("outside")
        text = measured(self.value, self.unit)
        if self.of_maximum is None:
            return text
        return _("{value} · {percent} % of max", value=text, percent=round(100 * self.of_maximum))


WHOLE = frozenset(
    {"HU", in_english("grey level"), in_english("counts")}
)  # what a voxel has whole numbers of
SMALL_SUV = 0.095  # below it, two decimals would say nothing


def number(value: float, unit: str = "", *, whole: bool = True) -> str:
    """A value in as many digits as mean something in its unit, without the unit.

    HU, grey levels and counts are whole numbers; a mean of them (`whole` false) has one decimal.
    SUV has two decimals, or two digits where it is small; what is within 0…1 three decimals; all
    else has four digits, or all before the point. With a true minus sign, and with powers of ten
    only from a billion on.
    """
    if not math.isfinite(value):
        return str(value)
    large = abs(value) >= 1e9
    if unit in WHOLE and not large:
        written = f"{value:.0f}" if whole else f"{value:.1f}"
    elif unit == "SUV" and not large:
        written = f"{value:.2f}" if abs(value) >= SMALL_SUV or value == 0 else _digits(value, 2)
    elif unit.endswith("0…1"):
        written = f"{value:.3f}"
    else:
        written = _digits(value, 4)
    return ("0" if written == "-0" else written).replace("-", "−")


def _digits(value: float, digits: int) -> str:
    """So many digits that count; all before the point below a billion."""
    if 10**digits <= abs(value) < 1e9:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def measured(value: float, unit: str) -> str:
    """A voxel's value with its unit, for the screen: "37 HU", "2.41 SUV"."""
    return f"{number(value, unit)} {translated(unit)}".strip()


def value_at(
    image: Image, index: tuple[float, float, float], shown_grid: Grid | None = None
) -> Reading:
    """The native voxel of `image` nearest to `index` (slice, row, column) of the shown grid.

    Without geometry on either side, the images lie pixel on pixel.
    """
    where = nearest_voxels(image, np.asarray(index, dtype=np.float64), shown_grid)
    if not inside(image, where):
        return Reading(None, image.unit, None)
    voxel = (int(where[0]), int(where[1]), int(where[2]))
    value = float(image.values[voxel])
    padded = image.padding is not None and bool(image.padding[voxel])
    if padded or not np.isfinite(value):
        return Reading(None, image.unit, voxel)
    share = value / image.highest if image.has_share_of_maximum else None
    return Reading(value, image.unit, voxel, share)


def nearest_voxels(
    image: Image, index: NDArray[np.float64], shown_grid: Grid | None
) -> NDArray[np.intp]:
    """Native indices nearest to indices of the shown grid, (..., 3); some may lie outside."""
    grid = _own_grid(image, shown_grid)
    if grid is not None and shown_grid is not None:
        index = grid.index(shown_grid.position(index))
    return _rounded(index)


def _rounded(index: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.floor(np.round(index, ROUNDING) + 0.5).astype(np.intp)


def inside(image: Image, index: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of the native indices (..., 3) the image has."""
    return np.asarray(((index >= 0) & (index < np.array(image.shape))).all(axis=-1))


@dataclass(frozen=True, eq=False)
class Voxels:
    """The native voxels of a region.

    Attributes:
        places: (N,), padding included.
        slab_mm: thickness of the layers that they are of; where those lie oblique to the slice, of the slab
            that they were taken from. None for a ball or without geometry.
        note: what the reader must know of the choice; "" when there is nothing to say.
    """

    places: Places
    slab_mm: float | None = None
    note: str = ""


def voxels_of(
    image: Image,
    region: Region,
    slice_index: int,
    shown_grid: Grid | None,
    check: Check = lambda: None,
) -> Voxels:
    """The native voxels of `image` in `region`, drawn on slice `slice_index` of the shown grid.

    On another grid these are the voxels whose centre, seen along the normal of the shown slice,
    lies inside the region, and no further from the slice than half its thickness or half the
    distance of the native layers, whichever is more: exactly one native voxel at each place where
    the native layers are the thicker ones. A region that holds no centre gives the nearest voxel.

    Args:
        check: called between native slices; may raise to stop.
    """
    if isinstance(region, Sphere):
        return _in_ball(image, region, shown_grid, check)
    grid = _own_grid(image, shown_grid)
    if grid is None or shown_grid is None:
        found = _on_slice(image, region, slice_index)
    else:
        found = _through_slab(grid, region, slice_index, shown_grid, check)
    if not len(found.places):
        found = _nearest(image, region, slice_index, shown_grid, found)
    if grid is None or shown_grid is None or not len(found.places):
        return found
    return replace(found, slab_mm=_layers_mm(grid, shown_grid.axes[0], found))


def _own_grid(image: Image, shown_grid: Grid | None) -> Grid | None:
    """The image's grid where it is another one than the shown grid, else None."""
    if image.grid is None or shown_grid is None or image.grid.matches(shown_grid):
        return None
    return image.grid


def _on_slice(image: Image, region: Flat, slice_index: int) -> Voxels:
    slab = None if image.grid is None else float(image.grid.spacing[0])
    if not 0 <= slice_index < image.shape[0]:
        return Voxels(_NONE, slab)
    inside_slice = np.flatnonzero(region.mask(image.shape[1:]))
    return Voxels(inside_slice + slice_index * image.values[0].size, slab)


def _through_slab(
    grid: Grid, region: Flat, slice_index: int, shown_grid: Grid, check: Check
) -> Voxels:
    thickness = max(float(shown_grid.spacing[0]), _layer_distance_mm(grid, shown_grid.axes[0]))
    half = thickness / 2 / shown_grid.spacing[0]  # in shown slices

    def belongs(index: NDArray[np.float64]) -> NDArray[np.bool_]:
        away = index[..., 0] - slice_index
        return np.asarray(
            (-half <= away) & (away < half) & region.contains(index[..., 1], index[..., 2])
        )

    box = region.box
    low = np.array([slice_index - half, box.top, box.left])
    high = np.array([slice_index + half, box.bottom, box.right])
    return Voxels(
        _search(grid, shown_grid, low=low, high=high, belongs=belongs, check=check), thickness
    )


def _layer_distance_mm(grid: Grid, normal: NDArray[np.float64]) -> float:
    """How far apart along `normal` the native layers lie that face it most."""
    facing, cosine = _facing(grid, normal)
    return float(grid.spacing[facing] * cosine)


def _facing(grid: Grid, normal: NDArray[np.float64]) -> tuple[int, float]:
    """The index whose layers face `normal` most, and the cosine between both."""
    steps = np.abs(grid.axes @ normal)
    facing = int(np.argmax(steps))
    return facing, float(steps[facing])


def _layers_mm(grid: Grid, normal: NDArray[np.float64], found: Voxels) -> float | None:
    """A slab of 2 mm holds one layer or two of 1.5 mm: it is their thickness that makes volume area.

    Oblique layers fill the slab they are cut by, on average.
    """
    facing, cosine = _facing(grid, normal)
    if cosine < STRAIGHT:
        return found.slab_mm
    layers = np.unique(np.unravel_index(found.places, grid.shape)[facing])
    return float(layers.size * grid.spacing[facing])


def _in_ball(image: Image, ball: Sphere, shown_grid: Grid | None, check: Check) -> Voxels:
    grid, shown_grid = image.grid or shown_grid, shown_grid or image.grid
    if grid is None or shown_grid is None:
        return Voxels(_NONE, None, in_english("A sphere needs images with geometry."))
    index = np.array([ball.slice, ball.row, ball.column])
    center = grid.index(shown_grid.position(index))
    reach = ball.radius_mm / grid.spacing
    first, stop = _bounds(center - reach, center + reach, grid)
    # axes at right angles: a distance is the same in the native index, stretched by the spacing
    away = [((np.arange(first[i], stop[i]) - center[i]) * grid.spacing[i]) ** 2 for i in range(3)]
    in_slice = away[1][:, None] + away[2]  # h w
    limit = ball.radius_mm**2 * (1 + 1e-12)
    found = [_NONE]
    for s, across in zip(range(first[0], stop[0]), away[0], strict=True):
        check()
        rows, columns = np.nonzero(in_slice <= limit - across)
        found.append(_place(s, rows + first[1], columns + first[2], grid))
    places = np.concatenate(found)
    return Voxels(places) if len(places) else _one(image, _rounded(center), Voxels(places))


def _search(
    grid: Grid,
    shown_grid: Grid,
    *,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    belongs: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    check: Check,
) -> Places:
    """The voxels of `grid` that `belongs` accepts by their index in the shown grid.

    `low` and `high` bound the search, in indices of the shown grid. Slice by slice, for memory.
    """
    ends = np.stack([low, high])
    corners = ends[np.indices((2, 2, 2)).reshape(3, 8).T, np.arange(3)]  # 8 3
    native = grid.index(shown_grid.position(corners))
    first, stop = _bounds(native.min(axis=0), native.max(axis=0), grid)
    found = [_NONE]
    for s in range(first[0], stop[0]):
        check()
        lattice = np.mgrid[s : s + 1, first[1] : stop[1], first[2] : stop[2]]
        index = np.moveaxis(lattice, 0, -1)  # 1 h w 3
        seen = np.round(shown_grid.index(grid.position(index)), ROUNDING)
        slices, rows, columns = index[belongs(seen)].T
        found.append(_place(slices, rows, columns, grid))
    return np.concatenate(found)


def _bounds(
    low: NDArray[np.float64], high: NDArray[np.float64], grid: Grid
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first voxel from `low` on and the first beyond `high`, per index, within the grid."""
    first = np.clip(np.ceil(np.round(low, ROUNDING)), 0, grid.shape)
    stop = np.clip(np.floor(np.round(high, ROUNDING)) + 1, first, grid.shape)
    return first.astype(np.intp), stop.astype(np.intp)


def _place(slices: ArrayLike, rows: ArrayLike, columns: ArrayLike, grid: Grid) -> Places:
    _, height, width = grid.shape
    places = (np.asarray(slices) * height + np.asarray(rows)) * width + np.asarray(columns)
    return np.asarray(places, dtype=np.intp)


def _nearest(
    image: Image, region: Flat, slice_index: int, shown_grid: Grid | None, found: Voxels
) -> Voxels:
    where = nearest_voxels(image, np.array([slice_index, *region.center]), shown_grid)
    return _one(image, where, found)


def _one(image: Image, where: NDArray[np.intp], found: Voxels) -> Voxels:
    if not inside(image, where):
        return found
    place = np.ravel_multi_index(tuple(where), image.shape)
    return Voxels(
        np.array([place]),
        found.slab_mm,
        in_english("No voxel centre lies inside; the nearest was taken."),
    )
