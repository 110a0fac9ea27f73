"""Scores as figures, one Matplotlib `Figure` a page. Imported only where plots are asked for."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fusionviewer.cli.score_comparison import comparison
from fusionviewer.cli.score_styles import (
    ROW_INCH,
    Comparison,
    Values,
    draw_line,
    legend_of,
    styles_of,
)
from fusionviewer.metrics.table import METRICS, Metric

BOXES_PER_PAGE, CURVES_PER_PAGE = 9, 6
MOST_POINTS = 60  # pairs that are drawn one by one beside a box
MOST_TICKS = 10
_WAYS = {"higher": "more is better →", "lower": "← less is better", None: "neither way is better"}


def figures(shown: Comparison) -> dict[str, Callable[[], Figure]]:
    """File names without ending, and what draws them: one at a time, for they take memory."""
    made: dict[str, Callable[[], Figure]] = {}
    if len(shown.methods) > 1 and shown.scores:
        made["comparison"] = partial(comparison, shown)
    for kind, draw, size in (
        ("boxes", boxes, BOXES_PER_PAGE),
        ("curves", curves, CURVES_PER_PAGE),
    ):
        if kind == "curves" and len(shown.cases) < 2:
            continue
        for page, start in enumerate(range(0, len(shown.scores), size), start=1):
            names = shown.scores[start : start + size]
            made[f"{kind}-{page}"] = partial(draw, shown, names)
    return made


def boxes(shown: Comparison, names: Sequence[str]) -> Figure:
    """How each score spreads over the pairs: a line of boxes per method."""
    columns, count = min(3, len(names)), len(shown.methods)
    rows = ceil(len(names) / columns)
    figure = Figure((1.5 + 3.6 * columns, 0.8 + rows * (1.2 + 1.4 * ROW_INCH * count)))
    figure.set_layout_engine("constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for place, name in zip(grid.flat, names, strict=False):
        _boxes_of(place, METRICS[name], [shown.values(m, name) for m in shown.methods])
    for row in grid:
        row[0].set_yticks(range(1, count + 1), shown.methods)
    grid[0][0].set_ylim(count + 0.6, 0.4)  # shared: the first method is at the top
    _hide_rest(grid, len(names))
    about = ": median, quartiles, last value within 1.5 quartile distances; ◇ mean"
    figure.suptitle(shown.pairs + (about if len(shown.cases) > 1 else ""))
    return figure


def curves(shown: Comparison, names: Sequence[str]) -> Figure:
    """Each score pair by pair, a line per method; gaps where a pair has no value."""
    columns = min(2, len(names))
    rows, styles = ceil(len(names) / columns), styles_of(shown.methods)
    figure = Figure((1 + 5.5 * columns, 1.0 + ROW_INCH * len(styles) / 4 + 2.7 * rows))
    figure.set_layout_engine("constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for place, name in zip(grid.flat, names, strict=False):
        for method, style in styles.items():
            draw_line(place, range(len(shown.cases)), shown.values(method, name), style, width=1.2)
        place.set_title(METRICS[name].label)
        place.set_ylabel(_quantity(METRICS[name]))
        _name_pairs(place, shown.cases)
    _hide_rest(grid, len(names))
    figure.legend(*legend_of(styles), loc="outside upper center", ncols=4)
    return figure


def _quantity(metric: Metric) -> str:
    return f"{metric.unit}   {_WAYS[metric.better]}".strip()


def _boxes_of(place: Axes, metric: Metric, columns: Sequence[Values]) -> None:
    known = [values[np.isfinite(values)] for values in columns]
    few = max(map(len, columns)) <= MOST_POINTS
    several = max(map(len, columns)) > 1
    if several:
        place.boxplot(
            known, orientation="horizontal", widths=0.6, showmeans=True, showfliers=not few,
            medianprops={"color": "#D55E00", "linewidth": 2}, boxprops={"color": "#333333"},
            meanprops={"marker": "D", "markerfacecolor": "white", "markeredgecolor": "#333333",
                       "markersize": 5},
            flierprops={"marker": ".", "markersize": 3, "markeredgecolor": "#666666"},
        )  # fmt: skip
    for number, values in enumerate(known if few else (), start=1):
        heights = number + 0.18 * np.sin(2.4 * np.arange(len(values)))  # apart, and repeatable
        place.plot(
            values, heights, ".", color="#0072B2", alpha=0.55, markersize=4 if several else 12
        )
    place.set_title(metric.label)
    place.set_xlabel(_quantity(metric))
    place.xaxis.set_major_locator(MaxNLocator(5))
    place.grid(axis="x", color="#dddddd", linewidth=0.6)
    place.set_axisbelow(True)


def _name_pairs(place: Axes, cases: Sequence[str]) -> None:
    chosen = np.unique(np.linspace(0, len(cases) - 1, min(len(cases), MOST_TICKS)).astype(int))
    long = max(len(cases[i]) for i in chosen) > 5
    place.set_xticks(chosen, [cases[i] for i in chosen], rotation=40 if long else 0)
    place.grid(color="#dddddd", linewidth=0.6)


def _hide_rest(grid: Any, used: int) -> None:
    for place in list(grid.flat)[used:]:
        place.set_visible(False)
