"""How often each value occurs in a region: one small plot per image, in its unit."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from fusionviewer.imaging.native import number
from fusionviewer.imaging.roi_statistics import FUSED_UNIT, Statistics
from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _
from fusionviewer.ui.profile_plot import stroke
from fusionviewer.ui.roi_table import PENDING, Row
from fusionviewer.ui.score_plots import dress, still_plot

ROOM = 140  # pixels that one plot needs
HINT = marked("Draw a region (R), or choose one, to see how its values are spread.")


class HistogramPlot(QWidget):
    """As many small plots side by side as there are images."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = QLabel(_(HINT), wordWrap=True)
        self.plots: list[_Histogram] = []
        self._columns = 0
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._hint)
        layout.addLayout(self._grid, stretch=1)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The rows of a region."""
        known = [row for row in rows if row.statistics is not None and row.statistics.histogram]
        while len(self.plots) < len(known):
            self.plots.append(_Histogram(len(self.plots), self))
            self._columns = 0
        self._arrange()
        for place, plot in enumerate(self.plots):
            plot.setVisible(place < len(known))
        for plot, row in zip(self.plots, known, strict=False):
            assert row.statistics is not None
            plot.show_numbers(_(row.label), row.statistics)
        self._hint.setVisible(not known)

    def _arrange(self) -> None:
        """As many side by side as can be read."""
        columns = min(max(self.width() // ROOM, 1), len(self.plots))
        if columns != self._columns:
            self._columns = columns
            for place, plot in enumerate(self.plots):
                self._grid.addWidget(plot, place // columns, place % columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def wait(self, *, same: bool) -> None:
        """New values are on their way; those of another mark are taken away at once."""
        if not same:
            self.show_rows(())
            self._hint.hide()
        for plot in self.plots:
            plot.title.setText(_(PENDING))


class _Histogram(QWidget):
    """One image. The line across is the mean."""

    def __init__(self, place: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._place = place
        self._plot = still_plot(_("Histogram"))
        self._plot.getAxis("left").setWidth(34)
        self._mean = pg.InfiniteLine(angle=90)
        self.curve = self._plot.plot(stepMode="center", fillLevel=0)
        self._plot.addItem(self._mean, ignoreBounds=True)
        self.title = QLabel()
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self._plot, stretch=1)
        self._dress()

    def show_numbers(self, label: str, found: Statistics) -> None:
        assert found.histogram is not None and found.mean is not None and found.median is not None
        self.curve.setData(found.histogram.edges, found.histogram.counts)
        self._plot.setXRange(*found.histogram.edges[[0, -1]], padding=0.02)
        self._plot.setYRange(0, max(int(found.histogram.counts.max()), 1), padding=0.04)
        self._mean.setValue(found.mean)
        unit = "0…1" if found.unit == FUSED_UNIT else translated(found.unit)
        mean = number(found.mean, found.unit, whole=False)
        self.title.setText(_("{label}: mean {mean} {unit}", label=label, mean=mean, unit=unit))
        words = _(
            "{label}, {unit}: {low} to {high}, mean {mean}, {count} voxels",
            label=label,
            unit=unit,
            low=number(found.minimum or 0, found.unit),
            high=number(found.maximum or 0, found.unit),
            mean=mean,
            count=found.count,
        )
        self._plot.setAccessibleDescription(words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        dress(self._plot, self.palette())
        pen = pg.mkPen(stroke(self._place, self.palette()).color(), width=1)
        fill = QColor(pen.color())
        fill.setAlpha(110)
        self.curve.setPen(pen)
        self.curve.setBrush(fill)
        self._mean.setPen(pg.mkPen(self.palette().text().color(), width=1))
