"""One line of a catalogue: a series, or a file, as its header describes it."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from pydicom.dataset import Dataset

from fusionviewer.errors import InputError, UnreadableFile
from fusionviewer.formats import dicom
from fusionviewer.formats.description import Description
from fusionviewer.formats.dicom_header import read_header, size, text, whole
from fusionviewer.formats.dicom_owner import patient
from fusionviewer.formats.dicom_series import Series
from fusionviewer.formats.found import Reader
from fusionviewer.imaging.image import KINDS, Patient


@dataclass(frozen=True, eq=False)
class SeriesEntry:
    """One image that can be opened, or one series that cannot and why.

    Attributes:
        key: the same for the same files and volume, whenever they are catalogued.
        file_kind: "DICOM", "NIfTI", "PNG", "JPEG" or "TIFF".
        modality: DICOM's code, or "OT".
        name: the series' description, or the file's name; with `part` where a series was split.
        count: how many slices, or how many files when it cannot be opened.
        shape: (slices, rows, columns).
        spacing: mm in the order of `shape`; None without geometry.
        part: what tells the image from others of its series ("b-value 2 of 3"); usually "".
        problem: why it does not open, a sentence; "" when it does.
        hint: what can be done about the problem.
        is_localizer: a scout, for planning only.
        notes: what should be known before it is opened, one sentence each.
    """

    key: str
    file_kind: str
    modality: str
    name: str
    patient: Patient
    count: int
    shape: tuple[int, int, int]
    paths: tuple[Path, ...]
    spacing: tuple[float, float, float] | None = None
    unit: str = "a.u."
    part: str = ""
    study_uid: str = ""
    study_description: str = ""
    study_date: str = ""
    series_uid: str = ""
    series_number: int = 0
    series_description: str = ""
    frame_of_reference_uid: str = ""
    problem: str = ""
    hint: str = ""
    is_localizer: bool = False
    notes: tuple[str, ...] = ()
    content: Series | Reader | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """What a radiologist calls it: "CT", "MR", "PET", "SPECT", else DICOM's code or "Image"."""
        return KINDS.get(self.modality, self.modality)

    @property
    def opens(self) -> bool:
        return self.content is not None

    @property
    def order(self) -> tuple[str, ...]:
        """By patient, study and series, as an archive lists them; parts of a series are equal."""
        who = (self.patient.name.casefold(), self.patient.id)
        study = (self.study_date, self.study_uid)
        return (*who, *study, f"{self.series_number:08}", self.series_uid)


def of_file(told: Description, reader: Reader, part: str) -> SeriesEntry:
    return SeriesEntry(
        key=_key(str(told.path), part),
        part=part,
        file_kind=told.kind,
        modality=told.modality,
        name=told.name,
        patient=told.patient,
        count=told.size[0],
        shape=told.size,
        paths=(told.path,),
        spacing=told.spacing_mm,
        unit=told.unit,
        notes=told.notes,
        content=reader,
    )


def of_series(series: Series) -> SeriesEntry:
    told, header = dicom.describe_series(series), series.frames[0].header
    titles = _titles(header)
    titles["patient"] = series.patient
    paths = tuple(dict.fromkeys(frame.path for frame in series.frames))
    return SeriesEntry(
        key=_key(told.series_uid, series.part, *(str(path) for path in paths)),
        name=told.name,
        count=len(series.frames),
        shape=told.size,
        paths=paths,
        spacing=told.spacing_mm,
        unit=told.unit,
        part=series.part,
        is_localizer=dicom.is_localizer(header),
        notes=told.notes,
        content=series,
        **titles,
    )


def of_refused(problems: Sequence[InputError]) -> tuple[list[SeriesEntry], list[InputError]]:
    """An entry for each series whose headers can be read but which is no image; and the rest."""
    groups: dict[tuple[str, str], list[tuple[UnreadableFile, Dataset]]] = defaultdict(list)
    rest: list[InputError] = []
    for problem in problems:
        header = _header_of(problem)
        if header is None or not isinstance(problem, UnreadableFile):
            rest.append(problem)
            continue
        said = str(problem).replace(problem.path.name, "")
        groups[text(header, "SeriesInstanceUID"), said].append((problem, header))
    return [_refused(files) for files in groups.values()], rest


def _header_of(problem: InputError) -> Dataset | None:
    if not isinstance(problem, UnreadableFile):
        return None
    try:
        header = read_header(problem.path)
    except InputError:
        return None
    listed = "DirectoryRecordSequence" not in header and text(header, "SOPClassUID")
    return header if listed else None


def _refused(files: Sequence[tuple[UnreadableFile, Dataset]]) -> SeriesEntry:
    problem, header = files[0]
    paths = tuple(one.path for one, _ in files)
    titles = _titles(header)
    said = titles["series_description"] or f"{titles['modality']} {paths[0].stem}"
    return SeriesEntry(
        key=_key(titles["series_uid"], *(str(path) for path in paths)),
        name=said,
        count=len(paths),
        shape=(whole(header, "NumberOfFrames", 1), *size(header)),
        paths=paths,
        problem=str(problem),
        hint=problem.hint,
        **titles,
    )


class _Titles(TypedDict):
    """What DICOM says of a series and its study, by the attributes of `SeriesEntry`."""

    file_kind: str
    modality: str
    patient: Patient
    study_uid: str
    study_description: str
    study_date: str
    series_uid: str
    series_number: int
    series_description: str
    frame_of_reference_uid: str


def _titles(header: Dataset) -> _Titles:
    return {
        "file_kind": "DICOM",
        "modality": dicom.modality(header),
        "patient": patient(header),
        "study_uid": text(header, "StudyInstanceUID"),
        "study_description": text(header, "StudyDescription"),
        "study_date": text(header, "StudyDate"),
        "series_uid": text(header, "SeriesInstanceUID"),
        "series_number": max(whole(header, "SeriesNumber", 0), 0),
        "series_description": text(header, "SeriesDescription"),
        "frame_of_reference_uid": text(header, "FrameOfReferenceUID"),
    }


def _key(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
