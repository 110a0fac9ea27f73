"""Build the program for the machine this runs on: `make app`, or `python packaging/build.py`.

The result is dist/VARIANT/fusionviewer, one folder with the program, the licences of all its parts and
its bill of materials; on Linux a .tar.xz and a .deb beside it. Built again from the same commit in the
same place, the files are the same.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from contents import LINUX_NEEDS, ROOT, VARIANTS
from icu import cut_icu
from notices import fusionviewer, write_licences
from sbom import bill, contents_of, utc
from slim import drop_orphans, link_twins, strip
from tables import cut_tables

HERE = Path(__file__).resolve().parent
BILL = "sbom.cdx.json"
# gtk belongs to a theme that is left out, and to nothing else.
HARMLESS = ("libgtk-3.so.0", "libgdk-3.so.0")


class BuildFailed(Exception):
    """A sentence for whoever builds."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="light")
    parser.add_argument(
        "--folder-only", action="store_true", help="no .tar.xz and .deb, which take minutes"
    )
    arguments = parser.parse_args()
    try:
        folder = built(arguments.variant)
        packages = [] if arguments.folder_only else packed(folder, arguments.variant)
    except BuildFailed as error:
        print(f"Not built: {error}", file=sys.stderr)
        return 1
    for path in (folder, *packages):
        print(f"{size_mb(path):7.1f} MB  {path.relative_to(ROOT)}")
    return 0


def built(variant: str) -> Path:
    """The finished program folder.

    Raises:
        BuildFailed: PyInstaller failed, a library is missing, or a file has no known owner.
    """
    record = ROOT / "build" / variant
    record.mkdir(parents=True, exist_ok=True)
    seconds = source_seconds()
    write_build_data(record / "build.json", variant, seconds)
    run_pyinstaller(variant, record, seconds)
    folder = ROOT / "dist" / variant / "fusionviewer"
    require_libraries(folder)
    cut_tables(folder)
    if sys.platform == "linux":
        make_smaller(folder)
    write_bill(folder, variant, record, seconds)
    return folder


def source_seconds() -> int:
    """The time that the program says it was built at: that of its commit, so that it repeats."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    shown = _git("log", "-1", "--format=%ct")
    return int(shown) if shown else int(time.time())


def write_build_data(path: Path, variant: str, seconds: int) -> None:
    """What *About* says of this very program."""
    changed = "-changed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    commit = _git("rev-parse", "--short=12", "HEAD")
    data = {
        "version": fusionviewer().version,
        "variant": variant,
        "commit": f"{commit}{changed}" if commit else "",
        "date": utc(seconds)[:10],
        "system": f"{platform.system()} {platform.machine()}",
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def run_pyinstaller(variant: str, record: Path, seconds: int) -> None:
    command = [
        sys.executable, "-m", "PyInstaller", str(HERE / "fusionviewer.spec"), "--noconfirm",
        "--distpath", str(ROOT / "dist" / variant), "--workpath", str(record / "work"),
    ]  # fmt: skip
    environment = os.environ | {
        "FUSIONVIEWER_VARIANT": variant,
        "FUSIONVIEWER_RECORD": str(record),
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": str(seconds),
    }
    log = record / "pyinstaller.log"
    print(
        f"Collecting the {variant} program; {log.relative_to(ROOT)} tells how far it is …",
        flush=True,
    )
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    if done.returncode:
        raise BuildFailed("PyInstaller failed: " + text.strip().split("\n")[-1])
    if missing := missing_libraries(text):
        raise BuildFailed(f"libraries are missing on this machine: {', '.join(missing)}")


def missing_libraries(log: str) -> list[str]:
    """Libraries that PyInstaller looked for in vain; to it this is only a warning."""
    found = set(re.findall(r"Library not found: could not resolve '([^']+)'", log))
    return sorted(found - set(HARMLESS))


def require_libraries(folder: Path) -> None:
    """Raises: BuildFailed: a library that is loaded by its name is not there."""
    if sys.platform != "linux":
        return
    missing = [name for name in LINUX_NEEDS if not (folder / "_internal" / name).exists()]
    if missing:
        raise BuildFailed(f"not collected: {', '.join(missing)}; see packaging/README.md")


def make_smaller(folder: Path) -> None:
    """Raises: BuildFailed: binutils are missing, or ICU's data is not as it was."""
    try:
        drop_orphans(folder)
        cut_icu(folder)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise BuildFailed(f"it could not be made smaller, which takes binutils: {error}") from error
    strip(folder)
    link_twins(folder)


def write_bill(folder: Path, variant: str, record: Path, seconds: int) -> None:
    """Licences and bill of materials, into the program's folder.

    Raises:
        BuildFailed: a file belongs to nobody, or a component has no licence text.
    """
    shutil.rmtree(folder / "licences", ignore_errors=True)
    (folder / BILL).unlink(missing_ok=True)
    collected = json.loads((record / "collected.json").read_text(encoding="utf-8"))
    contents = contents_of(folder, collected)
    if contents.orphans:
        raise BuildFailed(f"nobody knows where {', '.join(contents.orphans[:5])} comes from")
    if without := write_licences(contents.components, folder / "licences"):
        raise BuildFailed(f"no licence text for {', '.join(without)}: add it to packaging/licences")
    document = bill(contents, folder, variant, utc(seconds))
    (folder / BILL).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def packed(folder: Path, variant: str) -> list[Path]:
    """The packages for this system, beside the folder; none where another tool makes them."""
    if sys.platform != "linux":
        return []
    sys.path.insert(0, str(HERE / "linux"))
    from archive import write_archive
    from deb import write_deb

    seconds = source_seconds()
    version = fusionviewer().version
    return [
        write_archive(folder, folder.parent, version, variant, seconds),
        write_deb(folder, folder.parent, version, variant, seconds),
    ]


def size_mb(path: Path) -> float:
    """Of a file, or of all files in a folder, in 10⁶ bytes; links are not followed."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if not p.is_dir()]
    return sum(file.lstat().st_size for file in files) / 1e6


def _git(*words: str) -> str:
    """What git says, "" where it or the history is missing."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
