"""One DICOM file as its frames, each with a header as if it were a file of its own."""

import math
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.dicom_header import (
    MAX_INFLATED_BYTES,
    number,
    numbers,
    size,
    text,
    texts,
    transfer_syntax,
    whole,
    with_file_of,
)
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

MAX_FRAME_PIXELS = 100_000_000

NOT_IMAGES = {
    "RTSTRUCT": marked("a structure set (RTSTRUCT)"),
    "RTPLAN": marked("a radiotherapy plan (RTPLAN)"),
    "RTDOSE": marked("a radiation dose (RTDOSE)"),
    "SEG": marked("a segmentation (SEG)"),
    "SR": marked("a report (SR)"),
    "PR": marked("a presentation state (PR)"),
    "KO": marked("a list of key images (KO)"),
    "REG": marked("a registration (REG)"),
    "ECG": marked("a waveform (ECG)"),
    "ANN": marked("annotations (ANN)"),
    "SM": marked("a microscopy slide (SM)"),
}
FUNCTIONAL_GROUPS = (0x52009229, 0x52009230)  # shared, per frame
HINT_OTHER = marked("Choose the images of the series instead.")
FRAGMENT_HEADER = 8  # bytes, PS3.5 A.4: a frame has one fragment at least
PLACE = (0x00200032, 0x00200037)  # Image Position and Image Orientation (Patient)


@dataclass(frozen=True, eq=False)
class Frame:
    """One slice.

    Attributes:
        index: which frame of its file it is, from 0.
        header: everything that is said of this frame, functional groups included; no pixels.
    """

    path: Path
    index: int
    header: Dataset


def frames(path: Path, header: Dataset) -> list[Frame]:
    """The frames of a file; those of a film have no place.

    Raises:
        UnreadableFile: it is no image, and the sentence names what it is; or it has fewer frames
            than it says.
    """
    _check_is_image(path, header)
    count = whole(header, "NumberOfFrames", 1)
    _check_room(path, header, count)
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if groups:
        _check_frame_count(path, count, len(groups))
        return [Frame(path, i, flat) for i, flat in enumerate(_flattened(header))]
    if count > 1 and "SliceVector" in header and "DetectorInformationSequence" in header:
        return [Frame(path, i, flat) for i, flat in enumerate(_tomographic(path, header, count))]
    if count > 1:
        return [Frame(path, i, flat) for i, flat in enumerate(_film(header, count))]
    return [Frame(path, 0, header)]


def _check_is_image(path: Path, header: Dataset) -> None:
    if "DirectoryRecordSequence" in header:
        raise UnreadableFile(
            path, _("is a table of contents (DICOMDIR)"), _("Open the folder it lies in.")
        )
    what = NOT_IMAGES.get(text(header, "Modality"))
    if what:
        raise UnreadableFile(path, _("holds {what}, not an image", what=_(what)), HINT_OTHER)
    rows, columns = size(header)
    if rows <= 0 or columns <= 0:
        uid = text(header, "SOPClassUID")
        name = UID(uid).name  # the UID itself, or what damage left of it, where it is not known
        kind = f" ({name})" if name and name != uid else ""
        raise UnreadableFile(path, _("holds no picture{kind}", kind=kind), HINT_OTHER)
    if rows * columns > MAX_FRAME_PIXELS:
        raise UnreadableFile(path, _("has more than 100 million pixels, too many to open"))
    if "MOSAIC" in texts(header, "ImageType"):
        raise UnreadableFile(
            path,
            _("is a mosaic: many slices tiled into one picture, which cannot be opened yet"),
            _("Export the series from the scanner without mosaic, or convert it to NIfTI."),
        )
    if number(header, "NumberOfFrames", 1) < 1:
        raise UnreadableFile(path, _("says that it has no frames"))


def _check_room(path: Path, header: Dataset, count: int) -> None:
    """Refuse more frames than the file has room for, before a list of them is made."""
    syntax = transfer_syntax(header)
    if count <= 1 or not syntax.is_transfer_syntax:
        return
    deflated = syntax == DeflatedExplicitVRLittleEndian
    room = MAX_INFLATED_BYTES if deflated else path.stat().st_size
    of_frame = FRAGMENT_HEADER if syntax.is_encapsulated else max(frame_bytes(header), 1)
    if count * of_frame > room:
        raise UnreadableFile(
            path, _("says that it has {count} frames, and is too short for them", count=count)
        )


def frame_bytes(header: Dataset) -> int:
    """What one frame takes when it is not compressed."""
    half = "422" in text(header, "PhotometricInterpretation")
    samples = 2 if half else whole(header, "SamplesPerPixel", 1)
    return math.prod(size(header)) * samples * whole(header, "BitsAllocated", 16) // 8


def _check_frame_count(path: Path, said: int, described: int) -> None:
    if said != described:
        raise UnreadableFile(
            path,
            _(
                "says that it has {said} frames, but describes {described}",
                said=said,
                described=described,
            ),
        )


def _flattened(header: Dataset) -> Iterator[Dataset]:
    """A header per frame: the file's own elements, the shared groups, then the frame's groups.

    Source: DICOM PS3.3 C.7.6.16 (Multi-frame Functional Groups).
    """
    common = _without(header, FUNCTIONAL_GROUPS)
    for item in header.get("SharedFunctionalGroupsSequence") or ():
        _merge(common, item)
    for item in header.PerFrameFunctionalGroupsSequence:
        flat = _without(common)
        _merge(flat, item)
        with_file_of(flat, header)
        yield flat


def _without(header: Dataset, left_out: Collection[int] = ()) -> Dataset:
    """A copy of the top level; elements are shared, and stay unread until somebody asks."""
    copy = Dataset()
    for tag in list(header.keys()):
        if tag not in left_out:
            with suppress(Exception):  # one damaged element must not cost the image
                copy[tag] = header.get_item(tag)
    return copy


def _merge(target: Dataset, groups: Dataset) -> None:
    """Copy the elements of every functional group macro of `groups` into `target`.

    Private groups are left out: those of Philips repeat the position of the frame, half a pixel off.
    """
    for group in groups:
        if group.VR == "SQ" and group.value and not group.tag.is_private:
            for element in group.value[0]:
                target[element.tag] = element


def _tomographic(path: Path, header: Dataset, count: int) -> Iterator[Dataset]:
    """A header per frame of a reconstructed SPECT: one detector, slices numbered by Slice Vector.

    Spacing Between Slices may be negative; it then runs against the normal.

    Source: DICOM PS3.3 C.8.4.8 (Slice Vector), C.8.4.11 (Detector Information), C.8.4.15.
    """
    numbering = numbers(header, "SliceVector", count)
    if numbering is None:
        raise UnreadableFile(
            path, _("says that it has {count} frames, but does not number them all", count=count)
        )
    detector = header.DetectorInformationSequence[0]
    first = numbers(detector, "ImagePositionPatient", 3)
    cosines = numbers(detector, "ImageOrientationPatient", 6)
    step = number(header, "SpacingBetweenSlices", 0.0) or number(header, "SliceThickness", 0.0)
    slots = numbers(header, "TimeSlotVector", count)
    for i, slice_number in enumerate(numbering):
        flat = _without(header)
        with_file_of(flat, header)
        flat.InstanceNumber = i + 1
        if slots is not None:
            flat.TemporalPositionIdentifier = int(slots[i])
        if first is not None and cosines is not None:
            normal = np.cross(cosines[:3], cosines[3:])
            flat.ImageOrientationPatient = cosines.tolist()
            flat.ImagePositionPatient = (first + normal * step * (slice_number - 1)).tolist()
        yield flat


def _film(header: Dataset, count: int) -> Iterator[Dataset]:
    """A header per frame of an ultrasound loop, an angiogram, or captured pictures.

    Such frames follow each other in time, or nobody knows how; a place that the file gives once for
    all of them would stack them on one spot.
    """
    for i in range(count):
        flat = _without(header, PLACE)
        with_file_of(flat, header)
        flat.InstanceNumber = i + 1
        yield flat


def is_film(header: Dataset) -> bool:
    """Whether the frames of this file follow each other in time, or nobody knows how."""
    placed = "ImagePositionPatient" in header or "SliceVector" in header
    return whole(header, "NumberOfFrames", 1) > 1 and not placed


def is_lossy(header: Dataset) -> bool:
    """Whether the pixels were compressed with loss, now or at any time before.

    Source: DICOM PS3.3 C.7.6.1.1.5.
    """
    said = text(header, "LossyImageCompression")
    syntax = transfer_syntax(header)
    return said == "01" or syntax in _LOSSY or (said != "00" and syntax in _PERHAPS_LOSSY)


_LOSSY = {
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
}
_PERHAPS_LOSSY = {
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.4.203",  # High-throughput JPEG 2000
}
