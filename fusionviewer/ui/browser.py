"""The series of everything that was opened or dropped, to choose from: F5."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QImage, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDockWidget,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.formats.catalogue import Catalogue, SeriesEntry
from fusionviewer.formats.catalogue_reading import Growing
from fusionviewer.texts import text as _
from fusionviewer.ui import theme
from fusionviewer.ui.browser_reading import ReadingRows
from fusionviewer.ui.browser_rows import (
    BREAK,
    COLUMNS,
    Group,
    cells,
    grouped,
    matches,
    summary,
    tip,
)
from fusionviewer.ui.browser_thumbnails import Thumbnails
from fusionviewer.workspace.arrangement import MAX_IMAGES

SERIES_DRAG = "application/x-fusionviewer-series"  # the keys of the dragged series, a line each
PICTURE = 56  # pixels a side
WIDTH = 400
_ENTRY = Qt.ItemDataRole.UserRole


class SeriesDock(QDockWidget):
    """A list by patient and study, with pictures that come one after another."""

    opened = Signal(object)  # the SeriesEntry values to open
    said = Signal(str)  # why a chosen series does not open

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(_("Series"), window)
        self.setObjectName("series")
        self.entries: tuple[SeriesEntry, ...] = ()
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._pictures: dict[str, QIcon] = {}
        self._no_picture = QIcon(_square(np.zeros((1, 1), dtype=np.uint8)))
        self._bold = QFont(self.font())
        self._bold.setBold(True)
        self.search = QLineEdit(placeholderText=_("Search"), clearButtonEnabled=True)
        self.search.setAccessibleName(_("Search the series"))
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName(_("Clear the search"))
        self.tree = _Tree()
        self.reading = ReadingRows(self.tree, self._bold)
        self.left_out = QLabel(wordWrap=True)
        self.summary = QLabel(summary(()), wordWrap=True)
        self.button = QPushButton(_("Open"))
        self.button.setAccessibleName(_("Open the chosen series"))
        self.thumbnails = Thumbnails(self)
        self._build()
        self._connect()
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self)
        self.hide()

    def _build(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self.summary, stretch=1)
        below.addWidget(self.button)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, stretch=1)
        self.left_out.hide()
        layout.addWidget(self.left_out)
        layout.addLayout(below)
        self.setWidget(inside)
        self.button.setEnabled(False)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self.tree.setFocus)
        self.tree.itemDoubleClicked.connect(lambda _item, _column: self.open_chosen())
        self.tree.enter_pressed.connect(self.open_chosen)
        self.tree.itemSelectionChanged.connect(
            lambda: self.button.setEnabled(any(entry.opens for entry in self.chosen))
        )
        self.button.clicked.connect(lambda _checked: self.open_chosen())
        self.thumbnails.made.connect(self._show_picture)

    @property
    def chosen(self) -> tuple[SeriesEntry, ...]:
        """In the order of the list."""
        return tuple(e for e in self.entries if self._rows[e.key].isSelected())

    def entry(self, key: str) -> SeriesEntry | None:
        return next((entry for entry in self.entries if entry.key == key), None)

    def show_reading(self, series: tuple[Growing, ...]) -> None:
        """Rows of what is being read, below what is listed; the list comes up once it will be needed."""
        before = self.reading.count
        self.reading.show_series(series)
        if before <= MAX_IMAGES < len(series):
            self._come_up()

    def show_catalogue(self, found: Catalogue) -> None:
        """List what was found with what was listed before; its first that opens is chosen."""
        known = {entry.key: entry for entry in (*self.entries, *found.entries)}
        ordered = sorted(known.values(), key=lambda entry: entry.order)
        self._list(tuple(entry for group in grouped(ordered) for entry in group.entries))
        self.left_out.setText(found.left_out.sentence(every=True))
        self.left_out.setVisible(bool(self.left_out.text()))
        first = next((entry for entry in found.entries if entry.opens), None)
        if first is not None:
            self.tree.setCurrentItem(self._rows[first.key])
        self.thumbnails.ask(entry for entry in self.entries if entry.key not in self._pictures)

    def _list(self, entries: tuple[SeriesEntry, ...]) -> None:
        self.entries, self._rows = (), {}
        self.search.clear()
        self.tree.clear()
        headings = [self._heading_of(group) for group in grouped(entries)]
        self.tree.fill(headings)
        self.entries = entries
        self.summary.setText(summary(entries))

    def _heading_of(self, group: Group) -> QTreeWidgetItem:
        """A study with its series, not yet in the list: there, each change would cost a layout."""
        heading = QTreeWidgetItem([group.title])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setFont(0, self._bold)
        for entry in group.entries:
            row = self._rows[entry.key] = _row(entry)
            row.setIcon(0, self._pictures.get(entry.key, self._no_picture))
            heading.addChild(row)
        return heading

    def open_beside(self) -> None:
        """Come up, for the user has to choose."""
        self._come_up()
        self.raise_()
        self.tree.setFocus()

    def _come_up(self) -> None:
        if self.isHidden():
            self.show()
            window = self.parentWidget()
            assert isinstance(window, QMainWindow)
            window.resizeDocks([self], [WIDTH], Qt.Orientation.Horizontal)

    def toggle(self) -> None:
        if self.isHidden():
            self.open_beside()
        else:
            self.hide()

    def open_chosen(self) -> None:
        """Open what is chosen; for one that does not open, say why."""
        chosen = self.chosen
        good = tuple(entry for entry in chosen if entry.opens)
        if good:
            self.opened.emit(good)
        elif chosen:
            self.said.emit(f"{chosen[0].problem} {chosen[0].hint}".strip())

    def close_threads(self) -> None:
        self.thumbnails.close()

    def _filter(self, words: str) -> None:
        for entry in self.entries:
            self._rows[entry.key].setHidden(not matches(entry, words))
        for i in range(self.tree.topLevelItemCount()):
            heading = self.tree.topLevelItem(i)
            assert heading is not None
            rows = [heading.child(j) for j in range(heading.childCount())]
            heading.setHidden(all(row is None or row.isHidden() for row in rows))

    def _show_picture(self, key: str, picture: NDArray[np.uint8]) -> None:
        self._pictures[key] = QIcon(_square(picture))
        if key in self._rows:
            self._rows[key].setIcon(0, self._pictures[key])


class _Tree(QTreeWidget):
    enter_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Series"))
        self.setHeaderLabels([_(heading) for heading in COLUMNS])
        self.setIconSize(QSize(PICTURE, PICTURE))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names often differ at their end
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setStretchLastSection(False)
        self.header().setResizeContentsPrecision(0)  # what is seen, and not each of hundreds
        self._size_columns(QHeaderView.ResizeMode.ResizeToContents)

    def _size_columns(self, mode: QHeaderView.ResizeMode) -> None:
        """The first takes what the others leave."""
        self.header().setSectionResizeMode(mode)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def fill(self, headings: list[QTreeWidgetItem]) -> None:
        """All at once, for a list that measures itself after each change takes seconds."""
        self._size_columns(QHeaderView.ResizeMode.Fixed)
        self.setUpdatesEnabled(False)
        self.addTopLevelItems(headings)
        self.expandAll()
        for heading in headings:
            heading.setFirstColumnSpanned(True)
        self.setUpdatesEnabled(True)
        self._size_columns(QHeaderView.ResizeMode.ResizeToContents)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)

    def mimeData(self, items: list[QTreeWidgetItem]) -> QMimeData:  # type: ignore[override]
        keys = [item.data(0, _ENTRY) for item in items]
        data = QMimeData()
        data.setData(SERIES_DRAG, "\n".join(key for key in keys if key).encode())
        return data


def _row(entry: SeriesEntry) -> QTreeWidgetItem:
    words, slanted = cells(entry), QFont()
    slanted.setItalic(True)
    row = QTreeWidgetItem(list(words))
    row.setData(0, _ENTRY, entry.key)
    row.setData(
        0,
        Qt.ItemDataRole.AccessibleTextRole,
        ", ".join(words).replace("\n", ", ").replace(BREAK, ""),
    )
    row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for column in range(len(COLUMNS)):
        row.setToolTip(column, tip(entry))
        if not entry.opens:
            row.setFont(column, slanted)
    return row


def _square(picture: NDArray[np.uint8]) -> QPixmap:
    """Fitted on a black square, so that all rows are as high."""
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    form = QImage.Format.Format_RGB888 if picture.ndim == 3 else QImage.Format.Format_Grayscale8
    image = QImage(picture.tobytes(), width, height, picture.strides[0], form).scaled(
        PICTURE,
        PICTURE,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    square = QPixmap(PICTURE, PICTURE)
    square.fill(theme.PANE)
    painter = QPainter(square)
    painter.drawImage((PICTURE - image.width()) // 2, (PICTURE - image.height()) // 2, image)
    painter.end()
    return square
