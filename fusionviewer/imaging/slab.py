"""Thick slices: the mean, maximum or minimum of neighbouring slices."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.image import Image
from fusionviewer.texts import in_english

SlabKind = Literal["mean", "maximum", "minimum"]
SLAB_KINDS: dict[SlabKind, str] = {
    "mean": in_english("mean"),
    "maximum": in_english("maximum"),
    "minimum": in_english("minimum"),
}
MAX_SLAB_MM = 200.0
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


def slab_range(image: Image, index: int, slab: Slab) -> range:
    """The slices whose centres lie within the slab around slice `index`: at least that one.

    Without geometry nobody knows how thick a slice is, and it stays alone.
    """
    if image.grid is None or slab.mm == 0:
        return range(index, index + 1)
    half = slab.mm / 2 / float(image.grid.spacing[0]) + _ROUNDING
    first, last = int(np.ceil(index - half)), int(np.floor(index + half))
    return range(max(min(first, index), 0), min(max(last, index), image.shape[0] - 1) + 1)


def slice_pixels(image: Image, index: int, slab: Slab) -> SlicePixels:
    """Slice `index`, or the slab around it. Padding counts only where there is nothing else."""
    covered = slab_range(image, index, slab)
    if len(covered) == 1:
        return SlicePixels(
            image.values[index],
            None if image.rgb is None else image.rgb[index],
            None if image.padding is None else image.padding[index],
        )
    within = slice(covered.start, covered.stop)
    merge = _MERGE[slab.kind]
    missing = None if image.padding is None else image.padding[within]
    return SlicePixels(
        _merged(image.values[within], missing, slab.kind),
        None if image.rgb is None else merge(image.rgb[within]).astype(np.uint8),
        None if missing is None else np.asarray(missing.all(axis=0)),
    )


def _merged(
    values: NDArray[np.float32], missing: NDArray[np.bool_] | None, kind: SlabKind
) -> NDArray[np.float32]:
    if missing is None or not missing.any():
        return _MERGE[kind](values).astype(np.float32)
    kept = np.where(missing, np.float32(_NEUTRAL[kind]), values)
    if kind == "mean":
        count = np.maximum((~missing).sum(axis=0), 1)
        merged = kept.sum(axis=0) / count
    else:
        merged = _MERGE[kind](kept)
    nothing = missing.all(axis=0)
    return np.asarray(np.where(nothing, values.min(axis=0), merged), dtype=np.float32)


_MERGE: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "mean": lambda values: values.mean(axis=0),
    "maximum": lambda values: values.max(axis=0),
    "minimum": lambda values: values.min(axis=0),
}
_NEUTRAL = {"mean": 0.0, "maximum": -np.inf, "minimum": np.inf}
