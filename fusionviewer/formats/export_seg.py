"""Regions as a Segmentation: which voxels of the pair belong to each.

Source: DICOM PS3.3 A.51 (Segmentation), C.8.20; written with highdicom.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID, SecondaryCaptureImageStorage, generate_uid

from fusionviewer.formats.derived_objects import Setting, new_object
from fusionviewer.formats.dicom_writing import clean
from fusionviewer.formats.drawn import DrawnRegion, lying_on, references, slice_headers, voxels
from fusionviewer.formats.presentation_images import put_common_references
from fusionviewer.imaging.image import Image

SERIES_NUMBER = 9050
Masks = NDArray[np.bool_]  # (S, H, W, N)
SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.4")


def segmentation(where: Setting, regions: Sequence[DrawnRegion]) -> list[Dataset]:
    """One object with a segment for each region; none without regions, or where nothing can be
    referred to: the source whose slices are the pair's must come from DICOM files with a place.

    Segments are numbered in the order of `regions`, from 1; regions outside the images are left out.
    """
    native, grid = lying_on(where.pair), where.pair.grid
    if native is None or grid is None:
        return []
    masks = {one.tracking_uid: voxels(one, grid) for one in regions}
    kept = [one for one in regions if masks[one.tracking_uid].any()]
    if not kept:
        return []
    stack = np.stack([masks[one.tracking_uid] for one in kept], axis=-1)  # S H W N
    ours = new_object(where, SEGMENTATION, "SEG", SERIES_NUMBER, "Regions, not for diagnosis")
    headers = slice_headers(where, native)
    stand_ins = {}  # slices of one multi-frame file would else be taken for one image
    for header in headers:
        stand_ins[str(generate_uid(prefix=None))] = header.SOPInstanceUID
        header.SOPInstanceUID = list(stand_ins)[-1]
        header.SOPClassUID = SecondaryCaptureImageStorage
    d = _written(headers, stack, kept, ours)
    d.update(ours)
    _refer(d, native.source.sop_class_uid, stand_ins)
    _list_references(d, native)
    return [d]


def _written(
    headers: list[Dataset], stack: Masks, regions: Sequence[DrawnRegion], ours: Dataset
) -> Dataset:
    """What highdicom makes of it; imported late, for it takes a second."""
    from highdicom.seg import Segmentation

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote the patient's name
        made: Dataset = Segmentation(
            source_images=headers,
            pixel_array=stack.astype(np.uint8),
            segmentation_type="BINARY",
            segment_descriptions=[_segment(i, one) for i, one in enumerate(regions, start=1)],
            series_instance_uid=ours.SeriesInstanceUID,
            series_number=ours.SeriesNumber,
            sop_instance_uid=ours.SOPInstanceUID,
            instance_number=1,
            manufacturer=ours.Manufacturer,
            manufacturer_model_name=ours.ManufacturerModelName,
            software_versions=ours.SoftwareVersions,
            device_serial_number=ours.DeviceSerialNumber,
            content_label="REGIONS",
            content_description="Regions drawn by the reader",
            content_creator_name="",
        )

    return made


def _segment(number: int, one: DrawnRegion) -> Any:
    from highdicom.seg import SegmentDescription

    return SegmentDescription(
        segment_number=number,
        segment_label=clean(one.name, 64) or f"Region {number}",
        segmented_property_category=codes.SCT.SpatialAndRelationalConcept,
        segmented_property_type=codes.DCM.SelectedRegion,
        algorithm_type="MANUAL",
        tracking_uid=one.tracking_uid,
        tracking_id=clean(one.name, 64) or f"Region {number}",
    )


def _refer(d: Dataset, sop_class: str, stand_ins: Mapping[str, str]) -> None:
    """Replace the stand-ins by what they stand for, in every sequence."""
    if d.get("ReferencedSOPInstanceUID") in stand_ins:
        d.ReferencedSOPInstanceUID = stand_ins[d.ReferencedSOPInstanceUID]
        d.ReferencedSOPClassUID = sop_class
    for element in d:
        for item in element.value if element.VR == "SQ" else ():
            _refer(item, sop_class, stand_ins)


def _list_references(d: Dataset, native: Image) -> None:
    for keyword in (
        "ReferencedSeriesSequence",
        "StudiesContainingOtherReferencedInstancesSequence",
    ):
        if keyword in d:
            del d[keyword]
    every = references(native, range(native.shape[0]))
    put_common_references(d, [(native.source.study_uid, native.source.series_uid, every)])
