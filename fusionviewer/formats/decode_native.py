"""Pixels that are not compressed: read from their place in the file, a frame at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.dicom_frames import frame_bytes
from fusionviewer.formats.dicom_header import pixels_at, read_whole, size, transfer_syntax, whole
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

PIXEL_DATA = (0x7FE0, 0x0010)
# Bits of a sample that is read here; big-endian words of two 8-bit samples are left to pydicom.
BITS: dict[str, tuple[int, ...]] = {
    ExplicitVRLittleEndian: (8, 16),
    ImplicitVRLittleEndian: (8, 16),
    ExplicitVRBigEndian: (16,),
}
MOST_PADDING = 1 << 20  # bytes: more than any row has
ALWAYS_PADDING = 16  # bytes below which no wrong number of rows or columns is behind them
BLOCK = 1024  # bytes: some writers fill up to a multiple of 512 or of this
TOO_LONG = marked("holds more pixels than its rows, columns and frames say")


def native_frames(path: Path, header: Dataset, indices: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Frames in the stored type, (H, W) or (H, W, 3).

    Raises:
        UnreadableFile: there are more pixels than the header says: its rows or columns are wrong, and the
            picture would be cut or torn.
        Exception: whatever NumPy or pydicom meets in a damaged file.
    """
    start = _start(path, header) if pixels_at(header) > 0 else None
    if start is not None and _is_plain(header):
        yield from _picked(path, header, indices, start)
    elif len(indices) == 1 and transfer_syntax(header) != DeflatedExplicitVRLittleEndian:
        syntax = transfer_syntax(header)
        yield pixel_array(
            path, index=indices[0], transfer_syntax_uid=syntax, correct_unused_bits=False
        )
    else:
        data = read_whole(path)
        expected = frame_bytes(header) * whole(header, "NumberOfFrames", 1)
        _require_padding(path, header, bytes(data.get("PixelData") or b"")[expected:])
        for index in indices:
            yield pixel_array(data, index=index, correct_unused_bits=False)


def _is_plain(header: Dataset) -> bool:
    """Whether a frame is rows of whole numbers, one after another, and nothing else."""
    return (
        whole(header, "SamplesPerPixel", 1) == 1
        and whole(header, "BitsAllocated", 0) in BITS.get(transfer_syntax(header), ())
        and whole(header, "PixelRepresentation", -1) in (0, 1)
    )


def _start(path: Path, header: Dataset) -> int | None:
    """Where the first pixel lies; None when the element is not the one expected.

    Source: DICOM PS3.5 7.1.2 (explicit VR, OB and OW), 7.1.3 (implicit VR).
    """
    syntax = transfer_syntax(header)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    long = 8 if syntax == ImplicitVRLittleEndian else 12
    with path.open("rb") as file:
        file.seek(pixels_at(header))
        first = file.read(long)
    if len(first) < long or tuple(np.frombuffer(first, f"{order}u2", 2)) != PIXEL_DATA:
        return None
    if long == 12 and first[4:6] not in (b"OW", b"OB"):
        return None
    length = int(np.frombuffer(first[-4:], f"{order}u4")[0])
    expected = frame_bytes(header) * whole(header, "NumberOfFrames", 1)
    if length % (1 << 32) == (1 << 32) - 1 or length < expected:
        return None  # pydicom has words for it
    start = pixels_at(header) + long
    if length > expected:
        with path.open("rb") as file:
            file.seek(start + expected)
            _require_padding(path, header, file.read(min(length - expected, MOST_PADDING)))
    return start


def _require_padding(path: Path, header: Dataset, tail: bytes) -> None:
    """Pixels that the header does not count may be padding, and nothing else.

    Padding has one value. Less of it than a row and than a column comes from no wrong number of either;
    Toshiba adds one row of zeros (`MR_small_padded.dcm` of pydicom), others fill a block. What whole
    columns would fill is none: the rim of a picture may be black, and it would be torn.

    Raises:
        UnreadableFile: they are more, so rows or columns are wrong.
    """
    rows, columns = size(header)
    sample = frame_bytes(header) // max(rows * columns, 1)
    if sample == 0 or len(tail) < ALWAYS_PADDING:  # packed bits
        return
    row, column = columns * sample, rows * sample
    few = len(tail) < min(row, column) or len(tail) in (row, row + 1)
    fills = len(tail) < BLOCK and len(tail) % column > 1
    if not (few or fills) or not _is_constant(tail, sample):
        raise UnreadableFile(path, TOO_LONG, _("Export it again from its source."))


def _is_constant(tail: bytes, sample: int) -> bool:
    """Whether all whole samples are alike; a byte that makes the element even is none."""
    count = len(tail) // sample
    return tail[: count * sample] == tail[:sample] * count


def _picked(
    path: Path, header: Dataset, indices: Sequence[int], start: int
) -> Iterator[NDArray[Any]]:
    rows, columns = size(header)
    order = ">" if transfer_syntax(header) == ExplicitVRBigEndian else "<"
    kind = "i" if whole(header, "PixelRepresentation", 0) == 1 else "u"
    dtype = np.dtype(f"{order}{kind}{whole(header, 'BitsAllocated', 16) // 8}")
    with path.open("rb") as file:
        for index in indices:
            file.seek(start + index * frame_bytes(header))
            pixels = np.frombuffer(file.read(frame_bytes(header)), dtype)
            yield pixels.astype(dtype.newbyteorder("="), copy=False).reshape(rows, columns)
