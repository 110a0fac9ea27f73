"""An image on another grid."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image


def overlap(a: Grid, b: Grid, samples: int = 24) -> float:
    """The share of `a`'s box that lies within `b`'s, 0…1, by a lattice of `samples`³ points."""
    steps = [np.linspace(-0.5, n - 0.5, samples * 2 + 1)[1::2] for n in a.shape]
    points = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1)
    inside = _inside(b.index(a.position(points)), b.shape)
    return float(inside.mean())


def _inside(index: NDArray[np.float64], shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    size = np.array(shape)
    return np.asarray(((index >= -0.5) & (index <= size - 0.5)).all(axis=-1))


def resampled(image: Image, grid: Grid) -> Image:
    """`image` at the voxel centres of `grid`, by linear interpolation.

    Voxels of `grid` outside the image, or more than half within its padding, are padding; where less
    of it is, the measured neighbours alone give the value. Within half a voxel of the edge the edge
    value goes on.

    Raises:
        ValueError: `image` has no grid.
    """
    if image.grid is None:
        raise ValueError(f"{image.name} has no geometry to resample by")
    measured = None if image.padding is None else (~image.padding).astype(np.float32)
    source = image.values if measured is None else image.values * measured
    values = np.empty(grid.shape, dtype=np.float32)
    padding = np.empty(grid.shape, dtype=bool)
    rgb = None if image.rgb is None else np.empty((*grid.shape, 3), dtype=np.uint8)
    rows, columns = np.mgrid[0 : grid.shape[1], 0 : grid.shape[2]]
    for s in range(grid.shape[0]):
        here = np.stack([np.full_like(rows, s), rows, columns], axis=-1)
        index = image.grid.index(grid.position(here))  # H W 3
        padding[s] = ~_inside(index, image.shape)
        where = np.moveaxis(index, -1, 0)
        values[s] = map_coordinates(source, where, order=1, mode="nearest")
        if measured is not None:
            share = map_coordinates(measured, where, order=1, mode="nearest")
            padding[s] |= share < 0.5
            values[s] /= np.maximum(share, 0.5)
        if rgb is not None and image.rgb is not None:
            for c in range(3):
                rgb[s, ..., c] = map_coordinates(image.rgb[..., c], where, order=1, mode="nearest")
    outside = float(image.values[np.isfinite(image.values)].min(initial=0.0))
    values[padding] = outside
    if rgb is not None:
        rgb[padding] = 0
    return replace(
        image,
        values=values,
        rgb=rgb,
        padding=padding if padding.any() else None,
        grid=grid,
        notes=(*image.notes, "Resampled."),
    )
