"""Exports killed at random moments: what is there afterwards is whole, or as it was before.

    python tests/benchmarks/killed.py [COUNT]

Each round forks, writes one kind of export of a small pair over an earlier one or into nothing, and
kills the writer at a random moment. Prints, for each kind, how often the old, the new and nothing
was there; ends with 1 when anything else was.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from PIL import Image as Picture

from fusionviewer.formats.bundle import Content, write_bundle
from fusionviewer.formats.export_dicom import export_dicom
from fusionviewer.formats.export_nifti import export_nifti
from fusionviewer.formats.export_png import export_png
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.pair import Pair

sys.path.insert(0, str(Path(__file__).parents[1]))
from builders import make_small_pair

PAIR: Pair = make_small_pair((4, 64, 64))
HOW = Provenance("Average")
OLD, NEW = 0.25, 0.75  # the grey of everything


def slices(grey: float) -> list[FusedSlice]:
    plane = np.full(PAIR.shape[1:], grey, dtype=np.float32)
    return [FusedSlice(s, plane) for s in range(PAIR.shape[0])]


def picture(path: Path, grey: float) -> None:
    export_png(slices(grey)[0], path, HOW, overwrite=True)


def volume(path: Path, grey: float) -> None:
    export_nifti(slices(grey), PAIR, HOW, path, overwrite=True)


def series(path: Path, grey: float) -> None:
    export_dicom(slices(grey), PAIR, HOW, path, overwrite=True)


def bundle(path: Path, grey: float) -> None:
    looks = (opening_look(PAIR.a), opening_look(PAIR.b))
    write_bundle(
        path, ["gsps", "registration"], Content(slices(grey), PAIR, HOW, looks), overwrite=True
    )


def of_picture(path: Path) -> set[float]:
    with Picture.open(path) as one:
        return set((np.unique(np.asarray(one)) / 255).round(2))


def of_volume(path: Path) -> set[float]:
    return set(np.unique(np.asarray(nibabel.load(path).dataobj)).round(2))


def of_series(path: Path) -> set[float]:
    files = [pydicom.dcmread(file) for file in path.iterdir()]
    if len(files) != PAIR.shape[0] or len({d.SeriesInstanceUID for d in files}) != 1:
        return {-1.0}
    return {float((value / 255).round(2)) for d in files for value in np.unique(d.pixel_array)}


Kind = tuple[str, Callable[[Path, float], None], Callable[[Path], set[float]]]
KINDS: dict[str, Kind] = {
    "PNG": ("fused.png", picture, of_picture),
    "NIfTI": ("fused.nii.gz", volume, of_volume),
    "DICOM series": ("series", series, of_series),
    "bundle": ("bundle", bundle, of_series),
}


def outcome(kind: Kind, folder: Path, replacing: bool, delay_s: float) -> str:
    name, write, read = kind
    target = folder / name
    if replacing:
        write(target, OLD)
    child = os.fork()
    if child == 0:
        try:
            write(target, NEW)
        finally:
            os._exit(0)
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if not target.exists():
        return "wrong: gone" if replacing else "nothing"
    seen = {float(value) for value in read(target)}
    if seen == {NEW}:
        return "new"
    return "old" if replacing and seen == {OLD} else f"wrong: {seen}"


def main(count: int) -> int:
    chance, told, names = random.Random(7), Counter[tuple[str, str]](), list(KINDS)
    takes_s: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home:
        for name, (file, write, _) in KINDS.items():
            start = time.monotonic()
            write(Path(home) / file, OLD)
            takes_s[name] = time.monotonic() - start
        for attempt in range(count):
            folder = Path(home) / str(attempt)
            folder.mkdir()
            name = names[attempt % len(names)]
            delay_s = chance.uniform(0, takes_s[name] * 1.5)
            replacing = attempt // len(names) % 2 == 1
            told[name, outcome(KINDS[name], folder, replacing, delay_s)] += 1
            shutil.rmtree(folder)
    for (name, what), times in sorted(told.items()):
        print(f"{name:14} {what:10} {times}")
    return int(any(what.startswith("wrong") for _, what in told))


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
