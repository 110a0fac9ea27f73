"""Thick slices: the mean, maximum or minimum of neighbouring slices."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.on_demand import OnDemand
from fusionviewer.texts import in_english

SlabKind = Literal["mean", "maximum", "minimum"]
SLAB_KINDS: dict[SlabKind, str] = {
    "mean": in_english("mean"),
    "maximum": in_english("maximum"),
    "minimum": in_english("minimum"),
}
MAX_SLAB_MM = 200.0
QUICK = 1_000_000  # voxels that are merged within a few ms
_ROUNDING = 1e-6  # of a slice: one whose centre lies on the edge of the slab belongs to it


@dataclass(frozen=True)
class Slab:
    """How many mm of neighbouring slices are shown as one; 0 for the slice alone.

    Raises:
        ValueError: not within 0…200 mm, or a kind that is not in SLAB_KINDS.
    """

    mm: float = 0.0
    kind: SlabKind = "mean"

    def __post_init__(self) -> None:
        if not 0 <= self.mm <= MAX_SLAB_MM or self.kind not in SLAB_KINDS:
            raise ValueError(f"not a slab: {self.mm} mm, {self.kind}")

    @property
    def label(self) -> str:
        """ "Slab 10 mm, maximum"; "" for a slice alone."""
        return in_english("Slab {mm:g} mm, {kind}", mm=self.mm, kind=self.kind) if self.mm else ""


@dataclass(frozen=True, eq=False)
class SlicePixels:
    """What one slice shows.

    Attributes:
        values: (H, W) float32 in the unit of the image.
        rgb: (H, W, 3) uint8, or None.
        padding: (H, W) bool, True where nothing was measured; None when everywhere it was.
    """

    values: NDArray[np.float32]
    rgb: NDArray[np.uint8] | None
    padding: NDArray[np.bool_] | None

    @property
    def nbytes(self) -> int:
        parts = (self.values, self.rgb, self.padding)
        return sum(part.nbytes for part in parts if part is not None)


def slab_range(image: Image, index: int, slab: Slab) -> range:
    """The slices whose centres lie within the slab around slice `index`: at least that one.

    Without geometry nobody knows how thick a slice is, and it stays alone.
    """
    if image.grid is None or slab.mm == 0:
        return range(index, index + 1)
    half = slab.mm / 2 / float(image.grid.spacing[0]) + _ROUNDING
    first, last = int(np.ceil(index - half)), int(np.floor(index + half))
    return range(max(min(first, index), 0), min(max(last, index), image.shape[0] - 1) + 1)


def is_quick(image: Image, index: int, slab: Slab) -> bool:
    """Whether `slice_pixels` takes a few ms: a slice as it is in memory, or a slab of not too many voxels."""
    values: Any = image.values
    if isinstance(values, OnDemand):
        return False
    covered = len(slab_range(image, index, slab))
    return covered == 1 or covered * math.prod(image.shape[1:]) <= QUICK


def slice_pixels(
    image: Image, index: int, slab: Slab, check: Callable[[], object] = lambda: None
) -> SlicePixels:
    """Slice `index`, or the slab around it. Padding counts only where there is nothing else.

    Args:
        check: called before each slice of a slab; may raise to stop.
    """
    covered = slab_range(image, index, slab)
    if len(covered) == 1:
        return _alone(image, index)
    merged = _Merged(_read(image, covered[0]), slab.kind)
    for s in covered[1:]:
        check()
        merged.add(_read(image, s))
    return merged.pixels()


def _read(image: Image, index: int) -> SlicePixels:
    """A slice whose pixels lie side by side: in another plane they are far apart, and slow to read twice."""
    one = _alone(image, index)
    return SlicePixels(
        np.ascontiguousarray(one.values),
        None if one.rgb is None else np.ascontiguousarray(one.rgb),
        None if one.padding is None else np.ascontiguousarray(one.padding),
    )


def _alone(image: Image, index: int) -> SlicePixels:
    return SlicePixels(
        image.values[index],
        None if image.rgb is None else image.rgb[index],
        None if image.padding is None else image.padding[index],
    )


class _Merged:
    """Slices that are added one by one: at no time are all of them in memory."""

    def __init__(self, first: SlicePixels, kind: SlabKind) -> None:
        self._join, self._neutral = _JOIN[kind], np.float32(_NEUTRAL[kind])
        self._mean = kind == "mean"
        self._slices = 1
        self._values = np.array(self._counted(first))
        self._least = np.array(first.values)  # for what was measured in none of them
        self._rgb = None if first.rgb is None else first.rgb.astype(np.uint32)
        self._measured = None if first.padding is None else (~first.padding).astype(np.uint16)

    def add(self, one: SlicePixels) -> None:
        self._slices += 1
        self._join(self._values, self._counted(one), out=self._values)
        if self._rgb is not None:
            self._join(self._rgb, one.rgb, out=self._rgb)
        if self._measured is not None and one.padding is not None:
            self._measured += ~one.padding
            np.minimum(self._least, one.values, out=self._least)

    def _counted(self, one: SlicePixels) -> NDArray[np.float32]:
        if one.padding is None:
            return one.values
        return np.where(one.padding, self._neutral, one.values)

    def pixels(self) -> SlicePixels:
        values, missing = self._merged()
        if self._rgb is None:
            return SlicePixels(values, None, missing)
        rgb = self._rgb // self._slices if self._mean else self._rgb
        return SlicePixels(values, rgb.astype(np.uint8), missing)

    def _merged(self) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
        """Values, and where nothing was measured."""
        values, count = self._values, self._measured
        if self._mean:
            values /= self._slices if count is None else np.maximum(count, 1)
        if count is None:
            return values, None
        missing = count == 0
        values[missing] = self._least[missing]
        return values, missing


_JOIN: dict[str, Any] = {"mean": np.add, "maximum": np.maximum, "minimum": np.minimum}
_NEUTRAL = {"mean": 0.0, "maximum": -np.inf, "minimum": np.inf}
