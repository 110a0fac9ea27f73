"""Fetching a study or a series over the same connection that asked for it (C-GET).

Nothing listens: objects come back over the association that we made.

Source: DICOM PS3.4 C.4.3.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import build_context, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelGet,
)

from fusionviewer.errors import ExportError, PacsError
from fusionviewer.formats.writing import new_folder
from fusionviewer.pacs.archive import SUCCESS, Archive, Check, associated
from fusionviewer.pacs.find import PENDING
from fusionviewer.pacs.storage import CLASSES, SYNTAXES, file_name

Progress = Callable[[int, int], None]  # objects fetched, objects in all as far as known

MAX_OBJECTS, MAX_BYTES = 20_000, 16 * 2**30
REFUSED, WRONG = 0xA700, 0xC000
SPARED_BYTES = 256 * 2**20  # of the disk, that stay free


def get(
    archive: Archive,
    study_uid: str,
    folder: Path,
    *,
    series_uid: str = "",
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> int:
    """Fetch a study, or one series of it, into a new folder; how many objects came.

    The folder appears when all of them are there, and not at all otherwise.

    Raises:
        PacsError: the archive does not have it, cannot be reached, or stops in the middle.
        ExportError: the folder cannot be written.
        Exception: whatever `check` raises.
    """
    query = Dataset()
    query.QueryRetrieveLevel = "SERIES" if series_uid else "STUDY"
    query.StudyInstanceUID = study_uid
    if series_uid:
        query.SeriesInstanceUID = series_uid
    model = StudyRootQueryRetrieveInformationModelGet
    contexts = [build_context(model), *(build_context(c, SYNTAXES) for c in CLASSES)]
    roles = [build_role(c, scp_role=True) for c in CLASSES]
    with new_folder(folder) as place:
        keeper = _Keeper(place, progress)
        handlers = [(evt.EVT_C_STORE, keeper.store)]
        with associated(archive, contexts, check, roles, handlers) as link:
            for status, _ in link.send_c_get(query, model):
                keeper.require_fine()
                _follow(status, keeper, archive)
        keeper.require_fine()
        if keeper.count == 0:
            raise PacsError(f"“{archive.title}” has nothing under this number.", "Search again.")
        return keeper.count


def _follow(status: Any, keeper: "_Keeper", archive: Archive) -> None:
    """Raises: PacsError: the archive stopped, or did not send everything."""
    if status is None or "Status" not in status:
        raise PacsError(f"“{archive.title}” stopped in the middle.", "Try again.")
    if status.Status in PENDING:
        keeper.waiting = int(status.get("NumberOfRemainingSuboperations") or 0)
    elif status.Status != SUCCESS:
        failed = int(status.get("NumberOfFailedSuboperations") or 0)
        what = f"{failed} objects were not sent" if failed else f"status {int(status.Status):04X}"
        raise PacsError(f"“{archive.title}” did not send everything ({what}).")


class _Keeper:
    """Writes what arrives, as it arrives; runs on the association's own thread."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._bytes = 0
        self._problem: Exception | None = None
        self.count, self.waiting = 0, 0

    def require_fine(self) -> None:
        """Raises: ExportError, PacsError: why an object could not be kept."""
        if self._problem is not None:
            raise self._problem

    def store(self, event: Any) -> int:
        """The status to answer a C-STORE with. The object is kept as it came, undecoded."""
        try:
            data: bytes = event.encoded_dataset()
            self._require_room(len(data))
            path = self._folder / file_name(str(event.request.AffectedSOPInstanceUID))
            if path.exists():
                return SUCCESS  # sent twice
            path.write_bytes(data)
        except OSError as error:
            self._problem = ExportError(
                "What the archive sends cannot be written.",
                "The disk may be full, or not yours to write.",
            )
            self._problem.__cause__ = error
            return REFUSED
        except PacsError as error:
            self._problem = error
            return REFUSED
        except Exception as error:  # noqa: BLE001 - pynetdicom passes on what its parsers meet
            self._problem = PacsError("The archive sent something that is no DICOM object.")
            self._problem.__cause__ = error
            return WRONG
        self.count += 1
        self._progress(self.count, self.count + self.waiting)
        return SUCCESS

    def _require_room(self, size: int) -> None:
        """Raises: PacsError: more came than one request may bring."""
        self._bytes += size
        if self.count >= MAX_OBJECTS or self._bytes > MAX_BYTES:
            raise PacsError(
                "The archive sends more than 20,000 objects, or 16 GiB.", "Fetch one series."
            )
        if shutil.disk_usage(self._folder).free < size + SPARED_BYTES:
            raise PacsError("The disk is nearly full.", "Free some space, and fetch again.")
