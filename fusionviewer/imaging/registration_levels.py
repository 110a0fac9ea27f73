"""What a registration looks at: an image made smaller, its values brought to 0…1."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import FUNCTIONAL_MODALITIES, Image

Values = NDArray[np.float32]

CT_RANGE_HU = (-200.0, 300.0)  # air and lung are one, and so is bone
KEPT_SHARE = (0.5, 99.5)  # percentiles, for images without a scale of their own
KEPT_FUNCTIONAL = (0.0, 97.0)  # else one hot spot takes all the grey levels
FUNCTIONAL_BLUR_MM = 3.0  # what a sharp image loses beside PET or SPECT, as sigma
BODY_LEVEL = 0.12  # of 0…1: what is brighter is counted as body
MIN_SLICES = 3


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

    def as_itk(self) -> Any:
        """As a SimpleITK image."""
        return _itk(self.values, self.grid)

    def mask_as_itk(self) -> Any:
        return _itk(self.inside.astype(np.uint8), self.grid)


def _itk(values: NDArray[np.generic], grid: Grid) -> Any:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(values)
    image.SetSpacing(grid.spacing[::-1].tolist())
    image.SetOrigin(grid.origin.tolist())
    image.SetDirection(grid.axes[::-1].T.ravel().tolist())
    return image


def prepared(image: Image) -> Level:
    """The whole image, ready to be made smaller.

    Raises:
        GeometryMismatch: it has no geometry, too few slices, or only one value.
    """
    if image.grid is None:
        raise GeometryMismatch(
            f"“{image.name}” does not know its place in the patient and cannot be registered.",
            "Register two series that have a geometry.",
        )
    if min(image.shape) < MIN_SLICES:
        raise GeometryMismatch(
            f"“{image.name}” has {image.shape[0]} slice{'s' * (image.shape[0] > 1)} of "
            f"{image.shape[2]}×{image.shape[1]}, too few to be registered.",
            f"Register two volumes of at least {MIN_SLICES} slices.",
        )
    inside = np.isfinite(image.values)
    if image.padding is not None:
        inside &= ~image.padding
    low, high = _limits(image, inside)
    if not high > low:
        raise GeometryMismatch(
            f"“{image.name}” is the same everywhere: there is nothing to register by.",
            "Choose a series that shows something.",
        )
    values = (np.where(inside, image.values, np.float32(low)) - np.float32(low)) / np.float32(
        high - low
    )
    np.clip(values, 0, 1, out=values)
    return Level(values, inside, image.grid)


def _limits(image: Image, inside: NDArray[np.bool_]) -> tuple[float, float]:
    measured = image.values[inside]
    if not measured.size:
        return 0.0, 0.0
    least, most = float(measured.min()), float(measured.max())
    if image.modality == "CT" and image.unit == "HU":
        return max(least, CT_RANGE_HU[0]), min(most, CT_RANGE_HU[1])
    step = max(1, measured.size // 1_000_000)
    shares = KEPT_FUNCTIONAL if image.modality in FUNCTIONAL_MODALITIES else KEPT_SHARE
    low, high = (float(x) for x in np.percentile(measured[::step], shares))
    return (low, high) if high > low else (least, most)


def blurred(level: Level, sigma_mm: float) -> Level:
    """As a scanner of less resolution would have seen it: edges then meet in their middles."""
    values = gaussian_filter(level.values, sigma_mm / level.grid.spacing, mode="nearest")
    return replace(level, values=values)


def smaller(level: Level, spacing_mm: float) -> Level:
    """With voxels of about `spacing_mm`: the mean of whole blocks of voxels, none interpolated.

    Axes that are coarser already stay as they are. A last block that is not whole is left out.
    """
    shape, spacing = np.array(level.grid.shape), level.grid.spacing
    factors = np.clip(np.rint(spacing_mm / spacing).astype(int), 1, np.maximum(shape // 3, 1))
    if (factors == 1).all():
        return level
    inside = _block_means(level.inside, factors) > 0.5
    count = shape // factors
    origin = level.grid.position((factors - 1) / 2)
    grid = Grid(
        (int(count[0]), int(count[1]), int(count[2])), spacing * factors, origin, level.grid.axes
    )
    return Level(_block_means(level.values, factors), inside, grid)


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
