"""What makes the finished program smaller without taking anything from it. Linux only."""

import hashlib
import os
import shutil
import struct
import subprocess
from pathlib import Path

from contents import NEVER_STRIPPED, matches

PT_LOAD, PAGE = 1, 4096
LEAST_TWIN = 10_000  # bytes; below that a link saves nothing


def strip(folder: Path) -> None:
    """Take the symbols out of libraries, as long as they can be loaded afterwards."""
    if shutil.which("strip") is None:
        return
    inside = folder / "_internal"
    for path in sorted(p for p in inside.rglob("*.so*") if p.is_file() and not p.is_symlink()):
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
