"""All marks, one line each: colour and name, slice, size."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView, QWidget

from fusionviewer.imaging.roi_mark import COLOURS, Mark
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.measurement import Measured
from fusionviewer.ui.roi_files import mark_size, shape_words
from fusionviewer.ui.roi_table import Index
from fusionviewer.ui.store import Store
from fusionviewer.workspace import regions
from fusionviewer.workspace.state import ViewState

HEADINGS = (marked("Name"), marked("Slice"), marked("Size"))
SWATCH = 12


class RegionListModel(QAbstractTableModel):
    """The marks of a state; a name that is edited leaves as `renamed`."""

    renamed = Signal(int, str)  # number of the mark

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.marks: tuple[Mark, ...] = ()
        self._slices: tuple[int | None, ...] = ()
        self._measured: Measured = {}

    def show_state(self, state: ViewState) -> None:
        slices = tuple(regions.slice_of(state, mark) for mark in state.marks)
        if (state.marks, slices) == (self.marks, self._slices):
            return
        same = [m.number for m in state.marks] == [m.number for m in self.marks]
        dressed = [(m.name, m.colour) for m in state.marks] != [
            (m.name, m.colour) for m in self.marks
        ]
        if not same:
            self.beginResetModel()
        self.marks, self._slices = state.marks, slices
        if not same:
            self.endResetModel()
        self._tell(0 if dressed else 1)

    def show_sizes(self, measured: Measured) -> None:
        self._measured = measured
        self._tell(2)

    def _tell(self, first: int) -> None:
        """The columns from `first` on are new. A name that is just being typed would be put back."""
        if self.marks:
            last = self.index(len(self.marks) - 1, len(HEADINGS) - 1)
            self.dataChanged.emit(self.index(0, first), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.marks)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        mark, column = self.marks[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return swatch(mark.colour)
        if role == Qt.ItemDataRole.TextAlignmentRole and column > 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return _(
                "{name}, {shape}. F2 renames, Delete removes.",
                name=mark.name,
                shape=shape_words(mark),
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self._text(index.row(), column) or _("none")
            return f"{mark.name}, {_(HEADINGS[column])}: {text}"
        return None

    def _text(self, row: int, column: int) -> str:
        mark, index = self.marks[row], self._slices[row]
        texts = (mark.name, "–" if index is None else str(index + 1))
        return texts[column] if column < 2 else mark_size(mark, self._measured)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() != 0:
            return False
        self.renamed.emit(self.marks[index.row()].number, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        known = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return known | Qt.ItemFlag.ItemIsEditable if index.column() == 0 else known

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return _(HEADINGS[section]) if orientation == Qt.Orientation.Horizontal else section + 1


class RegionList(QTableView):
    """Choosing a line shows its slice; F2 renames, Delete removes, a right click offers the rest."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._following = False
        self.marks = RegionListModel(self)
        self.setModel(self.marks)
        self._dress()
        self.marks.renamed.connect(lambda *what: self._apply(regions.renamed, *what))
        self.selectionModel().currentRowChanged.connect(self._choose)
        self.customContextMenuRequested.connect(self._offer)
        store.changed.connect(lambda _before, now: self._follow(now))
        self._follow(store.state)

    def _dress(self) -> None:
        self.setAccessibleName(_("Regions, distances and angles"))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QTableView.EditTrigger.EditKeyPressed | QTableView.EditTrigger.DoubleClicked
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)  # Tab leaves the table: the keyboard must get out again
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(20)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def _follow(self, state: ViewState) -> None:
        self._following = True
        self.marks.show_state(state)
        rows = [i for i, mark in enumerate(state.marks) if mark.number == state.chosen]
        if rows:
            self.setCurrentIndex(self.marks.index(rows[0], 0))
        else:
            self.clearSelection()
        self._following = False

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._following:
            self._apply(regions.with_chosen, self.marks.marks[current.row()].number)

    def _apply(self, change: Callable[..., ViewState], *args: object) -> None:
        """Each is a step of undo of its own."""
        self._store.settle()
        self._store.apply(change, *args)
        self._store.settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._store.state.chosen:
            self._apply(regions.without_mark, self._store.state.chosen)
        else:
            super().keyPressEvent(event)

    def _offer(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self._pop_up(index.row(), self.viewport().mapToGlobal(at))

    def offer(self, number: int, at: QPoint) -> None:
        """The menu of a mark, wherever it was asked for."""
        for row, mark in enumerate(self.marks.marks):
            if mark.number == number:
                self._pop_up(row, at)

    def _pop_up(self, row: int, at: QPoint) -> None:
        menu = self.menu(self.marks.marks[row], self.marks.index(row, 0))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def menu(self, mark: Mark, index: Index) -> QMenu:
        """What can be done to one mark."""
        menu = QMenu(self)
        menu.addAction(_("&Rename")).triggered.connect(lambda _checked: self.edit(index))
        colours = menu.addMenu(_("&Colour"))
        for name, colour in COLOURS.items():
            one = colours.addAction(swatch(colour), _(name))
            one.triggered.connect(partial(self._apply, regions.recoloured, mark.number, colour))
        for text, change in (
            (_("&Bring to the slice that is shown"), regions.brought_here),
            (_("&Remove"), regions.without_mark),
        ):
            act = partial(self._apply, change, mark.number)
            menu.addAction(text).triggered.connect(lambda _checked, act=act: act())
        return menu


def swatch(colour: str) -> QIcon:
    """A small square of a colour."""
    picture = QPixmap(SWATCH, SWATCH)
    picture.fill(QColor(colour))
    painter = QPainter(picture)
    painter.setPen(QColor("#606060"))  # so that white shows on light, too
    painter.drawRect(0, 0, SWATCH - 1, SWATCH - 1)
    painter.end()
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # else the choice would tint it
    return icon
