"""Whose a fused image is, where it lies, and what it came from: its DICOM header."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import generate_uid

from fusionviewer.formats.dicom_writing import clean, code, put_plane, put_time, sequence
from fusionviewer.formats.provenance import NOTICE, Provenance
from fusionviewer.imaging.geometry import Grid, letters
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, whose_grid

PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
STUDY = ("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName")
MORE = ("IssuerOfPatientID", "StudyDescription")  # left out where the source has none
FORMS = {
    "PatientSex": "[MFO]",
    "PatientBirthDate": r"\d{8}",
    "StudyDate": r"\d{8}",
    "StudyTime": r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?",
}
LONGEST = {"PatientID": 64, "StudyID": 16, "AccessionNumber": 16, "StudyDescription": 64}
CONTROLS = ("Cc", "Cs")  # Unicode's categories: controls, and halves of characters
UNPAIRED_PARTS = (
    *("HEAD", "BRAIN", "SKULL", "NECK", "CHEST", "HEART", "ABDOMEN", "LIVER", "PANCREAS"),
    *("PELVIS", "PROSTATE", "SPINE", "CSPINE", "TSPINE", "LSPINE", "WHOLEBODY"),
)
MANUFACTURER = "FusionViewer"
LOSSY_METHODS = {"JPEG": "ISO_10918_1"}


def agreed(pair: Pair) -> bool:
    """Whether both sources say whose they are, by something both say, and it is one person."""
    a, b = (image.patient for image in pair.native)
    return a.known and b.known and a.comparable(b) and not a.contradicts(b)


def put_patient_and_study(d: Dataset, pair: Pair, when: datetime) -> None:
    """Patient and study of the sources when both agree; else nobody, in a study of its own.

    What the first leaves out, the second may say. A value that breaks the rules of its element is left
    empty, never shortened: half a number would be another number.
    """
    first, second = (image.source for image in pair.native)
    same_patient = agreed(pair)
    same_study = same_patient and first.study_uid == second.study_uid != ""
    headers = [source.headers[0] for source in (first, second) if source.headers]
    for keyword in (*PATIENT, *STUDY, *MORE):
        wanted = same_study if keyword in (*STUDY, "StudyDescription") else same_patient
        said = (_valid(header, keyword) for header in headers if wanted)
        value = next(filter(None, said), "")
        if value or keyword not in MORE:
            setattr(d, keyword, value)
    if same_patient and not headers:
        d.PatientName, d.PatientID = pair.native[0].patient.name, pair.native[0].patient.id
    d.StudyInstanceUID = first.study_uid if same_study else generate_uid(prefix=None)
    if not same_study:
        put_time(d, when, "Study")


def put_examination(d: Dataset, image: Image) -> None:
    """Patient and study of one source, in what speaks of that one alone."""
    header = image.source.headers[0] if image.source.headers else Dataset()
    told = {keyword: _valid(header, keyword) for keyword in (*PATIENT, *STUDY, *MORE)}
    for keyword, value in {**told, "StudyInstanceUID": image.source.study_uid}.items():
        if keyword in d:  # elements are shared with what `d` was updated from
            delattr(d, keyword)
        if value or keyword not in MORE:
            setattr(d, keyword, value)


def _valid(header: Dataset, keyword: str) -> str:
    """The value, or "" when it is not what PS3.5 section 6.2 allows for its element."""
    value = header.get(keyword) or ""
    text = "" if isinstance(value, MultiValue) else str(value).strip()
    form = FORMS.get(keyword, rf".{{0,{LONGEST.get(keyword, 192)}}}")
    one_line = not any(unicodedata.category(c) in CONTROLS for c in text)
    return text if re.fullmatch(form, text) and one_line else ""


def put_place(d: Dataset, pair: Pair, slice_index: int, frame_uid: str) -> None:
    """Image Plane and Frame of Reference; without a grid, nothing but an empty orientation."""
    if pair.grid is None:
        d.PatientOrientation = ""
        return
    d.PatientOrientation = [letters(pair.grid.axes[2]), letters(pair.grid.axes[1])]
    put_plane(d, pair.grid, slice_index)
    d.FrameOfReferenceUID, d.PositionReferenceIndicator = frame_uid, ""


def frame_uid(pair: Pair) -> str:
    """The frame of reference that the pair's grid is in, in whichever plane: of the source that the pair
    has its voxels from; of the other one where that source names none."""
    ordered = (whose_grid(*pair.native), *pair.native)
    known = [native.source.frame_of_reference_uid for native in ordered if native.grid is not None]
    return next((uid for uid in known if uid), "") or str(generate_uid(prefix=None))


def stayed(pair: Pair, native: Image) -> bool:
    """Whether `native` is shown in its own voxels, in whichever plane: not resampled."""
    own = _own_grid(pair, native)
    return own is None or pair.grid is None or own.reorders(pair.grid)


def pixel_on_pixel(pair: Pair, native: Image) -> bool:
    """Whether a pixel of a slice is the same pixel of the same slice of `native`."""
    own = _own_grid(pair, native)
    return own is None or pair.grid is None or own.matches(pair.grid)


def _own_grid(pair: Pair, native: Image) -> Grid | None:
    """Where `native` is; where it does not say, it was laid on the other source pixel on pixel."""
    return native.grid or whose_grid(*pair.native).grid


def put_body_part(d: Dataset, pair: Pair) -> None:
    """Source: DICOM PS3.3 C.7.3.1: Laterality is required when the part may be one of two."""
    parts = {image.source.body_part.strip().upper() for image in pair.native} - {""}
    part = parts.pop() if len(parts) == 1 else ""
    if part:
        d.BodyPartExamined = clean(part, 16)
    if part not in UNPAIRED_PARTS:
        sides = {_side(image) for image in pair.native} - {""}
        d.Laterality = sides.pop() if len(sides) == 1 else ""


def _side(image: Image) -> str:
    header = image.source.headers[0] if image.source.headers else Dataset()
    side = str(header.get("Laterality") or header.get("ImageLaterality") or "")
    return side if side in ("L", "R") else ""


def put_derivation(d: Dataset, pair: Pair, slice_index: int, provenance: Provenance) -> None:
    """What was done, from which images, and with what loss.

    Source: DICOM PS3.3 C.7.6.1.1.3, C.7.6.1.1.4, C.7.6.1.1.5; PS3.16 CID 7202, 7203.
    """
    d.DerivationDescription = clean(provenance.sentence(), 1024)
    d.ImageComments = clean(f"{NOTICE} {' '.join(provenance.notes)}", 10240)
    if not all(stayed(pair, image) for image in pair.native):
        d.DerivationCodeSequence = sequence(code("113085", "DCM", "Spatial resampling"))
    if references := source_references(pair, slice_index):
        d.SourceImageSequence = sequence(*references)
    d.BurnedInAnnotation = "YES" if any(i.source.burned_in for i in pair.native) else "NO"
    _put_loss(d, pair)


def slices_read(pair: Pair, native: Image, slice_index: int) -> range:
    """The slices of `native` that slice `slice_index` of the pair was made from."""
    own = _own_grid(pair, native)
    if pair.grid is None or own is None:
        return range(slice_index, slice_index + 1)
    _, rows, columns = pair.grid.shape
    corners = [(slice_index, r, c) for r in (0, rows - 1) for c in (0, columns - 1)]
    along = np.round(own.index(pair.grid.position(corners))[:, 0], 4)
    last = native.shape[0] - 1
    return range(max(int(np.floor(along.min())), 0), min(int(np.ceil(along.max())), last) + 1)


def source_references(pair: Pair, slice_index: int) -> list[Dataset]:
    """The files of both sources that a slice was made from, and their frames where they have some.

    Source: DICOM PS3.3 10.3 (Image SOP Instance Reference), C.7.6.1.1.4.
    """
    return [one for native in pair.native for one in _references(pair, native, slice_index)]


def _references(pair: Pair, native: Image, slice_index: int) -> list[Dataset]:
    source = native.source
    used = [i for i in slices_read(pair, native, slice_index) if i < len(source.instance_uids)]
    # Neither resampled, reformatted nor registered: each moves what lies under a pixel.
    kept = "YES" if pixel_on_pixel(pair, native) and native.placed_by is None else "NO"
    return as_sources(image_references(native, used), kept)


def as_sources(references: Iterable[Dataset], kept: str) -> list[Dataset]:
    """References with their purpose, and whether a pixel is where it was: "YES" or "NO"."""
    items = []
    for reference in references:
        reference.SpatialLocationsPreserved = kept
        reference.PurposeOfReferenceCodeSequence = sequence(
            code("121322", "DCM", "Source image for image processing operation")
        )
        items.append(reference)
    return items


def image_references(native: Image, slices: Iterable[int]) -> list[Dataset]:
    """The files that these slices were read from, each once, with the frames that they are of it;
    none when they are not DICOM.

    Source: DICOM PS3.3 10.3 (Image SOP Instance Reference).
    """
    source = native.source
    if not source.sop_class_uid:
        return []
    frames: dict[str, list[int]] = {}
    for s in slices:
        of_file = frames.setdefault(source.instance_uids[s], [])
        of_file += source.frame_numbers[s : s + 1]
    items = []
    for uid, numbers in frames.items():
        if not uid:
            continue
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.sop_class_uid, uid
        if numbers and len(numbers) < source.instance_uids.count(uid):
            item.ReferencedFrameNumber = sorted(numbers)
        items.append(item)
    return items


def _put_loss(d: Dataset, pair: Pair) -> None:
    """Loss is inherited, with the ratio and method where the sources tell."""
    lossy = [image.source for image in pair.native if image.source.lossy]
    d.LossyImageCompression = "01" if lossy else "00"
    ratios: list[Any] = []
    methods: list[Any] = []
    for source in lossy:
        header = source.headers[0] if source.headers else Dataset()
        ratios += _several(header.get("LossyImageCompressionRatio"))
        methods += _several(header.get("LossyImageCompressionMethod"))
        methods += [LOSSY_METHODS[source.kind]] if source.kind in LOSSY_METHODS else []
    if ratios:
        d.LossyImageCompressionRatio = ratios
    if methods and len(methods) == len(ratios):
        d.LossyImageCompressionMethod = methods


def _several(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if not isinstance(value, str | float | int) else [value]


def put_equipment(d: Dataset, provenance: Provenance, when: datetime) -> None:
    """Source: DICOM PS3.3 C.7.5.1, C.8.6.1, C.12.1 (Contributing Equipment); PS3.16 CID 7005."""
    name = MANUFACTURER
    d.Manufacturer, d.ManufacturerModelName, d.SoftwareVersions = name, name, provenance.version
    d.ConversionType = "WSD"
    d.SecondaryCaptureDeviceManufacturer = name
    d.SecondaryCaptureDeviceManufacturerModelName = name
    d.SecondaryCaptureDeviceSoftwareVersions = provenance.version
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = sequence(code("109102", "DCM", "Processing Equipment"))
    item.Manufacturer, item.ManufacturerModelName = name, name
    item.SoftwareVersions = provenance.version
    item.ContributionDateTime = when.strftime("%Y%m%d%H%M%S")
    item.ContributionDescription = clean(provenance.sentence(), 1024)
    d.ContributingEquipmentSequence = sequence(item)
