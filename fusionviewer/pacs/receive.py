"""Listening for what an archive sends on a connection of its own: only while it was asked to.

Off unless an archive's settings name an interface and a port. Bound to that interface, and closed to
everybody but that archive, by its title and ours.

Source: DICOM PS3.4 C.4.2 (C-MOVE), J.3 (storage commitment); PS3.8 9.3.2 (titles).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE

from fusionviewer.errors import PacsError
from fusionviewer.pacs.archive import ASSOCIATE_S, MAX_PDU, SILENCE_S, Archive
from fusionviewer.pacs.limits import LIMITS
from fusionviewer.pacs.storage import SYNTAXES
from fusionviewer.texts import text as _

MOST_AT_ONCE = 4


@contextmanager
def receiving(
    archive: Archive, classes: Sequence[str], handlers: Sequence[Any], *, as_user: bool = False
) -> Iterator[None]:
    """A server for the block.

    Args:
        classes: SOP classes that are taken.
        as_user: the other side provides the service, as in storage commitment.

    Raises:
        PacsError: the archive has no receiver, or its place is taken.
    """
    if archive.receiver is None:
        raise PacsError(
            _("For “{title}” no receiver is set up.", title=archive.title),
            _("Name an interface and a port in its settings, and enter both at the archive."),
        )
    ae = AE(ae_title=archive.own_title)
    ae.require_called_aet, ae.require_calling_aet = True, [archive.title]
    ae.maximum_associations, ae.maximum_pdu_size = MOST_AT_ONCE, MAX_PDU
    ae.acse_timeout, ae.network_timeout = ASSOCIATE_S, SILENCE_S
    ae.dimse_timeout = archive.answer_s
    for one in classes:
        if as_user:
            ae.add_supported_context(one, scu_role=False, scp_role=True)
        else:
            ae.add_supported_context(one, SYNTAXES)
    host, port = archive.receiver
    try:
        server = ae.start_server((host, port), block=False, evt_handlers=[*handlers, *LIMITS])
    except OSError as error:
        raise PacsError(
            _("Nothing can be received at {host}:{port}.", host=host, port=port),
            _("Another program may use the port, or the address is none of this computer's."),
        ) from error
    try:
        yield
    finally:
        if server is not None:
            server.shutdown()
