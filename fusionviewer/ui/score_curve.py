"""A score slice by slice, as a curve, and its mean over the volume."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from fusionviewer.metrics.table import Metric
from fusionviewer.texts import text as _
from fusionviewer.ui.score_plots import dress, still_plot
from fusionviewer.ui.score_slices import spread, values_of, volume_csv, volume_text
from fusionviewer.ui.score_table import WAYS
from fusionviewer.ui.scoring import ScoreRequest, VolumeScores


class ScoreCurve(QWidget):
    """Hidden until a volume was scored. The reference is the dashed line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: VolumeScores | None = None
        self._plot = still_plot(_("Curve of the score, slice by slice"))
        self._plot.setLabel("bottom", _("slice"))
        self._fused, self._reference = self._plot.plot(), self._plot.plot()
        self._here = pg.InfiniteLine(angle=90)
        self._plot.addItem(self._here, ignoreBounds=True)
        self._text = QLabel(wordWrap=True)
        self._text.setAccessibleName(_("Score over all slices"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text)
        layout.addWidget(self._plot, stretch=1)
        self.setMinimumHeight(120)
        self._dress()

    @property
    def asked(self) -> ScoreRequest | None:
        """What the curve belongs to; None while there is none."""
        return None if self._scores is None else self._scores.asked

    @property
    def text(self) -> str:
        return self._text.text()

    def show_scores(self, scores: VolumeScores) -> None:
        self._scores = scores
        self.show()

    def clear(self) -> None:
        self._scores = None
        self.hide()

    def mark_slice(self, slice_index: int) -> None:
        self._here.setValue(slice_index + 1)

    def draw(self, metric: Metric) -> None:
        """The curve of one score; gaps where a slice has no value."""
        if self._scores is None or metric.name not in self._scores.asked.names:
            return
        places = np.arange(1, len(self._scores.slices) + 1)
        fused, reference = values_of(self._scores, metric.name)
        self._plot.setXRange(1, max(len(places), 2), padding=0.02)
        self._fused.setData(places, fused, connect="finite")
        self._reference.setData(places, reference, connect="finite")
        self._plot.setLabel("left", f"{metric.unit}{WAYS[metric.better]}")
        said = f"{_(metric.label)}: {spread(fused).text(metric)}"
        if np.isfinite(reference).any():
            said += _(", reference {values}", values=spread(reference).text(metric))
        self._text.setText(said)

    def as_text(self) -> str:
        """Mean ± SD of every score, tab-separated, after an empty line; "" without a volume."""
        return "" if self._scores is None else volume_text(self._scores)

    def as_csv(self) -> str:
        """Means, deviations and every slice, after an empty line; "" without a volume."""
        return "" if self._scores is None else volume_csv(self._scores)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        """In the colours of the theme."""
        palette = self.palette()
        dress(self._plot, palette)
        self._fused.setPen(pg.mkPen(palette.link().color(), width=2))
        dashed = pg.mkPen(palette.text().color(), width=1.5, style=Qt.PenStyle.DashLine)
        self._reference.setPen(dashed)
        self._here.setPen(pg.mkPen(palette.placeholderText().color(), width=1))
