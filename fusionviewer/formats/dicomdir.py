"""A DICOMDIR, read as the list of its files."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pydicom.dataset import Dataset

from fusionviewer.errors import InputError, UnreadableFile
from fusionviewer.formats.dicom_header import items, read_header, text, texts
from fusionviewer.formats.files import Found
from fusionviewer.formats.left_out import MAX_DEPTH, MAX_FILES, LeftOut
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

MEDIA_STORAGE_DIRECTORY = b"1.2.840.10008.1.3.10\0"
INACTIVE = "0"
NAME = re.compile(r"(?!\.+$)[\w .()+,=@-]{1,64}")
NAMED = 3  # of the missing files
HINT = marked("Open the DICOMDIR on its disc, or in a complete copy of it.")


def matches(first: bytes) -> bool:
    """Whether a DICOM file that begins with `first` is a table of contents."""
    return first[128:132] == b"DICM" and MEDIA_STORAGE_DIRECTORY[:-1] in first[132:1024]


def files_listed(path: Path, check: Callable[[], None]) -> tuple[Found, list[InputError]]:
    """The files that a DICOMDIR lists and that are there, and what is to be said of the others.

    The records are taken one after another, so that offsets which lead in circles do no harm.
    Nothing outside the DICOMDIR's own folder is looked at.

    Raises:
        UnreadableFile: it is damaged, or lists no file.

    Source: DICOM PS3.3 F.3.2.2 (Directory Information), PS3.10 8.5 (File IDs).
    """
    every = list(dict.fromkeys(_file_ids(read_header(path))))
    listed = every[:MAX_FILES]
    if not listed:
        raise UnreadableFile(path, _("lists no files"), _("Open the folder it lies in."))
    found: list[Path] = []
    missing: list[str] = []
    for parts in listed:
        check()
        place = _placed(path.parent, parts)
        if place is None:
            missing.append("/".join(parts) if _is_name(parts) else _("a name that makes no sense"))
        else:
            found.append(place)
    beyond = LeftOut(beyond=len(every) - len(listed))
    return Found(tuple(found), beyond), _said(path, missing, len(listed))


def _file_ids(directory: Dataset) -> Iterator[tuple[str, ...]]:
    for record in items(directory, "DirectoryRecordSequence"):
        parts = texts(record, "ReferencedFileID")
        if parts and text(record, "RecordInUseFlag") != INACTIVE:
            yield parts


def _placed(folder: Path, parts: tuple[str, ...]) -> Path | None:
    """The regular file of a File ID below `folder`, in whatever case the disc was copied."""
    if not _is_name(parts):
        return None
    place = folder
    for part in parts:
        written = (place / part, place / part.lower(), place / part.upper())
        place = next((path for path in written if path.exists()), written[0])
    inside = place.is_file() and place.resolve().is_relative_to(folder.resolve())
    return place if inside else None


def _is_name(parts: tuple[str, ...]) -> bool:
    """Whether a File ID can be one: what a damaged one holds may be the patient's name.

    The standard allows 8 parts of 8 capitals, digits and _; many writers take longer ones.
    """
    return len(parts) <= MAX_DEPTH and all(NAME.fullmatch(part) for part in parts)


def _said(path: Path, missing: list[str], listed: int) -> list[InputError]:
    if not missing:
        return []
    names = ", ".join(f"“{name}”" for name in missing[:NAMED])
    if len(missing) > NAMED:
        names = _("{names} and {count} more", names=names, count=len(missing) - NAMED)
    said = _(
        "“{name}” lists {listed} files, of which {count} are not there: {names}.",
        name=path.name,
        listed=listed,
        count=len(missing),
        names=names,
    )
    return [InputError(said, HINT)]
