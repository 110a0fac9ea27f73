"""An image on another grid."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.stored import StoredValues, Values
from fusionviewer.texts import in_english

Map = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # (..., 3) mm → (..., 3) mm

ROUNDING = 1e-6  # of a voxel: an edge that falls on an edge is inside


def overlap(a: Grid, b: Grid, samples: int = 24) -> float:
    """The share of `a`'s box that lies within `b`'s, 0…1, by a lattice of `samples`³ points."""
    steps = [np.linspace(-0.5, n - 0.5, samples * 2 + 1)[1::2] for n in a.shape]
    points = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1)
    inside = _inside(b.index(a.position(points)), b.shape)
    return float(inside.mean())


def _inside(index: NDArray[np.float64], shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    size = np.array(shape)
    return np.asarray(((index >= -0.5) & (index <= size - 0.5)).all(axis=-1))


def resampled(image: Image, grid: Grid, through: Map = lambda position: position) -> Image:
    """`image` at the voxel centres of `grid`, by linear interpolation.

    Voxels of `grid` outside the image, or more than half within its padding, are padding; where less
    of it is, the measured neighbours alone give the value. Within half a voxel of the edge the edge
    value goes on.

    Args:
        through: an affine map from positions on `grid` to positions in `image`, when they differ.

    Raises:
        ValueError: `image` has no grid.
    """
    found = sampled(image, grid, through, lowest(image))
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


def sampled(image: Image, grid: Grid, through: Map, fill: float) -> Sampled:
    """The pixels of `resampled`, with `fill` where nothing was measured.

    Raises:
        ValueError: `image` has no grid.
    """
    if image.grid is None:
        raise ValueError(f"{image.name} has no geometry to resample by")
    matrix, offset = _index_map(image.grid, grid, through)
    padding = _outside(image.shape, matrix, offset, grid.shape)
    if image.padding is None:
        values = _values(image.values, matrix, offset, grid.shape)
    else:
        measured = (~image.padding).astype(np.float32)
        values = _interpolated(np.asarray(image.values) * measured, matrix, offset, grid.shape)
        share = _interpolated(measured, matrix, offset, grid.shape)
        padding |= share < 0.5
        values /= np.maximum(share, 0.5, out=share)
    values[padding] = fill
    rgb = None
    if image.rgb is not None:
        colours = [_interpolated(image.rgb[..., c], matrix, offset, grid.shape) for c in range(3)]
        rgb = np.stack(colours, axis=-1)
        rgb[padding] = 0
    return Sampled(values, padding, rgb)


def lowest(image: Image) -> float:
    """The lowest value of an image, at most 0: what is drawn where there is nothing."""
    values = image.values
    if isinstance(values, StoredValues) and values.is_even:
        ends = np.array([values.stored.min(), values.stored.max()], dtype=np.float64)
        return float((ends * values.slope.item() + values.intercept.item()).min(initial=0.0))
    return min((float(one[np.isfinite(one)].min(initial=0.0)) for one in values), default=0.0)


def _values(
    values: Values,
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, int, int],
) -> NDArray[np.float32]:
    """Stored integers are interpolated as they are: no copy in float32 is made of all of them."""
    if isinstance(values, StoredValues) and values.is_even:
        found = _interpolated(values.stored, matrix, offset, shape, np.float32)
        return found * np.float32(values.slope.item()) + np.float32(values.intercept.item())
    return _interpolated(np.asarray(values), matrix, offset, shape)


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
    dtype: Any = None,
) -> NDArray[Any]:
    return np.asarray(
        scipy.ndimage.affine_transform(
            voxels, matrix, offset, output_shape=shape, output=dtype, order=1, mode="nearest"
        )
    )


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
