"""The scores of a slice, as a table or as a plot."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHeaderView, QScrollArea, QStackedWidget, QTableView, QWidget

from fusionviewer.metrics.table import Metric
from fusionviewer.texts import text as _
from fusionviewer.ui.score_bar import BarDelegate
from fusionviewer.ui.score_plots import ScoreComparison
from fusionviewer.ui.score_table import BAR, NAME, REFERENCE, VALUE, Line, ScoreModel

_WIDTHS = {VALUE: 64, REFERENCE: 64, BAR: 88}  # the names get the rest
_LEAST_PX = 110


class ScoreView(QStackedWidget):
    """One of both is on the screen; both always show the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ScoreModel(self)
        self.table = QTableView(self)
        self.plot = ScoreComparison(self)
        self._page = _scrolled(self.plot)
        self._compared = False
        _prepare(self.table, self.model)
        self.addWidget(self.table)
        self.addWidget(self._page)
        self.setMinimumHeight(_LEAST_PX)

    def show_lines(self, lines: list[Line]) -> None:
        self.model.show_lines(lines)
        self._plot()

    def retitle(self, titles: tuple[str, str, str, str]) -> None:
        self.model.retitle(titles)
        self._plot()

    def compare(self, on: bool) -> None:
        """With the reference, or without."""
        self._compared = on
        self.table.setColumnHidden(REFERENCE, not on)
        self._plot()

    def show_plot(self, on: bool) -> None:
        """The plot, or the table."""
        self.setCurrentWidget(self._page if on else self.table)
        self._plot()

    @property
    def titles(self) -> tuple[str, str]:
        """Of the fused image and of the reference, "" where there is none."""
        fused, reference = self.model.titles[1:3]
        return fused, reference if self._compared else ""

    @property
    def lines(self) -> Sequence[Line]:
        return self.model.lines

    @property
    def current_metric(self) -> Metric | None:
        """That of the current row, else the first."""
        if not self.model.lines:
            return None
        row = max(self.table.currentIndex().row(), 0)
        return self.model.lines[min(row, len(self.model.lines) - 1)].metric

    def _plot(self) -> None:
        if self.currentWidget() is self._page:
            self.plot.show_lines(self.model.lines, self.titles)


def _scrolled(plot: ScoreComparison) -> QScrollArea:
    """The many scores need more room than a small screen has."""
    page = QScrollArea()
    page.setWidget(plot)
    page.setWidgetResizable(True)
    page.setFrameShape(QFrame.Shape.NoFrame)
    page.setAccessibleName(_("Plot of the scores"))
    return page


def _prepare(table: QTableView, model: ScoreModel) -> None:
    table.setModel(model)
    table.setItemDelegateForColumn(BAR, BarDelegate(table))
    table.setAccessibleName(_("Scores of the fused image"))
    table.setAlternatingRowColors(True)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setColumnHidden(REFERENCE, True)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(22)
    header = table.horizontalHeader()
    header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
    header.setTextElideMode(Qt.TextElideMode.ElideRight)
    header.setMinimumSectionSize(48)
    for column, width in _WIDTHS.items():
        table.setColumnWidth(column, width)
