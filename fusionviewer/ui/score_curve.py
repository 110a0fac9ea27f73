"""A score slice by slice, as a curve, and its mean over the volume."""

import csv
import io
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from fusionviewer.metrics.report import Score
from fusionviewer.metrics.table import METRICS, Metric
from fusionviewer.ui import theme
from fusionviewer.ui.scoring import ScoreRequest, VolumeScores


class ScoreCurve(QWidget):
    """Hidden until a volume was scored. The reference is the dashed line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: VolumeScores | None = None
        self._metric: Metric | None = None
        self._plot = pg.PlotWidget(background=theme.PANE)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setLabel("bottom", "slice")
        self._fused = self._plot.plot(pen=pg.mkPen(theme.ACCENT, width=2))
        dashed = pg.mkPen(theme.TEXT, width=1.5, style=Qt.PenStyle.DashLine)
        self._reference = self._plot.plot(pen=dashed)
        self._here = pg.InfiniteLine(angle=90, pen=pg.mkPen(theme.QUIET, width=1))
        self._plot.addItem(self._here, ignoreBounds=True)
        self._text = QLabel(wordWrap=True)
        self._text.setAccessibleName("Score over all slices")
        self._plot.setAccessibleName("Curve of the score, slice by slice")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text)
        layout.addWidget(self._plot, stretch=1)
        self.setMinimumHeight(120)

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
        self._metric = metric
        places = np.arange(1, len(self._scores.slices) + 1)
        fused, reference = self._values(metric.name)
        self._plot.setXRange(1, max(len(places), 2), padding=0.02)
        self._fused.setData(places, fused, connect="finite")
        self._reference.setData(places, reference, connect="finite")
        self._text.setText(f"{metric.label}: {self._said(metric, fused, reference)}")

    def _said(self, metric: Metric, fused: "Values", reference: "Values") -> str:
        text = _mean_text(fused, metric)
        if np.isfinite(reference).any():
            text += f", reference {_mean_text(reference, metric)}"
        return text

    def _values(self, name: str) -> tuple["Values", "Values"]:
        assert self._scores is not None
        fused = [_value(one.fused.get(name)) for one in self._scores.slices]
        reference = [_value((one.reference or {}).get(name)) for one in self._scores.slices]
        return np.array(fused, dtype=np.float64), np.array(reference, dtype=np.float64)

    def as_text(self) -> str:
        """Mean ± SD of every score, tab-separated, after an empty line; "" without a volume."""
        return "".join("\t".join(row) + "\n" for row in [[], *self._table()] if self._scores)

    def as_csv(self) -> str:
        """The same as CSV, after an empty line."""
        rows = self._table()
        if not rows:
            return ""
        file = io.StringIO()
        csv.writer(file).writerows([[], *rows])
        return file.getvalue()

    def _table(self) -> list[Sequence[str]]:
        if self._scores is None:
            return []
        rows: list[Sequence[str]] = [("Score", "All slices", "Reference, all slices")]
        for name in self._scores.asked.names:
            both = [_mean_text(values, METRICS[name]) for values in self._values(name)]
            rows.append((METRICS[name].label, *both))
        return rows


Values = np.ndarray[tuple[int], np.dtype[np.float64]]  # (S,); NaN where there is no value


def _value(score: Score | None) -> float:
    return np.nan if score is None or score.value is None else score.value


def _mean_text(values: Values, metric: Metric) -> str:
    """ "0.512 ± 0.034 over 24 slices"; the SD is that of a sample (n − 1)."""
    known = values[np.isfinite(values)]
    if not known.size:
        return "–"
    spread = f" ± {known.std(ddof=1):.{metric.digits}f}" if known.size > 1 else ""
    return f"{known.mean():.{metric.digits}f}{spread} over {known.size} slices"
