"""A pair of 256 by 256 by 120, from the drop to the last fused slice: time and memory.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/volume.py [--method clarus] [--slices 120] [--turns 40]

Writes a CT and an MR of the digital head as DICOM (the MR on a grid of its own, so that it is resampled),
gives both folders to the real window as a drop does, and waits for the first fused slice. Then all slices
are fused, as the command does, and the wheel is turned through them as in scroll.py. Wall time, and of
scrolling the time without waiting for a processor; memory is the most that the process ever had.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtWidgets import QApplication
from scroll import fuse_around, scrolled, still, wait

from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.sample_dicom import Scan, ct, dataset, mr
from fusionviewer.imaging.phantom import axial_grid, head, scanned
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.theme import apply_theme
from fusionviewer.workspace.settings import Settings

SIDE = 256


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--method", default="clarus")
    parser.add_argument("--slices", type=int, default=120)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write is not None:
        write(arguments.write, arguments.slices)
        return
    with tempfile.TemporaryDirectory() as name:
        itself = [sys.executable, __file__, "--write", name, "--slices", str(arguments.slices)]
        subprocess.run(itself, check=True)  # in a process of its own: its memory does not count
        app = QApplication([])
        apply_theme(app)
        _measured(app, sorted(Path(name).iterdir()), arguments.method, arguments.turns)


def write(folder: Path, slices: int) -> None:
    """A CT and an MR of the digital head; the MR half a pixel and half a slice aside."""
    grid = axial_grid(SIDE, 0.9, slices, 120 / slices, -44.0)
    clean = head(grid, ("CT", "T1"))
    for number, (name, values) in enumerate(zip(("CT", "T1"), clean, strict=True), start=1):
        seen = scanned(values, name, grid, np.random.default_rng(number))
        scan = _scan(name, number, seen, grid if name == "CT" else _aside(grid))
        (folder / name).mkdir()
        for s in range(slices):
            (folder / name / f"{s:04}.dcm").write_bytes(encoded(dataset(scan, s)))


def _aside(grid):  # type: ignore[no-untyped-def]
    return replace(grid, origin=grid.position((0.5, 0.5, 0.5)))


def _scan(name: str, number: int, values: np.ndarray, grid) -> Scan:  # type: ignore[no-untyped-def]
    of_ct = name == "CT"
    intercept = -1024.0 if of_ct else 0.0
    stored = np.clip(np.round(values - intercept), 0, 4095).astype(np.uint16)
    window = Window(40, 80) if of_ct else Window.between(40, 950)
    modality, header = ("CT", ct) if of_ct else ("MR", mr)
    return Scan(
        name, modality, number, name, grid, stored, np.ones(len(stored)), intercept, window, 12, header
    )  # fmt: skip


def _measured(app: QApplication, folders: list[Path], method: str, turns: int) -> None:
    window = MainWindow(Settings(method=method, width=1280, height=800))
    window.show()
    before = _peak()
    first = _timed(app, lambda: window.open(folders), lambda: window.feed.status.kind == "done")
    slices = window.store.state.slice_count
    whole = _timed(app, window.actions_by_name["fuse-all"].trigger, lambda: not window.queue.busy)
    wait(app, lambda: still(window))
    fuse_around(app, window)
    taken = scrolled(app, window, turns)
    pair = window.store.state.pair
    assert pair is not None and not window.messages.text.startswith("The ")
    stored = 2 * 2 * SIDE * SIDE * slices
    print(f"{method}, 2 series of {SIDE}×{SIDE}×{slices}")
    print(f"drop to first fused slice  {first:6.2f} s")
    print(f"all slices fused           {whole:6.2f} s, {whole / slices * 1000:.0f} ms each")
    print(
        f"wheel to painted panes     {median(taken):6.1f} ms, {1000 / median(taken):.0f} a second"
    )
    grown = _peak() - before
    print(
        f"memory, at most            {grown / 2**20:6.0f} MiB more, {grown / stored:.1f} times the files"
    )
    window.close()


def _timed(app: QApplication, act: Callable[[], object], until: Callable[[], bool]) -> float:
    start = time.perf_counter()
    act()
    wait(app, until, limit_s=3600)
    return time.perf_counter() - start


def _peak() -> int:
    """The most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
