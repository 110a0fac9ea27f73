"""Sending files to an archive over the web (STOW-RS).

Source: DICOM PS3.18 section 10.5, Annex I (failure reasons).
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fusionviewer.errors import PacsError
from fusionviewer.formats.dicom_header import read_header, text
from fusionviewer.pacs.send import Progress, Sent, dicom_files
from fusionviewer.pacs.watch import Check
from fusionviewer.pacs.web import Upload, WebArchive, answered
from fusionviewer.pacs.web_find import JSON
from fusionviewer.texts import text as _

AT_ONCE, BYTES_AT_ONCE = 50, 64 * 2**20
MAX_BYTES = 16 * 2**20
FAILED, INSTANCE, REASON = "00081198", "00081155", "00081197"
NOT_ALL = 202  # some were kept, or all of them with a remark
CHUNK = 1 << 20


def send(
    archive: WebArchive,
    paths: Sequence[Path],
    *,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> Sent:
    """As `send.send`, over the web.

    Raises:
        UnreadableFile: a file is no DICOM object.
        PacsError: the archive cannot be reached, or the connection was cut; files that it had
            confirmed by then are in the archive.
        Exception: whatever `check` raises.
    """
    files = dicom_files(paths, check)
    if not files:
        raise PacsError(
            _("There are no DICOM files to send."), _("Name DICOM files, or folders with some.")
        )
    refused: list[str] = []
    done = 0
    for batch in batches(files):
        refused += _sent(archive, batch, check)
        done += len(batch)
        progress(done, len(files))
    return Sent(len(files) - len(refused), tuple(refused))


def batches(files: Sequence[Path]) -> Iterator[list[Path]]:
    """A few files at a time, so that progress is seen and no request is huge."""
    batch: list[Path] = []
    size = 0
    for file in files:
        more = file.stat().st_size
        if batch and (len(batch) == AT_ONCE or size + more > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += more
    if batch:
        yield batch


def _sent(archive: WebArchive, batch: list[Path], check: Check) -> list[str]:
    """A sentence for each file that the archive did not keep."""
    boundary = f"FusionViewer-{secrets.token_hex(16)}"
    head = f"\r\n--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    end = f"\r\n--{boundary}--\r\n".encode()
    length = sum(len(head) + file.stat().st_size for file in batch) + len(end)
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    upload = Upload(kind, length, _body(batch, head, end))
    with answered(archive, "/studies", accept=JSON, check=check, upload=upload) as answer:
        status, body = answer.status, answer.read(MAX_BYTES)
    reasons = _reasons(body)
    if reasons is None and status == NOT_ALL:
        return [_doubt(file, archive) for file in batch]
    if status == 409 and not reasons:
        return [_sentence(file, archive, "") for file in batch]
    uids = {text(read_header(file), "SOPInstanceUID"): file for file in batch}
    return [
        _sentence(uids[uid], archive, why) for uid, why in (reasons or {}).items() if uid in uids
    ]


def _body(batch: list[Path], head: bytes, end: bytes) -> Iterator[bytes]:
    for path in batch:
        yield head
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    yield end


def _reasons(body: bytes) -> dict[str, str] | None:
    """Why instances were not stored, as hexadecimal codes by SOP Instance UID; None when nobody can
    read it.
    """
    try:
        failed = json.loads(body).get(FAILED, {}).get("Value", [])
        return {_first(item, INSTANCE): f"{int(_first(item, REASON) or 0):04X}" for item in failed}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None


def _first(item: Any, tag: str) -> str:
    values = item.get(tag, {}).get("Value") or [""]
    return str(values[0])


def _sentence(file: Path, archive: WebArchive, why: str) -> str:
    names = {"name": file.name, "title": archive.title}
    if why:
        return _("“{name}” was refused by “{title}” (reason {why}).", why=why, **names)
    return _("“{name}” was refused by “{title}”.", **names)


def _doubt(file: Path, archive: WebArchive) -> str:
    return _(
        "Whether “{name}” was kept by “{title}” is not known: its answer cannot be read.",
        name=file.name,
        title=archive.title,
    )
