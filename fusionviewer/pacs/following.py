"""What an archive says while it sends (C-GET, C-MOVE). Source: DICOM PS3.4 C.4.2.1.5, C.4.3.1.4."""

from typing import Any

from fusionviewer.errors import PacsError
from fusionviewer.pacs.archive import SUCCESS, Archive
from fusionviewer.pacs.find import PENDING
from fusionviewer.pacs.keeper import Keeper
from fusionviewer.texts import text as _


def follow(status: Any, keeper: Keeper, archive: Archive) -> None:
    """Raises: PacsError: the archive stopped, or did not send everything."""
    if status is None or "Status" not in status:
        raise PacsError(_("“{title}” stopped in the middle.", title=archive.title), _("Try again."))
    if status.Status in PENDING:
        keeper.waiting = int(status.get("NumberOfRemainingSuboperations") or 0)
    elif status.Status != SUCCESS:
        failed = int(status.get("NumberOfFailedSuboperations") or 0)
        what = (
            _("{count} objects were not sent", count=failed)
            if failed
            else _("status {status:04X}", status=int(status.Status))
        )
        raise PacsError(
            _("“{title}” did not send everything ({what}).", title=archive.title, what=what),
            _("Fetch one series."),
        )


def require_some(keeper: Keeper, title: str) -> None:
    """Raises: PacsError: nothing came."""
    if keeper.count == 0:
        raise PacsError(
            _("“{title}” has nothing under this number.", title=title), _("Search again.")
        )
