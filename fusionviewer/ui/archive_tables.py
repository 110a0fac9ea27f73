"""What an archive has, as tables: studies, and the series of one."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.workspace.captions import date

Match = Mapping[str, str]
STUDIES = {
    marked("Date"): "StudyDate",
    marked("Name"): "PatientName",
    marked("ID"): "PatientID",
    marked("Born"): "PatientBirthDate",
    marked("Kinds"): "ModalitiesInStudy",
    marked("Study"): "StudyDescription",
}
SERIES = {
    marked("Date"): "StudyDate",
    marked("Kind"): "Modality",
    marked("Number"): "SeriesNumber",
    marked("Images"): "NumberOfSeriesRelatedInstances",
    marked("Part"): "BodyPartExamined",
    marked("Series"): "SeriesDescription",
}


class MatchTable(QTableWidget):
    """One match a row; the last column takes the room that is left."""

    def __init__(self, columns: Mapping[str, str], name: str, *, several: bool) -> None:
        super().__init__(0, len(columns))
        self._columns = columns
        self.matches: tuple[Match, ...] = ()
        self.setHorizontalHeaderLabels([_(heading) for heading in columns])
        self.setAccessibleName(name)
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(80)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(len(columns) - 1, QHeaderView.ResizeMode.Stretch)

    def show_matches(self, matches: Sequence[Match]) -> None:
        self.clearSelection()
        self.matches = tuple(matches)
        self.setRowCount(len(self.matches))
        for row, match in enumerate(self.matches):
            for column, keyword in enumerate(self._columns.values()):
                self.setItem(row, column, QTableWidgetItem(_words(keyword, match.get(keyword, ""))))
        for column in range(len(self._columns) - 1):
            self.resizeColumnToContents(column)

    @property
    def chosen(self) -> list[Match]:
        rows = sorted({index.row() for index in self.selectedIndexes()})
        return [self.matches[row] for row in rows]


def _words(keyword: str, value: str) -> str:
    if keyword.endswith("Date"):
        return date(value) or value
    return " ".join(value.replace("^", " ").split()) if keyword == "PatientName" else value
