"""How much two volumes have in common, by their boxes."""

import math

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid

LINES = 48  # along each of the two other axes, to measure by
SHARE_DIGITS = 6  # boxes that touch share nothing, whatever rounding says
ROUNDING = 1e-6  # of a voxel


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
    along = np.where(np.abs(along) < ROUNDING, ROUNDING, along)  # in or out for its whole length
    cuts = np.array([-0.5 - start, np.array(b.shape) - 0.5 - start]) / along  # 2 N 3
    enters, leaves = cuts.min(axis=0).max(axis=1), cuts.max(axis=0).min(axis=1)
    inside = np.clip(np.minimum(leaves, 1) - np.maximum(enters, 0), 0, 1)
    return float((inside > 0).mean()), float(inside.mean())
