"""The numbers of one mark as a table, or as the plot that its shape calls for."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QStackedWidget, QTableView, QWidget

from fusionviewer.imaging.measure import Ruler
from fusionviewer.imaging.roi_mark import Mark
from fusionviewer.texts import text as _
from fusionviewer.ui.histogram_plot import HistogramPlot
from fusionviewer.ui.profile_plot import ProfilePlot
from fusionviewer.ui.roi_table import Row, StatisticsModel
from fusionviewer.ui.scaling import scaled


class MarkPages(QStackedWidget):
    """One page at a time; a plot is drawn only while somebody looks at it."""

    copy_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = StatisticsModel(self)
        self.table = QTableView(self)
        self.histogram, self.profile = HistogramPlot(), ProfilePlot()
        self._plotted = 0  # the mark in the plot
        self._prepare_table()
        for page in (self.table, self.histogram, self.profile):
            self.addWidget(page)

    def _prepare_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(_("Numbers of the region"))
        table.setAlternatingRowColors(True)
        table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)  # Tab leaves the table: the keyboard must get out again
        table.verticalHeader().setDefaultSectionSize(20)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.model.modelReset.connect(self._size_columns)
        copy = QShortcut(QKeySequence.StandardKey.Copy, table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_asked)

    def show_table(self, rows: Sequence[Row]) -> None:
        self.model.show_rows(rows)
        self.setCurrentWidget(self.table)

    def show_plot(self, mark: Mark | None, rows: tuple[Row, ...] | None) -> None:
        """Of a distance its profile, of all else its histogram; `rows` is None while pending."""
        line = mark is not None and isinstance(mark.form, Ruler)
        plot = self.profile if line else self.histogram
        if rows is not None:
            plot.show_rows(rows)
        else:
            plot.wait(same=mark is not None and mark.number == self._plotted)
        self._plotted = 0 if mark is None else mark.number
        self.setCurrentWidget(plot)

    def turn(self, wide: bool) -> None:
        """One row per image, or one column per image."""
        self.setMinimumHeight(0 if wide else 200)  # plots make do with nothing at all
        self.model.transpose(not wide)
        self._size_columns()

    def _size_columns(self) -> None:
        header, modes = self.table.horizontalHeader(), QHeaderView.ResizeMode
        header.setSectionResizeMode(modes.Stretch if self.model.transposed else modes.Interactive)
        for i, column in enumerate(() if self.model.transposed else self.model.columns):
            self.table.setColumnWidth(i, scaled(column.width))
