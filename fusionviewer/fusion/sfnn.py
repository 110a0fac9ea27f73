"""Softmax feature nuclear norms (SFNN): how much weight an image's features deserve.

Each pixel's features become shares that sum to 1 over the channels; every channel is then a
matrix, and its nuclear norm says how strong and how varied that channel is. `share` gives one
weight per image (or per channel), as published; `local_share` gives one per region.

Source: Zhou et al. 2022, arXiv:2212.04661.
"""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.arrays import Array, as_like, namespace, softmax
from fusionviewer.fusion.nuclear import of_both, reduced, single_threaded
from fusionviewer.fusion.options import Option, Options

Doubles = NDArray[np.float64]

SFNN_OPTIONS: Options = {
    "power": Option(
        "Exponent", 1, "Exponent of the norms: 1 as published, 2 as in the released code.", (1, 2)
    ),
    "max_size": Option(
        "Largest size",
        0,
        "Average features down to this many rows and columns first; 0 keeps all.",
        high=4096,
        lowest="all",
    ),
}
LOCAL_OPTIONS: Options = {
    "power": Option(
        "Exponent", 4, "Exponent of the norms; higher lets the stronger image win.", (1, 2, 4)
    ),
    "reduction": Option("Channels", "max", "What stands for a window's channels.", ("max", "sum")),
    "windows": Option(
        "Windows",
        (16, 32, 64),
        "Side lengths of the windows, in pixels.",
        ((8, 16, 32), (16, 32, 64), (32, 64, 128), (16,), (32,), (64,)),
    ),
}


def share(
    fa: Array, fb: Array, reduction: str = "max", power: float = 1, max_size: int = 0
) -> Array:
    """The weight of `fa`, (B, C, H, W) → (B, 1, 1, 1), or (B, C, 1, 1) with "identity".

    w = mᵖ / (mᵖ + m'ᵖ), where m is the `reduction` (max, mean, sum, identity) of the nuclear
    norms of the channels. Mean and sum give the same weights. The weight looks at how
    peaked features are, not at how much they show: one channel that wins everywhere
    has a norm near √(HW), while a typical trained channel has a thirtieth of that.

    Args:
        power: 1 in the paper and its tables, 2 in the released code; 2 moves weights outwards.
        max_size: compute on features averaged to at most this many rows and columns.
            Changes the result, so 0 (off) is the default.
    """
    shares = [softmax(pooled(f, max_size), 1) for f in (fa, fb)]
    ma, mb = of_both(lambda maps: reduced(maps, reduction), shares[0], shares[1])
    weight = ratio(ma**power, mb**power)
    xp = namespace(fa)
    return as_like(xp.asarray(weight[:, :, None, None]), fa)


def local_share(
    fa: Array,
    fb: Array,
    power: float = 4,
    reduction: str = "max",
    windows: tuple[int, ...] = (16, 32, 64),
) -> Array:
    """The weight of `fa` for each pixel, (B, C, H, W) → (B, 1, H, W).

    The norms of `share`, taken over windows that overlap by half, at several sizes. Windows
    fade out towards their edges (Hann) and their weights are averaged, so the result is
    smooth and stays within 0…1. A size counts by one over its area: next to the skull a large
    window sees nothing but bone, and ventricles that only the MR shows would fade.

    Not in the papers: with a single weight for the whole image, the fusion of a CT with an MR
    comes close to a weighted average.
    """
    shares = softmax(fa, 1), softmax(fb, 1)
    counts = {size: size**-2 / sum(other**-2 for other in windows) for size in windows}
    weight = sum(n * _window_share(*shares, size, power, reduction) for size, n in counts.items())
    return as_like(namespace(fa).asarray(weight), fa)


def ratio(a: Doubles, b: Doubles) -> Doubles:
    """a / (a + b) for values that are not negative; a half where both are 0."""
    total = a + b
    return np.where(total > 0, a / np.where(total > 0, total, 1), 0.5)


def pooled(f: Array, max_size: int) -> Array:
    """Mean over blocks so that neither side exceeds `max_size`; a remainder is left out."""
    if not max_size or max(f.shape[-2:]) <= max_size:
        return f
    batch, channels, height, width = f.shape
    y, x = -(-height // max_size), -(-width // max_size)
    f = f[..., : height // y * y, : width // x * x]
    blocks = namespace(f).reshape(f, (batch, channels, height // y, y, width // x, x))
    return namespace(f).mean(blocks, axis=(3, 5))


def _window_share(a: Array, b: Array, size: int, power: float, reduction: str) -> Doubles:
    """The weight of `a` from windows of one size, spread over the pixels: (B, 1, H, W)."""
    height, width = a.shape[-2:]
    tops, rows = _window_grid(height, size)
    lefts, columns = _window_grid(width, size)
    with single_threaded(a):  # two threads would wait for each other between many small steps
        norms = [_window_norms(maps, tops, lefts, size, reduction) for maps in (a, b)]
    weights = ratio(norms[0] ** power, norms[1] ** power)  # B y x
    return (rows @ weights @ columns.T)[:, None]


def _window_grid(length: int, size: int) -> tuple[list[int], Doubles]:
    """Where windows start along one axis, and how much each counts at each pixel.

    Returns the starts, half a window apart with the last one flush with the end, and an array
    (length, windows) whose rows sum to 1.
    """
    size = min(size, length)
    starts = [*range(0, length - size, max(size // 2, 1)), length - size]
    inside = np.arange(length)[:, None] - np.asarray(starts)[None, :]
    fade = np.sin(np.pi * (inside + 0.5) / size) ** 2
    counts = np.where((inside >= 0) & (inside < size), fade, 0)
    return starts, counts / counts.sum(axis=1, keepdims=True)


def _window_norms(
    maps: Array, tops: list[int], lefts: list[int], size: int, reduction: str
) -> Doubles:
    """The reduced norm of every window, (B, C, H, W) → (B, len(tops), len(lefts)).

    One row of windows at a time: all at once would hold the maps four times over.
    """
    xp = namespace(maps)
    batch, channels, height, width = maps.shape
    high, wide = min(size, height), min(size, width)
    rows = []
    for top in tops:
        band = maps[:, :, top : top + high, :]
        windows = xp.stack([band[..., left : left + wide] for left in lefts], axis=1)  # B x C h w
        norms = reduced(xp.reshape(windows, (-1, channels, high, wide)), reduction)
        rows.append(norms.reshape(batch, len(lefts)))
    return np.stack(rows, axis=1)
