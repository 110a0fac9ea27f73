"""`python -m training worst`: the pairs on which a method does worst, to be looked at.

Worst against another method, by the mean over the scores that methods are ranked by of how many of
that score's standard deviations it is behind. With `--pictures`, a sheet for each task shows sources,
both methods and their names. Never commit pictures of patients.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fusionviewer.fusion.methods import METHODS
from training.comparison import Way, pairs_of
from training.errors import DataError
from training.scored import Scored, both, read_scores, require, sign_of
from training.settings import with_settings
from training.sheet import draw_sheet
from training.tables import RANKED


@dataclass(frozen=True)
class Behind:
    """One pair: how far a method is behind another.

    Attributes:
        by: in standard deviations over the pairs, the mean over scores; below 0 it is ahead.
        scores: the same of each score.
    """

    pair: str
    by: float
    scores: dict[str, float]


def worst_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scores", type=Path, nargs="+", help="scores.csv of evaluate, one or more")
    parser.add_argument("--of", default="clarus", help="the method that is asked about")
    parser.add_argument("--against", default="maximum")
    parser.add_argument("--by", nargs="+", choices=RANKED, default=RANKED, help="scores")
    parser.add_argument("--count", type=int, default=10, help="pairs of each task")
    parser.add_argument("--root", type=Path, help="the data set, for pictures")
    parser.add_argument("--pictures", type=Path, help="a folder for a sheet of each task")


def worst_command(given: argparse.Namespace) -> None:
    """Print a line for each of the worst pairs; draw them where asked.

    Raises:
        DataError: a file is no table of scores, a method is not in it, or pictures lack a data set.
    """
    scored = read_scores(given.scores)
    require(scored, (given.of, given.against))
    if given.count < 1:
        raise DataError("At least one pair is needed.")
    if given.pictures and not given.root:
        raise DataError("Pictures need the data set.", "Add --root FOLDER.")
    for task in scored:
        found = behind(scored, task, (given.of, given.against), given.by)[: given.count]
        for one in found:
            parts = "  ".join(f"{name} {by:+.2f}" for name, by in one.scores.items())
            sys.stdout.write(f"{task}  {one.pair}  {one.by:+.2f}  {parts}\n")
        if given.pictures:
            _draw(given, task, [one.pair for one in found])


def behind(
    scored: Scored, task: str, methods: tuple[str, str], scores: Sequence[str] = RANKED
) -> list[Behind]:
    """All pairs of a task, the worst first; of each the scores that both methods have."""
    by_pair: dict[str, dict[str, float]] = {}
    for score in scores:
        own, other = (scored[task].get(name, {}).get(score, {}) for name in methods)
        pairs, mine, others = both(own, other)
        spread = float(np.concatenate((mine, others)).std()) if pairs else 0.0
        for pair, value in zip(pairs, (others - mine) * sign_of(score), strict=True):
            by_pair.setdefault(pair, {})[score] = float(value / spread) if spread else 0.0
    found = [Behind(p, float(np.mean(list(each.values()))), each) for p, each in by_pair.items()]
    return sorted(found, key=lambda one: -one.by)


def _draw(given: argparse.Namespace, task: str, pairs: Sequence[str]) -> None:
    given.pictures.mkdir(parents=True, exist_ok=True)
    out = given.pictures / f"{task}.png"
    draw_sheet(
        list(pairs_of(given.root, task, pairs)),
        [way_named(name) for name in (given.of, given.against)],
        pairs,
        out,
    )
    sys.stderr.write(f"Wrote {out}\n")


def way_named(name: str) -> Way:
    """The way that a row is of, from its name: `Way.name` read backwards."""
    method, *words = name.split()
    strategy = " ".join(word for word in words if "=" not in word)
    if method not in METHODS:
        raise DataError(f"There is no method “{method}”.")
    if strategy not in (METHODS[method].strategies or ("",)):
        raise DataError(f"“{method}” has no strategy “{strategy}”.")
    return with_settings([Way(method, strategy)], [word for word in words if "=" in word])[0]
