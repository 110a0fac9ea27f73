"""Fetching a study or a series over the web (WADO-RS).

Source: DICOM PS3.18 section 10.4.
"""

from pathlib import Path

from fusionviewer.errors import PacsError
from fusionviewer.pacs.fetching import fetched_folder, missing
from fusionviewer.pacs.following import require_some
from fusionviewer.pacs.keeper import Keeper, Progress
from fusionviewer.pacs.watch import Check
from fusionviewer.pacs.web import WebArchive, answered, below
from fusionviewer.pacs.web_find import find
from fusionviewer.pacs.web_parts import boundary_of, parts
from fusionviewer.texts import text as _

PARTIAL = 206  # some of it, because the archive cannot send the rest as it was asked to
OBJECTS = 'multipart/related; type="application/dicom"; transfer-syntax=*'


def get(
    archive: WebArchive,
    study_uid: str,
    folder: Path,
    *,
    series_uid: str = "",
    resume: bool = False,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> int:
    """As `get.get`, over the web.

    Raises:
        PacsError: the archive does not have it, cannot be reached, or stops in the middle.
        ExportError: the folder cannot be written.
        Exception: whatever `check` raises.
    """
    whole = "/studies" + below(study_uid) + (f"/series{below(series_uid)}" if series_uid else "")
    with fetched_folder(folder, (archive.title, study_uid, series_uid), resume=resume) as place:
        keeper = Keeper(place, progress, frozenset((study_uid,)))
        left = missing(archive, study_uid, series_uid, keeper, check, find)
        total = _count(archive, study_uid, series_uid, check)
        for path in _paths(whole, study_uid, left):
            _fetch(archive, path, keeper, total, check)
        require_some(keeper, archive.title)
        return keeper.count


def _paths(whole: str, study_uid: str, left: dict[str, list[str]] | None) -> list[str]:
    if left is None:
        return [whole]
    return [
        f"/studies{below(study_uid)}/series{below(series)}/instances{below(uid)}"
        for series, uids in left.items()
        for uid in uids
    ]


def _count(archive: WebArchive, study_uid: str, series_uid: str, check: Check) -> int:
    """How many objects there are, for the progress; 0 where the archive does not say."""
    wanted = {"StudyInstanceUID": study_uid}
    if series_uid:
        wanted["SeriesInstanceUID"] = series_uid
    try:
        found = find(archive, "series", wanted, check=check).matches
    except PacsError:
        return 0
    counts = [match["NumberOfSeriesRelatedInstances"] for match in found]
    return sum(int(count) for count in counts if count.isdecimal() and len(count) < 7)


def _fetch(archive: WebArchive, path: str, keeper: Keeper, total: int, check: Check) -> None:
    with answered(archive, path, accept=OBJECTS, check=check) as answer:
        if answer.status == 204:
            return
        boundary = boundary_of(answer.headers.get("Content-Type", ""))
        for content in parts(answer.read, boundary):
            keeper.waiting = max(total - keeper.count - 1, 0)
            keeper.keep(content)
            check()
        if answer.status == PARTIAL:
            raise PacsError(
                _(
                    "“{title}” did not send everything ({what}).",
                    title=archive.title,
                    what=_("status {status}", status=PARTIAL),
                ),
                _("Fetch one series."),
            )
