"""Answers of several parts, taken apart as they arrive; nothing is held but a few kilobytes.

Source: RFC 2046 section 5.1 (multipart), RFC 2387 (multipart/related).
"""

import re
from collections.abc import Callable, Iterator
from email.message import Message

from fusionviewer.errors import PacsError
from fusionviewer.texts import text as _

Read = Callable[[int], bytes]  # at most so many bytes; none at the end
CHUNK = 64 * 1024
LONGEST_HEADER = 64 * 1024


def boundary_of(content_type: str) -> bytes:
    """Raises: PacsError: the answer is not of several parts."""
    said = Message()
    said["Content-Type"] = content_type
    boundary = said.get_boundary("")
    if said.get_content_type() != "multipart/related" or not re.fullmatch(
        r"[ -~]{1,200}", boundary
    ):
        raise PacsError(
            _("The archive answers in a form that is not DICOMweb's."), _("Check its address.")
        )
    return boundary.encode("ascii")


def parts(read: Read, boundary: bytes) -> Iterator[Iterator[bytes]]:
    """The content of each part, in pieces. One part must be taken before the next.

    Raises:
        PacsError: the answer ends in the middle of a part.
    """
    stream, mark = _Stream(read), b"\r\n--" + boundary
    for _piece in stream.until(mark):  # what comes before the first part is nobody's
        pass
    while stream.take(2) != b"--":
        stream.put_back(b"\r\n")
        if sum(map(len, stream.until(b"\r\n\r\n", LONGEST_HEADER))) > LONGEST_HEADER:
            raise _broken()
        content = stream.until(mark)
        yield content
        for _piece in content:  # what was not taken
            pass


class _Stream:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._held = b"\r\n"  # the first boundary may stand at the very beginning

    def until(self, mark: bytes, limit: int | None = None) -> Iterator[bytes]:
        """What comes before `mark`, which is taken too. Ends early after more than `limit` bytes."""
        given = 0
        while limit is None or given <= limit:
            place = self._held.find(mark)
            end = place if place >= 0 else len(self._held) - len(mark) + 1
            if end > 0:
                piece, self._held = self._held[:end], self._held[end:]
                given += len(piece)
                yield piece
            if place >= 0:
                self._held = self._held[len(mark) :]
                return
            self._more()

    def take(self, count: int) -> bytes:
        while len(self._held) < count:
            self._more()
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def put_back(self, piece: bytes) -> None:
        self._held = piece + self._held

    def _more(self) -> None:
        piece = self._read(CHUNK)
        if not piece:
            raise _broken()
        self._held += piece


def _broken() -> PacsError:
    return PacsError(_("What the archive sent ends in the middle."), _("Try again."))
