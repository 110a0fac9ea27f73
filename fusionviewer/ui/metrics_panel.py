"""The scores of what is shown, next to those of a reference, and slice by slice."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.errors import ExportError
from fusionviewer.metrics.table import CONVENTIONS
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.fusion_feed import Fuse, FusionFeed
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.score_table import as_csv, as_text, lines_of
from fusionviewer.ui.score_view import ScoreView
from fusionviewer.ui.score_volume import ScoreVolume
from fusionviewer.ui.scoring import Recipe, Scorer, ScoreRequest, SliceScores
from fusionviewer.ui.store import Store
from fusionviewer.ui.text_file import ask_and_save
from fusionviewer.workspace.captions import method_title
from fusionviewer.workspace.method_options import method_words
from fusionviewer.workspace.regions import chosen_region
from fusionviewer.workspace.state import ViewState

SETS = {
    "bits": marked("All scores"),
    "dilran": marked("As in DILRAN, EH-DRAN"),
    "mfinet": marked("As in MFINet"),
    "di2025": marked("As in Di 2025"),
}


class MetricsPanel(QWidget):
    """Live while it is visible. Scores are computed on threads of their own.

    “Compare” keeps the current method as the reference: it is scored as well, on every slice.
    """

    said = Signal(object, str)  # Notice and kind, for the message bar

    def __init__(
        self,
        store: Store,
        feed: FusionFeed,
        fuse: Fuse,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self._reference: Recipe | None = None
        self._asked: ScoreRequest | None = None  # what the table shows, or waits for
        self.view = ScoreView(self)
        self.model, self.table = self.view.model, self.view.table
        self.volume = ScoreVolume(Scorer(fuse), self)
        self.sets, self.in_region = QComboBox(self), QCheckBox(_("In the &region only"), self)
        self.status = QLabel(wordWrap=True)
        self._live = NewestOnlyRunner(Scorer(fuse).score, self)
        self._build()
        self._connect()
        self._ask()

    def close_threads(self) -> None:
        """Call when the window closes."""
        self._live.close()
        self.volume.close_threads()

    def _build(self) -> None:
        self.setAccessibleName(_("Scores"))
        for name, label in SETS.items():
            self.sets.addItem(_(label), name)
        self.sets.setAccessibleName(_("Set of scores"))
        self.in_region.setToolTip(_("Score only what lies in the drawn region"))
        self.status.setObjectName("quiet")
        self.status.setAccessibleName(_("What the scores belong to"))
        self._compare = _button(
            _("Compare"), _("Keep this method as the reference"), checkable=True
        )
        self._plot = _button(_("Plot"), _("Draw the scores between worst and best"), checkable=True)
        self._whole = _button(_("All slices"), _("Score every slice of the volume"))
        self._copy = _button(_("Copy"), _("Copy the scores as text"))
        self._save = _button(_("Save…"), _("Save the scores as CSV"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(_row(self.sets, self.in_region))
        layout.addLayout(_row(self._compare, self._plot, self._whole, self._copy, self._save))
        layout.addWidget(self.view, stretch=3)
        layout.addWidget(self.volume, stretch=2)
        layout.addWidget(self.status)

    def _connect(self) -> None:
        self._store.changed.connect(lambda _before, _now: self._ask())
        self._feed.changed.connect(lambda _status: self._ask())
        self._live.finished.connect(self._show)
        self._live.failed.connect(self._fail)
        self.volume.said.connect(self.said)
        self.volume.changed.connect(self._volume_changed)
        self.sets.activated.connect(lambda _index: self._ask())
        self.in_region.toggled.connect(lambda _on: self._ask())
        self._compare.toggled.connect(self._keep_reference)
        self._plot.toggled.connect(self.view.show_plot)
        self._whole.clicked.connect(self.score_volume)
        self._copy.clicked.connect(self.copy)
        self._save.clicked.connect(self.save)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._draw_curve())

    @property
    def names(self) -> tuple[str, ...]:
        """The scores of the chosen set."""
        return CONVENTIONS[self.sets.currentData()]

    def _request(self, state: ViewState) -> ScoreRequest | None:
        if state.request is None:
            return None
        region = chosen_region(state) if self.in_region.isChecked() else None
        return ScoreRequest(state.request, self.names, region, self._reference)

    def _ask(self) -> None:
        """Compute what the state wants, unless it is there, on its way, or nobody looks."""
        state, status = self._store.state, self._feed.status
        asked = self._request(state)
        self._enable(state, asked)
        self.volume.keep_only(asked, state.slice_index)
        if not self.isVisible():
            return
        if asked is None:
            self._become(
                None, (), _("Open two images that go together, and their scores are here.")
            )
        elif self._asked is None or self._asked.key != asked.key:
            fused = (
                status.fused if status.request and asked.request.key == status.request.key else None
            )
            waiting = _("Scoring…") if status.kind != "failed" else status.title
            self._become(asked if fused is not None else None, self.names, waiting)
            if fused is not None:
                self._live.start((asked, fused))

    def _become(self, asked: ScoreRequest | None, names: tuple[str, ...], status: str) -> None:
        """Nothing of what was shown is true any more."""
        self._asked = asked
        self._live.cancel()
        self.view.show_lines(lines_of(names, None))
        self.status.setText(status)

    def _enable(self, state: ViewState, asked: ScoreRequest | None) -> None:
        self.in_region.setEnabled(chosen_region(state) is not None or self.in_region.isChecked())
        for button in (self._compare, self._copy, self._save):
            button.setEnabled(asked is not None)
        self._whole.setVisible(state.slice_count > 1)
        self._whole.setEnabled(asked is not None and not self.volume.busy)
        known = self._reference
        title = known.words if known else _("Reference")
        shown = method_words(state.method, state.strategy, state.options)
        self.view.retitle((_("Score"), shown, title, _("A and B")))

    def _show(self, scores: SliceScores) -> None:
        self.view.show_lines(lines_of(scores.asked.names, scores))
        if scores.of_a is None:
            self._live.start(scores)  # now the sources' own, for the bars
        state = self._store.state
        where = (
            _("Slice {number}", number=scores.asked.request.slice_index + 1)
            if state.slice_count > 1
            else _("Image")
        )
        part = _("the region only") if scores.asked.region else _("all of it")
        self.status.setText(_("{where}, {part}, as it is shown.", where=where, part=part))

    def _fail(self, error: Exception) -> None:
        words = notice(error)
        self.view.show_lines(lines_of((), None))
        self.status.setText(" ".join((words.text, words.hint)).strip())

    def _keep_reference(self, on: bool) -> None:
        state = self._store.state
        request = state.request
        if on and request is not None:
            self._reference = Recipe(
                method_title(state),
                method_words(state.method, state.strategy, state.options),
                request.method,
                request.strategy,
                request.options,
            )
        elif not on:
            self._reference = None
        self._compare.setToolTip(
            _("Compared with {title}", title=self._reference.words)
            if self._reference
            else _("Keep this method as the reference")
        )
        self.view.compare(self._reference is not None)
        self._ask()

    def score_volume(self) -> None:
        """Every slice, in the background."""
        asked = self._request(self._store.state)
        if asked is not None:
            self.volume.start(asked)

    def _volume_changed(self) -> None:
        self._whole.setEnabled(self._store.state.request is not None and not self.volume.busy)
        self._draw_curve()

    def _draw_curve(self) -> None:
        metric = self.view.current_metric
        if metric is not None:
            self.volume.curve.draw(metric)

    def copy(self) -> None:
        text = as_text(self.view.lines, self.view.titles)
        QApplication.clipboard().setText(text + self.volume.curve.as_text())

    def save(self) -> None:
        """The table, and the mean over all slices where those were scored."""
        state, known = self._store.state, self._reference
        titles = (method_title(state), known.title if known else "")
        text = as_csv(self.view.lines, titles) + self.volume.curve.as_csv()
        try:
            path = ask_and_save(self, _("Save the scores"), "scores.csv", text)
        except ExportError as error:
            self.said.emit(notice(error), "error")
            return
        if path is not None:
            self.said.emit(Notice(_("Saved “{name}”.", name=path.name)), "good")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: what is being computed is not needed."""
        super().hideEvent(event)
        self._live.cancel()
        self._asked = None

    def sizeHint(self) -> QSize:
        return QSize(400, 560)


def _button(text: str, tip: str, *, checkable: bool = False) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(checkable)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row
