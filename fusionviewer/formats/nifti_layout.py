"""How the voxels lie in a NIfTI file: told by its header, checked before anything is allocated."""

import math
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.files import check_memory, head
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _

GZIP_MAGIC = b"\x1f\x8b"
LARGEST_HEADER = 544  # of NIfTI-2, with the flag that announces extensions
MAX_BYTES = 8 * 1024**3
MOST_BEYOND = 16 * 1024**2  # unpacked after the last voxel, to come to the checksum
CHUNK = 1 << 20
MORE_FOLLOWS = in_english(
    "Far more follows in the file than its header says; its checksum was not looked at."
)
END_MISSING = in_english(
    "The end of the file is missing: these voxels are complete, but no checksum tells whether they are right."
)
Check = Callable[[], None]


def matches(first: bytes) -> bool:
    """Whether a file that begins with `first` is NIfTI-1 or -2, plain or gzipped."""
    if first.startswith(GZIP_MAGIC):
        try:
            first = zlib.decompressobj(wbits=31).decompress(first, LARGEST_HEADER)
        except zlib.error:
            return False
    return _header_class(first) is not None


def _header_class(first: bytes) -> Any:
    if first[4:8] in (b"n+2\0", b"ni2\0"):
        return Nifti2Header
    if first[344:348] in (b"n+1\0", b"ni1\0"):
        return Nifti1Header
    return None


@dataclass(frozen=True)
class Layout:
    """Where the voxels of one volume lie in the file; `shape` is (S, H, W)."""

    header: Any
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    gzipped: bool
    volume: int
    volumes: int
    first: int = 0  # slice, of those in the file

    @property
    def colour(self) -> bool:
        return self.dtype.names is not None

    @property
    def end(self) -> int:
        slices, height, width = self.shape
        return self.offset + slices * height * width * self.dtype.itemsize


def read_layout(path: Path, volume: int | None) -> Layout:
    """Where one of the volumes lies; `volume` is None when there should be one alone.

    Raises:
        UnreadableFile: it is no NIfTI file, is cut off or too large, holds values that cannot be
            shown, or several volumes and no word of which.
    """
    first = head(path)
    gzipped = first.startswith(GZIP_MAGIC)
    first = _section(path, 0, LARGEST_HEADER, gzipped)
    kind = _header_class(first)
    if kind is None:
        raise UnreadableFile(path, _("is not a NIfTI file"))
    if b"ni1\0" in first[344:348] or b"ni2\0" in first[4:8]:
        raise UnreadableFile(
            path,
            _("is one half of a pair (.hdr and .img)"),
            _("Convert the pair to one .nii file."),
        )
    header = kind(first[: kind.sizeof_hdr], check=False)
    dtype = header.get_data_dtype()
    if dtype.kind not in "iufV" or dtype.itemsize > 8:
        raise UnreadableFile(
            path, _("holds values of a kind that cannot be shown ({dtype})", dtype=dtype)
        )
    shape, count = _shape(path, header)
    if volume is None and count > 1:
        raise UnreadableFile(
            path,
            _("holds {count} volumes, one after another", count=count),
            _("Open it from the list of series and choose one, or save that one as a file."),
        )
    which = volume or 0
    offset = int(header.get_data_offset()) + which * math.prod(shape) * dtype.itemsize
    layout = Layout(header, shape, dtype, offset, gzipped, which, count)
    _check_size(path, layout)
    return layout


def middle_of(layout: Layout) -> Layout:
    """The middle slice of a volume as a volume of its own."""
    slices, height, width = layout.shape
    middle = slices // 2
    before = middle * height * width * layout.dtype.itemsize
    return replace(layout, shape=(1, height, width), offset=layout.offset + before, first=middle)


def _shape(path: Path, header: Any) -> tuple[tuple[int, int, int], int]:
    """(S, H, W) of each volume, and how many there are."""
    rank = int(header["dim"][0])
    sizes = [int(n) for n in header["dim"][1 : rank + 1]]
    if not 2 <= rank <= 7 or min(sizes) < 1:
        raise UnreadableFile(path, _("says that it has no voxels"))
    width, height, slices = (*sizes, 1)[:3]
    return (slices, height, width), math.prod(sizes[3:])


def _check_size(path: Path, layout: Layout) -> None:
    if layout.end > MAX_BYTES:
        raise UnreadableFile(path, _("is too large to open"), _("Save a smaller part of it."))
    there = path.stat().st_size
    # Deflate stores at most 1032 bytes in one.
    if layout.offset < 0 or layout.end > (there * 1032 if layout.gzipped else there):
        raise _cut_off(path)
    check_memory(path, layout.end - layout.offset + 4 * math.prod(layout.shape))


def nothing() -> None:
    """The check of work that nobody stops."""


def contents(path: Path, layout: Layout, check: Check = nothing) -> memoryview:
    """The stored voxels, as bytes; nothing else of the file is looked at.

    Raises:
        UnreadableFile: some are missing.
    """
    data = _section(path, layout.offset, layout.end, layout.gzipped, check)
    if len(data) < layout.end - layout.offset:
        raise _cut_off(path)
    return memoryview(data)


def checked_contents(path: Path, layout: Layout, check: Check) -> tuple[memoryview, str]:
    """The same; of a packed file all is unpacked, for its checksum is at its end.

    That is done once for all volumes of a file, as long as it does not change: hundreds may follow.
    The second value is what must be said of the end; "" where it was reached.

    Raises:
        UnreadableFile: voxels are missing, or what is unpacked does not fit the checksum.
    """
    if not layout.gzipped:
        return contents(path, layout, check), ""
    there = path.stat()
    key = (os.path.realpath(path), there.st_mtime_ns, there.st_size)
    if key in _ends:
        return contents(path, layout, check), _ends[key]
    data, _ends[key] = _unpacked_whole(path, layout, check)
    return data, _ends[key]


_ends: dict[tuple[str, int, int], str] = {}  # what is said of the end of packed files


def _unpacked_whole(path: Path, layout: Layout, check: Check) -> tuple[memoryview, str]:
    parts: list[bytes] = []
    at, start, end, said = 0, layout.offset, layout.end, ""
    enough = end + (layout.volumes - layout.volume - 1) * (end - start) + MOST_BEYOND
    try:
        with path.open("rb") as file:
            for part in _unpacked(file):
                check()
                if at < end:
                    parts.append(part[max(start - at, 0) : end - at])
                at += len(part)
                if at > enough:
                    said = MORE_FOLLOWS
                    break
    except EOFError:
        said = END_MISSING
    except zlib.error as error:
        raise UnreadableFile(
            path,
            _("is damaged: what is in it does not fit its checksum"),
            _("Copy it again from its source."),
        ) from error
    if at < end:
        raise _cut_off(path)
    return memoryview(b"".join(parts)), said


def _cut_off(path: Path) -> UnreadableFile:
    return UnreadableFile(path, _("is cut off: voxels are missing"), _("Copy it again."))


def _section(path: Path, start: int, end: int, gzipped: bool, check: Check = nothing) -> bytes:
    """The bytes from `start` to `end`, unpacked if need be and hardly more: gzip bombs stay small."""
    with path.open("rb") as file:
        if not gzipped:
            file.seek(start)
            return file.read(end - start)
        parts: list[bytes] = []
        at = 0
        with suppress(EOFError):
            for part in _unpacked(file, min(end, CHUNK)):
                check()
                parts.append(part[max(start - at, 0) : end - at])
                at += len(part)
                if at >= end:
                    break
        return b"".join(parts)


def _unpacked(file: BinaryIO, most: int = CHUNK) -> Iterator[bytes]:
    """What is packed in a file, at most `most` bytes at a time; one packed part may follow another.

    Raises:
        EOFError: the file ends before what is packed in it.
        zlib.error: it is damaged, or what was unpacked does not fit the checksum.
    """
    unpack, packed = zlib.decompressobj(wbits=31), file.read(CHUNK)
    while packed:
        yield unpack.decompress(packed, most)
        packed = unpack.unconsumed_tail or unpack.unused_data
        if len(packed) < len(GZIP_MAGIC):
            packed += file.read(CHUNK)
        if unpack.eof:
            if not packed.startswith(GZIP_MAGIC):  # the end, or bytes that belong to nothing
                return
            unpack = zlib.decompressobj(wbits=31)
    yield unpack.flush()  # what it held back
    raise EOFError
