"""The size that a compressed picture gives for itself, read before anything is decompressed."""

import struct

J2K_START = b"\xff\x4f\xff\x51"  # start of codestream, then the size marker
JPEG_START = b"\xff\xd8"
START_OF_SCAN = 0xDA
JPEG_LS_FRAME = 0xF7
NO_FRAMES = (0xC4, 0xC8, 0xCC)  # tables that share the numbers of frame markers
MAX_JP2_HEADER = 4096


def codestream_size(data: bytes) -> tuple[int, int] | None:
    """(rows, columns) of a JPEG, JPEG-LS or JPEG 2000 picture; None when it does not say.

    Source: ITU-T T.81 B.2.2 (frame header), T.87 C.2.2, T.800 A.5.1 (image and tile size).
    """
    if data.startswith(JPEG_START):
        return _jpeg_size(data)
    start = data.find(J2K_START, 0, MAX_JP2_HEADER)
    return None if start < 0 else _j2k_size(data[start:])


def _j2k_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", data, 8)
    return bottom - top, right - left


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == START_OF_SCAN:
            return None
        if marker == JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in NO_FRAMES):
            rows, columns = struct.unpack_from(">2H", data, at + 5)
            return rows, columns
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
