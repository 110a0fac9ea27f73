"""What the regions measure, as a structured report that other programs can read.

Source: DICOM PS3.16 TID 1500 (Measurement Report), TID 1410 (planar) and 1411 (volumetric region of
interest); written with highdicom.
"""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID

from fusionviewer.formats.derived_header import MANUFACTURER, slices_read
from fusionviewer.formats.derived_objects import Setting, new_object
from fusionviewer.formats.dicom_writing import clean, uid_of
from fusionviewer.formats.drawn import DrawnRegion, lying_on, references
from fusionviewer.formats.export_seg import SEGMENTATION
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.roi import Sphere
from fusionviewer.imaging.roi_statistics import Statistics, statistics

SERIES_NUMBER = 9060
ENHANCED_3D = UID("1.2.840.10008.5.1.4.1.1.88.34")
OWN_SCHEME = "99FUSIONVIEWER"


class Quantity(NamedTuple):
    """What the values of an image are, and their unit."""

    name: Code
    unit: Code


NO_UNITS = codes.UCUM.NoUnits
# By the unit of an image. Source: PS3.16 CID 7469, CID 84, CID 85; DCM 126401 is SUVbw.
QUANTITIES = {
    "HU": Quantity(codes.DCM.AttenuationCoefficient, codes.UCUM.HounsfieldUnit),
    "SUV": Quantity(
        Code("126401", "DCM", "SUVbw"),
        Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight"),
    ),
    "Bq/ml": Quantity(
        Code("ACTIVITY", OWN_SCHEME, "Activity concentration"),
        Code("Bq/ml", "UCUM", "Becquerels per milliliter"),
    ),
    "counts": Quantity(Code("COUNTS", OWN_SCHEME, "Counts"), codes.UCUM.Counts),
    "counts/s": Quantity(Code("COUNT_RATE", OWN_SCHEME, "Count rate"), codes.UCUM.CountsPerSecond),
}
MR = Quantity(codes.DCM.MRSignalIntensity, NO_UNITS)
OTHERWISE = Quantity(Code("INTENSITY", OWN_SCHEME, "Intensity"), NO_UNITS)
# Of the values, by the attribute of `Statistics`.
DERIVATIONS = {
    "mean": codes.SCT.Mean,
    "sd": codes.SCT.StandardDeviation,
    "median": codes.SCT.Median,
    "minimum": codes.SCT.Minimum,
    "maximum": codes.SCT.Maximum,
}
SIZES = {
    "area_mm2": Quantity(codes.SCT.Area, codes.UCUM.SquareMillimeter),
    "volume_mm3": Quantity(codes.SCT.Volume, codes.UCUM.CubicMillimeter),
}


def report(where: Setting, regions: Sequence[DrawnRegion], segments: Dataset) -> list[Dataset]:
    """The measurements of every segmented region in both sources, from their own voxels.

    Args:
        segments: what `segmentation` made of `regions`.

    Returns: one Comprehensive 3D SR; none when nothing was measured.
    """
    numbers = {s.TrackingUID: int(s.SegmentNumber) for s in segments.SegmentSequence}
    groups = [
        group
        for one in regions
        if one.tracking_uid in numbers
        for native in where.pair.native
        for group in _group(where, one, native, segments, numbers[one.tracking_uid])
    ]
    if not groups:
        return []
    ours = new_object(where, ENHANCED_3D, "SR", SERIES_NUMBER, "Measurements, not for diagnosis")
    evidence = [segments]
    for native in where.pair.native:
        evidence += _evidence(native)
    d = _written(ours, groups, evidence)
    d.update(ours)
    _name_frames_alone(d)
    return [d]


def quantity(image: Image) -> Quantity:
    """What the values of `image` are called, and their unit."""
    return QUANTITIES.get(image.unit, MR if image.modality == "MR" else OTHERWISE)


def _group(
    where: Setting, one: DrawnRegion, native: Image, segments: Dataset, number: int
) -> list[Any]:
    """One measurement group: a region in an image; none when it measures nothing there."""
    from highdicom import sr

    found = statistics(native, one.region, one.slice_index, where.pair.grid)
    if found.count == 0:
        return []
    group = {
        "tracking_identifier": sr.TrackingIdentifier(
            uid=one.tracking_uid, identifier=clean(f"{one.name}, {native.modality}", 64)
        ),
        "finding_type": codes.DCM.SelectedRegion,
        "measurements": _measurements(where, one, native, found),
    }
    if isinstance(one.region, Sphere):
        segment = sr.ReferencedSegment(
            SEGMENTATION, segments.SOPInstanceUID, number,
            source_series=sr.SourceSeriesForSegmentation(_drawn_on(where).source.series_uid),
        )  # fmt: skip
        volumetric = sr.VolumetricROIMeasurementsAndQualitativeEvaluations
        return [volumetric(referenced_segment=segment, **group)]
    frame = _frame(where, one, segments, number)
    return [sr.PlanarROIMeasurementsAndQualitativeEvaluations(referenced_segment=frame, **group)]


def _drawn_on(where: Setting) -> Image:
    """The source that the segmentation refers to; there is one where there is a segmentation."""
    native = lying_on(where.pair)
    if native is None:
        raise ValueError("a segmentation without a source that it lies on")
    return native


def _frame(where: Setting, one: DrawnRegion, segments: Dataset, number: int) -> Any:
    """The one frame of a flat region.

    Put together here: highdicom's own look-up gives the segmentation's frame number to the source.
    """
    from highdicom import sr

    of_segment = _segments_of_frames(segments)
    native = _drawn_on(where)
    source = sr.SourceImageForSegmentation(
        native.source.sop_class_uid, native.source.instance_uids[one.slice_index]
    )
    return sr.ReferencedSegmentationFrame(
        SEGMENTATION, segments.SOPInstanceUID, of_segment.index(number) + 1, number, source
    )


def _segments_of_frames(segments: Dataset) -> list[int]:
    """Which segment each frame is of; it stands with what is shared where there is but one."""
    (shared,) = segments.SharedFunctionalGroupsSequence
    named = "SegmentIdentificationSequence"
    groups = [f if named in f else shared for f in segments.PerFrameFunctionalGroupsSequence]
    return [int(g.SegmentIdentificationSequence[0].ReferencedSegmentNumber) for g in groups]


def _measurements(where: Setting, one: DrawnRegion, native: Image, found: Statistics) -> list[Any]:
    from highdicom import sr

    what = quantity(native)
    images = _measured_in(where, one, native)
    numbers = [
        sr.Measurement(
            what.name, getattr(found, name), what.unit, derivation=derivation,
            referenced_images=images or None,
        )
        for name, derivation in DERIVATIONS.items()
        if getattr(found, name) is not None
    ]  # fmt: skip
    sizes = [
        sr.Measurement(size.name, getattr(found, name), size.unit)
        for name, size in SIZES.items()
        if getattr(found, name) is not None
    ]
    return numbers + sizes


def _measured_in(where: Setting, one: DrawnRegion, native: Image) -> list[Any]:
    """The instances that the numbers were read from, as far as there are any."""
    from highdicom import sr

    slices = slices_read(where.pair, native, one.slice_index)
    inside = [s for s in slices if s < len(native.source.instance_uids)]
    return [
        sr.SourceImageForMeasurement(
            r.ReferencedSOPClassUID, r.ReferencedSOPInstanceUID, _frames(r)
        )
        for r in references(native, inside)
    ]


def _frames(reference: Dataset) -> list[int] | None:
    said = reference.get("ReferencedFrameNumber")
    if said is None:
        return None
    return [int(number) for number in said] if isinstance(said, MultiValue) else [int(said)]


def _evidence(native: Image) -> list[Dataset]:
    """The files of a source, each once, in the study that they are of."""
    source = native.source
    found = []
    for reference in references(native, range(len(source.instance_uids))):
        d = Dataset()
        d.SOPClassUID = reference.ReferencedSOPClassUID
        d.SOPInstanceUID = reference.ReferencedSOPInstanceUID
        d.StudyInstanceUID, d.SeriesInstanceUID = source.study_uid, source.series_uid
        found.append(d)
    return found


def _written(ours: Dataset, groups: list[Any], evidence: list[Dataset]) -> Dataset:
    from highdicom import sr

    device = sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=uid_of("observer"), name=MANUFACTURER, manufacturer_name=MANUFACTURER
        ),
    )
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=device),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote the patient's name
        made: Dataset = sr.Comprehensive3DSR(
            evidence=evidence,
            content=content,
            series_instance_uid=ours.SeriesInstanceUID,
            series_number=ours.SeriesNumber,
            sop_instance_uid=ours.SOPInstanceUID,
            instance_number=1,
            manufacturer=ours.Manufacturer,
        )
    return made


def _name_frames_alone(d: Dataset) -> None:
    """A reference has a frame number or a segment number, not both.

    Source: DICOM PS3.3 C.18.4 (Image Reference Macro); highdicom writes both.
    """
    if "ReferencedFrameNumber" in d and "ReferencedSegmentNumber" in d:
        del d.ReferencedSegmentNumber
    for element in d:
        for item in element.value if element.VR == "SQ" else ():
            _name_frames_alone(item)
