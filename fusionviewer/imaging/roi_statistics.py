"""What a region measures, from native voxels and in the unit of each image."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import Check, Voxels, voxels_of
from fusionviewer.imaging.roi import Point, Region, Sphere
from fusionviewer.imaging.roi_peak import suv_peak
from fusionviewer.texts import in_english

FUSED_UNIT = in_english("display, 0…1")
BINS = 64


@dataclass(frozen=True, eq=False)
class Histogram:
    """Attributes:
    counts: (64,) voxels per bin.
    edges: (65,) in the unit of the image.
    """

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Statistics:
    """The numbers of one region in one image.

    Attributes:
        count: voxels measured. When it is 0, `reason` says why and every number is None.
        excluded: voxels in the region that are padding or not a number; they count nowhere else.
        sd: the deviation of these very voxels (ddof = 0, divided by `count`).
        area_mm2: of a flat region: the voxels' volume by the thickness of the layers they are from,
            which is count × pixel area on the image's own slices. None without geometry.
        area_px: of a flat region without geometry: the voxels that were measured.
        volume_mm3: of a ball: count × voxel volume. None for flat regions and without geometry.
        peak: SUVpeak (`suv_peak`); None for what is not SUV, and without geometry.
        glycolysis: total lesion glycolysis of a ball, SUVmean × volume in ml; None for all else.
        of_maximum: the mean as a share of the image's highest value, for SPECT and for PET without
            SUV; None for all else.
        note: what the reader must know, such as that the nearest voxel was taken.
    """

    unit: str
    count: int
    excluded: int = 0
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    total: float | None = None
    area_mm2: float | None = None
    area_px: int | None = None
    volume_mm3: float | None = None
    peak: float | None = None
    glycolysis: float | None = None
    of_maximum: float | None = None
    histogram: Histogram | None = None
    note: str = ""
    reason: str = ""


def statistics(
    image: Image,
    region: Region,
    slice_index: int,
    shown_grid: Grid | None = None,
    check: Check = lambda: None,
) -> Statistics:
    """What `region`, drawn on slice `slice_index` of `shown_grid`, measures in `image`.

    Give the image as it was read (`Pair.native`), never a resampled one: with another grid than
    `shown_grid`, the region is carried over to the image's own voxels (`native.voxels_of`).
    Coloured pictures are measured by their luminance.

    Args:
        check: called between native slices; may raise to stop.
    """
    voxels = voxels_of(image, region, slice_index, shown_grid, check)
    found = statistics_of(image, voxels)
    if not found.count:
        return found
    return _with_extent(found, image, region, voxels, check)


def statistics_of(image: Image, voxels: Voxels) -> Statistics:
    """The numbers of any native voxels, without area and volume."""
    if len(voxels.places) == 0:
        reason = voxels.note or in_english("The region lies outside the image.")
        return Statistics(image.unit, count=0, reason=reason)
    values = image.values.ravel()[voxels.places].astype(np.float64)
    usable = np.isfinite(values)
    if image.padding is not None:
        usable &= ~image.padding.ravel()[voxels.places]
    excluded = int(values.size - usable.sum())
    if not usable.any():
        reason = in_english("Nothing was measured there: padding, or values that are not numbers.")
        return Statistics(image.unit, count=0, excluded=excluded, reason=reason)
    found = _numbers(image.unit, values[usable], excluded, voxels.note)
    if not image.has_share_of_maximum or found.mean is None:
        return found
    return replace(found, of_maximum=found.mean / image.highest)


def _numbers(unit: str, values: NDArray[np.float64], excluded: int, note: str) -> Statistics:
    counts, edges = np.histogram(values, bins=BINS)
    return Statistics(
        unit=unit,
        count=values.size,
        excluded=excluded,
        mean=float(values.mean()),
        sd=float(values.std()),
        median=float(np.median(values)),
        minimum=float(values.min()),
        maximum=float(values.max()),
        total=float(values.sum()),
        histogram=Histogram(counts, edges),
        note=note,
    )


def _with_extent(
    found: Statistics, image: Image, region: Region, voxels: Voxels, check: Check
) -> Statistics:
    """With area or volume, and what PET is read by."""
    if image.grid is None:
        return found if isinstance(region, Point) else replace(found, area_px=found.count)
    volume = found.count * image.grid.voxel_volume_mm3
    ball = isinstance(region, Sphere)
    flat = not ball and not isinstance(region, Point) and voxels.slab_mm is not None
    in_suv = image.unit == "SUV"
    assert found.mean is not None
    return replace(
        found,
        area_mm2=volume / voxels.slab_mm if flat and voxels.slab_mm else None,
        volume_mm3=volume if ball else None,
        peak=suv_peak(image, voxels.places, check) if in_suv else None,
        glycolysis=found.mean * volume / 1000 if in_suv and ball else None,
    )


def fused_statistics(
    grey: NDArray[np.float32], region: Region, slice_index: int, shown_grid: Grid | None = None
) -> Statistics:
    """What `region` measures in a fused slice, (H, W) within 0…1, shown as `slice_index`.

    It is brightness, not a measurement, and its unit says so. Of a ball, only the cut through
    this slice is there to be measured.
    """
    image = fused_image(grey, slice_index, shown_grid)
    where = 0 if shown_grid is None else slice_index
    found = statistics(image, region, where, shown_grid)
    if isinstance(region, Sphere) and found.count:
        return replace(found, note=in_english("Of the sphere, only this slice."))
    return found


def fused_image(grey: NDArray[np.float32], slice_index: int, shown_grid: Grid | None) -> Image:
    """A fused slice (H, W) as an `Image` of one slice: `slice_index` of the shown grid."""
    place = shown_grid and Grid(
        shape=(1, grey.shape[0], grey.shape[1]),
        spacing=shown_grid.spacing,
        origin=shown_grid.position((slice_index, 0, 0)),
        axes=shown_grid.axes,
    )
    values = np.array(grey[None], dtype=np.float32)
    return Image("Fused", values, unit=FUSED_UNIT, grid=place)
