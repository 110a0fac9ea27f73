"""`python -m training planted`: how often a structure that one source has is seen after fusion.

Slices of digital heads get a disc in one source only, brighter or darker than what is there. So it
is known exactly what must appear, and that nothing else may. For every case and method:

* *kept*: inside the disc the fused image changes by at least `KEPT` of what was planted, in either
  direction; an edge inside it that `imaging.structures` calls lost, and was not before, counts
  against it;
* *invented*: patches of edges that neither source has, by `imaging.structures`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.methods import METHODS, TASKS, default_strategy
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from fusionviewer.imaging.phantom import axial_grid, head, scanned
from fusionviewer.imaging.structures import KEPT, check_structures
from fusionviewer.imaging.windowing import Window, windowed
from training.errors import DataError

Plane = NDArray[np.float32]  # (H, W)

SIDE, PIXEL_MM = 256, 0.9
SLICES = 25  # of one head, 4 mm apart
LOWEST_MM = -20.0
RADII = (3.0, 8.0)  # pixels
HEIGHTS = (0.25, 0.5)  # of the display range
VISIBLE = 0.2  # what is left of the height after clipping, or the disc is planted elsewhere
MARGIN = 12  # pixels from the edge of what both sources show

# What scanners the sources of a task are, and the windows they are looked at with.
_SOURCES = {"CT-MRI": ("CT", "T2"), "PET-MRI": ("PET", "T1"), "SPECT-MRI": ("SPECT", "T2")}
_WINDOWS = {
    "CT": Window(40, 120),
    "T1": Window(450, 900),
    "T2": Window(500, 1000),
    "PET": Window(6, 12),
    "SPECT": Window(60, 120),
}


@dataclass(frozen=True, eq=False)
class Case:
    """A pair before and after a disc was planted in one of its sources."""

    task: str
    clean: tuple[Plane, Plane]
    planted: tuple[Plane, Plane]
    disc: NDArray[np.bool_]
    height: float  # signed, what was left after clipping


@dataclass
class Tally:
    """What became of the discs, over the cases of one method."""

    cases: int = 0
    kept: int = 0
    inventing: int = 0  # cases with any invented patch

    def add(self, *, kept: bool, invented: int) -> None:
        self.cases += 1
        self.kept += kept
        self.inventing += invented > 0


def planted_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=1000, help="cases over all tasks")
    parser.add_argument("--seed", type=int, default=1000, help="of the first head")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["maximum", "guided"])
    parser.add_argument("--out", type=Path, default=Path("runs/planted.csv"))


def planted_command(given: argparse.Namespace) -> None:
    """Write and print how many discs each method kept, by task.

    Raises:
        DataError: fewer than one case is asked for.
    """
    if given.count < 1:
        raise DataError("At least one case is needed.")
    runtimes = Runtimes()
    tallies: dict[tuple[str, str], Tally] = {}
    for number, case in enumerate(cases(given.count, given.seed), start=1):
        for method in given.methods:
            kept, invented = outcome(case, method, runtimes)
            tallies.setdefault((case.task, method), Tally()).add(kept=kept, invented=invented)
        if number % 50 == 0:
            sys.stderr.write(f"{number} of {given.count} cases\n")
    text = as_csv(tallies)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def cases(count: int, seed: int) -> Iterator[Case]:
    """`count` cases, the tasks in turn; the same for the same seed."""
    for number in range(-(-count // SLICES)):
        task = TASKS[number % len(TASKS)]
        first, second = _head(task, seed + number)
        rng = np.random.default_rng((seed, number))
        for s in range(min(SLICES, count - number * SLICES)):
            yield _planted(task, (first[s], second[s]), rng)


def outcome(case: Case, method: str, runtimes: Runtimes) -> tuple[bool, int]:
    """Whether the disc was kept, and how many patches were invented.

    Raises:
        WeightsError: the network cannot be loaded.
    """
    before, after = (_fused(pair, method, runtimes) for pair in (case.clean, case.planted))
    change = float(np.abs((after - before)[case.disc]).mean())
    found = check_structures(*case.planted, after)
    lost_before = check_structures(*case.clean, before).lost  # of the head itself
    lost = found.lost & case.disc & ~binary_dilation(lost_before, iterations=2)
    return change >= KEPT * abs(case.height) and not lost.any(), found.unsupported_count


def as_csv(tallies: dict[tuple[str, str], Tally]) -> str:
    """A line per task and method."""
    lines = ["task,method,cases,kept %,cases with inventions"]
    for (task, method), tally in tallies.items():
        share = 100 * tally.kept / tally.cases
        lines.append(f"{task},{method},{tally.cases},{share:.1f},{tally.inventing}")
    return "\n".join(lines) + "\n"


def _head(task: str, seed: int) -> tuple[Plane, Plane]:
    """Display values of both sources of one head, (S, H, W) each, black around the head."""
    grid = axial_grid(SIDE, PIXEL_MM, SLICES, 4.0, LOWEST_MM)
    rng = np.random.default_rng(seed)
    names = _SOURCES[task]
    clean = head(grid, names, seed=seed)
    first, second = (
        windowed(scanned(channel, name, grid, rng), _WINDOWS[name])
        for channel, name in zip(clean, names, strict=True)
    )
    return first, second


def _planted(task: str, pair: tuple[Plane, Plane], rng: np.random.Generator) -> Case:
    """A disc in one of both, where both show something."""
    inside = binary_erosion((gaussian_filter(pair[1], 2) > 0.05), iterations=MARGIN)
    inside = inside if inside.any() else np.ones_like(inside)
    places = np.argwhere(inside)
    rows, columns = np.mgrid[: inside.shape[0], : inside.shape[1]]
    which = int(rng.integers(2))
    while True:
        row, column = places[int(rng.integers(len(places)))]
        disc = np.hypot(rows - row, columns - column) <= rng.uniform(*RADII)
        height = rng.uniform(*HEIGHTS) * rng.choice((-1, 1))
        soft = gaussian_filter(disc.astype(np.float32), 0.7)
        changed = np.clip(pair[which] + np.float32(height) * soft, 0, 1)
        left = float((changed - pair[which])[disc].mean())
        if abs(left) >= VISIBLE:
            break
    planted = (changed, pair[1]) if which == 0 else (pair[0], changed)
    return Case(task, pair, planted, disc, left)


def _fused(pair: Sequence[Plane], method: str, runtimes: Runtimes) -> Plane:
    a, b = (Shown(plane, None, plane == 0) for plane in pair)
    return fuse_slice(a, b, method, default_strategy(method), runtimes).grey
