"""Rules without parameters that merge two feature maps into one.

A rule takes two arrays of the same shape (B, C, H, W), from NumPy or torch, and returns a
third. It keeps no state and does not know which network made the features; each sample of a
batch is treated alone. To add one: write the function, add a line to STRATEGIES. Menus,
command line and tests follow.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fusionviewer.fusion import sfnn
from fusionviewer.fusion.arrays import Array, as_double, as_like, namespace, taken
from fusionviewer.fusion.options import Option, Options

Merge = Callable[..., Array]  # (fa, fb, **options) -> array


@dataclass(frozen=True)
class Strategy:
    """One entry of the strategy selector.

    Attributes:
        merge: (fa, fb, **options) → fused features.
        weights: (fa, fb, **options) → the share of `fa` within 0…1, broadcastable to (B, C, H, W),
            so that merge = w·fa + (1-w)·fb. None where there is no such share.
        source: the paper, with its DOI or arXiv number.
        description: a sentence for a tooltip.
    """

    name: str
    label: str
    merge: Merge
    weights: Merge | None
    source: str
    description: str
    options: Options = field(default_factory=dict)


def weighted(share: Merge, fa: Array, fb: Array, **options: Any) -> Array:
    """w·fa + (1-w)·fb, with the weight that `share` gives."""
    weight = share(fa, fb, **options)
    return weight * fa + (1 - weight) * fb


def feature_energy_ratio(fa: Array, fb: Array) -> Array:
    """Each element's share of the energy, a² / (a² + b²); a half where both are 0.

    Both are divided by the larger magnitude first. Squared as they are, float32 features below
    1e-23 or above 1e19 would give 0/0 or ∞/∞.
    """
    a, b = _scaled_magnitudes(fa, fb)
    return a * a / (a * a + b * b)


def elementwise_l1_share(fa: Array, fb: Array) -> Array:
    """Each element's share of the magnitude, |a| / (|a| + |b|); a half where both are 0.

    The code of MSDRA divides by |a + b| instead, which has poles where signs differ.
    """
    a, b = _scaled_magnitudes(fa, fb)
    return a / (a + b)


def l1_share(fa: Array, fb: Array) -> Array:
    """One share for each sample, ‖fa‖₁ / (‖fa‖₁ + ‖fb‖₁), (B, C, H, W) → (B, 1, 1, 1)."""
    a, b = (_summed_magnitude(f, (1, 2, 3)) for f in (fa, fb))
    return _share_of(a, b, fa)


def l1_activity_share(fa: Array, fb: Array, radius: int = 1) -> Array:
    """Each pixel's share of the activity around it, (B, C, H, W) → (B, 1, H, W).

    Activity is Σ|f| over the channels, averaged over (2·radius + 1)² pixels; the image is
    reflected at its edges.
    """
    a, b = (_box_mean(_summed_magnitude(f, (1,)), radius) for f in (fa, fb))
    return _share_of(a, b, fa)


def even_share(fa: Array, fb: Array) -> Array:  # noqa: ARG001 - every share takes both
    return namespace(fa).full_like(fa[:, :1, :1, :1], 0.5)


def larger_share(fa: Array, fb: Array) -> Array:
    """1 where `fa` is larger, 0 where `fb` is, a half where they are equal."""
    return _choice(fa > fb, fa == fb, fa)


def larger_magnitude_share(fa: Array, fb: Array) -> Array:
    """1 where `fa` has the larger magnitude, and where only the signs differ; else as above."""
    xp = namespace(fa, fb)
    return _choice(xp.abs(fa) >= xp.abs(fb), fa == fb, fa)


def average(fa: Array, fb: Array) -> Array:
    return fa * 0.5 + fb * 0.5  # the sum of two large values could overflow


def addition(fa: Array, fb: Array) -> Array:
    return fa + fb


def maximum(fa: Array, fb: Array) -> Array:
    return namespace(fa, fb).maximum(fa, fb)


def largest_magnitude(fa: Array, fb: Array) -> Array:
    """The value of larger magnitude; `fa` where both are equally large."""
    xp = namespace(fa, fb)
    return xp.where(xp.abs(fa) >= xp.abs(fb), fa, fb)


def _scaled_magnitudes(fa: Array, fb: Array) -> tuple[Array, Array]:
    """|fa| and |fb| over the larger of the two, (1, 1) where both are 0.

    In the precision of the features: the larger of the two is exactly 1, so float32 is
    off by 2e-7 at most, and float64 would take twice the memory of the feature maps.
    """
    xp = namespace(fa, fb)
    a, b = xp.abs(fa), xp.abs(fb)
    larger = xp.maximum(a, b)
    empty = larger == 0
    larger = xp.where(empty, xp.ones_like(larger), larger)
    one = xp.ones_like(larger)
    return xp.where(empty, one, a / larger), xp.where(empty, one, b / larger)


def _summed_magnitude(f: Array, axes: tuple[int, ...]) -> Array:
    xp = namespace(f)
    return xp.sum(as_double(xp.abs(f)), axis=axes, keepdims=True)


def _share_of(a: Array, b: Array, like: Array) -> Array:
    """a / (a + b), a half where both are 0, in the type of `like`."""
    xp = namespace(a, b)
    total = a + b
    empty = total == 0
    share = a / xp.where(empty, xp.ones_like(total), total)
    return as_like(xp.where(empty, xp.full_like(share, 0.5), share), like)


def _box_mean(x: Array, radius: int) -> Array:
    for axis in (-2, -1):
        size = x.shape[axis]
        shifts = range(-radius, radius + 1)
        x = sum(taken(x, _reflected(size, shift), axis) for shift in shifts) / len(shifts)
    return x


def _reflected(size: int, shift: int) -> list[int]:
    """The index `shift` further on, mirrored about the first and last: 2 1 | 0 1 2 | 1 0."""
    period = max(2 * (size - 1), 1)
    wrapped = ((i + shift) % period for i in range(size))
    return [i if i < size else period - i for i in wrapped]


def _choice(chosen: Array, equal: Array, like: Array) -> Array:
    xp = namespace(chosen)
    share = xp.astype(chosen, like.dtype)
    return xp.where(equal, xp.full_like(share, 0.5), share)


_SFNN = "Zhou et al. 2022, arXiv:2212.04661"
_MSDRA = "Li et al. 2022, MSDRA, doi:10.1016/j.compbiomed.2021.105005"


def _sfnn(reduction: str, label: str, description: str) -> Strategy:
    share = partial(sfnn.share, reduction=reduction)
    name = f"sfnn-{reduction}"
    merge = partial(weighted, share)
    return Strategy(name, label, merge, share, _SFNN, description, sfnn.SFNN_OPTIONS)


_ALL = (
    _sfnn("max", "SFNN-max", "One weight per image, from its strongest channel."),
    _sfnn("mean", "SFNN-mean", "One weight per image, from the mean over its channels."),
    _sfnn("sum", "SFNN-sum", "One weight per image; the same weights as SFNN-mean."),
    _sfnn("identity", "SFNN per channel", "One weight for each channel of the features."),
    Strategy(
        "sfnn-local",
        "SFNN, local",
        partial(weighted, sfnn.local_share),
        sfnn.local_share,
        f"After {_SFNN}; windows are our own",
        "SFNN in overlapping windows, so that each region has its own weight.",
        sfnn.LOCAL_OPTIONS,
    ),
    Strategy(
        "fer",
        "Feature energy ratio",
        partial(weighted, feature_energy_ratio),
        feature_energy_ratio,
        "Fu et al. 2021, doi:10.1016/j.bspc.2021.102488",
        "Each feature counts by its share of the energy: the stronger source shows.",
    ),
    Strategy(
        "fl1n",
        "Feature L1 norm",
        partial(weighted, l1_share),
        l1_share,
        _MSDRA,
        "One weight per image, from the sum of its features' magnitudes.",
    ),
    Strategy(
        "fl1n-elem",
        "Feature L1 norm per element",
        partial(weighted, elementwise_l1_share),
        elementwise_l1_share,
        _MSDRA,
        "Each feature counts by its share of the magnitude; gentler than energy.",
    ),
    Strategy(
        "l1-activity",
        "L1 activity",
        partial(weighted, l1_activity_share),
        l1_activity_share,
        "Li & Wu 2018, DenseFuse, arXiv:1804.08361",
        "Each pixel counts by how active all features are around it.",
        {"radius": Option("Radius", 1, "Pixels to each side that are averaged.", low=0, high=15)},
    ),
    Strategy("average", "Average", average, even_share, "", "Both sources count the same."),
    Strategy("addition", "Addition", addition, None, "", "The sum; brighter than either source."),
    Strategy("max", "Maximum", maximum, larger_share, "", "The larger value of each feature."),
    Strategy(
        "absmax",
        "Largest magnitude",
        largest_magnitude,
        larger_magnitude_share,
        "",
        "The feature that is further from zero.",
    ),
)

STRATEGIES: dict[str, Strategy] = {strategy.name: strategy for strategy in _ALL}
