"""An archive that is talked to over the web (DICOMweb), and one request that always ends.

With the standard library: what comes is written to disk as it arrives, whatever its size, and a
request is cut off at once when nobody waits for it any more; clients of DICOMweb that take whole
answers into memory can do neither.

Source: DICOM PS3.18 (Web Services); RFC 9110 (HTTP).
"""

import base64
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fusionviewer.errors import PacsError
from fusionviewer.pacs.tls import tls_context
from fusionviewer.pacs.watch import Check, Watch, pause
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

CONNECT_S, ANSWER_S, WHOLE_S = 5.0, 30.0, 3600.0
TRIES, PAUSE_S = 3, 0.5
RETRIED = (502, 503, 504)
# In a search. Orthanc's plugin (1.7) compares values without decoding them first.
LITERAL = "*?,^"
SENTENCES = {
    401: (
        marked("“{title}” does not accept the user and password."),
        marked("Check both, or the token."),
    ),
    403: (
        marked("“{title}” does not allow this."),
        marked("Ask whoever runs it for the right to do so."),
    ),
    404: (
        marked("“{title}” has nothing under this number."),
        marked("Search again, and check the address."),
    ),
    413: (marked("“{title}” does not take as much at once."), marked("Send fewer files.")),
    507: (marked("“{title}” is full."), marked("Tell whoever runs it.")),
}


@dataclass(frozen=True)
class WebArchive:
    """Where an archive's DICOMweb service is, and who asks.

    Attributes:
        url: of the service, such as https://pacs.example/dicom-web.
        user, password: for basic authentication; `token`: a bearer token instead.
        certificates: a file of the authorities to trust; the system's if not given.
        answer_s: how long it may be silent; whole_s: how long everything together may take.

    Raises:
        PacsError: an address that cannot be, or a secret that would travel in the clear.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    certificates: Path | None = None
    answer_s: float = ANSWER_S
    whole_s: float = WHOLE_S

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            fine = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
        except ValueError:
            fine = None
        if not fine or parts.query or parts.fragment or parts.username is not None:
            raise PacsError(
                _("This is no address of a DICOMweb service."),
                _("Write it as in https://pacs.example/dicom-web; user and password go elsewhere."),
            )
        for secret in (self.user, self.password, self.token):
            if not secret.isprintable():
                raise PacsError(_("A user, password or token has one line of text."))
        if (self.password or self.token) and parts.scheme == "http" and not is_here(parts.hostname):
            raise PacsError(
                _("The password would travel unencrypted."),
                _("Use the https address of the archive."),
            )

    @property
    def title(self) -> str:
        return urlsplit(self.url).netloc


def is_here(host: str | None) -> bool:
    """Whether this is the name of the computer that the program runs on."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Upload:
    """What is sent with a request."""

    kind: str
    length: int
    chunks: Iterable[bytes]


@contextmanager
def answered(
    archive: WebArchive,
    path: str,
    *,
    accept: str,
    check: Check,
    query: Mapping[str, str] | None = None,
    upload: Upload | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request, for the block; cut off after it, or when `check` raises.

    A request that only reads is tried again when the archive cannot be reached or is busy.

    Args:
        path: below the service's address, its parts quoted.

    Raises:
        PacsError: it cannot be reached, refuses, or takes longer than `archive.whole_s`.
        Exception: whatever `check` raises.
    """
    talk = _Talk(archive)
    watch = Watch(check, archive.whole_s, archive.title, talk.cut)
    try:
        target = f"{urlsplit(archive.url).path.rstrip('/')}{path}"
        answer = talk.asked(
            f"{target}?{urlencode(query, safe=LITERAL, quote_via=quote)}" if query else target,
            accept,
            upload,
            check,
        )
        _require_success(answer, archive)
        yield answer
        watch.require_fine()
    except (OSError, http.client.HTTPException, ValueError) as error:
        watch.require_fine()
        raise PacsError(
            _("The connection to “{title}” was cut.", title=archive.title), _("Try again.")
        ) from error
    except PacsError:
        watch.require_fine()  # why it was cut comes first
        raise
    finally:
        watch.stop()
        talk.close()


class _Talk:
    """One connection at a time."""

    def __init__(self, archive: WebArchive) -> None:
        self._archive = archive
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = (
            None  # the connection forgets it before the answer ends
        )
        self._cut = False

    def asked(
        self, target: str, accept: str, upload: Upload | None, check: Check
    ) -> http.client.HTTPResponse:
        for attempt in range(1 if upload else TRIES):
            if attempt:
                pause(PAUSE_S * 2**attempt, check)
            last = attempt == (0 if upload else TRIES - 1)
            self._connect(last)
            if self._connection is None:
                continue
            answer = self._answer(target, accept, upload)
            if answer.status not in RETRIED or last:
                return answer
            self.close()
        raise _unreachable(self._archive)

    def _connect(self, last: bool) -> None:
        """Raises: PacsError: it cannot be reached, and this was the last try; or TLS failed."""
        archive, parts = self._archive, urlsplit(self._archive.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            tls = tls_context(archive.certificates)
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=CONNECT_S, context=tls
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            if last or isinstance(error, ssl.SSLError):
                raise _unreachable(archive, error) from error
            return
        connection.sock.settimeout(archive.answer_s)
        self._connection, self._socket = connection, connection.sock
        if self._cut:
            self.cut()

    def _answer(self, target: str, accept: str, upload: Upload | None) -> http.client.HTTPResponse:
        assert self._connection is not None
        headers = {"Accept": accept, "User-Agent": "FusionViewer", **_credentials(self._archive)}
        if upload is not None:
            headers |= {"Content-Type": upload.kind, "Content-Length": str(upload.length)}
        body = None if upload is None else upload.chunks
        self._connection.request("POST" if upload else "GET", target, body=body, headers=headers)
        return self._connection.getresponse()

    def cut(self) -> None:
        """From another thread: whoever waits for an answer gets an OSError, or the end of it."""
        self._cut = True
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _credentials(archive: WebArchive) -> dict[str, str]:
    """Source: RFC 7617 (Basic), RFC 6750 (Bearer)."""
    if archive.token:
        return {"Authorization": f"Bearer {archive.token}"}
    if archive.user or archive.password:
        both = f"{archive.user}:{archive.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(both).decode()}"}
    return {}


def _require_success(answer: http.client.HTTPResponse, archive: WebArchive) -> None:
    """Raises: PacsError: another status than success, or 409, which says what was not stored."""
    status = answer.status
    if 200 <= status < 300 or status == 409:
        return
    if status in SENTENCES:
        sentence, hint = SENTENCES[status]
        raise PacsError(_(sentence, title=archive.title), hint)
    if 300 <= status < 400:
        raise PacsError(
            _("“{title}” has moved.", title=archive.title),
            _("Ask whoever runs it for the address of the service."),
        )
    raise PacsError(
        _("“{title}” did not do this (status {status}).", title=archive.title, status=status)
    )


def _unreachable(archive: WebArchive, error: Any = None) -> PacsError:
    if isinstance(error, ssl.SSLError):
        return PacsError(
            _("“{title}” cannot be trusted: it does not prove its name.", title=archive.title),
            _("Give the file of the authority that signed its certificate, and check the address."),
        )
    return PacsError(
        _("“{title}” cannot be reached.", title=archive.title),
        _("Check the address and the network."),
    )


def below(*parts: str) -> str:
    """A path of quoted parts: whatever they hold, they stay parts."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
