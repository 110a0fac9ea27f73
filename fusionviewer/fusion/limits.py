"""Whether a network has seen pairs like this one: green, amber or red, and why.

The card of a network that knows its limits holds, under `limits`, the least and the greatest value
of each of `FEATURES` over its training pairs. A pair within all of them is green. One that leaves a
range by more than `FAR` of its length, or has an empty image, is red and is fused without the
network; in between it is amber. A green pair is like those of the training, which does not prove
that its fusion is right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fusionviewer.texts import in_english

Plane = NDArray[np.float32]  # (H, W) within 0…1
Level = Literal["green", "amber", "red"]
Range = tuple[float, float]
Limits = Mapping[str, Range]

FAR = 0.5  # of the length of a range
LARGEST = 1e12  # that a card can sensibly name; the features are all below 100
SIDE = "side, log2 pixels"
_ORDER: tuple[Level, ...] = ("green", "amber", "red")


@dataclass(frozen=True)
class Feature:
    """One number that describes a pair.

    Attributes:
        of: both values for a feature of single images, one for a feature of the pair; none where
            there is nothing to measure.
        low, high: what is wrong below and above the range, as the end of “Not like the training
            images: …”; "" where nothing is.
    """

    of: Callable[[Plane, Plane], Sequence[float]]
    low: str
    high: str


@dataclass(frozen=True)
class Verdict:
    """How far a pair is from what a network was trained on.

    Attributes:
        reason: a sentence for the user; "" when green.
    """

    level: Level
    reason: str = ""


def graded(a: Plane, b: Plane, limits: Limits) -> Verdict:
    """The worst that `limits` say of a pair; green for a network without limits."""
    worst = Verdict("green")
    for name, feature in FEATURES.items():
        if name not in limits:
            continue
        for value in feature.of(a, b):
            too_high = value > limits[name][1]
            if too_high and not feature.high:
                continue
            level = _level(value, limits[name])
            if _ORDER.index(level) > _ORDER.index(worst.level):
                what = feature.high if too_high else feature.low
                worst = Verdict(
                    level, in_english("Not like the training images: {what}.", what=what)
                )
    return worst


def measured(pairs: Sequence[tuple[Plane, Plane]]) -> dict[str, Range]:
    """The limits that hold all of `pairs`."""
    found: dict[str, Range] = {}
    for name, feature in FEATURES.items():
        values = [value for a, b in pairs for value in feature.of(a, b)]
        if values:
            found[name] = (floor(min(values) * 1e4) / 1e4, ceil(max(values) * 1e4) / 1e4)
    return found


def read_limits(about: Mapping[str, object]) -> dict[str, Range]:
    """The limits of a card; none where it has none.

    Raises:
        TypeError, ValueError: they are no ranges.
    """
    found = about.get("limits", {})
    if not isinstance(found, Mapping):
        raise TypeError("limits are ranges by name")
    return {str(name): _range(given) for name, given in found.items()}


def _range(given: object) -> Range:
    if not isinstance(given, list) or any(type(end) not in (int, float) for end in given):
        raise TypeError("a range is two numbers")
    low, high = given
    if not -LARGEST < low <= high < LARGEST:  # NaN is neither
        raise ValueError("a range goes up, and ends")
    return float(low), float(high)


def _level(value: float, allowed: Range) -> Level:
    low, high = allowed
    beyond = max(low - value, value - high)
    if beyond <= 1e-6:
        return "green"
    empty = value == 0 < low
    return "red" if empty or beyond > FAR * (high - low) else "amber"


def _of_each(measure: Callable[[Plane], float | None]) -> Callable[[Plane, Plane], list[float]]:
    def both(a: Plane, b: Plane) -> list[float]:
        return [value for x in (a, b) if (value := measure(x)) is not None]

    return both


def _covered(image: Plane) -> float:
    """The share of pixels that are not black."""
    return float((image > 0).mean())


def _brightness(image: Plane) -> float | None:
    """The mean of what is not black."""
    seen = image[image > 0]
    return float(seen.mean()) if seen.size else None


def _contrast(image: Plane) -> float | None:
    """The standard deviation of what is not black."""
    seen = image[image > 0]
    return float(seen.std()) if seen.size else None


def _unrest(image: Plane) -> float | None:
    """The median step between neighbours in what is not black, a measure of noise."""
    steps = np.abs(np.diff(image, axis=1))[(image[:, 1:] > 0) & (image[:, :-1] > 0)]
    return float(np.median(steps)) if steps.size else None


def _side(a: Plane, b: Plane) -> list[float]:
    """log₂ of the shorter side in pixels."""
    return [float(np.log2(min(*a.shape, *b.shape)))]


def _overlap(a: Plane, b: Plane) -> list[float]:
    """How far the smaller of both heads lies inside the larger, 0…1."""
    in_a, in_b = a > 0, b > 0
    smaller = min(int(in_a.sum()), int(in_b.sum()))
    return [float((in_a & in_b).sum() / smaller)] if smaller else []


def _likeness(a: Plane, b: Plane) -> list[float]:
    """The correlation where both are not black; 1 for two copies of one image."""
    both = (a > 0) & (b > 0)
    if both.sum() < 2 or a[both].std() < 1e-6 or b[both].std() < 1e-6:
        return []
    return [float(np.corrcoef(a[both], b[both])[0, 1])]


FEATURES: dict[str, Feature] = {
    SIDE: Feature(_side, "the images are much smaller", "the images are larger"),
    "covered": Feature(_of_each(_covered), "an image is nearly empty", "there is no black around"),
    "brightness": Feature(_of_each(_brightness), "an image is darker", "an image is brighter"),
    "contrast": Feature(_of_each(_contrast), "an image is flatter", "an image is harsher"),
    "unrest": Feature(_of_each(_unrest), "an image is smoother", "an image is noisier"),
    "overlap": Feature(_overlap, "the images do not lie on each other", ""),
    "likeness": Feature(_likeness, "one image is the other's negative", "both images are the same"),
}
