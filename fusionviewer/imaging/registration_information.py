"""Mutual information of two images under a transform, and in which direction it grows.

The joint histogram of Mattes et al. with a cubic Parzen window on the moving image's grey levels,
so that it changes smoothly, and weighted by how far each sample lies within the moving image, so
that nothing jumps where samples leave it. What is maximised is the information of the whole overlap
per sample of the fixed image: by itself, mutual information is largest where a few voxels match.

Source: Mattes et al. 2003, doi:10.1109/TMI.2003.809072, section II-B; Thévenaz & Unser 2000,
doi:10.1109/83.887976, equations 14 to 16.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.registration_levels import Level

BINS = 32
MARGIN = 2  # empty bins at either end of the moving grey levels, for the window's tails
TINY = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Samples:
    """What of the fixed image is looked at.

    Attributes:
        positions: (N, 3), in mm.
        rows: (N,) int, BINS times the grey level of each.
    """

    positions: Floats
    rows: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Volume:
    """The moving image, ready to be looked up between its voxels.

    Attributes:
        voxels: (2, voxels) float32: where the value lies among the bins, and 1 within the image or 0
            outside; a border of one voxel outside is added all around.
        shape: with that border.
        level: where the voxels are.
    """

    voxels: NDArray[np.float32]
    shape: tuple[int, int, int]
    level: Level


@dataclass(frozen=True, eq=False)
class Information:
    """In bits per sample, with its slope at each sample.

    Attributes:
        bits: 0 when nothing overlaps.
        slopes: (N, 3): how `bits` grows when that sample is looked up further along x, y, z, per mm.
    """

    bits: float
    slopes: Floats


def samples_of(level: Level, count: int, seed: int) -> Samples:
    """About `count` places, evenly over the image and each a bit beside the middle of a voxel.

    Places in the middle of voxels would make an alignment look best where both lattices meet.
    Source: Pluim, Maintz & Viergever 2000, doi:10.1016/S0167-8655(99)00146-3.
    """
    random = np.random.default_rng(seed)
    voxels = np.flatnonzero(level.inside)
    if voxels.size > count:
        first = random.uniform(0, voxels.size / count)
        picks = first + np.arange(count) * (voxels.size / count)
        voxels = voxels[np.minimum(picks.astype(np.intp), voxels.size - 1)]
    middles = np.stack(np.unravel_index(voxels, level.grid.shape), axis=-1)
    index = middles + random.uniform(-0.5, 0.5, middles.shape)
    values = looked_up(volume_of(level), index)[0][0]
    rows = np.clip(np.rint(_among_bins(values, inverse=True) * (BINS - 1)), 0, BINS - 1)
    return Samples(level.grid.position(index), rows.astype(np.intp) * BINS)


def _among_bins(values: NDArray[np.floating], *, inverse: bool = False) -> NDArray[np.floating]:
    """From 0…1 to MARGIN … BINS − 1 − MARGIN, or back."""
    width = BINS - 1 - 2 * MARGIN
    return (values - MARGIN) / width if inverse else values * width + MARGIN


def volume_of(level: Level) -> Volume:
    """`level`, ready to be looked up."""
    places = np.pad(_among_bins(level.values).astype(np.float32), 1, mode="edge")
    inside = np.pad(level.inside.astype(np.float32), 1)
    shape = (places.shape[0], places.shape[1], places.shape[2])
    return Volume(np.stack([places.ravel(), inside.ravel()]), shape, level)


def information(samples: Samples, volume: Volume, positions: Floats) -> Information:
    """Of the samples and of the volume at `positions`, (N, 3) in mm, where they are taken to."""
    grid = volume.level.grid
    (places, inside), gradient = looked_up(volume, grid.index(positions))  # N each, 3 2 N
    low = np.floor(places)
    weights, slopes = _window(places - low)  # 4 N each
    cells = samples.rows + low.astype(np.intp) + np.arange(-1, 3)[:, None]  # 4 N
    weighed = (weights * inside).ravel()
    counts = np.bincount(cells.ravel(), weighed, BINS * BINS).astype(np.float64)
    bits, worth = _shared(counts.reshape(BINS, BINS), len(positions))
    gains = worth.ravel().take(cells)  # 4 N
    by_value = (gains * slopes).sum(axis=0) * inside
    by_weight = (gains * weights).sum(axis=0)
    along = gradient[:, 0] * by_value + gradient[:, 1] * by_weight  # 3 N
    return Information(bits, (along.T / grid.spacing) @ grid.axes)


def looked_up(volume: Volume, index: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both numbers of the voxels between them, (2, N), and per step along each index, (3, 2, N)."""
    size = np.array(volume.shape)
    place = np.clip(index + 1, 0, size - 1)
    moves = (place == index + 1).T[:, None]  # beyond the border nothing changes any more
    low = np.minimum(place.astype(np.intp), size - 2)
    s, h, w = np.ascontiguousarray((place - low).T, dtype=np.float32)  # N each
    start = (low[:, 0] * size[1] + low[:, 1]) * size[2] + low[:, 2]
    steps = (0, 1, size[2], size[2] + 1)
    planes = []
    for plane in (0, size[1] * size[2]):
        a, b, c, d = (volume.voxels.take(start + plane + step, axis=1) for step in steps)  # 2 N
        ab, cd = a + w * (b - a), c + w * (d - c)
        planes.append((ab + h * (cd - ab), cd - ab, (b - a) + h * (d - c - b + a)))
    near, far = planes
    across = [near[i] + s * (far[i] - near[i]) for i in (1, 2)]
    return near[0] + s * (far[0] - near[0]), np.stack([far[0] - near[0], *across]) * moves


def _window(offset: Floats) -> tuple[Floats, Floats]:
    """The cubic B-spline at the four bins around a place, and its slope there, (4, N) each."""
    t, u = offset, 1 - offset
    weights = np.stack([u**3, 4 - 6 * t * t + 3 * t**3, 4 - 6 * u * u + 3 * u**3, t**3]) / 6
    slopes = np.stack([-u * u, t * (3 * t - 4), u * (4 - 3 * u), t * t]) / 2
    return weights, slopes


def _shared(counts: Floats, samples: int) -> tuple[float, Floats]:
    """Bits per sample, and what one more count in each cell is worth."""
    total, rows, columns = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    if total < 1:
        return 0.0, np.zeros_like(counts)
    by_chance = np.outer(rows, columns) / total
    worth = np.log2((counts + TINY) / (by_chance + TINY)) / samples
    return float((counts * worth).sum()), worth
