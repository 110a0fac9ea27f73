"""What a registration looks at: an image made smaller, its values brought to 0…1."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import FUNCTIONAL_MODALITIES, Image
from fusionviewer.imaging.unmeasured import with_its_ends
from fusionviewer.texts import plural
from fusionviewer.texts import text as _

Values = NDArray[np.float32]
Check = Callable[[], object]  # raises when nobody waits for the answer any more

FINEST_MM = 2.0
CT_RANGE_HU = (-200.0, 300.0)  # air and lung are one, and so is bone
KEPT_SHARE = (0.5, 99.5)  # percentiles, for images without a scale of their own
KEPT_FUNCTIONAL = (0.0, 97.0)  # else one hot spot takes all the grey levels
FUNCTIONAL_BLUR_MM = 3.0  # what a sharp image loses beside PET or SPECT, as sigma
BODY_LEVEL = 0.12  # of 0…1: what is brighter is counted as body
MIN_SLICES = 3
BODY_SHARE = 0.2  # of the largest part: what is smaller is no body
THIN_MM = 8.0  # what is thinner is no body
MOST_LOOKED_AT = 1_000_000  # voxels that the range of values is taken from


@dataclass(frozen=True, eq=False)
class Level:
    """An image at one resolution.

    Attributes:
        values: (S, H, W) float32 within 0…1; 0 where nothing was measured.
        inside: (S, H, W) bool; False on padding.
        grid: where its voxels are.
    """

    values: Values
    inside: NDArray[np.bool_]
    grid: Grid

    @property
    def body(self) -> NDArray[np.bool_]:
        return self.inside & (self.values > BODY_LEVEL)


def prepared(image: Image, check: Check = lambda: None) -> Level:
    """The image as registrations look at it: nothing finer than FINEST_MM, a CT without its table,
    an MR without the blank beyond its ends.

    Args:
        check: called for every slice; may raise to stop.

    Raises:
        GeometryMismatch: it has no geometry, too few slices, or only one value.
    """
    require_grid(image)
    if min(image.shape) < MIN_SLICES:
        raise GeometryMismatch(
            plural(
                "“{name}” has {count} slice of {width}×{height}, too few to be registered.",
                "“{name}” has {count} slices of {width}×{height}, too few to be registered.",
                image.shape[0],
                name=image.name,
                width=image.shape[2],
                height=image.shape[1],
            ),
            _("Register two volumes of at least {count} slices.", count=MIN_SLICES),
        )
    check()
    image = with_its_ends(image)
    low, high = _limits(image)
    if not high > low:
        raise GeometryMismatch(
            _(
                "“{name}” is the same everywhere: there is nothing to register by.",
                name=image.name,
            ),
            _("Choose a series that shows something."),
        )
    level = shrunk(image, (low, high), FINEST_MM, check)
    return _without_table(level) if image.modality == "CT" else level


def require_grid(image: Image) -> Grid:
    """Raises: GeometryMismatch: it has no geometry."""
    if image.grid is None:
        raise GeometryMismatch(
            _(
                "“{name}” does not know its place in the patient and cannot be registered.",
                name=image.name,
            ),
            _("Register two series that have a geometry."),
        )
    return image.grid


def shrunk(
    image: Image, limits: tuple[float, float], spacing_mm: float, check: Check = lambda: None
) -> Level:
    """Voxels of about `spacing_mm`, if they are finer, and `limits` as 0 and 1.

    Slab by slab: a large image is never copied as a whole.

    Raises:
        ValueError: `image` has no grid.
    """
    grid = image.grid
    if grid is None:
        raise ValueError(f"{image.name} has no geometry to be made smaller by")
    factors = _factors(grid, spacing_mm)
    smaller_grid = _coarser(grid, factors)
    values = np.empty(smaller_grid.shape, np.float32)
    inside = np.empty(smaller_grid.shape, np.bool_)
    for s in range(len(values)):
        check()
        slab = slice(s * factors[0], (s + 1) * factors[0])
        seen = image.values[slab]
        measured = np.isfinite(seen)
        if image.padding is not None:
            measured &= ~image.padding[slab]
        share = (np.where(measured, seen, limits[0]) - limits[0]) / (limits[1] - limits[0])
        values[s] = _block_means(np.clip(share, 0, 1), factors)[0]
        inside[s] = _block_means(measured, factors)[0] > 0.5
    return Level(values, inside, smaller_grid)


def _without_table(level: Level) -> Level:
    """With air in the place of what is no part of the body: no other scanner sees the table.

    Thin sheets are cut first, or the table would hang on the skin that lies on it.
    """
    across = np.maximum(np.rint(THIN_MM / level.grid.spacing / 2).astype(int), 0)
    seed = scipy.ndimage.binary_erosion(level.body, np.ones(2 * across + 1, bool), border_value=1)
    parts, found = scipy.ndimage.label(seed)
    if not found:
        return level
    sizes = np.bincount(parts.ravel())[1:]
    body = np.flatnonzero(sizes > BODY_SHARE * sizes.max()) + 1  # two legs are two parts
    kept = scipy.ndimage.binary_dilation(np.isin(parts, body), np.ones(2 * across + 3, bool))
    return replace(level, values=np.where(kept, level.values, np.float32(0)))


def _limits(image: Image) -> tuple[float, float]:
    step = max(1, image.values.size // MOST_LOOKED_AT)
    measured = image.values.ravel()[::step]
    if image.padding is not None:
        measured = measured[~image.padding.ravel()[::step]]
    measured = measured[np.isfinite(measured)]
    if not measured.size:
        return 0.0, 0.0
    least, most = float(measured.min()), float(measured.max())
    if image.modality == "CT" and image.unit == "HU":
        return max(least, CT_RANGE_HU[0]), min(most, CT_RANGE_HU[1])
    shares = KEPT_FUNCTIONAL if image.modality in FUNCTIONAL_MODALITIES else KEPT_SHARE
    low, high = (float(x) for x in np.percentile(measured, shares))
    return (low, high) if high > low else (least, most)


def blurred(level: Level, sigma_mm: float) -> Level:
    """As a scanner of less resolution would have seen it: edges then meet in their middles."""
    values = scipy.ndimage.gaussian_filter(
        level.values, sigma_mm / level.grid.spacing, mode="nearest"
    )
    return replace(level, values=values)


def smaller(level: Level, spacing_mm: float) -> Level:
    """With voxels of about `spacing_mm`: the mean of whole blocks of voxels, none interpolated.

    Axes that are coarser already stay as they are. A last block that is not whole is left out.
    """
    factors = _factors(level.grid, spacing_mm)
    if (factors == 1).all():
        return level
    inside = _block_means(level.inside, factors) > 0.5
    return Level(_block_means(level.values, factors), inside, _coarser(level.grid, factors))


def _factors(grid: Grid, spacing_mm: float) -> NDArray[np.int_]:
    """How many voxels become one, along each index; never so many that three are not left."""
    most = np.maximum(np.array(grid.shape) // 3, 1)
    return np.asarray(np.clip(np.rint(spacing_mm / grid.spacing).astype(int), 1, most))


def _coarser(grid: Grid, factors: NDArray[np.int_]) -> Grid:
    count = np.array(grid.shape) // factors
    shape = (int(count[0]), int(count[1]), int(count[2]))
    return Grid(shape, grid.spacing * factors, grid.position((factors - 1) / 2), grid.axes)


def _block_means(values: NDArray[Any], factors: NDArray[np.int_]) -> Values:
    """(S, H, W) → (S // f₀, H // f₁, W // f₂)"""
    for axis, factor in enumerate(factors):
        count = values.shape[axis] // factor
        whole = np.moveaxis(values, axis, 0)[: count * factor]
        means = whole.reshape(count, factor, *whole.shape[1:]).mean(axis=1, dtype=np.float32)
        values = np.moveaxis(means, 0, axis)
    return np.ascontiguousarray(values, dtype=np.float32)


def body_box(level: Level) -> NDArray[np.float64]:
    """Positions of the eight corners of the box around the body, (8, 3), in mm."""
    body = level.body if level.body.any() else level.inside
    ends = []
    for axis in range(3):
        some = np.flatnonzero(body.any(axis=tuple(i for i in range(3) if i != axis)))
        ends.append((some[0], some[-1]))
    picks = np.indices((2, 2, 2)).reshape(3, 8).T
    return level.grid.position(np.array(ends, dtype=np.float64)[np.arange(3), picks])
