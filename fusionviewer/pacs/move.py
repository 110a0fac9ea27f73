"""Fetching from an archive that sends on a connection of its own (C-MOVE).

Source: DICOM PS3.4 C.4.2.
"""

from collections.abc import Iterable

from pydicom.dataset import Dataset
from pynetdicom import build_context, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelMove,
)

from fusionviewer.errors import PacsError
from fusionviewer.pacs.archive import Archive, associated
from fusionviewer.pacs.following import follow
from fusionviewer.pacs.keeper import Keeper
from fusionviewer.pacs.receive import receiving
from fusionviewer.pacs.storage import CLASSES
from fusionviewer.pacs.watch import Check
from fusionviewer.texts import text as _

UNKNOWN_DESTINATION = 0xA801


def moved(archive: Archive, asked: Iterable[Dataset], keeper: Keeper, check: Check) -> None:
    """Have everything sent to the archive's receiver.

    Raises:
        PacsError: there is no receiver, or the archive does not know it, or it stops.
        Exception: whatever `check` raises.
    """
    model = StudyRootQueryRetrieveInformationModelMove
    handlers = [(evt.EVT_C_STORE, keeper.store)]
    with (
        receiving(archive, CLASSES, handlers),
        associated(archive, [build_context(model)], check) as link,
    ):
        for query in asked:
            for status, _found in link.send_c_move(query, archive.own_title, model):
                keeper.require_fine()
                if status and status.get("Status") == UNKNOWN_DESTINATION:
                    raise PacsError(
                        _(
                            "“{title}” does not know where “{own_title}” is.",
                            title=archive.title,
                            own_title=archive.own_title,
                        ),
                        _("Ask whoever runs it to enter this title, address and port."),
                    )
                follow(status, keeper, archive)
                check()
