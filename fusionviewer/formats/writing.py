"""Files and folders that appear whole or not at all.

What is written goes beside its place first, is flushed to the disk, read back and checked, and only
then takes its name. Whatever goes wrong before, a file that was there is still there.
"""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fusionviewer.errors import ExportError
from fusionviewer.formats.exchange import exchange
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

Verify = Callable[[Path], None]  # raises ExportError when the file on the disk is not right

PREFIX, PART, OLD = ".fusionviewer-", ".part", ".old"
STALE_S = 24 * 3600.0

_SENTENCES = {
    errno.EACCES: marked("“{name}” cannot be written: you have no permission for its folder."),
    errno.EPERM: marked("“{name}” cannot be written: you have no permission for its folder."),
    errno.EROFS: marked("“{name}” cannot be written: its folder is read-only."),
    errno.ENOSPC: marked("“{name}” was not written: the disk is full."),
    errno.EDQUOT: marked("“{name}” was not written: your share of the disk is used up."),
    errno.EFBIG: marked("“{name}” was not written: it is larger than a file may be here."),
    errno.ENOENT: marked("“{name}” was not written: its folder does not exist."),
    errno.ENOTDIR: marked("“{name}” was not written: its folder does not exist."),
    errno.EISDIR: marked("“{name}” is a folder."),
    errno.ENAMETOOLONG: marked("The name is too long for a file."),
}
_SENTENCES |= dict.fromkeys((errno.ENOTEMPTY, errno.EEXIST), marked("“{name}” exists already."))
_OTHERWISE = marked("“{name}” could not be written.")
_EXISTS = marked("Choose another name, or allow it to be overwritten.")


@contextmanager
def replaced(
    path: Path, *, overwrite: bool = False, verify: Verify = lambda _path: None
) -> Iterator[IO[bytes]]:
    """A file to write into; it becomes `path` when the block ends and `verify` is content.

    Args:
        verify: called with the finished file, before it takes its name.

    Raises:
        ExportError: nothing was written, and `path` is as it was.
    """
    target = Path(os.path.realpath(path))
    with _translated(target):
        _require_place(target, overwrite)
        _sweep(target.parent)
        part = target.with_name(_hidden(PART))
        try:
            with part.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            verify(part)
            _take_name(part, target, overwrite)
        finally:
            part.unlink(missing_ok=True)


def write_file(
    path: Path, data: bytes, *, overwrite: bool = False, verify: Verify = lambda _path: None
) -> None:
    """`data` as the file `path`, read back and compared.

    Raises:
        ExportError: nothing was written, and `path` is as it was.
    """

    def same(part: Path) -> None:
        require_same(part.read_bytes() == data, path)
        verify(part)

    with replaced(path, overwrite=overwrite, verify=same) as file:
        file.write(data)


@contextmanager
def new_folder(
    path: Path, *, overwrite: bool = False, ours: Callable[[Path], bool] = lambda _entry: False
) -> Iterator[Path]:
    """A folder to fill; what is in it becomes `path` when the block ends, whole.

    A folder that is there is kept and filled. What is in it is only replaced when `overwrite` is
    set and every entry is `ours`, so that nothing else is ever lost and nothing is ever mixed.

    Raises:
        ExportError: nothing was written, and `path` is as it was.
    """
    target = Path(os.path.realpath(path))
    with _translated(target):
        require_folder_place(target, overwrite=overwrite, ours=ours)
        there = target.is_dir()
        home = target if there and not _can_be_swapped(target) else target.parent
        _sweep(home)
        part = home / _hidden(PART)
        part.mkdir()
        try:
            yield part
            for entry in sorted(part.rglob("*")):
                _synced(entry)
            if home is target:
                _move_in(part, target)
            elif there:
                _swap(
                    part, target, lambda old: require_folder_place(old, overwrite=True, ours=ours)
                )
            else:
                part.rename(target)
            _synced(home)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def require_folder_place(
    path: Path, *, overwrite: bool = False, ours: Callable[[Path], bool] = lambda _entry: False
) -> None:
    """Raises: ExportError: `new_folder` with the same arguments would refuse."""
    if not path.exists():
        return
    if not path.is_dir():
        raise ExportError(_("“{name}” is a file.", name=path.name), _("Give the name of a folder."))
    entries = _entries(path)
    if entries and not overwrite:
        raise ExportError(_("“{name}” exists already and is not empty.", name=path.name), _EXISTS)
    if not all(ours(entry) for entry in entries):
        raise ExportError(
            _("“{name}” holds files that are not from an earlier export.", name=path.name),
            _("Choose another folder; these files would be lost."),
        )


def require_same(same: bool, path: Path) -> None:
    """Raises: ExportError: what was read back is not what was written."""
    if not same:
        raise ExportError(
            _("“{name}” was not written: what was read back differs.", name=path.name),
            _("The disk may be failing. Export to another one."),
        )


@contextmanager
def _translated(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        sentence = _SENTENCES.get(error.errno or 0, _OTHERWISE)
        raise ExportError(_(sentence, name=target.name)) from error


def _require_place(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise ExportError(
            _("“{name}” is a folder.", name=target.name), _("Give the name of a file.")
        )
    if target.exists() and not target.is_file():
        raise ExportError(
            _("“{name}” is not a plain file.", name=target.name), _("Give the name of a file.")
        )
    if target.exists() and not overwrite:
        raise ExportError(_("“{name}” exists already.", name=target.name), _EXISTS)


def _hidden(ending: str) -> str:
    return f"{PREFIX}{secrets.token_hex(8)}{ending}"


def _entries(folder: Path) -> list[Path]:
    """What is in `folder`, without what exports are writing or have put aside."""
    return [entry for entry in folder.iterdir() if not entry.name.startswith(PREFIX)]


def _sweep(folder: Path) -> None:
    """Remove what an export that was killed left behind a day ago or earlier."""
    with suppress(OSError):
        for entry in folder.glob(f"{PREFIX}*{PART}"):
            if time.time() - entry.lstat().st_mtime > STALE_S:
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink(missing_ok=True)


def _take_name(part: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
    else:
        _take_free_name(part, target)
    _synced(target.parent)


def _take_free_name(part: Path, target: Path) -> None:
    """Linking fails when somebody took the name meanwhile; some file systems have no links."""
    try:
        target.hardlink_to(part)
    except FileExistsError as error:
        raise ExportError(_("“{name}” exists already.", name=target.name), _EXISTS) from error
    except OSError:
        _require_place(target, overwrite=False)
        part.rename(target)


def _can_be_swapped(folder: Path) -> bool:
    """Not when its parent is another disk, or not ours to write: then it is filled as it is."""
    parent = folder.parent
    return os.access(parent, os.W_OK) and folder.stat().st_dev == parent.stat().st_dev


def _swap(part: Path, target: Path, require_fine: Callable[[Path], None]) -> None:
    """`part` becomes `target` in one step, and what was there goes; unless somebody put a file of
    theirs into it meanwhile.
    """
    shutil.copystat(target, part)
    exchange(part, target)
    try:
        require_fine(part)
    except ExportError as error:
        exchange(part, target)
        raise ExportError(
            _("“{name}” holds files that are not from an earlier export.", name=target.name),
            error.hint,
        ) from error


def _move_in(part: Path, target: Path) -> None:
    """What is in `part` into `target`, after what was there went aside; back again on a failure."""
    aside = target / _hidden(OLD)
    aside.mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        for folder, entries in ((aside, _entries(target)), (target, sorted(part.iterdir()))):
            for entry in entries:
                now = entry.rename(folder / entry.name)
                moved.append((entry, now))
    except OSError:
        for before, after in reversed(moved):
            after.rename(before)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _synced(place: Path) -> None:
    """Ask the disk to keep it; a folder cannot be asked on Windows."""
    if place.is_dir() and os.name == "nt":
        return
    handle = os.open(place, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
