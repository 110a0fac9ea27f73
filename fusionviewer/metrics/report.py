"""The scores of fused images: one pair, and methods compared over many."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fusionviewer.metrics.picture import Picture, Region, Sources, Undefined
from fusionviewer.metrics.table import METRICS

Mark = Literal["best", "second", ""]

_FEWEST_PAIRS = 6  # below, no p-value of the signed-rank test can be under 0.05


@dataclass(frozen=True)
class Score:
    """A finite value, or why there is none."""

    value: float | None
    why_not: str | None = None


Scores = dict[str, Score]  # by name of the metric


@dataclass(frozen=True)
class Summary:
    """One score of one method over many pairs.

    `deviation` is that of a sample (n − 1), None for one pair. `p_value` is from the two-sided
    Wilcoxon signed-rank test against the best method, over the pairs where both have a value:
    None for the best itself and for fewer than six pairs. `missing` pairs had no value.
    """

    mean: float | None
    deviation: float | None
    count: int
    missing: int
    p_value: float | None
    mark: Mark
    why_not: str | None = None  # of the first pair without a value


def score_pair(
    a: ArrayLike,
    b: ArrayLike,
    fused: ArrayLike,
    metrics: Sequence[str] | None = None,
    region: Region | None = None,
) -> Scores:
    """The scores of grey levels (H, W) within 0…255, in the order asked for (all by default).

    For many fused images of one pair, or for colours, keep a `Sources` and call `scores_of`.

    Raises:
        InputError: sizes differ, or an image is not finite grey levels within 0…255.
        ValueError: no metric has that name, or the region is no bool array (H, W).
    """
    sources = Sources(Picture(a, name="Source A"), Picture(b, name="Source B"), region)
    return scores_of(sources, Picture(fused, name="The fused image"), metrics)


def scores_of(sources: Sources, fused: Picture, metrics: Sequence[str] | None = None) -> Scores:
    """As `score_pair`, with what is known of the sources from an earlier call.

    Raises:
        InputError: the fused image has not the size of its sources.
        ValueError: no metric has that name.
    """
    sources.check(fused)
    names = list(METRICS) if metrics is None else list(metrics)
    if unknown := [name for name in names if name not in METRICS]:
        raise ValueError(f"no score is called {', '.join(unknown)}; there are {', '.join(METRICS)}")
    boxed = sources.boxed(fused)
    return {
        name: _score(name, *(boxed if METRICS[name].region == "box" else (sources, fused)))
        for name in names
    }


def summary(table: Mapping[str, Sequence[Mapping[str, Score]]]) -> dict[str, dict[str, Summary]]:
    """Per score and method: mean, deviation, p-value against the best, best and second.

    `table` has, per method, the scores of the same pairs in the same order. Best and second
    are by mean, among methods with a value for every pair that any method has one for; equal
    means share a mark.

    Raises:
        ValueError: the methods have different numbers of pairs.
    """
    if len({len(rows) for rows in table.values()}) > 1:
        raise ValueError("every method needs the scores of the same pairs")
    names = dict.fromkeys(name for rows in table.values() for row in rows for name in row)
    return {name: _compared(name, table) for name in names}


def _score(name: str, sources: Sources, fused: Picture) -> Score:
    try:
        value = METRICS[name].function(sources, fused)
    except Undefined as reason:
        return Score(None, str(reason))
    if math.isinf(value):
        return Score(None, "infinite: the fused image equals a source")
    return Score(value)


def _compared(name: str, table: Mapping[str, Sequence[Mapping[str, Score]]]) -> dict[str, Summary]:
    columns = {method: _column(name, rows) for method, rows in table.items()}
    marks = _marks(name, columns)
    best = next((method for method, mark in marks.items() if mark == "best"), None)
    return {
        method: _summarised(
            values,
            None if best in (None, method) else columns[str(best)],
            marks.get(method, ""),
            _first_reason(name, table[method]),
        )
        for method, values in columns.items()
    }


def _column(name: str, rows: Sequence[Mapping[str, Score]]) -> NDArray[np.float64]:
    scores = (row.get(name, Score(None)).value for row in rows)
    return np.array([np.nan if value is None else value for value in scores], dtype=np.float64)


def _first_reason(name: str, rows: Sequence[Mapping[str, Score]]) -> str | None:
    scores = (row.get(name, Score(None, "not computed")) for row in rows)
    return next((score.why_not for score in scores if score.value is None), None)


def _summarised(
    values: NDArray[np.float64],
    best: NDArray[np.float64] | None,
    mark: Mark,
    why_not: str | None,
) -> Summary:
    known = values[~np.isnan(values)]
    return Summary(
        mean=float(known.mean()) if known.size else None,
        deviation=float(known.std(ddof=1)) if known.size > 1 else None,
        count=known.size,
        missing=values.size - known.size,
        p_value=None if best is None else _p_value(values - best),
        mark=mark,
        why_not=why_not,
    )


def _p_value(differences: NDArray[np.float64]) -> float | None:
    differences = differences[~np.isnan(differences)]
    if differences.size < _FEWEST_PAIRS:
        return None
    if not differences.any():
        return 1.0
    from scipy.stats import wilcoxon  # takes longer to import than the window to open

    return float(wilcoxon(differences).pvalue)


def _marks(name: str, columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Mark]:
    better = METRICS[name].better if name in METRICS else None
    most = max((np.count_nonzero(~np.isnan(v)) for v in columns.values()), default=0)
    means = {
        method: float(np.nanmean(values))
        for method, values in columns.items()
        if most and np.count_nonzero(~np.isnan(values)) == most
    }
    if better is None or len(means) < 2:
        return {}
    ranked = sorted(set(means.values()), reverse=better == "higher")
    places: dict[float, Mark] = dict(zip(ranked, ("best", "second"), strict=False))
    return {method: places.get(mean, "") for method, mean in means.items()}
