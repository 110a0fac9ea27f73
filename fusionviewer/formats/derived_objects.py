"""What all DICOM objects made from one pair share: patient, study, frame of reference, maker."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from fusionviewer.formats.derived_header import (
    MORE,
    PATIENT,
    STUDY,
    agreed,
    frame_uid,
    put_equipment,
    put_patient_and_study,
)
from fusionviewer.formats.dicom_writing import UTF_8, clean, put_time
from fusionviewer.formats.export_dicom import NOBODY
from fusionviewer.formats.provenance import Provenance
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair

IDENTITY = (*PATIENT, *STUDY, *MORE, "StudyInstanceUID")
OF_CAPTURES = ("ConversionType", "SecondaryCaptureDevice")  # Secondary Capture's alone


@dataclass(frozen=True, eq=False)
class Setting:
    """What the objects of one export have in common.

    Attributes:
        identity: the elements of patient and study.
        frame_uid: the frame of reference of the pair's grid.
        when: the moment that all of them are made.
    """

    pair: Pair
    provenance: Provenance
    identity: Dataset
    frame_uid: str
    when: datetime


def setting(pair: Pair, provenance: Provenance, beside: Dataset | None = None) -> Setting:
    """The setting of objects made from `pair`.

    Args:
        beside: an object of the same export, whose study and frame of reference they join.
    """
    when = datetime.now()
    header = Dataset() if beside is None else beside
    identity = Dataset()
    put_patient_and_study(identity, pair, when)
    for keyword in IDENTITY:
        if keyword in header:
            identity[keyword] = header[keyword]
    frame = str(header.get("FrameOfReferenceUID") or frame_uid(pair))
    return Setting(pair, _complete(provenance, pair), identity, frame, when)


def _complete(provenance: Provenance, pair: Pair) -> Provenance:
    notes = [*pair.notes, *provenance.notes, *(() if agreed(pair) else (NOBODY,))]
    alignment = provenance.alignment or (pair.alignment.value,)
    return replace(provenance, notes=tuple(dict.fromkeys(notes)), alignment=alignment)


def new_object(
    where: Setting, sop_class: UID, modality: str, series_number: int, description: str
) -> Dataset:
    """The first instance of a series of its own: patient, study, series and maker.

    Source: DICOM PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1, C.12.1.
    """
    d = Dataset()
    d.SpecificCharacterSet = UTF_8
    d.update(where.identity)
    d.SOPClassUID, d.SOPInstanceUID = sop_class, generate_uid(prefix=None)
    d.SeriesInstanceUID = generate_uid(prefix=None)
    d.Modality = modality
    d.SeriesNumber, d.InstanceNumber = series_number, 1
    d.SeriesDescription = clean(description, 64)
    put_time(d, where.when, "Series", "InstanceCreation")
    put_equipment(d, where.provenance, where.when)
    for element in [e for e in d if e.keyword.startswith(OF_CAPTURES)]:
        del d[element.tag]
    d.DeviceSerialNumber = "0"
    return d


def instances(image: Image) -> tuple[str, ...]:
    """The instance UID of each file that `image` was read from, in order, each once."""
    return tuple(uid for uid in dict.fromkeys(image.source.instance_uids) if uid)
