"""`python -m training evaluate`: the table of every method over a split, and a picture of it."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from fusionviewer.fusion.methods import METHODS, NETWORKS, SELECTABLE, TASKS
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
from training.config import DataConfig
from training.cost import Cost, cost_of
from training.datasets import paired_names, read_splits
from training.errors import DataError
from training.settings import with_settings
from training.sheet import draw_sheet
from training.splits import BY_NAME, DILRAN_TEST, EH_DRAN_RUNS, FILE

SHEET_CASES = 6
TIMED_PAIRS = 5
EH_DRAN = "eh-dran"  # all three test sets of EH_DRAN_RUNS
PUBLISHED_TASK = "CT-MRI"  # that DILRAN was tested on
SPLIT_RULES = (FILE, *BY_NAME, EH_DRAN)

Sets = list[list[str]]  # names, by test set
Table = dict[str, list[Scores]]  # by the name of a way


def evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--splits", choices=SPLIT_RULES, default=FILE, help="what parts the slices")
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--every", type=every, default=1, help="take every n-th pair")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--strategies", nargs="+", choices=SELECTABLE, default=STRATEGIES_SHOWN)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--scores", nargs="+", choices=METRICS, default=SCORES)
    parser.add_argument(
        "--weights",
        type=Path,
        nargs="+",
        default=[None],
        metavar="FOLDER",
        help="of all networks, in place of those shipped; for --splits eh-dran also one for each run",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="settings",
        help="a setting, for the methods and strategies that take it; again for another one",
    )
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
        DataError: FUSIONVIEWER_DATA is not set, or names no such split; or no method is left, or
            takes a setting; or there are not as many folders of weights as test sets, or one
            holds none.
        WeightsError: a folder lacks the weights of a method.
    """
    chosen = _chosen(given)
    root = _root()
    sets = _sets(root, given)
    weights = _for_each_set(given.weights, sets)
    names = {task: [name for each in of_task for name in each] for task, of_task in sets.items()}
    given.out.mkdir(parents=True, exist_ok=True)
    scores: dict[str, Table] = {}
    costs: dict[str, dict[str, Cost]] = {}
    for task, of_task in sets.items():
        timed = list(pairs_of(root, task, of_task[0][:TIMED_PAIRS]))
        costs[task] = _costs(chosen, timed, weights[0])
        scores[task] = _scores(root, task, zip(of_task, weights, strict=True), chosen, given.scores)
        cases = of_task[0][:: max(len(of_task[0]) // SHEET_CASES, 1)][:SHEET_CASES]
        pairs = list(pairs_of(root, task, cases))
        draw_sheet(pairs, chosen, cases, given.out / f"{task}.png", weights[0])
        text = tables.report(scores, costs) + _over_sets(scores, sets)
        _write(given.out / "scores.csv", tables.as_csv(scores, names))
        _write(given.out / "costs.csv", tables.costs_as_csv(costs))
        _write(given.out / "tables.md", text)
    sys.stdout.write(text)


def _chosen(given: argparse.Namespace) -> list[Way]:
    """The rows of the table.

    Raises:
        DataError: there are none, or none takes a setting.
    """
    for folder in given.weights:
        if folder and not any((folder / f"{name}.json").exists() for name in NETWORKS):
            raise DataError(f"“{folder}” holds the weights of no method.", "Export a run into it.")
    known = ways(given.strategies, given.weights[0])
    if not (chosen := [way for way in known if way.method in given.methods]):
        raise DataError("None of these methods takes one of these strategies.", "")
    return with_settings(chosen, given.settings)


def _scores(
    root: Path,
    task: str,
    sets: Iterable[tuple[list[str], Path | None]],
    chosen: Sequence[Way],
    scores: Sequence[str],
) -> Table:
    """The scores of each way over one test set after the other, each with its weights."""
    table: Table = {way.name: [] for way in chosen}
    for names, weights in sets:
        found = compare(root, task, names, chosen, scores, _shown(task), weights)
        for name, rows in found.items():
            table[name] += rows
    return table


def _over_sets(scores: Mapping[str, Table], sets: Mapping[str, Sets]) -> str:
    """Means and deviations over the test sets of each task, where there are several."""
    return "".join(
        f"\n{tables.over_sets(task, table, [len(each) for each in sets[task]])}"
        for task, table in scores.items()
        if len(sets[task]) > 1
    )


def _costs(
    chosen: Sequence[Way], pairs: Sequence[tuple[Shown, Shown]], weights: Path | None
) -> dict[str, Cost]:
    runtimes = Runtimes(folder=weights)
    return {way.name: cost_of(way, pairs, runtimes, weights) for way in chosen}


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _root() -> Path:
    if not (home := os.environ.get("FUSIONVIEWER_DATA")):
        raise DataError("The environment variable FUSIONVIEWER_DATA is not set.")
    return Path(home) / "harvard"


def _sets(root: Path, given: argparse.Namespace) -> dict[str, Sets]:
    """The names of the slices to score, by task: one list for each test set."""
    if given.splits == "dilran":
        return {PUBLISHED_TASK: [_published(root, given.tasks)[:: given.every]]}
    rules = EH_DRAN_RUNS if given.splits == EH_DRAN else (given.splits,)
    tasks = tuple(given.tasks)
    read = [read_splits(root, DataConfig(pairs=tasks, splits=rule)) for rule in rules]
    found = {task: [each[task][given.split][:: given.every] for each in read] for task in tasks}
    if empty := [task for task, of_task in found.items() if not all(of_task)]:
        raise DataError(f"By {given.splits}, {empty[0]} has no slices for {given.split}.")
    return found


def _published(root: Path, tasks: Sequence[str]) -> list[str]:
    """The slices that DILRAN was tested on, as far as they are here; the others are told."""
    if PUBLISHED_TASK not in tasks:
        raise DataError("The published test slices of DILRAN are CT-MRI.", "Use --tasks CT-MRI.")
    here = set(paired_names(root / PUBLISHED_TASK))
    if absent := [name for name in DILRAN_TEST if name not in here]:
        count = f"{len(absent)} of the {len(DILRAN_TEST)} published test slices"
        sys.stderr.write(f"{count} are not here: {', '.join(absent)}.\n")
    if len(absent) == len(DILRAN_TEST):
        raise DataError("None of the published test slices is here.")
    return [name for name in DILRAN_TEST if name in here]


def _for_each_set(
    folders: Sequence[Path | None], sets: Mapping[str, Sets]
) -> Sequence[Path | None]:
    count = max(len(of_task) for of_task in sets.values())
    if len(folders) not in (1, count):
        raise DataError(
            f"{len(folders)} folders of weights do not go with {count} test sets.",
            "Name one folder; for --splits eh-dran one or three.",
        )
    return folders if len(folders) == count else [folders[0]] * count


def _shown(task: str) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            sys.stderr.write(f"\r{task}: {done} of {total} pairs" + ("\n" if done == total else ""))

    return show
