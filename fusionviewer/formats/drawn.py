"""Regions that the reader drew, as DICOM objects need them: named, and as voxels of the pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from fusionviewer.formats.derived_header import image_references, pixel_on_pixel, put_place
from fusionviewer.formats.derived_objects import Setting
from fusionviewer.formats.dicom_header import numbers, text
from fusionviewer.formats.dicom_writing import put_time
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.roi import Point, Region, Sphere

PLACE_MM = 0.05


@dataclass(frozen=True)
class DrawnRegion:
    """A region in pixels of the pair's grid.

    Attributes:
        name: as the reader calls it.
        slice_index: of the pair, on which it was drawn.
        tracking_uid: names it wherever it is spoken of.
    """

    name: str
    region: Region
    slice_index: int
    tracking_uid: str


def drawn(name: str, region: Region, slice_index: int) -> DrawnRegion:
    """A region with a UID of its own."""
    return DrawnRegion(name, region, slice_index, str(generate_uid(prefix=None)))


def voxels(one: DrawnRegion, grid: Grid) -> NDArray[np.bool_]:
    """(S, H, W): where it lies; the nearest voxel when no centre lies inside."""
    mask = np.zeros(grid.shape, dtype=bool)
    plane = (grid.shape[1], grid.shape[2])
    region = one.region
    if isinstance(region, Sphere):
        for s in range(grid.shape[0]):
            outline = region.cut(s, grid.spacing)
            if outline is not None:
                mask[s] = outline.mask(plane)
    elif 0 <= one.slice_index < grid.shape[0]:
        mask[one.slice_index] = region.mask(plane)
    if not mask.any() and 0 <= one.slice_index < grid.shape[0]:
        mask[one.slice_index] = Point(*region.center).mask(plane)
    return mask


def lying_on(pair: Pair) -> Image | None:
    """The source whose slices are those of the pair, and that comes from DICOM files.

    Not one that was registered, or set upright: its files say another place.
    """
    for native in pair.native:
        uids = native.source.instance_uids
        known = native.source.sop_class_uid and all(uids) and len(uids) == pair.shape[0]
        if known and pixel_on_pixel(pair, native) and _is_where_its_files_say(native):
            return native
    return None


def _is_where_its_files_say(native: Image) -> bool:
    header = native.source.headers[0] if native.source.headers else Dataset()
    said = numbers(header, "ImagePositionPatient", 3)
    if said is None or native.grid is None:
        return True
    away = np.linalg.norm(native.grid.position((0, 0, 0)) - said)
    frame = text(header, "FrameOfReferenceUID")
    return bool(away < PLACE_MM) and frame in ("", native.source.frame_of_reference_uid)


def slice_headers(where: Setting, native: Image) -> list[Dataset]:
    """A header for each slice of the pair, with nothing of the source but where it is from.

    highdicom copies patient and study from the images that it is given, faults included; these hold
    what may be copied.
    """
    source = native.source
    headers = []
    for s in range(where.pair.shape[0]):
        d = Dataset()
        d.update(where.identity)
        put_time(d, where.when, "Content")
        d.SOPClassUID, d.SOPInstanceUID = source.sop_class_uid, source.instance_uids[s]
        d.SeriesInstanceUID = source.series_uid
        d.Modality, d.InstanceNumber = native.modality, s + 1
        d.Rows, d.Columns = where.pair.shape[1:]
        put_place(d, where.pair, s, where.frame_uid)
        headers.append(d)
    return headers


def references(native: Image, slices: Sequence[int]) -> list[Dataset]:
    """The files that these slices were read from, each once; none when they are not DICOM."""
    return image_references(native, slices)
