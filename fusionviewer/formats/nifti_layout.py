"""How the voxels lie in a NIfTI file: told by its header, checked before anything is allocated."""

import math
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.files import check_memory, head
from fusionviewer.texts import text as _

GZIP_MAGIC = b"\x1f\x8b"
LARGEST_HEADER = 544  # of NIfTI-2, with the flag that announces extensions
MAX_BYTES = 8 * 1024**3
CHUNK = 1 << 20


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
        raise UnreadableFile(path, _("is cut off: voxels are missing"), _("Copy it again."))
    check_memory(path, layout.end - layout.offset + 4 * math.prod(layout.shape))


def contents(path: Path, layout: Layout) -> memoryview:
    """The stored voxels, as bytes.

    Raises:
        UnreadableFile: some are missing.
    """
    data = _section(path, layout.offset, layout.end, layout.gzipped)
    if len(data) < layout.end - layout.offset:
        raise UnreadableFile(path, _("is cut off: voxels are missing"), _("Copy it again."))
    return memoryview(data)


def _section(path: Path, start: int, end: int, gzipped: bool) -> bytes:
    """The bytes from `start` to `end`, unpacked if need be and never more: gzip bombs stay small."""
    with path.open("rb") as file:
        if not gzipped:
            file.seek(start)
            return file.read(end - start)
        unpack = zlib.decompressobj(wbits=31)
        parts: list[bytes] = []
        at = 0
        while at < end and not unpack.eof:
            packed = unpack.unconsumed_tail or file.read(CHUNK)
            if not packed:
                break
            part = unpack.decompress(packed, min(end - at, CHUNK))
            parts.append(part[max(start - at, 0) :])
            at += len(part)
        return b"".join(parts)
