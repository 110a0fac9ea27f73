"""Two pictures of one slice in one: how to look for what differs.

A mode takes two pictures of the same size, 8-bit grey (H, W) or RGB (H, W, 3), and what the reader
has set, and returns one, (H, W, 3). To add one: write the function, add a line to MODES. The
selector, the keys, the help and the tests follow.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (H, W) or (H, W, 3)
RGB = NDArray[np.uint8]  # (H, W, 3)

_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


@dataclass(frozen=True)
class Setting:
    """What the reader can set of a mode: how it is called, its limits and where it starts."""

    label: str
    low: float
    high: float
    start: float
    unit: str = ""


@dataclass(frozen=True)
class Spot:
    """Where the reader points, (row, column) in pixels of the slice; and whose turn it is."""

    row: float = 0.0
    col: float = 0.0
    second: bool = False  # flicker: the second picture is on


@dataclass(frozen=True)
class Mode:
    """One entry of the selector.

    Attributes:
        show: (first, second, setting, spot) → one picture, (H, W, 3).
        legend: what is shown where, with {first} and {second} for their names.
        setting: what can be set, or None.
        follows: the picture depends on where the cursor is.
    """

    name: str
    label: str
    show: Callable[[RGB, RGB, float, Spot], RGB]
    legend: str
    description: str
    setting: Setting | None = None
    follows: bool = False


def compared(first: Pixels, second: Pixels, mode: str, setting: float, spot: Spot) -> RGB:
    """Both pictures in one.

    Raises:
        ValueError: pictures of different sizes, or no such mode.
    """
    if mode not in MODES:
        raise ValueError(f"no comparison is called {mode!r}; there are {', '.join(MODES)}")
    if first.shape[:2] != second.shape[:2]:
        raise ValueError(f"pictures of {first.shape} and {second.shape} cannot be compared")
    return MODES[mode].show(as_rgb(first), as_rgb(second), setting, spot)


def as_rgb(pixels: Pixels) -> RGB:
    """With three colours; grey is not copied for that."""
    return pixels if pixels.ndim == 3 else np.broadcast_to(pixels[..., None], (*pixels.shape, 3))


def curtain(first: RGB, second: RGB, share: float, _spot: Spot) -> RGB:
    """`first` on the left `share` of the width, `second` on the right of it."""
    out = second.copy()
    edge = round(np.clip(share, 0, 1) * first.shape[1])
    out[:, :edge] = first[:, :edge]
    return out


def checkerboard(first: RGB, second: RGB, fields: float, _spot: Spot) -> RGB:
    """Square fields, so many along the longer side; `first` has the top left one."""
    height, width = first.shape[:2]
    side = max(max(height, width) / max(fields, 1), 1)
    rows, cols = (np.floor(np.arange(n) / side).astype(int) for n in (height, width))
    of_first = (rows[:, None] + cols[None, :]) % 2 == 0
    return np.where(of_first[..., None], first, second)


def flicker(first: RGB, second: RGB, _rate: float, spot: Spot) -> RGB:
    """One after the other; the clock is the window's."""
    return second if spot.second else first


def spyglass(first: RGB, second: RGB, radius: float, spot: Spot) -> RGB:
    """`second` in a round glass around the cursor, `first` elsewhere. Radius in pixels."""
    rows, cols = np.ogrid[: first.shape[0], : first.shape[1]]
    inside = (rows - spot.row) ** 2 + (cols - spot.col) ** 2 <= radius**2
    return np.where(inside[..., None], second, first)


def difference(first: RGB, second: RGB, gain: float, _spot: Spot) -> RGB:
    """Second minus first in brightness, around mid grey: equal is 128, at every gain."""
    change = (second @ _LUMINANCE - first @ _LUMINANCE) * np.float32(gain) / 2 + 128
    return as_rgb(np.rint(np.clip(change, 0, 255)).astype(np.uint8))


def complementary(first: RGB, second: RGB, _setting: float, _spot: Spot) -> RGB:
    """`first` in yellow, `second` in blue: where both are alike, it is grey.

    Yellow and blue, not red and cyan: they stay apart for eyes without red or green.
    """
    yellow, blue = (np.rint(x @ _LUMINANCE).astype(np.uint8) for x in (first, second))
    return np.stack([yellow, yellow, blue], axis=2)


def blended(first: RGB, second: RGB, opacity: float, _spot: Spot) -> RGB:
    """(1 − opacity)·first + opacity·second: 0 is only the first, 1 only the second."""
    mixed = first * np.float32(1 - opacity) + second * np.float32(opacity)
    return np.rint(mixed).astype(np.uint8)


_ALL = (
    Mode(
        "curtain",
        "Curtain",
        curtain,
        "left {first} · right {second}",
        "Drag the line.",
        Setting("Position", 0, 1, 0.5),
    ),
    Mode(
        "checkerboard",
        "Checkerboard",
        checkerboard,
        "top left field {first} · next to it {second}",
        "Edges that run on from field to field lie on each other.",
        Setting("Fields", 2, 32, 8),
    ),
    Mode(
        "flicker",
        "Flicker",
        flicker,
        "now {now}",
        "One after the other: what jumps, differs.",
        Setting("Rate", 0.5, 3, 1, "changes/s"),  # WCAG 2.2, 2.3.1: no more than three a second
    ),
    Mode(
        "spyglass",
        "Spyglass",
        spyglass,
        "in the glass {second} · around it {first}",
        "The second image in a glass that follows the cursor.",
        Setting("Radius", 4, 128, 32, "pixels"),
        follows=True,
    ),
    Mode(
        "difference",
        "Difference",
        difference,
        "bright: {second} is brighter · dark: {first} is brighter",
        "Brightness of the second minus that of the first; mid grey is no difference.",
        Setting("Gain", 0.5, 8, 1, "×"),
    ),
    Mode(
        "complementary",
        "Complementary colours",
        complementary,
        "yellow {first} · blue {second}",
        "Where both are alike, the picture is grey.",
    ),
    Mode(
        "alpha",
        "Linear blend",
        blended,
        "{rest} of {first} · {setting} of {second}",
        "0 % is only the first image, 100 % only the second.",
        Setting("Opacity", 0, 1, 0.5),
    ),
)

MODES: dict[str, Mode] = {mode.name: mode for mode in _ALL}
