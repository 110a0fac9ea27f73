"""All scores at once as parallel coordinates: an axis per score, from worst to best."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from fusionviewer.metrics.axes import Axis, axis_of
from fusionviewer.texts import text as _
from fusionviewer.ui.score_table import NAME, REFERENCE, VALUE, Line, cell_text, value_of

SMALL_PX = 11
ROW_PX = 17  # an axis below another, so that names can be read
EDGE = 0.08  # beside worst and best
LETTER = 0.06  # between two letters that can be told apart

Places = NDArray[np.float64]  # (scores,); NaN where there is no value


def still_plot(name: str) -> pg.PlotWidget:
    """A plot that shows, and that nobody drags or zooms by accident."""
    plot = pg.PlotWidget()
    plot.setMouseEnabled(x=False, y=False)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    # A plot would like 480 pixels, and squeeze what stands above it
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
    plot.setAccessibleName(name)
    return plot


def dress(plot: pg.PlotWidget, palette: QPalette) -> None:
    """In the colours of a palette."""
    plot.setBackground(palette.base().color())
    for side in ("left", "bottom", "right", "top"):
        axis = plot.getAxis(side)
        axis.setPen(palette.mid().color())
        axis.setTextPen(palette.text().color())


class ScoreComparison(QWidget):
    """The fused image and the reference down all axes, between what the sources would score.

    An axis spans all four values. The fused image is the full line with full circles, the
    reference the dashed one with open circles; A and B are letters: none is told by colour alone.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = still_plot(_("Scores between worst and best"))
        self._key = QLabel(wordWrap=True)
        self._key.setAccessibleName(_("What the lines are"))
        self._reference = self._plot.plot(symbol="o", symbolSize=8)
        self._fused = self._plot.plot(symbol="o", symbolSize=7)
        self._letters: list[pg.TextItem] = []
        self._axes: list[Axis | None] = []
        self._lines: Sequence[Line] = ()
        self._prepare()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._key)
        layout.addWidget(self._plot, stretch=1)
        self._dress()

    def _prepare(self) -> None:
        font = QFont()
        font.setPixelSize(SMALL_PX)
        self._plot.invertY(True)
        self._plot.showAxis("right")
        for side in ("left", "right", "bottom"):
            self._plot.getAxis(side).setStyle(tickFont=font, tickLength=0)
        ends = self._plot.getAxis("bottom")
        ends.setStyle(hideOverlappingLabels=False)  # or words at the very ends are left out
        ends.setTicks([[(0, _("worst")), (1, _("best"))]])
        self._plot.showGrid(y=True, alpha=0.25)
        self._plot.setXRange(-EDGE, 1 + EDGE, padding=0)

    def show_lines(self, lines: Sequence[Line], titles: Sequence[str]) -> None:
        """`titles` are those of the fused image and of the reference, "" where there is none."""
        self._lines = lines
        self._axes = [_axis(line) for line in lines]
        for item, which in ((self._fused, "value"), (self._reference, "reference")):
            places = self._places(which)
            rows = np.arange(len(lines) if np.isfinite(places).any() else 0)
            item.setData(places[: len(rows)], rows, connect="finite")
        self._name(lines, titles)
        self._put_letters()
        self._plot.setYRange(-0.5, max(len(lines), 1) - 0.5, padding=0)
        self.setMinimumHeight(min(len(lines) * ROW_PX + 60, 640))

    def place(self, row: int, which: str) -> float:
        """Where `value`, `reference`, `of_a` or `of_b` lies in a row: 0 worst, 1 best, NaN none."""
        axis, value = self._axes[row], value_of(getattr(self._lines[row], which))
        return np.nan if axis is None or value is None else axis.place(value)

    def _places(self, which: str) -> Places:
        return np.array([self.place(row, which) for row in range(len(self._lines))], dtype=float)

    def _name(self, lines: Sequence[Line], titles: Sequence[str]) -> None:
        """Scores on the left, values on the right, and all of it in words."""
        names = [(row, cell_text(line, NAME)) for row, line in enumerate(lines)]
        values = [(row, cell_text(line, VALUE)) for row, line in enumerate(lines)]
        self._plot.getAxis("left").setTicks([names])
        self._plot.getAxis("right").setTicks([values])
        other = _(", ◯ dashed: {title}", title=titles[1]) if titles[1] else ""
        self._key.setText(
            _("● {title}{other}; A, B: the sources themselves", title=titles[0], other=other)
        )
        self._plot.setAccessibleDescription("\n".join(_said(line, titles) for line in lines))

    def _put_letters(self) -> None:
        for letter in self._letters:
            self._plot.removeItem(letter)
        self._letters = []
        for row in range(len(self._lines)):
            a, b = self.place(row, "of_a"), self.place(row, "of_b")
            near = abs(a - b) < LETTER
            letters = {"A B": (a + b) / 2} if near else {"A": a, "B": b}
            self._letters += [self._letter(t, x, row) for t, x in letters.items() if np.isfinite(x)]

    def _letter(self, text: str, x: float, y: int) -> pg.TextItem:
        item = pg.TextItem(text, self.palette().placeholderText().color(), anchor=(0.5, 0.5))
        font = QFont()
        font.setPixelSize(SMALL_PX)
        item.setFont(font)
        item.setPos(x, y)
        self._plot.addItem(item, ignoreBounds=True)
        return item

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        palette = self.palette()
        dress(self._plot, palette)
        accent, text = palette.link().color(), palette.text().color()
        self._fused.setPen(pg.mkPen(accent, width=2))
        self._fused.setSymbolPen(pg.mkPen(accent))
        self._fused.setSymbolBrush(accent)
        self._reference.setPen(pg.mkPen(text, width=1.5, style=Qt.PenStyle.DashLine))
        self._reference.setSymbolPen(pg.mkPen(text, width=1.5))
        self._reference.setSymbolBrush(None)
        for letter in self._letters:
            letter.setColor(palette.placeholderText().color())


def _axis(line: Line) -> Axis | None:
    four = (line.value, line.reference, line.of_a, line.of_b)
    return axis_of(line.metric.name, [value_of(score) for score in four])


def _said(line: Line, titles: Sequence[str]) -> str:
    """A row for a screen reader."""
    other = f", {titles[1]} {cell_text(line, REFERENCE)}" if titles[1] else ""
    return f"{cell_text(line, NAME)}: {titles[0]} {cell_text(line, VALUE)}{other}"
