"""What came of a blinded reading: scores of each method, and who won against whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import scipy

from fusionviewer.texts import text as _
from fusionviewer.workspace.reader import Reading, Recipe, Trial


@dataclass(frozen=True)
class MethodResult:
    """`mean` and `sd` (of a sample; None for one) of its scores 1…5, and how often it was preferred."""

    recipe: Recipe
    shown: int
    mean: float
    sd: float | None
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True)
class Duel:
    """Two methods: how often each was preferred.

    Attributes:
        p: two-sided sign test over the comparisons that had a winner; None without any.
    """

    one: Recipe
    other: Recipe
    one_wins: int
    other_wins: int
    ties: int
    p: float | None


def method_results(reading: Reading) -> tuple[MethodResult, ...]:
    """Of every method that was rated, the one with the best mean first."""
    rated = [trial for trial in reading.trials if trial.rated]
    found = {recipe: list(_said(rated, recipe)) for recipe in _recipes(rated)}
    results = [_result(recipe, said) for recipe, said in found.items()]
    return tuple(sorted(results, key=lambda result: -result.mean))


def _recipes(trials: list[Trial]) -> list[Recipe]:
    return list(dict.fromkeys(r for trial in trials for r in (trial.left, trial.right)))


def _said(trials: list[Trial], recipe: Recipe) -> Iterator[tuple[int, int]]:
    """The score that it got, and 1 when it was preferred, −1 when the other was."""
    for trial in trials:
        for side, mine, score in (
            ("left", trial.left, trial.score_left),
            ("right", trial.right, trial.score_right),
        ):
            if mine == recipe:
                yield (
                    score,
                    0 if trial.preference == "equal" else 2 * (trial.preference == side) - 1,
                )


def _result(recipe: Recipe, said: list[tuple[int, int]]) -> MethodResult:
    scores, won = np.array(said).T
    sd = float(scores.std(ddof=1)) if len(scores) > 1 else None
    outcomes = (int((won == outcome).sum()) for outcome in (1, 0, -1))
    return MethodResult(recipe, len(scores), float(scores.mean()), sd, *outcomes)


def duels(reading: Reading) -> tuple[Duel, ...]:
    """Every two methods that were compared.

    Source: sign test, Dixon & Mood 1946, doi:10.1080/01621459.1946.10501898; ties are left out.
    """
    met: dict[frozenset[Recipe], list[Trial]] = {}
    for trial in reading.trials:
        if trial.rated:
            met.setdefault(frozenset((trial.left, trial.right)), []).append(trial)
    return tuple(_duel(sorted(two, key=lambda r: r.name), trials) for two, trials in met.items())


def _duel(two: list[Recipe], trials: list[Trial]) -> Duel:
    winners = [{"left": trial.left, "right": trial.right}.get(trial.preference) for trial in trials]
    wins = [winners.count(recipe) for recipe in two]
    decided = sum(wins)
    p = float(scipy.stats.binomtest(wins[0], decided).pvalue) if decided else None
    return Duel(two[0], two[1], wins[0], wins[1], len(trials) - decided, p)


def summary_page(reading: Reading) -> str:
    """Both as rich text."""
    methods = [
        (
            *(escape(one.recipe.label), f"{one.mean:.2f}" + _plus_minus(one.sd), str(one.shown)),
            f"{one.wins} / {one.ties} / {one.losses}",
        )
        for one in method_results(reading)
    ]
    pairs = [
        (
            escape(_("{one} against {other}", one=one.one.label, other=one.other.label)),
            f"{one.one_wins} : {one.other_wins}",
            str(one.ties),
            "–" if one.p is None else f"{one.p:.3g}",
        )
        for one in duels(reading)
    ]
    said = _(
        "Rated: {done} of {count}. Seed: {seed}.",
        done=reading.done,
        count=len(reading.trials),
        seed=reading.seed,
    )
    return (
        f"<p>{said}</p>"
        + _table((_("Method"), _("Score 1–5"), _("Shown"), _("Won / alike / lost")), methods)
        + "<p></p>"
        + _table((_("Compared"), _("Preferred"), _("Alike"), _("p (sign test)")), pairs)
        + "<p>"
        + _(
            "p counts comparisons with a winner only, and is not corrected for how many pairs of "
            "methods there are."
        )
        + "</p>"
    )


def _plus_minus(sd: float | None) -> str:
    return "" if sd is None else f" ± {sd:.2f}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = "".join(f"<th align='left'>{cell}&nbsp;&nbsp;&nbsp;</th>" for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{cell}&nbsp;&nbsp;&nbsp;</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table cellpadding='3'><tr>{cells}</tr>{lines}</table>"
