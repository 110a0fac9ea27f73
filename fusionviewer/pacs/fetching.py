"""Where fetched objects go, whole or not at all, and how an interrupted fetch goes on."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fusionviewer.errors import ExportError, PacsError
from fusionviewer.formats.writing import PART, PREFIX, new_folder, require_folder_place
from fusionviewer.pacs.find import Found
from fusionviewer.pacs.keeper import MAX_OBJECTS, Keeper
from fusionviewer.pacs.watch import Check
from fusionviewer.texts import text as _

Find = Callable[..., Found]


@contextmanager
def fetched_folder(folder: Path, what: tuple[str, ...], *, resume: bool) -> Iterator[Path]:
    """A place to fetch into; it becomes `folder` when the block ends.

    Args:
        what: names the request; the next one with the same name goes on where this one stopped,
            with `resume`. What nobody goes on with is swept away after a day.

    Raises:
        ExportError: the folder cannot be written.
    """
    if not resume:
        with new_folder(folder) as place:
            yield place
        return
    require_folder_place(folder)
    digest = hashlib.sha256("\0".join(what).encode()).hexdigest()[:16]
    place = folder.parent.resolve() / f"{PREFIX}{digest}{PART}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        place.touch()  # its day begins anew
        yield place
        if folder.is_dir():  # an empty one, as was made sure of
            folder.rmdir()
        place.rename(folder)
    except OSError as error:
        raise ExportError(_("“{name}” could not be written.", name=folder.name)) from error


Left = dict[str, list[str]]  # instances by their series


def missing(
    archive: Any, study_uid: str, series_uid: str, keeper: Keeper, check: Check, find: Find
) -> Left | None:
    """The instances that an interrupted fetch did not bring.

    None when all must be asked for: nothing came before, or the archive does not say what it has.

    Args:
        find: searches that kind of archive.
    """
    if keeper.count == 0:
        return None

    def uids(level: str, wanted: dict[str, str], keyword: str) -> list[str]:
        found = find(archive, level, wanted, limit=MAX_OBJECTS, check=check)
        return [match[keyword] for match in found.matches]

    study = {"StudyInstanceUID": study_uid}
    left: Left = {}
    try:
        for one in [series_uid] if series_uid else uids("series", study, "SeriesInstanceUID"):
            images = uids("image", {**study, "SeriesInstanceUID": one}, "SOPInstanceUID")
            if lacking := [uid for uid in images if not keeper.has(uid)]:
                left[one] = lacking
    except PacsError:
        return None
    return left
