"""ICU's data, cut to what Qt asks it for: how languages sort and write, in capitals too.

As it comes with Qt it has 32 MB, a tenth of the light program. Qt takes numbers, dates, languages and
currencies from tables of its own, and this program converts no text of old encodings.
Source: ICU 73, common/ucmndata.h (the table of contents) and common/unicode/udata.h (the header).
"""

import struct
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path("_internal") / "PySide6" / "Qt" / "lib"
UNUSED = ("brkitr", "curr", "lang", "rbnf", "region", "translit", "unit", "zone")
CONVERTER = ".cnv"
FORMAT = b"CmnD"
FORMAT_AT = 12  # bytes from the start of the header
ALIGNMENT = 16

# The data is the one thing in its library, under the one name that ICU asks for.
ASSEMBLED = """\
.section .rodata
.globl {symbol}
.type {symbol}, @object
.balign 16
{symbol}: .incbin "{data}"
.size {symbol}, .-{symbol}
.section .note.GNU-stack,"",@progbits
"""


def cut_icu(program: Path) -> None:
    """Make the data in the folder of the built program smaller; nothing where Qt has no ICU.

    Raises:
        CalledProcessError: the assembler or the linker failed.
        ValueError: this is not ICU's data.
    """
    for path in (program / FOLDER).glob("libicudata.so.*"):
        write_library(path, smaller(data_in(path.read_bytes())))


def data_in(library: bytes) -> bytes:
    """From the header of the data to the end of the file.

    Raises:
        ValueError: there is none.
    """
    found = library.find(FORMAT)
    if found < FORMAT_AT:
        raise ValueError("no ICU data in this library")
    return library[found - FORMAT_AT :]


def smaller(data: bytes) -> bytes:
    """The same data without what Qt never asks for."""
    (start,) = struct.unpack_from("<H", data)
    items = {name: item for name, item in contents(data).items() if not is_unused(name)}
    names_at = 4 + 8 * len(items)
    names = b"".join(name.encode() + b"\0" for name in items)
    table, body = b"", b""
    at, begins = names_at, _aligned(names_at + len(names))
    for name, item in items.items():
        table += struct.pack("<II", at, begins + len(body))
        at += len(name) + 1
        body += item.ljust(_aligned(len(item)), b"\0")
    head = struct.pack("<I", len(items)) + table + names
    return data[:start] + head.ljust(begins, b"\0") + body


def contents(data: bytes) -> dict[str, bytes]:
    """The items in the data, by name, in the order of their names, which ICU searches by halves.

    The last one takes what follows it in the file as well: its end is not written down.
    """
    (start,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, start)
    places = [struct.unpack_from("<II", data, start + 4 + 8 * n) for n in range(count)]
    ends = [start + begin for _, begin in places[1:]] + [len(data)]
    return {
        data[start + name : data.index(b"\0", start + name)].decode(): data[start + begin : end]
        for (name, begin), end in zip(places, ends, strict=True)
    }


def is_unused(name: str) -> bool:
    """`name` as ICU has it: icudt73l/zone/de.res"""
    _folder, _, rest = name.partition("/")
    return rest.split("/")[0] in UNUSED or rest.endswith(CONVERTER)


def write_library(path: Path, data: bytes) -> None:
    """The shared library `path` with this data in it, instead of the one that is there."""
    symbol = f"icudt{path.name.rsplit('.', 1)[1]}_dat"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "icu.dat").write_bytes(data)
        text = ASSEMBLED.format(symbol=symbol, data="icu.dat")
        (folder / "icu.s").write_text(text, encoding="ascii")
        for command in (
            ["as", "-o", "icu.o", "icu.s"],
            ["ld", "-shared", "-soname", path.name, "--build-id=none", "-o", path.name, "icu.o"],
        ):
            subprocess.run(command, cwd=folder, check=True)
        path.write_bytes((folder / path.name).read_bytes())


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
