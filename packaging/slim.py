"""What makes the finished program smaller without taking anything from it. Linux only."""

import hashlib
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Collection
from pathlib import Path

from contents import NEVER_STRIPPED, matches

PT_LOAD, PAGE = 1, 4096
LEAST_TWIN = 10_000  # bytes; below that a link saves nothing


def strip(folder: Path) -> None:
    """Take the symbols out of libraries, as long as they can be loaded afterwards."""
    if shutil.which("strip") is None:
        return
    inside = folder / "_internal"
    for path in _libraries(inside):
        if matches(path.relative_to(inside).as_posix(), NEVER_STRIPPED):
            continue
        smaller = path.with_name(f"{path.name}.stripped")
        command = ["strip", "--strip-unneeded", "-o", str(smaller), str(path)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0 and is_loadable(smaller.read_bytes()):
            smaller.chmod(path.stat().st_mode)
            smaller.replace(path)
        smaller.unlink(missing_ok=True)


def is_loadable(elf: bytes) -> bool:
    """Whether every segment of a 64-bit library lies in the file as the loader needs it.

    Source: System V ABI, program header: p_vaddr and p_offset are congruent modulo p_align.
    """
    start, size, count = (*struct.unpack_from("<Q", elf, 32), *struct.unpack_from("<HH", elf, 54))
    for at in range(start, start + size * count, size):
        kind, _flags, offset, address = struct.unpack_from("<IIQQ", elf, at)
        (alignment,) = struct.unpack_from("<Q", elf, at + 48)
        if kind == PT_LOAD and (address - offset) % max(alignment, PAGE):
            return False
    return True


def drop_orphans(folder: Path) -> None:
    """Take away system libraries that were copied for files which are not there any more.

    Raises:
        OSError, CalledProcessError: there is no readelf.
    """
    inside = folder / "_internal"
    while True:
        wanted = {name for path in _libraries(inside) for name in needed(path)}
        orphans = [path for path in inside.glob("*.so.*") if is_orphan(path, wanted)]
        if not orphans:
            return
        for path in orphans:
            path.unlink()


def is_orphan(path: Path, wanted: Collection[str]) -> bool:
    """Python itself is asked for by the bootloader, in a way that nothing shows."""
    return path.name not in wanted and not path.name.startswith("libpython")


def needed(library: Path) -> list[str]:
    """The names of the libraries that it asks the loader for itself; `ldd` adds what those ask for."""
    command = ["readelf", "--dynamic", "--wide", str(library)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", said)


def _libraries(inside: Path) -> list[Path]:
    return sorted(p for p in inside.rglob("*.so*") if p.is_file() and not p.is_symlink())


def link_twins(folder: Path) -> None:
    """Of files that are the same, such as the Fortran library of NumPy and of SciPy, keep one."""
    first: dict[str, Path] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        if path.stat().st_size < LEAST_TWIN:
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        kept = first.setdefault(digest, path)
        if kept is not path:
            path.unlink()
            path.symlink_to(os.path.relpath(kept, path.parent))
