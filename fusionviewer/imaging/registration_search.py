"""Where to start: mutual information of every shift, for a grid of rotations, at coarse voxels.

For one rotation, the joint histogram of all shifts at once is a set of cross-correlations: one for
each pair of grey levels. So no start is missed because two series lie far apart.

Source: Öfverstedt, Lindblad & Sladoje 2022, arXiv:2106.14699 (algorithm 1), here in 3-D and with
the masks of padding.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.registration_levels import Level, smaller
from fusionviewer.imaging.transform import Transform, from_parts, rotation

Progress = Callable[[int, int], object]  # rotations done, rotations in all
Check = Callable[[], object]

LEVELS = 5  # grey levels; the first is background
STEPS_SMALLER, STEPS_LARGER = 16, 28  # coarse voxels along the longest side, at most
FINEST_MM = 5.0
REACH_DEGREES = 46.0
STEP_DEGREES = 15.0
MIN_OVERLAP = 0.4  # of the smaller image's voxels
KEPT_PER_ROTATION = 2


@dataclass(frozen=True, eq=False)
class Start:
    """A place to start from, and its mutual information in bits at the coarse level."""

    transform: Transform
    score: float


def rotations() -> list[NDArray[np.float64]]:
    """Rotation vectors in degrees, evenly over all turns up to REACH_DEGREES; none first."""
    count = int(REACH_DEGREES // STEP_DEGREES)
    steps = np.arange(-count, count + 1) * STEP_DEGREES
    vectors = [np.array(v) for v in product(steps, repeat=3)]
    near = [v for v in vectors if np.linalg.norm(v) <= REACH_DEGREES]
    return sorted(near, key=lambda v: float(np.linalg.norm(v)))


def found_starts(fixed: Level, moving: Level, check: Check, progress: Progress) -> list[Start]:
    """The best shifts of every rotation, best first."""
    spacing = coarse_mm(fixed, moving)
    still = _Lattice.of(fixed, spacing, np.eye(3))
    far = smaller(moving, spacing / 2)
    turns = rotations()
    starts: list[Start] = []
    for i, vector in enumerate(turns):
        check()
        turned = _Lattice.of(far, spacing, rotation(vector), still.axes)
        starts += _best_shifts(still, turned, rotation(vector), spacing)
        progress(i + 1, len(turns))
    return sorted(starts, key=lambda start: -start.score)


def coarse_mm(fixed: Level, moving: Level) -> float:
    """The size of the cubes that both are cut into."""
    less, more = sorted((_extent(fixed), _extent(moving)))
    return max(FINEST_MM, less / STEPS_SMALLER, more / STEPS_LARGER)


def _extent(level: Level) -> float:
    return float((np.array(level.grid.shape) * level.grid.spacing).max())


@dataclass(frozen=True, eq=False)
class _Lattice:
    """Grey levels of a turned image on cubes of one size.

    Attributes:
        bins: (S, H, W) int; −1 where nothing was measured.
        first: from the image's centre to cube (0, 0, 0), in cubes along `axes`.
    """

    bins: NDArray[np.int8]
    first: NDArray[np.float64]
    axes: NDArray[np.float64]
    center: NDArray[np.float64]

    @staticmethod
    def of(
        level: Level,
        spacing: float,
        turn: NDArray[np.float64],
        axes: NDArray[np.float64] | None = None,
    ) -> "_Lattice":
        """`level` seen from places q of a lattice, at turn·q + its centre."""
        grid = level.grid
        axes = grid.axes if axes is None else axes
        center = grid.position((np.array(grid.shape) - 1) / 2)
        ends = (grid.position(_outer_corners(grid)) - center) @ turn @ axes.T / spacing
        half = np.maximum(np.floor(np.abs(ends).max(axis=0) - 0.5 + 1e-6), 1).astype(int)
        lattice = np.stack(np.meshgrid(*(np.arange(-h, h + 1) for h in half), indexing="ij"), -1)
        index = grid.index(lattice * spacing @ axes @ turn.T + center)
        where = np.moveaxis(index, -1, 0)
        values = scipy.ndimage.map_coordinates(level.values, where, order=1, mode="nearest")
        inside = scipy.ndimage.map_coordinates(
            level.inside.astype(np.float32), where, order=1, mode="nearest"
        )
        size = np.array(grid.shape) - 0.5
        seen = (inside > 0.5) & ((index >= -0.5) & (index <= size)).all(axis=-1)
        bins = np.digitize(values, _edges(level)).astype(np.int8)
        bins[~seen] = -1
        return _Lattice(bins, -half.astype(np.float64), axes, center)


def _outer_corners(grid: Grid) -> NDArray[np.float64]:
    size = np.array(grid.shape)
    return np.where(grid.corners() > 0, size - 0.5, -0.5)


def _edges(level: Level) -> NDArray[np.float64]:
    """Borders of the grey levels: background, then equal shares of the body."""
    body = level.values[level.body]
    if not body.size:
        body = level.values[level.inside]
    shares = np.linspace(0, 100, LEVELS)[:-1]
    return np.asarray(np.percentile(body, shares))


def _best_shifts(
    still: _Lattice, turned: _Lattice, turn: NDArray[np.float64], spacing: float
) -> Iterator[Start]:
    scores = _mutual_information(still.bins, turned.bins)
    size = np.array(turned.bins.shape)
    for _ in range(KEPT_PER_ROTATION):
        best = np.unravel_index(int(np.argmax(scores)), scores.shape)
        score = float(scores[best])
        if not np.isfinite(score):
            return
        # cube 0 of the turned lattice lies on cube (best − size + 1) of the still one
        cube = np.array(best) - size + 1 + still.first - turned.first
        center = still.center + cube * spacing @ still.axes
        yield Start(from_parts(turn, center, turned.center), score)
        scores[tuple(slice(max(b - 1, 0), b + 2) for b in best)] = -np.inf


def _mutual_information(a: NDArray[np.int8], b: NDArray[np.int8]) -> NDArray[np.float64]:
    """In bits, for every shift of `b` over `a`: (Sa + Sb − 1, …); −inf where they hardly overlap."""
    full = [n + m - 1 for n, m in zip(a.shape, b.shape, strict=True)]
    size = [scipy.fft.next_fast_len(n, real=True) for n in full]
    of_a = [scipy.fft.rfftn((a == i).astype(np.float32), size) for i in range(LEVELS)]
    of_b = [
        scipy.fft.rfftn((b == i)[::-1, ::-1, ::-1].astype(np.float32), size) for i in range(LEVELS)
    ]
    part = tuple(slice(0, n) for n in full)
    joint = np.stack(
        [[scipy.fft.irfftn(x * y, size)[part] for y in of_b] for x in of_a]
    )  # LEVELS LEVELS S H W
    np.maximum(np.rint(joint, out=joint), 0, out=joint)
    total = joint.sum(axis=(0, 1))
    smaller_one = min((a >= 0).sum(), (b >= 0).sum())
    enough = total >= MIN_OVERLAP * smaller_one
    total = np.maximum(total, 1)
    bits = (
        _sum_of_logs(joint, (0, 1))
        - _sum_of_logs(joint.sum(axis=0), (0,))
        - _sum_of_logs(joint.sum(axis=1), (0,))
    ) / total + np.log2(total)
    return np.where(enough, bits * total / smaller_one, -np.inf)


def _sum_of_logs(counts: NDArray[np.float32], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Σ n·log2 n"""
    return np.asarray((counts * np.log2(np.maximum(counts, 1))).sum(axis=axes))
