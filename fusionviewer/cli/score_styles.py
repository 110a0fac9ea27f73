"""How methods are drawn: the same in every figure, and told apart without colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from fusionviewer.metrics.report import Scores

Dash = Literal["-", "--", ":", "-."]
Table = Mapping[str, Sequence[Scores]]  # by method, in the order of the pairs
Values = NDArray[np.float64]  # (pairs,); NaN where there is none

ROW_INCH = 0.24  # a line of text

# Okabe & Ito 2008, “Color Universal Design”, without the yellow, which is too pale on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES: tuple[Dash, ...] = ("-", "--", ":", "-.")
_MARKERS = "osD^vPX*<>"


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

    @property
    def pairs(self) -> str:
        return "1 pair" if len(self.cases) == 1 else f"{len(self.cases)} pairs"

    def values(self, method: str, score: str) -> Values:
        return values_of(self.table[method], score)


@dataclass(frozen=True)
class Style:
    """How a method is drawn: told apart by dash and marker as well as by colour."""

    colour: str
    dash: Dash
    marker: str


def styles_of(methods: Sequence[str]) -> dict[str, Style]:
    """All different for the first 70 methods."""
    colours, markers = cycle(_COLOURS), cycle(_MARKERS)
    dashes = [_DASHES[i // len(_COLOURS) % len(_DASHES)] for i in range(len(methods))]
    looks = zip(islice(colours, len(methods)), dashes, islice(markers, len(methods)), strict=True)
    return {method: Style(*look) for method, look in zip(methods, looks, strict=True)}


def values_of(rows: Sequence[Scores], score: str) -> Values:
    found = [row[score].value for row in rows]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def mean_of(values: Values) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def draw_line(place: Axes, x: Sequence[int], y: Values, style: Style, width: float) -> None:
    place.plot(
        x, y, color=style.colour, linestyle=style.dash, marker=style.marker, linewidth=width,
        markersize=5, markevery=max(1, len(x) // 30),
    )  # fmt: skip


def legend_of(styles: Mapping[str, Style]) -> tuple[list[Line2D], list[str]]:
    lines = [
        Line2D([], [], color=s.colour, linestyle=s.dash, marker=s.marker, markersize=5)
        for s in styles.values()
    ]
    # Matplotlib leaves out what starts with an underscore
    return lines, [f"\u200b{name}" if name.startswith("_") else name for name in styles]
