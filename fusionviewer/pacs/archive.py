"""One archive, and an association with it that always ends.

Source: DICOM PS3.7 (DIMSE), PS3.8 (association, time-outs), PS3.15 B.9 (TLS).
"""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pynetdicom import AE
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from fusionviewer.errors import PacsError
from fusionviewer.pacs.limits import LIMITS
from fusionviewer.pacs.tls import tls_context
from fusionviewer.pacs.watch import Check, Watch, pause
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

# Its messages hold names of patients.
logging.getLogger("pynetdicom").propagate = False
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)

OWN_TITLE = "FUSIONVIEWER"
CONNECT_S, ASSOCIATE_S, ANSWER_S, SILENCE_S = 5.0, 10.0, 30.0, 60.0
WHOLE_S = 3600.0
TRIES, PAUSE_S = 2, 0.5  # an archive that restarts is back in a moment
MAX_PDU = 16382
TITLE = r"[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?"
SUCCESS = 0x0000


@dataclass(frozen=True)
class Archive:
    """Where an archive is, and how both sides are called.

    Attributes:
        title, own_title: application entity titles, 1 to 16 characters.
        certificates: a file of the authorities to trust; without it, and with `tls`, the system's.
        answer_s: how long an answer may take; whole_s: how long everything together may take.
        receiver: interface and port to listen at for what is fetched with C-MOVE; None for C-GET,
            which needs nobody to listen.

    Raises:
        PacsError: a title or port that cannot be.
    """

    host: str
    port: int
    title: str
    own_title: str = OWN_TITLE
    tls: bool = False
    certificates: Path | None = None
    answer_s: float = ANSWER_S
    whole_s: float = WHOLE_S
    receiver: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        for title in (self.title, self.own_title):
            if not re.fullmatch(TITLE, title):
                raise PacsError(
                    _("“{title}” is no title of an archive.", title=title),
                    _("Titles have 1 to 16 plain characters."),
                )
        if not 0 < self.port < 65536 or not self.host:
            raise PacsError(_("“{host}:{port}” is no address.", host=self.host, port=self.port))


def archive_at(address: str, own_title: str = OWN_TITLE, **more: Any) -> Archive:
    """The archive at TITLE@HOST:PORT.

    Raises:
        PacsError: `address` has another form.
    """
    found = re.fullmatch(r"([^@]+)@(\[[^\]]+\]|[^:@]+):(\d{1,5})", address)
    if found is None:
        raise PacsError(
            _("“{address}” is no address of an archive.", address=address),
            _("Write TITLE@HOST:PORT, as in PACS@10.0.0.5:104."),
        )
    title, host, port = found.groups()
    return Archive(host.strip("[]"), int(port), title, own_title, **more)


def echo(archive: Archive, check: Check = lambda: None) -> float:
    """Seconds that the archive takes to answer a C-ECHO.

    Raises:
        PacsError: it does not answer, or says no.
        Exception: whatever `check` raises.
    """
    start = time.monotonic()
    with associated(archive, [_context(Verification)], check) as link:
        require_status(link.send_c_echo(), marked("answer an echo"), archive)
    return time.monotonic() - start


def _context(sop_class: Any) -> PresentationContext:
    from pynetdicom import build_context

    return build_context(sop_class)


@contextmanager
def associated(
    archive: Archive,
    contexts: Sequence[PresentationContext],
    check: Check,
    roles: Sequence[Any] = (),
    handlers: Sequence[Any] = (),
) -> Iterator[Any]:
    """An association for the block; released after it, aborted when it fails or takes too long.

    `check` is called all the time, also while an answer is waited for; when it raises, so does this.

    Raises:
        PacsError: it cannot be reached, refuses, or takes longer than `archive.whole_s`.
    """
    check()
    ae = AE(ae_title=archive.own_title)
    ae.connection_timeout, ae.acse_timeout = CONNECT_S, min(ASSOCIATE_S, archive.answer_s)
    ae.dimse_timeout, ae.network_timeout = archive.answer_s, SILENCE_S
    ae.maximum_pdu_size = MAX_PDU
    tls = (tls_context(archive.certificates), archive.host) if archive.tls else None
    for attempt in range(TRIES):
        if attempt:
            pause(PAUSE_S, check)
        try:
            link = ae.associate(
                archive.host, archive.port, list(contexts), archive.title,
                ext_neg=list(roles), evt_handlers=[*handlers, *LIMITS], tls_args=tls,
            )  # fmt: skip
        except (OSError, RuntimeError, ValueError) as error:
            raise _unreachable(archive) from error
        if link.is_established or link.is_rejected:
            break
    if not link.is_established:
        raise _refused(link, archive)
    watch = Watch(check, archive.whole_s, archive.title, lambda: _cut(link))
    try:
        yield link
        watch.require_fine()
        if link.is_established:
            link.release()
    except Exception:
        watch.require_fine()
        raise
    finally:
        watch.stop()
        if not link.is_released:
            link.abort()


def _cut(link: Any) -> None:
    """What waits for an answer looks at this queue alone, and so does the link's own thread."""
    if link.is_established:
        link.abort(block=False)
    link.dimse.msg_queue.put((None, None))


def require_status(status: Any, what: str, archive: Archive) -> None:
    """Raises: PacsError: no answer, or not success."""
    if status is None or "Status" not in status:
        raise PacsError(
            _("“{title}” did not {what} in time.", title=archive.title, what=_(what)),
            _("Try again; the connection may have been cut."),
        )
    if status.Status != SUCCESS:
        raise PacsError(
            _(
                "“{title}” did not {what} (status {status:04X}).",
                title=archive.title,
                what=_(what),
                status=int(status.Status),
            )
        )


def _unreachable(archive: Archive) -> PacsError:
    return PacsError(
        _(
            "“{title}” cannot be reached at {host}:{port}.",
            title=archive.title,
            host=archive.host,
            port=archive.port,
        )
    )


def _refused(link: Any, archive: Archive) -> PacsError:
    if link.is_rejected:
        return PacsError(
            _("“{title}” refuses “{own_title}”.", title=archive.title, own_title=archive.own_title),
            _("Ask whoever runs it to enter this title, and check the spelling of both."),
        )
    return _unreachable(archive)
