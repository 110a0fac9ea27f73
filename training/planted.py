"""`python -m training planted`: how often a structure that one source has is seen after fusion.

Slices of digital heads get a disc in one source only, brighter or darker than what is there. So it
is known exactly what must appear, and that nothing else may. For every case and method:

* *kept*: inside the disc the fused image changes by at least `KEPT` of what was planted, in either
  direction. Grey images change by brightness, and an edge inside the disc that `imaging.structures`
  calls lost, and was not before, counts against it. PET and SPECT are seen in colours, as the
  viewer opens them, and change by CIEDE2000, beside that of the image that the disc is in;
* *kept by brightness*: the same of brightness alone, as if there were no colour;
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

from fusionviewer.fusion.colouring import COLOURS, Colours
from fusionviewer.fusion.fuse import Fused, checked, fuse_slice
from fusionviewer.fusion.methods import METHODS, TASKS, default_strategy
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.color import coloured, luminance
from fusionviewer.imaging.color_difference import ciede2000, cielab
from fusionviewer.imaging.display import Shown
from fusionviewer.imaging.phantom import axial_grid, head, scanned
from fusionviewer.imaging.structures import KEPT
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

PALETTE = "hot-iron"  # of PET and SPECT, as in `imaging.display.opening_look`

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
    kept_by_brightness: int = 0
    inventing: int = 0  # cases with any invented patch

    def add(self, outcome: "Outcome") -> None:
        self.cases += 1
        self.kept += outcome.kept
        self.kept_by_brightness += outcome.kept_by_brightness
        self.inventing += outcome.invented > 0


@dataclass(frozen=True)
class Outcome:
    """What one method made of one case; `invented` counts patches."""

    kept: bool
    kept_by_brightness: bool
    invented: int


def planted_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=1000, help="cases over all tasks")
    parser.add_argument("--seed", type=int, default=1000, help="of the first head")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["maximum", "guided"])
    parser.add_argument("--colours", choices=COLOURS, default="kept", help="of PET and SPECT")
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
            found = outcome(case, method, runtimes, given.colours)
            tallies.setdefault((case.task, method), Tally()).add(found)
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


def outcome(case: Case, method: str, runtimes: Runtimes, colours: Colours = "kept") -> Outcome:
    """What became of the disc.

    Raises:
        WeightsError: the network cannot be loaded.
    """
    sources = [_as_seen(case.task, pair) for pair in (case.clean, case.planted)]
    strategy = default_strategy(method)
    before, after = (
        fuse_slice(a, b, method, strategy, runtimes, colours=colours) for a, b in sources
    )
    change = float(np.abs((after.grey - before.grey)[case.disc]).mean())
    found = checked(*sources[1], after)
    lost_before = checked(*sources[0], before).lost  # of the head itself
    lost = found.lost & case.disc & ~binary_dilation(lost_before, iterations=2)
    by_brightness = change >= KEPT * _planted_height(case, sources) and not lost.any()
    kept = by_brightness
    if before.rgb is not None and after.rgb is not None:
        wanted = max(_seen_change(x, y, case.disc) for x, y in zip(*sources, strict=True))
        kept = _seen_change(before, after, case.disc) >= KEPT * wanted
    return Outcome(kept, by_brightness, found.unsupported_count)


def _as_seen(task: str, pair: tuple[Plane, Plane]) -> tuple[Shown, Shown]:
    """Both sources as the viewer opens them; the first in colour, but for CT."""
    first, second = pair
    rgb = None if task.startswith("CT") else coloured(first, PALETTE)
    grey = first if rgb is None else luminance(rgb)
    return Shown(grey, rgb, grey == 0), Shown(second, None, second == 0)


def _planted_height(case: Case, sources: Sequence[tuple[Shown, Shown]]) -> float:
    """By how much the disc changes the brightness of its own image."""
    clean, planted = sources
    changes = (
        np.abs(y.grey - x.grey)[case.disc].mean() for x, y in zip(clean, planted, strict=True)
    )
    return float(max(changes))


def _seen_change(before: Fused | Shown, after: Fused | Shown, where: NDArray[np.bool_]) -> float:
    """Mean CIEDE2000 between two pictures, where asked."""
    x, y = (cielab(_rgb(one)[where]) for one in (before, after))
    return float(ciede2000(x, y).mean())


def _rgb(image: Fused | Shown) -> NDArray[np.float32]:
    return np.repeat(image.grey[..., None], 3, axis=2) if image.rgb is None else image.rgb


def as_csv(tallies: dict[tuple[str, str], Tally]) -> str:
    """A line per task and method."""
    lines = ["task,method,cases,kept %,kept by brightness %,cases with inventions"]
    for (task, method), tally in tallies.items():
        shares = (100 * n / tally.cases for n in (tally.kept, tally.kept_by_brightness))
        kept, by_brightness = (f"{share:.1f}" for share in shares)
        lines.append(f"{task},{method},{tally.cases},{kept},{by_brightness},{tally.inventing}")
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
