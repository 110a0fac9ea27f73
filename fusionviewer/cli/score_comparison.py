"""All methods over all scores as parallel coordinates. Imported only where plots are asked for."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fusionviewer.cli.score_styles import (
    ROW_INCH,
    Comparison,
    Style,
    Values,
    draw_line,
    legend_of,
    mean_of,
    styles_of,
    values_of,
)
from fusionviewer.metrics.axes import Axis, axis_of
from fusionviewer.metrics.table import Metric

AXES_PER_ROW = 12
FEW_METHODS = 3  # fewer say nothing when the axes span only themselves


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
        f"Means over {shown.pairs}; every axis from the worst to the best."
        + (" A, B: the sources themselves." if shown.own else "")
    )
    figure.legend(*legend_of(styles), loc="outside lower center", ncols=4)
    return figure


def _compare(
    place: Axes, shown: Comparison, names: Sequence[str], styles: Mapping[str, Style]
) -> None:
    """One row of axes. What the sources score is at the edge where it is outside."""
    own = {
        letter: [mean_of(values_of(rows, n)) for n in names] for letter, rows in shown.own.items()
    }
    means = {method: [mean_of(shown.values(method, n)) for n in names] for method in styles}
    spanning = [*means.values(), *(own.values() if len(means) < FEW_METHODS else ())]
    axes = [axis_of(name, [row[i] for row in spanning]) for i, name in enumerate(names)]
    for method, style in styles.items():
        draw_line(place, range(len(names)), _placed(axes, means[method]), style, width=1.6)
    for letter, row in own.items():
        _letters(place, letter, np.clip(_placed(axes, row), -0.07, 1.07))
    _name_axes(place, axes)


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
