"""Rows of the series whose headers are still being read."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from fusionviewer.formats.catalogue_reading import Growing
from fusionviewer.texts import text as _
from fusionviewer.ui.browser_rows import growing_cells


class ReadingRows:
    """A group of its own at the end of the list; its rows cannot be chosen, and what is chosen stays."""

    def __init__(self, tree: QTreeWidget, bold: QFont) -> None:
        self._tree, self._bold = tree, bold
        self._heading: QTreeWidgetItem | None = None
        self._rows: dict[str, QTreeWidgetItem] = {}

    @property
    def count(self) -> int:
        return len(self._rows)

    def show_series(self, series: tuple[Growing, ...]) -> None:
        """These, and no others."""
        if not series:
            self._end()
            return
        self._begin()
        new = [one for one in series if one.uid not in self._rows]
        for one in series:
            if one.uid in self._rows:
                self._rows[one.uid].setText(2, str(one.count))
        self._add(new)

    def _begin(self) -> None:
        if self._heading is None:
            self._heading = QTreeWidgetItem([_("Being read")])
            self._heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._heading.setFont(0, self._bold)
            self._tree.addTopLevelItem(self._heading)
            self._heading.setFirstColumnSpanned(True)
            self._heading.setExpanded(True)

    def _add(self, series: list[Growing]) -> None:
        assert self._heading is not None
        rows = []
        for one in series:
            row = self._rows[one.uid] = QTreeWidgetItem(list(growing_cells(one)))
            row.setFlags(Qt.ItemFlag.ItemIsEnabled)
            row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            rows.append(row)
        self._heading.addChildren(rows)

    def _end(self) -> None:
        if self._heading is not None:
            self._tree.takeTopLevelItem(self._tree.indexOfTopLevelItem(self._heading))
        self._heading, self._rows = None, {}
