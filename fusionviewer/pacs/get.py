"""Fetching a study or a series, over the connection that asked for it (C-GET).

Nothing listens: objects come back over the association that we made. An archive that can only send
on a connection of its own has a receiver in its settings, and is asked with C-MOVE.

Source: DICOM PS3.4 C.4.3.
"""

from collections.abc import Iterable
from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import build_context, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelGet,
)

from fusionviewer.pacs.archive import Archive, associated
from fusionviewer.pacs.fetching import Left, fetched_folder, missing
from fusionviewer.pacs.find import find
from fusionviewer.pacs.following import follow, require_some
from fusionviewer.pacs.keeper import Keeper, Progress
from fusionviewer.pacs.move import moved
from fusionviewer.pacs.storage import CLASSES, SYNTAXES
from fusionviewer.pacs.watch import Check

AT_ONCE = 100


def get(
    archive: Archive,
    study_uid: str,
    folder: Path,
    *,
    series_uid: str = "",
    resume: bool = False,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> int:
    """Fetch a study, or one series of it, into a new folder; how many objects came.

    The folder appears when all of them are there, and not at all otherwise.

    Args:
        resume: what came before it was interrupted stays beside the folder for a day, and is not
            asked for again.

    Raises:
        PacsError: the archive does not have it, cannot be reached, or stops in the middle.
        ExportError: the folder cannot be written.
        Exception: whatever `check` raises.
    """
    with fetched_folder(folder, (archive.title, study_uid, series_uid), resume=resume) as place:
        keeper = Keeper(place, progress, frozenset((study_uid,)))
        left = missing(archive, study_uid, series_uid, keeper, check, find)
        asked = queries(study_uid, series_uid, left)
        fetch = _got if archive.receiver is None else moved
        if asked:
            fetch(archive, asked, keeper, check)
        keeper.require_fine()
        require_some(keeper, archive.title)
        return keeper.count


def _got(archive: Archive, asked: Iterable[Dataset], keeper: Keeper, check: Check) -> None:
    model = StudyRootQueryRetrieveInformationModelGet
    contexts = [build_context(model), *(build_context(c, SYNTAXES) for c in CLASSES)]
    roles = [build_role(c, scp_role=True) for c in CLASSES]
    handlers = [(evt.EVT_C_STORE, keeper.store)]
    with associated(archive, contexts, check, roles, handlers) as link:
        for query in asked:
            for status, _ in link.send_c_get(query, model):
                keeper.require_fine()
                follow(status, keeper, archive)
                check()


def queries(study_uid: str, series_uid: str, left: Left | None) -> list[Dataset]:
    """What to ask for: everything, or where it goes on, what is missing, a hundred at a time.

    Source: DICOM PS3.4 C.4.3.1.3.1 (a list of UIDs at the level that is asked for).
    """
    if left is None:
        level = "SERIES" if series_uid else "STUDY"
        return [_query(level, StudyInstanceUID=study_uid, SeriesInstanceUID=series_uid)]
    return [
        _query(
            "IMAGE",
            StudyInstanceUID=study_uid,
            SeriesInstanceUID=series,
            SOPInstanceUID=uids[start : start + AT_ONCE],
        )
        for series, uids in left.items()
        for start in range(0, len(uids), AT_ONCE)
    ]


def _query(level: str, **keys: str | list[str]) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        if value:
            setattr(query, keyword, value)
    return query
