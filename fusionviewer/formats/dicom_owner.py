"""Whose frames are: what belongs to two people is never one image, whatever its files are numbered."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_header import text, texts
from fusionviewer.imaging.image import OWNERS_DISAGREE, Patient
from fusionviewer.texts import in_english

SHARED_NUMBER = in_english(
    "Images of several patients, studies or modalities came under one number and were told apart."
)
FEWEST = 4  # slices, each of another owner, that are taken for one volume


def patient(header: Dataset) -> Patient:
    """Who was imaged. Source: DICOM PS3.3 C.7.1.1."""
    return Patient(
        id=text(header, "PatientID"),
        issuer=text(header, "IssuerOfPatientID"),
        name=text(header, "PatientName"),
        birth_date=text(header, "PatientBirthDate"),
        sex=text(header, "PatientSex"),
    )


@dataclass(frozen=True)
class _Owner:
    """Whose a file is, and of which examination; empty where it says nothing."""

    patient: Patient
    study_uid: str
    modality: str

    def contradicts(self, other: "_Owner") -> bool:
        pairs = ((self.study_uid, other.study_uid), (self.modality, other.modality))
        return self.patient.contradicts(other.patient) or any(a != b for a, b in pairs if a and b)

    @property
    def said(self) -> int:
        """How many of its elements are given."""
        return sum(map(bool, (*astuple(self.patient), self.study_uid, self.modality)))


class Owned(NamedTuple):
    """Frames of one owner, and what must be said of it."""

    patient: Patient
    frames: list[Frame]
    notes: tuple[str, ...] = ()


def by_owner(frames: Sequence[Frame]) -> list[Owned]:
    """`frames` by patient, study and modality, each with all that they say of the patient.

    A frame that leaves something out goes with those it does not contradict; where it could belong to
    several, to none of them. Where no two files agree, they stay together, and are nobody's.
    """
    of_path = {frame.path: _owner(frame.header) for frame in frames}  # one for all of a file
    if _scattered(frames, tuple(of_path.values())):
        return [Owned(Patient(), list(frames), (OWNERS_DISAGREE,))]
    groups = _compatible(set(of_path.values()))
    place = {owner: i for i, group in enumerate(groups) for owner in group}
    found: list[list[Frame]] = [[] for _ in groups]
    for frame in frames:
        found[place[of_path[frame.path]]].append(frame)
    notes = (SHARED_NUMBER,) if len(groups) > 1 else ()
    return [Owned(_together(group), of, notes) for group, of in zip(groups, found, strict=True)]


def _scattered(frames: Sequence[Frame], owners: Sequence[_Owner]) -> bool:
    """Whether each file is one slice at some place, and of a patient or a study of its own.

    So it comes from programs that take names out and put a new number into every file. What two files
    share and a third contradicts tells people apart, and is heeded.
    """
    places = {texts(frame.header, "ImagePositionPatient") for frame in frames}
    if len(owners) < len(frames) or len(places) < FEWEST or () in places:
        return False
    said = zip(*((*astuple(owner.patient), owner.study_uid) for owner in owners), strict=True)
    different = {len(set(values)) for values in said}
    alike = len({owner.modality for owner in owners}) == 1
    return alike and len(owners) in different and different <= {1, len(owners)}


def _owner(header: Dataset) -> _Owner:
    return _Owner(
        patient(header), text(header, "StudyInstanceUID"), text(header, "Modality").upper()
    )


def _compatible(owners: set[_Owner]) -> list[list[_Owner]]:
    """In groups without a contradiction, beginning with those that say most."""
    groups: list[list[_Owner]] = []
    for owner in sorted(owners, key=lambda one: (-one.said, repr(one))):
        fits = [group for group in groups if not any(map(owner.contradicts, group))]
        if len(fits) == 1:
            fits[0].append(owner)
        else:
            groups.append([owner])
    return groups


def _together(owners: Sequence[_Owner]) -> Patient:
    """Each element as the first gives it that gives it."""
    given = zip(*(astuple(owner.patient) for owner in owners), strict=True)
    return Patient(*(next(filter(None, values), "") for values in given))
