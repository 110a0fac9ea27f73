"""What an archive has: patients, studies and series (C-FIND).

Source: DICOM PS3.4 C.4.1, C.6.2 (Study Root).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pynetdicom import build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
)

from fusionviewer.errors import PacsError
from fusionviewer.pacs.archive import SUCCESS, Archive, associated
from fusionviewer.pacs.watch import Check
from fusionviewer.texts import text as _

PENDING = (0xFF00, 0xFF01)
LIMIT = 500
LONGEST = 256  # characters of a value; longer ones come from a broken peer
PERSON = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex")
STUDY = (
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyDescription", "AccessionNumber"),
    *("ModalitiesInStudy", "NumberOfStudyRelatedSeries"),
)
SERIES = (
    *("SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "BodyPartExamined"),
    "NumberOfSeriesRelatedInstances",
)
IMAGE = ("SOPInstanceUID", "SOPClassUID", "InstanceNumber")
LEVELS = {
    "patient": ("PATIENT", PatientRootQueryRetrieveInformationModelFind, PERSON),
    "study": ("STUDY", StudyRootQueryRetrieveInformationModelFind, (*PERSON, *STUDY)),
    "series": ("SERIES", StudyRootQueryRetrieveInformationModelFind, ("StudyInstanceUID", *SERIES)),
    "image": (
        "IMAGE",
        StudyRootQueryRetrieveInformationModelFind,
        ("StudyInstanceUID", "SeriesInstanceUID", *IMAGE),
    ),
}


@dataclass(frozen=True)
class Found:
    """Attributes:
    matches: values by keyword, one line each.
    more: the archive had more than were asked for.
    """

    matches: tuple[Mapping[str, str], ...]
    more: bool = False


def find(
    archive: Archive,
    level: str,
    wanted: Mapping[str, str],
    *,
    limit: int = LIMIT,
    check: Check = lambda: None,
) -> Found:
    """What matches `wanted` at a level of `LEVELS`; `*` and `?` stand for anything.

    Args:
        wanted: by keyword; for series, StudyInstanceUID must be among them, and for
            images SeriesInstanceUID as well.

    Raises:
        PacsError: it cannot be reached, or does not answer.
        ValueError: an unknown level or keyword.
        Exception: whatever `check` raises.
    """
    name, model, keywords = LEVELS[level]
    if unknown := set(wanted) - set(keywords):
        raise ValueError(f"{sorted(unknown)} cannot be asked for at the level {level}")
    query = Dataset()
    query.SpecificCharacterSet = "ISO_IR 192"
    query.QueryRetrieveLevel = name
    for keyword in keywords:
        setattr(query, keyword, wanted.get(keyword, ""))
    matches: list[Mapping[str, str]] = []
    with associated(archive, [build_context(model)], check) as link:
        for status, answer in link.send_c_find(query, model):
            if status is None or "Status" not in status:
                raise PacsError(
                    _("“{title}” did not answer the search in time.", title=archive.title)
                )
            if status.Status in PENDING and answer is not None:
                if len(matches) == limit:
                    link.abort()  # an answer without end is not waited for
                    return Found(tuple(matches), more=True)
                matches.append({k: _line(answer, k) for k in keywords})
            elif status.Status not in (SUCCESS, *PENDING):
                raise PacsError(
                    _(
                        "“{title}” did not search (status {status:04X}).",
                        title=archive.title,
                        status=status.Status,
                    )
                )
    return Found(tuple(matches))


def _line(answer: Dataset, keyword: str) -> str:
    said = answer.get(keyword)
    return one_line(list(said) if isinstance(said, MultiValue) else [said or ""])


def one_line(values: Sequence[object]) -> str:
    """Values as one line of text, joined by commas; cut where no honest value is longer."""
    line = ", ".join(" ".join(str(value).split()) for value in values)
    return "".join(c for c in line if c.isprintable())[:LONGEST]
