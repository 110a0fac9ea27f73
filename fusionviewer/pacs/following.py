"""What an archive says while it sends (C-GET, C-MOVE). Source: DICOM PS3.4 C.4.2.1.5, C.4.3.1.4."""

from typing import Any

from fusionviewer.errors import PacsError
from fusionviewer.pacs.archive import SUCCESS, Archive
from fusionviewer.pacs.find import PENDING
from fusionviewer.pacs.keeper import Keeper


def follow(status: Any, keeper: Keeper, archive: Archive) -> None:
    """Raises: PacsError: the archive stopped, or did not send everything."""
    if status is None or "Status" not in status:
        raise PacsError(f"“{archive.title}” stopped in the middle.", "Try again.")
    if status.Status in PENDING:
        keeper.waiting = int(status.get("NumberOfRemainingSuboperations") or 0)
    elif status.Status != SUCCESS:
        failed = int(status.get("NumberOfFailedSuboperations") or 0)
        what = f"{failed} objects were not sent" if failed else f"status {int(status.Status):04X}"
        raise PacsError(f"“{archive.title}” did not send everything ({what}).")


def require_some(keeper: Keeper, title: str) -> None:
    """Raises: PacsError: nothing came."""
    if keeper.count == 0:
        raise PacsError(f"“{title}” has nothing under this number.", "Search again.")
