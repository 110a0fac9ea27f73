"""`python -m training significance`: whether a method is better than others, or was it chance?

Two-sided Wilcoxon signed-rank tests over the pairs of each task, with Holm's correction for all
tests of the task together. Slices of one patient are alike, so the pairs are fewer than they seem and
true p-values are larger: read what is not significant as unknown, and what is as an indication.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusionviewer.metrics.table import METRICS
from training.errors import DataError
from training.scored import Scored, both, read_scores, require, sign_of
from training.tables import RANKED

LEVEL = 0.05
FEWEST_PAIRS = 6  # below, no p-value of the test can be under 0.05
NOTHING = "—"


@dataclass(frozen=True)
class Difference:
    """Of one score of two methods on the same pairs; `mean` is above 0 where the first is better.

    Attributes:
        p: corrected; None with too few pairs.
    """

    mean: float
    p: float | None
    pairs: int

    @property
    def told(self) -> str:
        if self.p is None or self.p >= LEVEL:
            return "="
        return "better" if self.mean > 0 else "worse"


def significance_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scores", type=Path, nargs="+", help="scores.csv of evaluate, one or more")
    parser.add_argument("--of", default="clarus", help="the method that is asked about")
    parser.add_argument("--against", nargs="+", help="the others (default: all)")


def significance_command(given: argparse.Namespace) -> None:
    """Print a table for each task.

    Raises:
        DataError: a file is no table of scores, or does not have a method.
    """
    scored = read_scores(given.scores)
    require(scored, [given.of, *(given.against or ())])
    for task, of_task in scored.items():
        others = given.against or [name for name in of_task if name != given.of]
        found = differences(scored, task, given.of, others)
        sys.stdout.write(f"### {task}: {given.of}\n\n{as_markdown(found)}\n\n")


def differences(
    scored: Scored, task: str, method: str, others: Sequence[str]
) -> dict[str, dict[str, Difference]]:
    """By other method and score, for the scores that methods are ranked by.

    Raises:
        DataError: a method has no scores in this task.
    """
    cells: dict[tuple[str, str], tuple[float, float, int]] = {}
    for other in others:
        for score in RANKED:
            if compared := _compared(scored, task, (method, other), score):
                cells[other, score] = compared
    corrected = holm(np.array([p for _, p, _ in cells.values()]))
    table: dict[str, dict[str, Difference]] = {other: {} for other in others}
    for ((other, score), (mean, p, count)), corrected_p in zip(
        cells.items(), corrected, strict=True
    ):
        known = None if np.isnan(p) else float(corrected_p)
        table[other][score] = Difference(mean, known, count)
    return table


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corrected for being many, in the order given; NaN stays and does not count.

    Source: Holm 1979, https://www.jstor.org/stable/4615733.
    """
    corrected = np.full(p_values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known])]
    factors = len(order) - np.arange(len(order))
    corrected[order] = np.maximum.accumulate(np.minimum(p_values[order] * factors, 1))
    return corrected


def as_markdown(table: dict[str, dict[str, Difference]]) -> str:
    """A row for each method; how much better on average, and whether that is significant."""
    scores = [s for s in RANKED if any(s in row for row in table.values())]
    lines = [
        "| against | pairs | " + " | ".join(METRICS[s].label for s in scores) + " |",
        "|---" * (len(scores) + 2) + "|",
    ]
    for other, row in table.items():
        count = max((cell.pairs for cell in row.values()), default=0)
        cells = [_cell(row.get(score), score) for score in scores]
        lines.append(f"| {other} | {count} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _compared(
    scored: Scored, task: str, methods: tuple[str, str], score: str
) -> tuple[float, float, int] | None:
    """Mean difference, p-value (NaN: too few pairs), number of pairs; None where never scored."""
    for name in methods:
        if name not in scored[task]:
            raise DataError(f"“{name}” was not scored on {task}.")
    own, other = (scored[task][name].get(score, {}) for name in methods)
    _, mine, others = both(own, other)
    if not len(mine):
        return None
    better = (mine - others) * sign_of(score)
    return float(better.mean()), _p_value(better), len(better)


def _p_value(better: NDArray[np.float64]) -> float:
    if len(better) < FEWEST_PAIRS:
        return float("nan")
    if not better.any():
        return 1.0
    from scipy.stats import wilcoxon  # slow to import

    return float(wilcoxon(better).pvalue)


def _cell(cell: Difference | None, score: str) -> str:
    if cell is None:
        return NOTHING
    text = f"{cell.mean:+.{METRICS[score].digits}f}"
    return {"better": f"**{text}**", "worse": f"*{text}*", "=": f"{text} ≈"}[cell.told]
