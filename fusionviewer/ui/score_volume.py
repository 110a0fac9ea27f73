"""Scoring every slice of a volume: progress, cancel, and the curves that come of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QVBoxLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.messages import notice
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.score_curve import ScoreCurve
from fusionviewer.ui.scoring import Scorer, ScoreRequest, VolumeScores


class ScoreVolume(QWidget):
    """Shows nothing until `start`; then progress, then a curve that belongs to what was asked."""

    changed = Signal()  # work began or ended
    said = Signal(object, str)  # Notice and kind, for the message bar

    def __init__(self, scorer: Scorer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve = ScoreCurve(self)
        self._asked: ScoreRequest | None = None
        self._runner = NewestOnlyRunner(scorer.score_volume, self)
        self._runner.finished.connect(self._show)
        self._runner.progressed.connect(self._advance)
        self._runner.failed.connect(self._fail)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName(_("Slices scored"))
        self._bar.setTextVisible(False)
        self._stop = QToolButton(self)
        self._stop.setText(_("Cancel"))
        self._stop.setAccessibleName(_("Stop scoring all slices"))
        self._stop.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._stop.clicked.connect(self.cancel)
        strip = QHBoxLayout()
        strip.addWidget(self._bar, stretch=1)
        strip.addWidget(self._stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(strip)
        layout.addWidget(self.curve, stretch=1)
        self.curve.hide()
        self._end()

    @property
    def busy(self) -> bool:
        return self._asked is not None

    def start(self, asked: ScoreRequest) -> None:
        """Score every slice, in the background."""
        self._asked = asked
        self._bar.setRange(0, 0)
        self._bar.show()
        self._stop.show()
        self.show()
        self._runner.start(asked)
        self.changed.emit()

    def cancel(self) -> None:
        self._runner.cancel()
        self._end()

    def keep_only(self, asked: ScoreRequest | None, slice_index: int) -> None:
        """Drop curves and running work that belong to anything but `asked`, on whatever slice."""
        if self._asked is not None and not _same(self._asked, asked):
            self.cancel()
        if self.curve.asked is not None and not _same(self.curve.asked, asked):
            self.curve.clear()
            self.setVisible(self.busy)
        self.curve.mark_slice(slice_index)

    def close_threads(self) -> None:
        """Call when the window closes."""
        self._runner.close()

    def _advance(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _show(self, scores: VolumeScores) -> None:
        self.curve.show_scores(scores)
        self._end()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.said.emit(notice(error), "error")

    def _end(self) -> None:
        self._asked = None
        self._bar.hide()
        self._stop.hide()
        self.setVisible(self.curve.asked is not None)
        self.changed.emit()


def _same(one: ScoreRequest, other: ScoreRequest | None) -> bool:
    return other is not None and one.at(0).key == other.at(0).key
