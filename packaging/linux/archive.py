"""The program's folder as one .tar.xz that is the same every time."""

import lzma
import tarfile
from pathlib import Path

LEVEL = 6  # as xz has it; 9 takes 8 times the memory to unpack and saves a hundredth


def write_archive(folder: Path, target: Path, version: str, variant: str, seconds: int) -> Path:
    """`folder` packed into `target`; owners and times do not depend on this machine.

    Args:
        seconds: the time that every entry gets, since 1970.
    """
    name = f"fusionviewer-{version}-{variant}-linux-x86_64"
    path = target / f"{name}.tar.xz"
    with (
        lzma.open(path, "wb", preset=LEVEL) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for entry in (folder, *sorted(folder.rglob("*"))):
            about = archive.gettarinfo(entry, f"{name}/{entry.relative_to(folder)}".rstrip("/."))
            about.uid = about.gid = 0
            about.uname = about.gname = "root"
            about.mtime = seconds
            about.mode = 0o755 if about.isdir() or about.mode & 0o100 else 0o644
            if about.isreg():
                with entry.open("rb") as content:
                    archive.addfile(about, content)
            else:
                archive.addfile(about)
    return path
