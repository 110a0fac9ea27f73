"""Files before anybody knows what is in them: their first bytes, and the folders they lie in."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fusionviewer.errors import InputError, UnreadableFile
from fusionviewer.formats.left_out import MAX_DEPTH, MAX_FILES, NOTHING, LeftOut
from fusionviewer.imaging.memory import is_too_large
from fusionviewer.texts import text as _

HEAD_BYTES = 4096
MAX_FILE_BYTES = 4 * 1024**3


def head(path: Path) -> bytes:
    """The first bytes of a file, as many as it takes to tell what it is.

    Raises:
        UnreadableFile: it is missing, empty, larger than 4 GiB, not a file, or may not be opened.
    """
    try:
        if not path.is_file():
            raise UnreadableFile(path, *_not_a_file(path))
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UnreadableFile(path, _("is larger than 4 GiB"), _("Split it into smaller files."))
        with path.open("rb") as file:
            first = file.read(HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    if not first:
        raise UnreadableFile(path, _("is empty"), _("Copy it again from its source."))
    return first


def _not_a_file(path: Path) -> tuple[str, str]:
    if path.is_dir():
        return _("is a folder, not a file"), _("Open the folder as a whole.")
    if path.exists():
        return _("is not a regular file"), _("Choose an image file or a folder.")
    return _("does not exist"), _("Check the name, and whether the drive is connected.")


def unreadable(path: Path, error: Exception) -> UnreadableFile:
    """`error`, in the words of somebody who only knows the file's name."""
    if isinstance(error, UnreadableFile):
        return error
    if isinstance(error, PermissionError):
        return UnreadableFile(
            path,
            _("may not be opened: permission denied"),
            _("Ask its owner for the right to read it."),
        )
    if isinstance(error, MemoryError):
        return UnreadableFile(
            path, _("needs more memory than there is"), _("Close other images first.")
        )
    if isinstance(error, RecursionError):
        return UnreadableFile(path, _("is nested too deeply to be a real image"))
    return UnreadableFile(path, _("is damaged or incomplete and cannot be read"))


def check_memory(path: Path, size: int) -> None:
    """Refuse what takes more than 8 GiB or half of the free memory, before it is taken.

    Raises:
        UnreadableFile: it does.
    """
    if is_too_large(size):
        raise UnreadableFile(
            path,
            _("makes an image too large for this computer's memory"),
            _("Close other images first."),
        )


@dataclass(frozen=True)
class Found:
    """The regular files below a folder, sorted by name."""

    files: tuple[Path, ...]
    left_out: LeftOut = NOTHING


def files_below(folder: Path, check: Callable[[], None]) -> Found:
    """Every regular file in `folder` and below: no links, 16 levels deep, 20,000 files at most.

    Raises:
        InputError: the folder may not be read.
    """
    files: list[Path] = []
    links = beyond = 0
    waiting = [(folder, 0)]
    while waiting:
        check()
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if here == folder:
                raise InputError(
                    _("The folder “{name}” may not be read.", name=folder.name),
                    _("Ask its owner for the right."),
                ) from error
            links += 1
            continue
        for entry in listed:
            folder_in_it = entry.is_dir(follow_symlinks=False)
            if not folder_in_it and not entry.is_file(follow_symlinks=False):
                links += 1
            elif folder_in_it and depth < MAX_DEPTH:
                waiting.append((Path(entry.path), depth + 1))
            elif not folder_in_it and len(files) < MAX_FILES:
                files.append(Path(entry.path))
            else:
                beyond += 1
    return Found(tuple(sorted(files)), LeftOut(links=links, beyond=beyond))
