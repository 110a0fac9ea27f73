"""Whose frames are: what belongs to two people is never one image, whatever its files are numbered."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_header import text
from fusionviewer.imaging.image import Patient


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


def by_owner(frames: Sequence[Frame]) -> list[tuple[Patient, list[Frame]]]:
    """`frames` by patient, study and modality, each with all that they say of the patient.

    A frame that leaves something out goes with those it does not contradict; where it could belong to
    several, to none of them.
    """
    of_path = {frame.path: _owner(frame.header) for frame in frames}  # one for all of a file
    groups = _compatible(set(of_path.values()))
    place = {owner: i for i, group in enumerate(groups) for owner in group}
    found: list[list[Frame]] = [[] for _ in groups]
    for frame in frames:
        found[place[of_path[frame.path]]].append(frame)
    return [(_together(group), of) for group, of in zip(groups, found, strict=True)]


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
