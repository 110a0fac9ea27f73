"""A blinded reading: which two fused pictures are shown side by side, and what the reader said.

The file of a reading is a CSV with one line per comparison; those that nobody has rated yet are in
it as well, so that it can be continued. It names the methods: who reads must not look into it.
"""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from fusionviewer.errors import InputError
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.workspace.method_options import method_words

SCORES = (1, 2, 3, 4, 5)
CHOICES = {
    "left": marked("Left is better"),
    "equal": marked("Both alike"),
    "right": marked("Right is better"),
}
MOST = 5000  # comparisons in one reading


@dataclass(frozen=True)
class Recipe:
    """A method with its strategy; written "eh-dran/sfnn-max", or "average" without one."""

    method: str
    strategy: str = ""

    @property
    def name(self) -> str:
        return f"{self.method}/{self.strategy}" if self.strategy else self.method

    @property
    def label(self) -> str:
        return method_words(self.method, self.strategy)


@dataclass(frozen=True)
class Case:
    """A pair to be fused: a slice of the pair that is open, or two files.

    Attributes:
        key: of the open pair, so that a reading is continued with the same images only.
        slice_index: from 0.
    """

    name: str
    slice_index: int = 0
    key: str = ""
    first: str = ""
    second: str = ""


@dataclass(frozen=True)
class Trial:
    """One comparison, and what was said of it: all of it, or nothing yet.

    Attributes:
        score_left, score_right: of SCORES, 5 the best; 0 while nobody rated it.
        preference: of CHOICES; "" while nobody rated it.
        seconds: from seeing it to going on.
    """

    number: int
    case: Case
    left: Recipe
    right: Recipe
    score_left: int = 0
    score_right: int = 0
    preference: str = ""
    seconds: float = 0.0

    @property
    def rated(self) -> bool:
        return bool(self.preference and self.score_left and self.score_right)


@dataclass(frozen=True)
class Reading:
    """All comparisons in the order in which they are shown."""

    seed: int
    trials: tuple[Trial, ...]

    def next(self, skipped: Collection[int] = ()) -> Trial | None:
        """The first that is not rated, without those of these numbers."""
        waiting = (t for t in self.trials if not t.rated and t.number not in skipped)
        return next(waiting, None)

    @property
    def done(self) -> int:
        return sum(trial.rated for trial in self.trials)


def planned(cases: Sequence[Case], recipes: Sequence[Recipe], seed: int) -> Reading:
    """Every two recipes on every case, in random order and on random sides.

    Raises:
        InputError: fewer than two recipes, no case, or far too many comparisons.
    """
    pairs = list(combinations(dict.fromkeys(recipes), 2))
    if not pairs or not cases:
        raise InputError(
            _("There is nothing to compare."),
            _("Choose two methods or more, and one case or more."),
        )
    if len(pairs) * len(cases) > MOST:
        raise InputError(
            _("{count} comparisons are more than anybody reads.", count=len(pairs) * len(cases)),
            _("Choose fewer methods or cases: at most {most} comparisons.", most=MOST),
        )
    rng = np.random.default_rng(seed)
    wanted = [(case, *pair) for case in cases for pair in pairs]
    trials = []
    for number, place in enumerate(rng.permutation(len(wanted)), start=1):
        case, one, other = wanted[place]
        left, right = (one, other) if rng.random() < 0.5 else (other, one)
        trials.append(Trial(number, case, left, right))
    return Reading(seed, tuple(trials))


def with_rating(
    reading: Reading, number: int, scores: tuple[int, int], preference: str, seconds: float
) -> Reading:
    """With what was said of trial `number`.

    Raises:
        ValueError: scores or a preference that there are not.
    """
    if not set(scores) <= set(SCORES) or preference not in CHOICES:
        raise ValueError(f"no such rating: {scores}, {preference!r}")
    said = {"score_left": scores[0], "score_right": scores[1], "preference": preference}
    trials = tuple(
        replace(trial, **said, seconds=round(seconds, 2)) if trial.number == number else trial  # type: ignore[arg-type]
        for trial in reading.trials
    )
    return replace(reading, trials=trials)


HEAD = (
    *("seed", "trial", "case", "slice", "left method", "right method", "left score", "right score"),
    *("preference", "preferred method", "seconds", "images", "first file", "second file"),
)


def as_csv(reading: Reading) -> str:
    """The file of a reading."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEAD)
    for trial in reading.trials:
        case, rated = trial.case, trial.rated
        preferred = {"left": trial.left.name, "right": trial.right.name}.get(trial.preference, "")
        said = (trial.score_left, trial.score_right, trial.preference, preferred, trial.seconds)
        writer.writerow(
            [
                *(reading.seed, trial.number, case.name, case.slice_index + 1),
                *(trial.left.name, trial.right.name),
                *(said if rated else [""] * len(said)),
                *(case.key, case.first, case.second),
            ]
        )
    return file.getvalue()


def from_csv(text: str, name: str) -> Reading:
    """The reading of a file called `name`.

    Raises:
        InputError: it is no such file, or was damaged.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text.replace("\r\n", "\n"))))
        if not rows or len(rows) > MOST or not set(HEAD) <= set(rows[0]):
            raise ValueError("not the file of a reading")
        seeds = {int(row["seed"]) for row in rows}
        trials = tuple(_trial(row) for row in rows)
        if len(seeds) != 1 or [t.number for t in trials] != list(range(1, len(rows) + 1)):
            raise ValueError("lines are missing")
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            _("“{name}” is not the file of a blinded reading, or was damaged.", name=name),
            _("Choose the CSV file that an earlier reading was saved to."),
        ) from error
    return Reading(seeds.pop(), trials)


def _trial(row: dict[str, str]) -> Trial:
    case = Case(
        row["case"], int(row["slice"]) - 1, row["images"], row["first file"], row["second file"]
    )
    trial = Trial(
        int(row["trial"]), case, _recipe(row["left method"]), _recipe(row["right method"])
    )
    if not row["preference"]:
        return trial
    scores = int(row["left score"]), int(row["right score"])
    if not set(scores) <= set(SCORES) or row["preference"] not in CHOICES or case.slice_index < 0:
        raise ValueError("no such rating")
    return replace(
        trial,
        score_left=scores[0],
        score_right=scores[1],
        preference=row["preference"],
        seconds=float(row["seconds"]),
    )


def _recipe(name: str) -> Recipe:
    method, _, strategy = name.partition("/")
    known = method in METHODS and (strategy in SELECTABLE or not strategy)
    if not known or (strategy and strategy not in METHODS[method].strategies):
        raise ValueError("no such method")
    return Recipe(method, strategy)


def recipes() -> tuple[Recipe, ...]:
    """Everything that can be compared."""
    return tuple(
        Recipe(name, strategy)
        for name, method in METHODS.items()
        for strategy in (method.strategies or ("",))
    )


def spread_slices(count: int, wanted: int) -> tuple[int, ...]:
    """At most `wanted` of `count` slices, evenly, from the middle of as many equal parts."""
    wanted = max(min(wanted, count), 0)
    return tuple(int((i + 0.5) * count / wanted) for i in range(wanted))
