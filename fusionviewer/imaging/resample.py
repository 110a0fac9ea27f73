"""An image on another grid."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.memory import require_memory
from fusionviewer.imaging.stored import StoredValues, Values
from fusionviewer.texts import in_english

Map = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # (..., 3) mm → (..., 3) mm

Check = Callable[[], object]  # raises when nobody waits for the answer any more

AT_ONCE = 2_000_000  # voxels between two checks
VOXEL_BYTES, COLOUR_BYTES = 10, 6  # that resampling takes for each voxel of the new grid
ROUNDING = 1e-6  # of a voxel: an edge that falls on an edge is inside
LINES = 48  # along each of the two other axes, to measure an overlap by
SHARE_DIGITS = 6  # boxes that touch share nothing, whatever rounding says


def overlap(a: Grid, b: Grid) -> float:
    """The share of `a`'s box that lies within `b`'s, 0…1.

    Lines through the part of `a` that `b` can reach are cut exactly, along each axis of `a`. A thin
    slab falls between points, and between lines that run along it, but not between those across it:
    the axis counts of which most lines meet `b`.
    """
    size = np.array(a.shape, dtype=np.float64)
    ends = a.index(b.position(box_corners(b)))
    low = np.clip(ends.min(axis=0), -0.5, size - 0.5)
    high = np.clip(ends.max(axis=0), -0.5, size - 0.5)
    _, within = max(_cut_lines(a, b, low, high, axis) for axis in range(3))
    return round(within * float(np.prod((high - low) / size)), SHARE_DIGITS)


def shared_box(a: Grid, b: Grid) -> float:
    """The share of the smaller box that both have in common, 0…1."""
    boxes = sorted((a, b), key=lambda grid: grid.voxel_volume_mm3 * math.prod(grid.shape))
    return overlap(boxes[0], boxes[1])


def box_corners(grid: Grid) -> NDArray[np.float64]:
    """Indices of the outer corners of the eight corner voxels, (8, 3)."""
    return np.asarray(np.array(list(np.ndindex(2, 2, 2))) * np.array(grid.shape) - 0.5)


def _cut_lines(
    a: Grid, b: Grid, low: NDArray[np.float64], high: NDArray[np.float64], axis: int
) -> tuple[float, float]:
    """Of lines along `axis`, from `low` to `high` in `a`: how many meet the box of `b`, and how much
    of them all lies within it; both 0…1."""
    steps = [low[i] + (high[i] - low[i]) * (np.arange(LINES) + 0.5) / LINES for i in range(3)]
    steps[axis] = low[axis : axis + 1]
    first = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    start = b.index(a.position(first))
    along = b.index(a.position(first[:1] + np.eye(3)[axis] * (high - low)[axis])) - start[:1]
    along = np.where(
        np.abs(along) < ROUNDING, ROUNDING, along
    )  # parallel: never leaves, or never enters
    cuts = np.array([-0.5 - start, np.array(b.shape) - 0.5 - start]) / along  # 2 N 3
    enters, leaves = cuts.min(axis=0).max(axis=1), cuts.max(axis=0).min(axis=1)
    inside = np.clip(np.minimum(leaves, 1) - np.maximum(enters, 0), 0, 1)
    return float((inside > 0).mean()), float(inside.mean())


def resampled(
    image: Image,
    grid: Grid,
    through: Map = lambda position: position,
    check: Check = lambda: None,
) -> Image:
    """`image` at the voxel centres of `grid`, by linear interpolation.

    Voxels of `grid` outside the image, or more than half within its padding, are padding; where less
    of it is, the measured neighbours alone give the value. Within half a voxel of the edge the edge
    value goes on.

    Args:
        through: an affine map from positions on `grid` to positions in `image`, when they differ.
        check: called every few slices; may raise to stop.

    Raises:
        InputError: what it would take does not fit in memory.
        ValueError: `image` has no grid.
    """
    bytes_each = VOXEL_BYTES if image.rgb is None else VOXEL_BYTES + COLOUR_BYTES
    require_memory(image.name, math.prod(grid.shape) * bytes_each)
    found = sampled(image, grid, through, image.lowest, check)
    return replace(
        image,
        values=found.values,
        rgb=found.rgb,
        padding=found.padding if found.padding.any() else None,
        grid=grid,
        notes=(*image.notes, in_english("Resampled.")),
    )


@dataclass(frozen=True, eq=False)
class Sampled:
    """What an image has at the voxel centres of a grid; the arrays are of the grid's shape."""

    values: NDArray[np.float32]
    padding: NDArray[np.bool_]
    rgb: NDArray[np.uint8] | None


def sampled(
    image: Image, grid: Grid, through: Map, fill: float, check: Check = lambda: None
) -> Sampled:
    """The pixels of `resampled`, with `fill` where nothing was measured.

    Raises:
        ValueError: `image` has no grid.
    """
    if image.grid is None:
        raise ValueError(f"{image.name} has no geometry to resample by")
    matrix, offset = _index_map(image.grid, grid, through)
    padding = _outside(image.shape, matrix, offset, grid.shape)
    if image.padding is None:
        values = _values(image.values, matrix, offset, grid.shape, check)
    else:
        measured = (~image.padding).astype(np.float32)
        known = np.asarray(image.values) * measured
        values = _interpolated(known, matrix, offset, grid.shape, check)
        share = _interpolated(measured, matrix, offset, grid.shape, check)
        padding |= share < 0.5
        values /= np.maximum(share, 0.5, out=share)
    values[padding] = fill
    rgb = None
    if image.rgb is not None:
        channels = (image.rgb[..., c] for c in range(3))
        colours = [_interpolated(one, matrix, offset, grid.shape, check) for one in channels]
        rgb = np.stack(colours, axis=-1)
        rgb[padding] = 0
    return Sampled(values, padding, rgb)


def _values(
    values: Values,
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, int, int],
    check: Check,
) -> NDArray[np.float32]:
    """Stored integers are interpolated as they are: no copy in float32 is made of all of them."""
    if isinstance(values, StoredValues) and values.is_even:
        found = _interpolated(values.stored, matrix, offset, shape, check, np.float32)
        return found * np.float32(values.slope.item()) + np.float32(values.intercept.item())
    return _interpolated(np.asarray(values), matrix, offset, shape, check)


def _index_map(
    source: Grid, target: Grid, through: Map
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The matrix and offset that turn an index of `target` into the index of `source` there."""
    offset = source.index(through(target.position((0, 0, 0))))
    columns = source.index(through(target.position(np.eye(3)))) - offset
    return columns.T, offset


def _interpolated(
    voxels: NDArray[Any],
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, int, int],
    check: Check,
    dtype: Any = None,
) -> NDArray[Any]:
    """Some slices at a time, so that it can be stopped."""
    out = np.empty(shape, dtype or voxels.dtype)
    step = max(AT_ONCE // max(shape[1] * shape[2], 1), 1)
    for first in range(0, shape[0], step):
        check()
        part = out[first : first + step]
        scipy.ndimage.affine_transform(
            voxels, matrix, offset + matrix[:, 0] * first,
            output_shape=part.shape, output=part, order=1, mode="nearest",
        )  # fmt: skip
    return out


def _outside(
    source: tuple[int, int, int],
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, int, int],
) -> NDArray[np.bool_]:
    """Where the voxels of a grid lie more than half a voxel outside `source`."""
    outside = np.zeros(shape, dtype=bool)
    along = [np.arange(n, dtype=np.float64) for n in shape]
    for axis, size in enumerate(source):
        in_plane = matrix[axis, 1] * along[1][:, None] + matrix[axis, 2] * along[2] + offset[axis]
        for s in range(shape[0]):
            index = in_plane + matrix[axis, 0] * s
            outside[s] |= (index < -0.5 - ROUNDING) | (index > size - 0.5 + ROUNDING)
    return outside
