"""The scores that `python -m training evaluate` wrote, read back: of each pair, not only means."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.methods import TASKS
from fusionviewer.metrics.table import METRICS
from training.errors import DataError

Values = dict[str, float]  # by name of the pair
Scored = dict[str, dict[str, dict[str, Values]]]  # by task, method, score

COLUMNS = ("task", "pair", "method", "score", "value")


def read_scores(paths: Sequence[Path]) -> Scored:
    """What the files hold together; a later one replaces what an earlier one has of the same.

    Raises:
        DataError: a file is missing, is no such table, or holds what is no number.
    """
    found: Scored = {}
    for path in paths:
        for row in _rows(path):
            of_task = found.setdefault(row["task"], {})
            values = of_task.setdefault(row["method"], {}).setdefault(row["score"], {})
            if row["value"]:
                values[row["pair"]] = _number(row["value"], path)
    return {task: found[task] for task in sorted(found, key=_place)}


def require(scored: Scored, methods: Iterable[str]) -> None:
    """That each of `methods` was scored in some task.

    Raises:
        DataError: one was not.
    """
    known = sorted({method for of_task in scored.values() for method in of_task})
    for method in methods:
        if method not in known:
            raise DataError(f"“{method}” was not scored.", f"Scored were {', '.join(known)}.")


def both(own: Values, other: Values) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """The pairs that both have a value of, by name, and the values."""
    pairs = sorted(own.keys() & other.keys())
    mine, others = (np.array([values[p] for p in pairs]) for values in (own, other))
    return pairs, mine, others


def sign_of(score: str) -> int:
    """1 where more is better, -1 where less is."""
    return 1 if METRICS[score].better == "higher" else -1


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"“{path.name}” cannot be read as a table of scores.") from error
    wrong = [row for row in rows if None in row or None in row.values()]
    if tuple(reader.fieldnames or ()) != COLUMNS or wrong:
        raise DataError(
            f"“{path.name}” is no table of scores.",
            "`python -m training evaluate` writes one, scores.csv.",
        )
    if strange := {row["score"] for row in rows} - METRICS.keys():
        raise DataError(f"“{path.name}” has scores that are not known: {', '.join(strange)}.")
    return rows


def _number(text: str, path: Path) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise DataError(f"“{path.name}” holds “{text}” where a number was expected.") from error


def _place(task: str) -> tuple[int, str]:
    return (TASKS.index(task) if task in TASKS else len(TASKS), task)
