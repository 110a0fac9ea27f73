"""Other examinations of the same patient: of another kind, the nearest in time first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fusionviewer.pacs.service import AnyArchive, service
from fusionviewer.pacs.watch import Check

FUSED_WELL = ("CT", "MR", "PT", "NM")
MOST_STUDIES = 50


@dataclass(frozen=True)
class Prior:
    """A series that may be fused with what is open.

    Attributes:
        days: between both studies; None where one of them has no date.
    """

    study: Mapping[str, str]
    series: Mapping[str, str]
    days: int | None


def priors(
    archive: AnyArchive,
    patient_id: str,
    modality: str = "",
    day: str = "",
    *,
    birth_date: str = "",
    check: Check = lambda: None,
) -> list[Prior]:
    """Series of the patient that are not of `modality`: CT, MR, PET and SPECT, nearest first.

    Args:
        day: of the study that is open, YYYYMMDD.
        birth_date: where both sides know it, it has to agree: numbers of two hospitals may be equal.

    Raises:
        PacsError: the archive cannot be reached, or does not answer.
        ValueError: no patient.
        Exception: whatever `check` raises.
    """
    if not patient_id.strip("*? "):
        raise ValueError("priors are those of one patient, and none was named")
    ask = service(archive).find
    wanted = {"PatientID": _literal(patient_id)}
    found: list[Prior] = []
    for study in ask(archive, "study", wanted, limit=MOST_STUDIES, check=check).matches:
        if study["PatientID"].strip() != patient_id.strip() or _other(study, birth_date):
            continue
        asked = {"StudyInstanceUID": study["StudyInstanceUID"]}
        days = days_between(study["StudyDate"], day)
        found += [
            Prior(study, series, days)
            for series in ask(archive, "series", asked, check=check).matches
            if series["Modality"] in FUSED_WELL and series["Modality"] != modality
        ]
    return sorted(found, key=_near)


def _literal(patient_id: str) -> str:
    """`*` stands for anything in a search; what is found is compared again."""
    return patient_id.replace("\\", "?")


def _other(study: Mapping[str, str], birth_date: str) -> bool:
    return bool(
        birth_date and study["PatientBirthDate"] and study["PatientBirthDate"] != birth_date
    )


def days_between(one: str, other: str) -> int | None:
    """Of two dates as YYYYMMDD; None where one is none."""
    try:
        first, second = (date(int(d[:4]), int(d[4:6]), int(d[6:8])) for d in (one, other))
    except ValueError:
        return None
    return abs((first - second).days)


def _near(prior: Prior) -> tuple[int, int]:
    """Nearest in time, then those with the most images."""
    count = prior.series["NumberOfSeriesRelatedInstances"]
    return (10**6 if prior.days is None else prior.days, -int(count) if count.isdecimal() else 0)
