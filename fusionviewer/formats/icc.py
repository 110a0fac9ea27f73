"""The colour space of what we write: a small sRGB profile, made here, the same bytes every time.

Source: ICC.1:2022 sections 7 to 10; IEC 61966-2-1 (sRGB); DICOM PS3.3 C.11.15, which asks for an
input device profile.
"""

import struct
from functools import cache

WHITE = (0.9642, 1.0, 0.8249)  # D50, the profile connection space
RED = (0.436066, 0.222488, 0.013916)
GREEN = (0.385147, 0.716873, 0.097076)
BLUE = (0.143066, 0.060608, 0.714096)
D65_TO_D50 = (
    *(1.047882, 0.022919, -0.050201),
    *(0.029587, 0.990479, -0.017059),
    *(-0.009247, 0.015076, 0.751678),
)
CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
HEADER_BYTES = 128


@cache
def srgb_profile() -> bytes:
    """An ICC profile (version 4, matrix and curves) of sRGB."""
    curve = struct.pack(">4s4xHH", b"para", 3, 0) + _fixed(CURVE)
    tags = {
        b"desc": _text("sRGB"),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(WHITE),
        b"chad": b"sf32" + bytes(4) + _fixed(D65_TO_D50),
        b"rXYZ": _xyz(RED),
        b"gXYZ": _xyz(GREEN),
        b"bXYZ": _xyz(BLUE),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, data = _laid_out(tags)
    size = HEADER_BYTES + len(table) + len(data)
    return _header(size) + table + data


def _header(size: int) -> bytes:
    kinds = struct.pack(">I4xI4s4s4s", size, 0x04400000, b"scnr", b"RGB ", b"XYZ ")
    created = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    flags = bytes(28)  # platform, flags, manufacturer, model, attributes, intent
    rest = kinds + created + b"acsp" + flags + _fixed(WHITE)
    return rest.ljust(HEADER_BYTES, b"\0")


def _laid_out(tags: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    """The tag table and the data behind it; equal data is stored once."""
    start = HEADER_BYTES + 4 + 12 * len(tags)
    table, data, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(data)
            data += content.ljust(-(-len(content) // 4) * 4, b"\0")
        table += struct.pack(">4sII", name, places[content], len(content))
    return table, data


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _text(words: str) -> bytes:
    encoded = words.encode("utf-16-be")
    return (
        b"mluc"
        + bytes(4)
        + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28)
        + encoded
    )
