"""Edges that fusion made up, and edges that it lost.

An edge is a slope of the slice, smoothed by a Gaussian of one pixel (`SMOOTHING`), in display
values 0…1 per pixel. A step of height h has a slope of 0.4·h there, so thresholds are said as
heights of a step.

* *Unsupported*: the fused image has a slope of a step of at least `MADE_UP`, and it is more than
  `GAIN` times as steep as anything that either source has in that direction within `REACH` pixels.
* *Lost*: a source has a slope of a step of at least `STRONG`, and within `REACH` pixels the fused
  image has less than `KEPT` of it.

PET and SPECT are seen in colours: an edge in any channel of the functional image supports one in the
fused brightness, and an edge in any channel of the fused image is not lost.

Patches of fewer than `SMALLEST` touching pixels are noise and are left out. The sign does not count:
an edge that turned from bright to dark is supported. What is steeper than its surroundings by
contrast alone is supported up to `GAIN`. A structure among edges as steep as its own, in the same
direction, is not found: an empty result does not prove that nothing was made up.

Measured on 157 pairs of the Harvard Whole Brain Atlas (CT-MR, PET-MR, SPECT-MR): no edge of an
average or a maximum is outlined. Of discs of 13 pixels planted anywhere in the head, one for each
pair, 131 are found with a height of 30 %, 107 with 20 % and 81 with 15 % of the display range.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Plane = NDArray[np.float32]  # (H, W) within 0…1
Rgb = NDArray[np.float32]  # (H, W, 3) within 0…1
Mask = NDArray[np.bool_]
Slopes = tuple[Plane, Plane]  # down, across

SMOOTHING = 1.0  # pixels
REACH = 2  # pixels
MADE_UP = 0.10  # height of a step, of the display range
STRONG = 0.25
GAIN = 1.5
DIRECTIONS = 4  # that slopes are sorted into: a step of 45°
KEPT = 0.25
SMALLEST = 6  # pixels
SLOPE_OF_A_STEP = 1 / np.sqrt(2 * np.pi * SMOOTHING**2)  # of height 1, at its middle

_TURNS = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
_SINES, _COSINES = np.sin(_TURNS).astype(np.float32), np.cos(_TURNS).astype(np.float32)

# The Gaussian up to three deviations, and its slope, from the middle outwards; what each side weighs.
_AWAY = np.arange(round(3 * SMOOTHING) + 1)
_BELL = np.exp(-0.5 * (_AWAY / SMOOTHING) ** 2)
_EVEN = (_BELL / (_BELL[0] + 2 * _BELL[1:].sum())).astype(np.float32)
_ODD = (_AWAY / SMOOTHING**2 * _EVEN / SLOPE_OF_A_STEP).astype(np.float32)[1:]

_TOUCHING = np.ones((3, 3), dtype=bool)
_WITHIN = range(-REACH, REACH + 1)
_NEARBY = sorted(((y, x) for y in _WITHIN for x in _WITHIN), key=lambda way: np.hypot(*way))


@dataclass(frozen=True, eq=False)
class Structures:
    """What the fused slice has that its sources do not, and the other way round.

    Attributes:
        unsupported, lost: (H, W), the edges themselves.
        unsupported_count, lost_count: how many connected patches they are.
    """

    unsupported: Mask
    lost: Mask
    unsupported_count: int
    lost_count: int


def check_structures(
    a: Plane, b: Plane, fused: Plane, colours: tuple[Rgb, Rgb] | None = None
) -> Structures:
    """Edges of `fused` that neither source has, and strong ones of a source that it lacks.

    Args:
        colours: of the functional image and of the fused one; None where all is grey.

    Raises:
        ValueError: planes of different sizes.
    """
    if not a.shape == b.shape == fused.shape:
        raise ValueError(f"planes of {a.shape}, {b.shape} and {fused.shape} cannot be compared")
    of_a, of_b, of_fused = _slopes(a), _slopes(b), _slopes(fused)
    in_sources, in_fused = np.maximum(_size(of_a), _size(of_b)), _size(of_fused)
    of_functional, of_seen = (_of_channels(rgb) for rgb in colours or (None, None))
    unsupported, unsupported_count = _patches(
        _unsupported((of_a, of_b, *of_functional), of_fused, in_fused)
    )
    seen = np.maximum.reduce([in_fused, *(_size(one) for one in of_seen)])
    lost = (in_sources >= STRONG) & (_around(seen) < KEPT * in_sources)
    gone, lost_count = _patches(lost)
    return Structures(unsupported, gone, unsupported_count, lost_count)


class Support:
    """The edges of two sources, to look up again and again what an image has beyond them."""

    def __init__(self, a: Plane, b: Plane) -> None:
        self._of_sources = _slopes(a), _slopes(b)

    def lacks(self, fused: Plane) -> Mask:
        """The edges that `check_structures` calls unsupported, (H, W)."""
        of_fused = _slopes(fused)
        return _patches(_unsupported(self._of_sources, of_fused, _size(of_fused)))[0]


def steepness(image: Plane) -> Plane:
    """The slope at each pixel as the height of the step that has it, (H, W) → (H, W)."""
    return _size(_slopes(image))


def _slopes(image: Plane) -> Slopes:
    """Down and across, as heights of steps."""
    padded = np.pad(image.astype(np.float32, copy=False), len(_EVEN) - 1, mode="edge")
    steep, smooth = _odd(padded, 0), _even(padded, 0)
    return _even(steep, 1), _odd(smooth, 1)


def _even(x: Plane, axis: int) -> Plane:
    """Weighted sums along an axis of what lies on both sides, where all taps fit."""
    total: Plane = _shifted(x, 0, axis) * _EVEN[0]
    for away, tap in enumerate(_EVEN[1:], start=1):
        total += (_shifted(x, away, axis) + _shifted(x, -away, axis)) * tap
    return total


def _odd(x: Plane, axis: int) -> Plane:
    """Weighted sums along an axis of the differences between both sides."""
    total = np.zeros_like(_shifted(x, 0, axis))
    for away, tap in enumerate(_ODD, start=1):
        total += (_shifted(x, away, axis) - _shifted(x, -away, axis)) * tap
    return total


def _shifted(x: Plane, by: int, axis: int) -> Plane:
    reach = len(_ODD)
    part = slice(reach + by, x.shape[axis] - reach + by)
    return x[part] if axis == 0 else x[:, part]


def _of_channels(rgb: Rgb | None) -> tuple[Slopes, ...]:
    return () if rgb is None else tuple(_slopes(rgb[..., i]) for i in range(3))


def _size(slopes: Slopes) -> Plane:
    down, across = slopes
    return np.asarray(np.sqrt(down * down + across * across))


def _unsupported(of_sources: tuple[Slopes, ...], of_fused: Slopes, in_fused: Plane) -> Mask:
    """Where the fused slope is steep, and no source has enough of it in its direction nearby.

    Looked for at the place itself first and then farther away, for most slopes are supported at once.
    """
    rows, columns = np.nonzero(in_fused >= MADE_UP)
    turn = _nearest_direction(*(x[rows, columns] for x in of_fused))
    needed = in_fused[rows, columns] / np.float32(GAIN)
    sources = [[np.pad(x, REACH, mode="edge").ravel() for x in slopes] for slopes in of_sources]
    stride = in_fused.shape[1] + 2 * REACH
    places = (rows + REACH) * stride + columns + REACH  # in the padded planes
    for down, across in _NEARBY:
        there = places + (down * stride + across)
        sine, cosine = _SINES[turn], _COSINES[turn]
        left = np.ones(len(places), dtype=bool)
        for d, c in sources:
            left &= np.abs(d[there] * sine + c[there] * cosine) < needed
        places, turn, needed = places[left], turn[left], needed[left]
        if not len(places):
            break
    rows, columns = np.divmod(places, stride)
    mask = np.zeros(in_fused.shape, dtype=bool)
    mask[rows - REACH, columns - REACH] = True
    return mask


def _nearest_direction(down: Plane, across: Plane) -> NDArray[np.intp]:
    """The direction of slopes, (N,) → (N,): which of DIRECTIONS angles within 0…π."""
    step = np.float32(np.pi / DIRECTIONS)
    return np.rint(np.arctan2(down, across) / step).astype(np.intp) % DIRECTIONS


def _around(values: Plane) -> Plane:
    """The greatest within REACH pixels."""
    return np.asarray(scipy.ndimage.maximum_filter(values, 2 * REACH + 1, mode="nearest"))


def _patches(mask: Mask) -> tuple[Mask, int]:
    """Without the patches that are too small, and how many are left."""
    if np.count_nonzero(mask) < SMALLEST:
        return np.zeros_like(mask), 0
    labels, count = scipy.ndimage.label(mask, _TOUCHING)
    large = np.bincount(labels.ravel(), minlength=count + 1) >= SMALLEST
    large[0] = False
    return large[labels], int(large.sum())
