"""Sending files to an archive (C-STORE).

Source: DICOM PS3.4 B.2; PS3.7 9.1.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pynetdicom import build_context

from fusionviewer.errors import PacsError, UnreadableFile
from fusionviewer.formats.dicom_header import read_header, read_whole, text, transfer_syntax
from fusionviewer.formats.files import files_below
from fusionviewer.pacs.archive import SUCCESS, Archive, associated
from fusionviewer.pacs.watch import Check
from fusionviewer.texts import text as _

Progress = Callable[[int, int], None]  # files sent, files in all
MAX_CONTEXTS = 128
WARNINGS = (0xB000, 0xB006, 0xB007)  # kept, with a difference


@dataclass(frozen=True)
class Sent:
    """Attributes:
    kept: how many files the archive kept.
    refused: a sentence for each that it did not.
    """

    kept: int
    refused: tuple[str, ...] = ()


def send(
    archive: Archive,
    paths: Sequence[Path],
    *,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> Sent:
    """Send DICOM files, and all those in folders, as they are.

    Raises:
        UnreadableFile: a file is no DICOM object.
        PacsError: the archive cannot be reached, or the connection was cut; files that it had
            confirmed by then are in the archive.
        Exception: whatever `check` raises.
    """
    files = dicom_files(paths, check)
    kinds = {(text(h, "SOPClassUID"), transfer_syntax(h)) for h in map(read_header, files)}
    contexts = [build_context(sop_class, syntax) for sop_class, syntax in sorted(kinds)]
    if not files or len(contexts) > MAX_CONTEXTS:
        raise PacsError(
            _(
                "{count} files of {kinds} kinds cannot be sent at once.",
                count=len(files),
                kinds=len(contexts),
            ),
            _("Name DICOM files, or folders with some, of at most 128 kinds."),
        )
    kept, refused = 0, list[str]()
    with associated(archive, contexts, check) as link:
        for done, path in enumerate(files, start=1):
            check()
            if problem := _sent(link, path, archive, kept):
                refused.append(problem)
            else:
                kept += 1
            progress(done, len(files))
    return Sent(kept, tuple(refused))


def dicom_files(paths: Sequence[Path], check: Check) -> list[Path]:
    """The files named, and the DICOM objects in the folders named.

    Raises:
        UnreadableFile: a file that was named is no DICOM object.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            _require_object(path)
            found.append(path)
            continue
        for file in files_below(path, check).files:
            check()
            try:
                _require_object(file)
            except UnreadableFile:
                continue
            found.append(file)
    return found


def _require_object(path: Path) -> None:
    """Raises: UnreadableFile: no DICOM, or a DICOMDIR, which no archive stores."""
    if not text(read_header(path), "SOPClassUID"):
        raise UnreadableFile(path, _("is a table of contents, or no object"))


def _sent(link: object, path: Path, archive: Archive, kept: int) -> str:
    """Why the archive did not keep the file; "" when it did.

    Raises:
        PacsError: the connection was cut.
    """
    try:
        status = link.send_c_store(read_whole(path))  # type: ignore[attr-defined]
    except (ValueError, AttributeError):
        return _(
            "“{name}” is of a kind that “{title}” does not take.",
            name=path.name,
            title=archive.title,
        )
    except RuntimeError as error:
        raise _cut(archive, kept) from error
    if status is None or "Status" not in status:
        raise _cut(archive, kept)
    if status.Status == SUCCESS or status.Status in WARNINGS:
        return ""
    return _(
        "“{name}” was refused by “{title}” (status {status:04X}).",
        name=path.name,
        title=archive.title,
        status=int(status.Status),
    )


def _cut(archive: Archive, kept: int) -> PacsError:
    return PacsError(
        _(
            "The connection to “{title}” was cut; it has kept {kept} files.",
            title=archive.title,
            kept=kept,
        ),
        _("Send them again: what it has already is not stored twice."),
    )
