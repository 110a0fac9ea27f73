"""An image on another grid."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
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

AT_ONCE = 2**21  # voxels between two checks, of the new grid and of what they are made from
VOXEL_BYTES, COLOUR_BYTES = 10, 6  # that resampling takes for each voxel of the new grid …
SOURCE_BYTES = 16  # … and for each of those that it looks at at once
ROUNDING = 1e-6  # of a voxel: an edge that falls on an edge is inside


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
    source = min(math.prod(image.shape), AT_ONCE) * SOURCE_BYTES
    require_memory(image.name, math.prod(grid.shape) * bytes_each + source)
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
    values = np.full(grid.shape, fill, dtype=np.float32)
    padding = _outside(image.shape, matrix, offset, grid.shape)
    rgb = None if image.rgb is None else np.zeros((*grid.shape, 3), dtype=np.uint8)
    for tile in _tiles(image.shape, matrix, offset, grid.shape):
        check()
        made, unmeasured = _values_of(image, tile)
        padding[tile.target] |= unmeasured
        np.copyto(values[tile.target], made, where=~padding[tile.target])
        if rgb is not None and image.rgb is not None:
            for c in range(3):
                made = tile.interpolated(image.rgb[..., c][tile.source])
                np.copyto(rgb[tile.target][..., c], made, where=~padding[tile.target])
    return Sampled(values, padding, rgb)


Box = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class _Tile:
    """A box of the new grid, and the box of the source that it is made from.

    Attributes:
        matrix, offset: turn an index within `target` into one within `source`.
    """

    target: Box
    source: Box
    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    def interpolated(self, voxels: NDArray[Any], dtype: Any = None) -> NDArray[Any]:
        """From the voxels of `source`."""
        shape = tuple(side.stop - side.start for side in self.target)
        out = np.empty(shape, dtype or voxels.dtype)
        scipy.ndimage.affine_transform(
            voxels, self.matrix, self.offset,
            output_shape=shape, output=out, order=1, mode="nearest",
        )  # fmt: skip
        return out


def _tiles(
    source: tuple[int, int, int],
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, int, int],
) -> Iterator[_Tile]:
    """All boxes of the new grid that meet the source; copies are made of no more of it at once."""
    edges = _edges(matrix, source, shape)
    starts = (range(0, n, edge) for n, edge in zip(shape, edges, strict=True))
    for start in product(*starts):
        stop = np.minimum(np.add(start, edges), shape)
        ends = np.array(list(product(*zip(start, stop - 1, strict=True)))) @ matrix.T + offset
        low = np.clip(np.floor(ends.min(axis=0)) - 1, 0, source).astype(int)
        high = np.clip(np.ceil(ends.max(axis=0)) + 2, 0, source).astype(int)
        if (low < high).all():
            first = matrix @ np.array(start, dtype=np.float64) + offset - low
            yield _Tile(_box(start, stop), _box(low, high), matrix, first)


def _edges(
    matrix: NDArray[np.float64], source: tuple[int, int, int], shape: tuple[int, int, int]
) -> NDArray[np.int_]:
    """Of tiles, in voxels: as large as may be at once, and their longest sides cut in half until then."""
    edges = np.array(shape)
    while edges.max() > 1:
        touched = np.minimum(np.abs(matrix) @ (edges - 1) + 4, source)
        if max(math.prod(edges.tolist()), math.prod(touched.tolist())) <= AT_ONCE:
            break
        edges[edges.argmax()] = -(-edges.max() // 2)
    return edges


def _box(start: Iterable[int], stop: Iterable[int]) -> Box:
    first, second, third = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return first, second, third


def _values_of(image: Image, tile: _Tile) -> tuple[NDArray[np.float32], NDArray[np.bool_] | bool]:
    """The values of a tile, and where most of what they come from was not measured."""
    padded = None if image.padding is None else image.padding[tile.source]
    if padded is None or not padded.any():
        return _plain_values(image.values, tile), False
    known = np.where(padded, np.float32(0), np.asarray(_part(image.values, tile.source)))
    share = tile.interpolated((~padded).astype(np.float32))
    return tile.interpolated(known) / np.maximum(share, 0.5), share < 0.5


def _plain_values(values: Values, tile: _Tile) -> NDArray[np.float32]:
    """Stored integers are interpolated as they are: no copy in float32 is made of them."""
    if isinstance(values, StoredValues) and values.is_even:
        found = tile.interpolated(values.part(tile.source).stored, np.float32)
        return found * np.float32(values.slope.item()) + np.float32(values.intercept.item())
    return tile.interpolated(np.asarray(_part(values, tile.source)))


def _part(values: Values, box: Box) -> Values:
    return values.part(box) if isinstance(values, StoredValues) else np.asarray(values[box])


def _index_map(
    source: Grid, target: Grid, through: Map
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The matrix and offset that turn an index of `target` into the index of `source` there."""
    offset = source.index(through(target.position((0, 0, 0))))
    columns = source.index(through(target.position(np.eye(3)))) - offset
    return columns.T, offset


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
