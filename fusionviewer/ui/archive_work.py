"""What the archive dialog has done off the GUI thread; each returns a plain value."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.texts import marked
from fusionviewer.workspace.archives import ArchiveEntry, archive_of

if TYPE_CHECKING:
    from fusionviewer.pacs.priors import Prior
    from fusionviewer.pacs.service import AnyArchive

Match = Mapping[str, str]
DAYS = {
    marked("Any day"): None,
    marked("Today"): 0,
    marked("Last 7 days"): 7,
    marked("Last 30 days"): 30,
    marked("Last year"): 365,
}


@dataclass(frozen=True)
class Studies:
    """Attributes: more: the archive had more than are shown."""

    matches: tuple[Match, ...]
    more: bool


def opened(entry: ArchiveEntry) -> "AnyArchive":
    """The archive of an entry, with its secret.

    Raises:
        PacsError: its password is not known, or it cannot be.
    """
    from fusionviewer.pacs.secrets import secret_of

    return archive_of(entry, "" if entry.secret == "none" else secret_of(entry.name))


def asked(patient_id: str, name: str, days: int | None, modality: str) -> dict[str, str]:
    """What to search for; a name that was begun may go on."""
    since = "" if days is None else f"{date.today() - timedelta(days=days):%Y%m%d}-"
    open_name = name.strip() and (
        name.strip() if name.strip().endswith("*") else f"{name.strip()}*"
    )
    said = {
        "PatientID": patient_id.strip(),
        "PatientName": open_name,
        "StudyDate": since,
        "ModalitiesInStudy": modality,
    }
    return {keyword: value for keyword, value in said.items() if value}


def echoed(entry: ArchiveEntry, cancel: CancelToken) -> float:
    from fusionviewer.pacs.service import service

    there = opened(entry)
    return service(there).echo(there, cancel.check)


def studies(entry: ArchiveEntry, wanted: Match, cancel: CancelToken) -> Studies:
    there = opened(entry)
    from fusionviewer.pacs.service import service

    found = service(there).find(there, "study", wanted, check=cancel.check)
    newest = sorted(found.matches, key=lambda m: m["StudyDate"], reverse=True)
    return Studies(tuple(newest), found.more)


def series(entry: ArchiveEntry, study_uid: str, cancel: CancelToken) -> tuple[Match, ...]:
    there = opened(entry)
    from fusionviewer.pacs.service import service

    wanted = {"StudyInstanceUID": study_uid}
    found = service(there).find(there, "series", wanted, check=cancel.check).matches
    return tuple({**match, "StudyInstanceUID": study_uid} for match in found)


def others(entry: ArchiveEntry, patient: Match, cancel: CancelToken) -> "list[Prior]":
    """Priors of `patient`: PatientID, and where known PatientBirthDate, Modality and StudyDate."""
    there = opened(entry)
    from fusionviewer.pacs.priors import priors

    return priors(
        there,
        patient["PatientID"],
        patient["Modality"],
        patient["StudyDate"],
        birth_date=patient["PatientBirthDate"],
        check=cancel.check,
    )


def fetched(
    entry: ArchiveEntry,
    wanted: Sequence[Match],
    folder: Path,
    cancel: CancelToken,
    progress: Progress,
) -> list[Path]:
    """The series as folders; one that was fetched before is not asked for again."""
    there = opened(entry)
    from fusionviewer.pacs.service import service

    places = []
    for match in wanted:
        study, one = match["StudyInstanceUID"], match["SeriesInstanceUID"]
        place = folder / hashlib.sha256(f"{entry.name}\0{study}\0{one}".encode()).hexdigest()[:16]
        if not place.is_dir():
            service(there).get(
                there, study, place,
                series_uid=one, resume=True, progress=progress, check=cancel.check,
            )  # fmt: skip
        places.append(place)
    return places


def sent(
    entry: ArchiveEntry, path: Path, cancel: CancelToken, progress: Progress
) -> tuple[int, tuple[str, ...]]:
    """How many files were kept, and a sentence for each that was not."""
    there = opened(entry)
    from fusionviewer.pacs.service import service

    told = service(there).send(there, [path], progress=progress, check=cancel.check)
    return told.kept, told.refused
