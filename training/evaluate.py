"""`python -m training evaluate`: the table of every method over a split, and a picture of it."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fusionviewer.fusion.methods import METHODS, SELECTABLE, TASKS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from fusionviewer.metrics.report import Scores
from fusionviewer.metrics.table import METRICS
from training import tables
from training.comparison import (
    SCORES,
    STRATEGIES_SHOWN,
    Way,
    compare,
    pairs_of,
    ways,
)
from training.cost import Cost, cost_of
from training.errors import DataError
from training.sheet import draw_sheet
from training.splits import read_split_file

SHEET_CASES = 6
TIMED_PAIRS = 5


def evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--every", type=every, default=1, help="take every n-th pair")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--strategies", nargs="+", choices=SELECTABLE, default=STRATEGIES_SHOWN)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--scores", nargs="+", choices=METRICS, default=SCORES)
    parser.add_argument(
        "--out", type=Path, default=Path("runs/evaluate"), help="CSV, tables, sheets"
    )


def every(text: str) -> int:
    """Of an argument: which step to take through a list, at least 1."""
    if (step := int(text)) < 1:
        raise ValueError(f"every {step}-th is none")
    return step


def evaluate_command(given: argparse.Namespace) -> None:
    """Write `scores.csv`, `costs.csv`, `tables.md` and a contact sheet for each task.

    Raises:
        DataError: FUSIONVIEWER_DATA is not set, or names no such split; or no method is left.
    """
    chosen = [way for way in ways(given.strategies) if way.method in given.methods]
    if not chosen:
        raise DataError("None of these methods takes one of these strategies.", "")
    root = _root()
    names = _names(root, given)
    given.out.mkdir(parents=True, exist_ok=True)
    scores: dict[str, dict[str, list[Scores]]] = {}
    costs: dict[str, dict[str, Cost]] = {}
    for task, of_task in names.items():
        costs[task] = _costs(chosen, list(pairs_of(root, task, of_task[:TIMED_PAIRS])))
        scores[task] = compare(root, task, of_task, chosen, given.scores, _shown(task))
        cases = of_task[:: max(len(of_task) // SHEET_CASES, 1)][:SHEET_CASES]
        draw_sheet(list(pairs_of(root, task, cases)), chosen, cases, given.out / f"{task}.png")
        _write(given.out / "scores.csv", tables.as_csv(scores, names))
        _write(given.out / "costs.csv", tables.costs_as_csv(costs))
        _write(given.out / "tables.md", tables.report(scores, costs))
    sys.stdout.write(tables.report(scores, costs))


def _costs(chosen: Sequence[Way], pairs: Sequence[tuple[Shown, Shown]]) -> dict[str, Cost]:
    runtimes = Runtimes()
    return {way.name: cost_of(way, pairs, runtimes) for way in chosen}


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _root() -> Path:
    if not (home := os.environ.get("FUSIONVIEWER_DATA")):
        raise DataError("The environment variable FUSIONVIEWER_DATA is not set.")
    return Path(home) / "harvard"


def _names(root: Path, given: argparse.Namespace) -> dict[str, list[str]]:
    splits = read_split_file(root / "splits.json", given.tasks)
    return {task: splits[task][given.split][:: given.every] for task in given.tasks}


def _shown(task: str) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            sys.stderr.write(f"\r{task}: {done} of {total} pairs" + ("\n" if done == total else ""))

    return show
