"""The fused slices as one object: Multi-frame True Color or Grayscale Secondary Capture.

Source: DICOM PS3.3 A.8.3 to A.8.5 (Multi-frame SC), C.8.6.3, C.7.6.16 (functional groups), C.7.6.17
(dimensions).
"""

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    generate_uid,
)

from fusionviewer.formats.derived_header import (
    put_body_part,
    put_derivation,
    source_references,
    stayed,
)
from fusionviewer.formats.derived_objects import Setting, new_object
from fusionviewer.formats.dicom_writing import (
    clean,
    code,
    decimal,
    decimals,
    put_plane,
    put_time,
    sequence,
)
from fusionviewer.formats.icc import srgb_profile
from fusionviewer.formats.provenance import FusedSlice

SERIES_NUMBER = 9001
GREY: dict[int, UID] = {
    8: MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    16: MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
}
# PS3.16 CID 7203 is extensible, and knows no fusion.
FUSED = ("FUSION", "99FUSIONVIEWER", "Image fusion")
RESAMPLED = ("113085", "DCM", "Spatial resampling")


def multi_frame(where: Setting, slices: Sequence[FusedSlice], bits: int) -> list[Dataset]:
    """All slices in one object, each with its place and sources.

    Args:
        bits: of grey, 8 or 16; colour has 8.
    """
    colour = slices[0].rgb is not None
    bits = 8 if colour else bits
    sop_class = MultiFrameTrueColorSecondaryCaptureImageStorage if colour else GREY[bits]
    kinds = "+".join(image.modality for image in where.pair.native)
    said = f"Fused {kinds} in one, not for diagnosis: {where.provenance.short()}"
    d = new_object(where, sop_class, "OT", SERIES_NUMBER, clean(said, 64))
    d.ConversionType, d.ImageType = "WSD", ["DERIVED", "SECONDARY"]
    put_body_part(d, where.pair)
    put_time(d, where.when, "Content")
    put_derivation(d, where.pair, slices[0].slice_index, where.provenance)
    if "SourceImageSequence" in d:  # each frame names its own
        del d.SourceImageSequence
    d.PatientOrientation = ""
    if where.pair.grid is not None:
        d.FrameOfReferenceUID, d.PositionReferenceIndicator = where.frame_uid, ""
    _put_groups(d, where, slices)
    _put_pixels(d, slices, bits)
    return [d]


def _put_groups(d: Dataset, where: Setting, slices: Sequence[FusedSlice]) -> None:
    organization = generate_uid(prefix=None)
    one = Dataset()
    one.DimensionOrganizationUID = organization
    d.DimensionOrganizationSequence = sequence(one)
    index = Dataset()
    index.DimensionOrganizationUID = organization
    index.DimensionIndexPointer = Tag("InStackPositionNumber")
    index.FunctionalGroupPointer = Tag("FrameContentSequence")
    d.DimensionIndexSequence = sequence(index)
    d.NumberOfFrames = len(slices)
    if len(slices) > 1:
        d.FrameIncrementPointer = Tag("PerFrameFunctionalGroupsSequence")
    d.SharedFunctionalGroupsSequence = sequence(_shared(where))
    d.PerFrameFunctionalGroupsSequence = sequence(
        *(_of_frame(where, one, position) for position, one in enumerate(slices, start=1))
    )


def _shared(where: Setting) -> Dataset:
    """Spacing and orientation. Source: DICOM PS3.3 C.7.6.16.2.1, C.7.6.16.2.4."""
    item, grid = Dataset(), where.pair.grid
    if grid is None:
        return item
    plane = Dataset()
    put_plane(plane, grid, 0)
    measures, orientation = Dataset(), Dataset()
    for keyword in ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"):
        setattr(measures, keyword, plane[keyword].value)
    orientation.ImageOrientationPatient = plane.ImageOrientationPatient
    item.PixelMeasuresSequence = sequence(measures)
    item.PlaneOrientationSequence = sequence(orientation)
    return item


def _of_frame(where: Setting, one: FusedSlice, position: int) -> Dataset:
    """Place in the stack and in the patient, and sources. Source: C.7.6.16.2.2, .3, .6."""
    item, content = Dataset(), Dataset()
    content.StackID, content.InStackPositionNumber = "1", position
    content.DimensionIndexValues = [position]
    item.FrameContentSequence = sequence(content)
    if where.pair.grid is not None:
        place = Dataset()
        place.ImagePositionPatient = decimals(where.pair.grid.position([one.slice_index, 0, 0]))
        item.PlanePositionSequence = sequence(place)
    if references := source_references(where.pair, one.slice_index):
        derivation = Dataset()
        derivation.DerivationDescription = clean(where.provenance.sentence(), 1024)
        derivation.DerivationCodeSequence = sequence(*_done(where))
        derivation.SourceImageSequence = sequence(*references)
        item.DerivationImageSequence = sequence(derivation)
    return item


def _done(where: Setting) -> list[Dataset]:
    stay = all(stayed(where.pair, image) for image in where.pair.native)
    return [code(*FUSED), *(() if stay else (code(*RESAMPLED),))]


def _put_pixels(d: Dataset, slices: Sequence[FusedSlice], bits: int) -> None:
    """Source: DICOM PS3.3 C.7.6.3, C.8.6.3 (identity lookups for grey)."""
    frames = np.stack([one.pixels(bits) for one in slices])
    d.Rows, d.Columns = frames.shape[1:3]
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = bits, bits, bits - 1, 0
    if frames.ndim == 4:
        d.SamplesPerPixel, d.PhotometricInterpretation, d.PlanarConfiguration = 3, "RGB", 0
        d.ICCProfile, d.ColorSpace = srgb_profile(), "SRGB"
    else:
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        d.PresentationLUTShape = "IDENTITY"
        d.RescaleIntercept, d.RescaleSlope, d.RescaleType = decimal(0), decimal(1), "US"
        d.WindowCenter, d.WindowWidth = decimal(2 ** (bits - 1)), decimal(2**bits)
    raw = np.ascontiguousarray(frames, dtype=f"<u{bits // 8}").tobytes()
    d.PixelData = raw + b"\0" * (len(raw) % 2)
    d["PixelData"].VR = "OB" if bits == 8 else "OW"
