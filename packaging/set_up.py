"""Set up a checkout on a fresh machine: virtual environment, packages, system libraries.

Runs on any Python from 3.11 on, with nothing installed. What is there already is left alone: the second
run takes a moment.
"""

import argparse
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "fusionviewer-setup"
OLDEST_PYTHON = (3, 11)

# Installed first and by its exact version: a looser request can pull several GB of another build.
TORCH = "torch==2.13.0"

# What Qt loads on Linux, and the Debian package that has it.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONT_PACKAGE = "fonts-dejavu-core"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        return _say("FusionViewer needs Python 3.11 or later: run make PYTHON=python3.11 run.")
    return _system_libraries() or _environment("test" if arguments.tests else "")


def _system_libraries() -> int:
    if sys.platform != "linux":
        return 0
    missing = sorted({package for name, package in QT_LIBRARIES.items() if not _loads(name)})
    if not _has_a_font():
        missing.append(FONT_PACKAGE)
    if not missing:
        return 0
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        return _say(
            f"Qt needs libraries that are missing. On Debian they are called {' '.join(missing)}."
        )
    if os.geteuid() != 0:
        return _say(f"Qt needs libraries that are missing. Run: sudo {' '.join(command)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing {' '.join(missing)} …", flush=True)
    subprocess.run(
        ["apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL, check=False
    )
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return _say(f"This failed: {' '.join(command)}") if done.returncode else 0


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_a_font() -> bool:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    return any(next(folder.rglob("*.[to]tf"), None) for folder in folders if folder.is_dir())


def _environment(extra: str) -> int:
    wanted = _fingerprint(extra)
    done = STAMP.read_text().split() if STAMP.exists() else []
    if wanted in done or _fingerprint("test") in done:  # what the tests need holds the rest
        return 0
    if not (VENV / "bin" / "python").exists():
        print("Making a virtual environment in .venv …", flush=True)
        venv.create(VENV, with_pip=True)
    print("Installing packages, which takes a few minutes the first time …", flush=True)
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    for request in ([TORCH], ["-e", target]):
        pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq", *request]
        if subprocess.run(pip, check=False).returncode:
            return _say("The packages could not be installed; what pip said is above.")
    STAMP.write_text("\n".join([*done, wanted]))
    return 0


def _fingerprint(extra: str) -> str:
    """Changes when what is to be installed changes."""
    text = (ROOT / "pyproject.toml").read_bytes() + extra.encode() + sys.version.encode()
    return hashlib.sha256(text).hexdigest()[:16]


def _say(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
