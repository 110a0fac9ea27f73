"""Zip archives: the images in them, unpacked into a folder that only this user sees."""

import atexit
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from threading import Lock

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.files import HEAD_BYTES, MAX_FILE_BYTES, Found
from fusionviewer.formats.left_out import MAX_DEPTH, MAX_FILES, LeftOut, left_out
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

MAGIC = b"PK\x03\x04"
MAX_UNPACKED_BYTES = 8 * 1024**3
MAX_RATIO = 200  # images seldom pack better than ten to one; a bomb does by hundreds
ALWAYS_FINE_BYTES = 64 * 1024**2  # below this no ratio is suspicious
CHUNK = 1 << 20
DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError)
PREFIX = "fusionviewer-zip-"
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
TOO_LARGE = marked("unpacks to more than there is room for")
BOMB = marked("unpacks to hundreds of times its size, which images do not")
UNPACK_FIRST = marked("Unpack it yourself, and open the folder.")


def matches(first: bytes) -> bool:
    return first.startswith(MAGIC)


def files_unpacked(path: Path, wanted: Callable[[bytes], bool], check: Callable[[], None]) -> Found:
    """The files of an archive whose first bytes are `wanted`, unpacked; the others are left out.

    An archive that was unpacked before and has not changed since is not unpacked again. The files
    are removed when the program ends; what a program that crashed has left, at the next unpacking.

    Raises:
        UnreadableFile: damaged, encrypted, or larger than it may be.
    """
    there = path.stat()
    key = (os.path.realpath(path), there.st_mtime_ns, there.st_size)
    with _lock:
        if key not in _unpacked:
            _unpacked[key] = _unpack(path, wanted, check)
        return _unpacked[key]


def archive_of(file: Path) -> Path | None:
    """The archive that `file` was unpacked from since the program started."""
    with _lock:
        whole = {Path(key[0]): found.files for key, found in _unpacked.items()}
    return next((archive for archive, files in whole.items() if file in files), None)


_unpacked: dict[tuple[str, int, int], Found] = {}
_lock = Lock()


def _unpack(path: Path, wanted: Callable[[bytes], bool], check: Callable[[], None]) -> Found:
    folder = _private_folder()
    try:
        return _translated(path, folder, wanted, check)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # nothing half unpacked stays
        raise


def _translated(
    path: Path, folder: Path, wanted: Callable[[bytes], bool], check: Callable[[], None]
) -> Found:
    try:
        with zipfile.ZipFile(path) as archive:
            return _files(path, archive, folder, wanted, check)
    except DAMAGE as error:
        raise UnreadableFile(
            path, _("is damaged, or packed in an unknown way"), UNPACK_FIRST
        ) from error
    except RuntimeError as error:  # how zipfile says that a password is wanted
        raise UnreadableFile(path, _("is locked with a password"), UNPACK_FIRST) from error


def _files(
    path: Path,
    archive: zipfile.ZipFile,
    folder: Path,
    wanted: Callable[[bytes], bool],
    check: Callable[[], None],
) -> Found:
    members = [one for one in archive.infolist() if not one.is_dir()]
    room = min(MAX_UNPACKED_BYTES, shutil.disk_usage(folder).free // 2)
    _check_size(path, sum(one.file_size for one in members), room)
    files: list[Path] = []
    without = LeftOut(beyond=max(len(members) - MAX_FILES, 0))
    left = room
    for number, member in enumerate(members[:MAX_FILES]):
        check()
        place = _place(folder, member, number)
        size = None if place is None else _written(archive, member, place, left, wanted, check)
        if place is None or size is None:
            link = LeftOut(links=1)
            without += link if place is None else left_out(_named(member), member.file_size)
            continue
        if size > left or member.file_size > MAX_FILE_BYTES:
            raise UnreadableFile(path, TOO_LARGE, UNPACK_FIRST)
        left -= size
        files.append(place)
    return Found(tuple(files), without)


def _check_size(path: Path, unpacked: int, room: int) -> None:
    """Refuse by what the archive says of itself, before anything is written."""
    if unpacked > max(ALWAYS_FINE_BYTES, MAX_RATIO * path.stat().st_size):
        raise UnreadableFile(path, BOMB, UNPACK_FIRST)
    if unpacked > room:
        raise UnreadableFile(path, TOO_LARGE, UNPACK_FIRST)


def _named(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename.replace("\\", "/"))


def _place(folder: Path, member: zipfile.ZipInfo, number: int) -> Path | None:
    """Where a member goes: below `folder`, whatever its name says. None for links and too deep."""
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return None
    parts = [_plain(part) for part in _named(member).parts if part not in ("/", ".", "..")]
    if not parts or len(parts) > MAX_DEPTH:
        return None
    place = folder.joinpath(*parts)
    return place if not place.exists() else place.with_name(f"{number}-{place.name}")


def _plain(part: str) -> str:
    """A name that every system takes and that leads nowhere else."""
    name = re.sub(r"[^\w .()+,=@-]", "_", part)[-80:].strip(" .") or "_"
    return f"_{name}" if RESERVED.fullmatch(name) else name


def _written(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    place: Path,
    left: int,
    wanted: Callable[[bytes], bool],
    check: Callable[[], None],
) -> int | None:
    """How many bytes were written, at most one more chunk than `left`; None for no image."""
    with archive.open(member) as packed:
        first = packed.read(HEAD_BYTES)
        if not wanted(first):
            return None
        place.parent.mkdir(parents=True, exist_ok=True)
        size = len(first)
        with place.open("xb") as file:
            file.write(first)
            while size <= left and (chunk := packed.read(CHUNK)):
                check()
                size += file.write(chunk)
    return size


def _private_folder() -> Path:
    """A new folder that only this user may read, for as long as the program runs."""
    _remove_left_behind()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _remove_left_behind() -> None:
    """Remove what programs that ended without cleaning up have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(ValueError, OSError):
            if not _runs(int(folder.name.removeprefix(PREFIX).split("-")[0])):
                shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    if os.name == "nt":  # there, signal 0 would end the process instead of asking for it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
