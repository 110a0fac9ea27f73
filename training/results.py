"""`python -m training compare`: the table of every method over a split, and a picture of it."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from fusionviewer.metrics.report import Scores
from training.comparison import (
    SCORES,
    STRATEGIES_SHOWN,
    Way,
    as_csv,
    as_markdown,
    compare,
    fused_levels,
    mean_ranks,
    pairs_of,
    ways,
)
from training.errors import DataError

# The scores that others are compared by: best mean rank over these.
RANKED = ("ssim", "fsim", "mi", "fmi_edge", "sf", "scd", "vif", "qabf")
SHEET_CASES = 6


def compare_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--every", type=int, default=1, help="take every n-th pair")
    parser.add_argument("--tasks", nargs="+", default=["CT-MRI", "PET-MRI", "SPECT-MRI"])
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES_SHOWN)
    parser.add_argument(
        "--out", type=Path, default=Path("runs/compare"), help="CSV, tables, sheets"
    )


def compare_command(given: argparse.Namespace) -> None:
    """Score every method; write `scores.csv`, `tables.md` and a contact sheet for each task.

    Raises:
        DataError: FUSIONVIEWER_DATA is not set.
    """
    root = _root()
    names = _names(root, given)
    chosen = ways(given.strategies)
    given.out.mkdir(parents=True, exist_ok=True)
    tables: dict[str, dict[str, list[Scores]]] = {}
    for task, of_task in names.items():
        tables[task] = compare(root, task, of_task, chosen, SCORES, _shown(task))
        cases = of_task[:: max(len(of_task) // SHEET_CASES, 1)][:SHEET_CASES]
        contact_sheet(list(pairs_of(root, task, cases)), chosen, given.out / f"{task}.png")
        (given.out / "scores.csv").write_text(as_csv(tables, names), encoding="utf-8")
        (given.out / "tables.md").write_text(told(tables), encoding="utf-8")
    sys.stdout.write(told(tables))


def told(tables: Mapping[str, Mapping[str, Sequence[Scores]]]) -> str:
    """The tables of all tasks with the mean ranks, as Markdown."""
    parts = []
    for task, table in tables.items():
        count = len(next(iter(table.values()), []))
        ranks = sorted(mean_ranks(table, RANKED).items(), key=lambda entry: entry[1])
        order = ", ".join(f"{name} {rank:.1f}" for name, rank in ranks)
        parts.append(f"### {task}, {count} pairs\n\n{as_markdown(table)}\n\nMean rank: {order}.\n")
    return "\n".join(parts)


def contact_sheet(cases: Sequence[tuple[Shown, Shown]], chosen: Sequence[Way], path: Path) -> None:
    """A picture: a row for each case; the two sources, then each method in the order of `chosen`."""
    runtimes = Runtimes()
    rows = []
    for a, b in cases:
        tiles = [_levels(a), _levels(b)]
        tiles += [
            fused_levels(fuse_slice(a, b, way.method, way.strategy, runtimes)) for way in chosen
        ]
        rows.append(np.concatenate(tiles, axis=1))
    Picture.fromarray(np.concatenate(rows, axis=0)).save(path)


def _levels(image: Shown) -> NDArray[np.uint8]:
    rgb = np.repeat(image.grey[..., None], 3, axis=2) if image.rgb is None else image.rgb
    return np.asarray(np.round(rgb * 255), dtype=np.uint8)


def _root() -> Path:
    if not (home := os.environ.get("FUSIONVIEWER_DATA")):
        raise DataError("The environment variable FUSIONVIEWER_DATA is not set.")
    return Path(home) / "harvard"


def _names(root: Path, given: argparse.Namespace) -> dict[str, list[str]]:
    splits = json.loads((root / "splits.json").read_text(encoding="utf-8"))
    return {task: splits[task][given.split][:: given.every] for task in given.tasks}


def _shown(task: str) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            sys.stderr.write(f"\r{task}: {done} of {total} pairs" + ("\n" if done == total else ""))

    return show
