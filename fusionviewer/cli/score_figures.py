"""Scores as figures, one Matplotlib `Figure` a page. Imported only where plots are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from math import ceil
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from fusionviewer.metrics.axes import Axis, axis_of
from fusionviewer.metrics.report import Scores
from fusionviewer.metrics.table import METRICS, Metric

Dash = Literal["-", "--", ":", "-."]
BOXES_PER_PAGE, CURVES_PER_PAGE, AXES_PER_ROW = 9, 6, 12
MOST_POINTS = 60  # pairs that are drawn one by one beside a box
MOST_TICKS = 10
FEW_METHODS = 3  # fewer say nothing when the axes span only themselves
ROW_INCH = 0.24  # a line of text

# Okabe & Ito 2008, “Color Universal Design”, without the yellow, which is too pale on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES: tuple[Dash, ...] = ("-", "--", ":", "-.")
_MARKERS = "osD^vPX*<>"
_WAYS = {"higher": "more is better →", "lower": "← less is better", None: "neither way is better"}

Table = Mapping[str, Sequence[Scores]]  # by method, in the order of the pairs
Values = NDArray[np.float64]  # (pairs,); NaN where there is none


@dataclass(frozen=True)
class Style:
    """How a method is drawn: told apart by dash and marker as well as by colour."""

    colour: str
    dash: Dash
    marker: str


@dataclass(frozen=True)
class Comparison:
    """What the figures show.

    Attributes:
        cases: names of the pairs.
        own: what the sources themselves would score as the fused image, by their letter.
    """

    cases: Sequence[str]
    table: Table
    own: Table

    @property
    def methods(self) -> list[str]:
        return list(self.table)

    @property
    def scores(self) -> list[str]:
        """Those that any method has a value of."""
        names = next(iter(self.table.values()))[0]
        return [n for n in names if any(np.isfinite(self.values(m, n)).any() for m in self.table)]

    def values(self, method: str, score: str) -> Values:
        return _values(self.table[method], score)


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
    grid[0][0].invert_yaxis()  # shared: the first method is at the top
    _hide_rest(grid, len(names))
    figure.suptitle(
        f"{_many(shown)}: median, quartiles, last value within 1.5 quartile distances; ◇ mean"
    )
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
            _line(place, range(len(shown.cases)), shown.values(method, name), style, width=1.2)
        place.set_title(METRICS[name].label)
        place.set_ylabel(_quantity(METRICS[name]))
        _name_pairs(place, shown.cases)
    _hide_rest(grid, len(names))
    figure.legend(*_legend(styles), loc="outside upper center", ncols=4)
    return figure


def comparison(shown: Comparison) -> Figure:
    """All methods over all scores: every axis from the worst to the best mean."""
    styles, names = styles_of(shown.methods), shown.scores
    rows = ceil(len(names) / AXES_PER_ROW)
    across = ceil(len(names) / rows)
    figure = Figure((2 + 0.95 * max(across, 8), 1.0 + ROW_INCH * len(styles) / 4 + 4.0 * rows))
    figure.set_layout_engine("constrained")
    for row, place in enumerate(figure.subplots(rows, 1, squeeze=False).flat):
        _compare(place, shown, names[row * across : (row + 1) * across], styles)
    figure.suptitle(
        f"Means over {_many(shown)}; every axis from the worst to the best."
        + (" A, B: the sources themselves." if shown.own else "")
    )
    figure.legend(*_legend(styles), loc="outside lower center", ncols=4)
    return figure


def _compare(
    place: Axes, shown: Comparison, names: Sequence[str], styles: Mapping[str, Style]
) -> None:
    """One row of axes. What the sources score is at the edge where it is outside."""
    own = {letter: [_mean(_values(rows, n)) for n in names] for letter, rows in shown.own.items()}
    means = {method: [_mean(shown.values(method, n)) for n in names] for method in styles}
    spanning = [*means.values(), *(own.values() if len(means) < FEW_METHODS else ())]
    axes = [axis_of(name, [row[i] for row in spanning]) for i, name in enumerate(names)]
    for method, style in styles.items():
        _line(place, range(len(names)), _placed(axes, means[method]), style, width=1.6)
    for letter, row in own.items():
        _letters(place, letter, np.clip(_placed(axes, row), -0.07, 1.07))
    _name_axes(place, axes)


def styles_of(methods: Sequence[str]) -> dict[str, Style]:
    """All different for the first 70 methods."""
    colours, markers = cycle(_COLOURS), cycle(_MARKERS)
    dashes = [_DASHES[i // len(_COLOURS) % len(_DASHES)] for i in range(len(methods))]
    looks = zip(islice(colours, len(methods)), dashes, islice(markers, len(methods)), strict=True)
    return {method: Style(*look) for method, look in zip(methods, looks, strict=True)}


def _values(rows: Sequence[Scores], score: str) -> Values:
    found = [row[score].value for row in rows]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def _mean(values: Values) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _many(shown: Comparison) -> str:
    return "1 pair" if len(shown.cases) == 1 else f"{len(shown.cases)} pairs"


def _quantity(metric: Metric) -> str:
    return f"{metric.unit}   {_WAYS[metric.better]}".strip()


def _boxes_of(place: Axes, metric: Metric, columns: Sequence[Values]) -> None:
    known = [values[np.isfinite(values)] for values in columns]
    few = max(map(len, columns)) <= MOST_POINTS
    if max(map(len, columns)) > 1:
        place.boxplot(
            known, orientation="horizontal", widths=0.6, showmeans=True, showfliers=not few,
            medianprops={"color": "#D55E00", "linewidth": 2}, boxprops={"color": "#333333"},
            meanprops={"marker": "D", "markerfacecolor": "white", "markeredgecolor": "#333333",
                       "markersize": 5},
            flierprops={"marker": ".", "markersize": 3, "markeredgecolor": "#666666"},
        )  # fmt: skip
    for number, values in enumerate(known if few else (), start=1):
        heights = number + 0.18 * np.sin(2.4 * np.arange(len(values)))  # apart, and repeatable
        place.plot(values, heights, ".", color="#0072B2", alpha=0.55, markersize=4)
    place.set_title(metric.label)
    place.set_xlabel(_quantity(metric))
    place.grid(axis="x", color="#dddddd", linewidth=0.6)
    place.set_axisbelow(True)


def _line(place: Axes, x: Sequence[int], y: Values, style: Style, width: float) -> None:
    place.plot(
        x, y, color=style.colour, linestyle=style.dash, marker=style.marker, linewidth=width,
        markersize=5, markevery=max(1, len(x) // 30),
    )  # fmt: skip


def _name_pairs(place: Axes, cases: Sequence[str]) -> None:
    chosen = np.unique(np.linspace(0, len(cases) - 1, min(len(cases), MOST_TICKS)).astype(int))
    long = max(len(cases[i]) for i in chosen) > 5
    place.set_xticks(chosen, [cases[i] for i in chosen], rotation=40 if long else 0)
    place.grid(color="#dddddd", linewidth=0.6)


def _placed(axes: Sequence[Axis | None], means: Sequence[float]) -> Values:
    pairs = zip(axes, means, strict=True)
    return np.array([np.nan if axis is None else axis.place(mean) for axis, mean in pairs])


def _letters(place: Axes, letter: str, heights: Values) -> None:
    aside = -0.16 if letter == "A" else 0.16
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    for x, y in enumerate(heights):
        if np.isfinite(y):
            place.text(
                x + aside, y, letter, ha="center", va="center", color="#444444", fontsize=9,
                bbox=ground, zorder=1.5,
            )  # fmt: skip


def _name_axes(place: Axes, axes: Sequence[Axis | None]) -> None:
    for x, axis in enumerate(axes):
        place.axvline(x, color="#bbbbbb", linewidth=0.8, zorder=0)
        if axis is not None:
            digits = axis.metric.digits
            place.text(x, 1.11, f"{axis.best:.{digits}f}", ha="center", va="bottom", fontsize=8)
            place.text(x, -0.11, f"{axis.worst:.{digits}f}", ha="center", va="top", fontsize=8)
    place.set_ylim(-0.18, 1.18)
    place.set_xlim(-0.6, len(axes) - 0.4)
    place.set_yticks([0, 1], ["worst", "best"])
    labels = [_axis_label(axis.metric) if axis is not None else "" for axis in axes]
    place.set_xticks(range(len(axes)), labels, rotation=45, ha="right", rotation_mode="anchor")


def _axis_label(metric: Metric) -> str:
    way = {"higher": " ↑", "lower": " ↓", None: ""}[metric.better]
    return metric.label + (f" [{metric.unit}]" if metric.unit else "") + way


def _legend(styles: Mapping[str, Style]) -> tuple[list[Line2D], list[str]]:
    lines = [
        Line2D([], [], color=s.colour, linestyle=s.dash, marker=s.marker, markersize=5)
        for s in styles.values()
    ]
    # Matplotlib leaves out what starts with an underscore
    return lines, [f"\u200b{name}" if name.startswith("_") else name for name in styles]


def _hide_rest(grid: Any, used: int) -> None:
    for place in list(grid.flat)[used:]:
        place.set_visible(False)
