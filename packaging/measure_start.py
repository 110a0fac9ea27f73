"""How long the built program takes to be on the screen: `python packaging/measure_start.py [PROGRAM]`.

Prints, as the least and the middle of several starts, when the splash and when the window is there;
warm, and cold: with the program's files put out of the system's memory. The time of `--version`, which
only unpacks the interpreter, is the baseline to compare machines by.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from contents import ROOT
from screen import Screen
from smoke_test import Program

LEAST_WIDTH = 640  # of the main window; the splash is narrower
PATIENCE_S = 60.0
Times = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = ROOT / "dist" / "light" / "fusionviewer" / "fusionviewer"
    parser.add_argument("program", type=Path, nargs="?", default=usual)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    ways: dict[str, Callable[[Path], None]] = {"warm": lambda _folder: None, "cold": forgotten}
    for way, prepare in ways.items():
        times: Times = {"--version": [], "splash": [], "window": []}
        for _ in range(arguments.runs):
            prepare(program.parent)
            times["--version"].append(version_s(program))
            prepare(program.parent)
            splash, window = start_s(program)
            times["splash"].append(splash)
            times["window"].append(window)
        baseline = min(times["--version"])
        for what, found in times.items():
            least, middle = min(found), statistics.median(found)
            print(
                f"{way} {what:10} {least:5.2f} s, middle {middle:5.2f} s, × {least / baseline:.1f}"
            )


def forgotten(folder: Path) -> None:
    """Put the files out of the page cache; those that another process holds stay."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def version_s(program: Path) -> float:
    started = time.perf_counter()
    subprocess.run([str(program), "--version"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def start_s(path: Path) -> tuple[float, float]:
    """Seconds until the first window, the splash, and until the main window."""
    with Screen() as screen, tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        process = Program(path, Path(home)).opened(display=screen.name)
        try:
            splash = 0.0
            while time.perf_counter() - started < PATIENCE_S:
                widths = screen.widths()
                now = time.perf_counter() - started
                splash = splash or (now if widths else 0.0)
                if any(width >= LEAST_WIDTH for width in widths):
                    return splash, now
                if process.poll() is not None:
                    said = process.stderr.read() if process.stderr else ""
                    raise ChildProcessError(f"ended with {process.returncode}: {said}")
            raise TimeoutError(f"no window within {PATIENCE_S:.0f} s")
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
