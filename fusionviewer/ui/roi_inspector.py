"""The inspector: the loupe, and the numbers of the region in every image, each in its unit."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.errors import ExportError
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.loupe import Loupe
from fusionviewer.ui.measurement import around, labels, measure, measurement
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.roi_table import COLUMNS, Row, StatisticsModel, as_csv, as_text, remark
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.ui.text_file import ask_and_save
from fusionviewer.workspace.state import (
    Place,
    ViewState,
    with_region,
    with_tool,
)

WIDE = 640  # pixels from which loupe and table stand side by side
NEW_SHARE = 0.2  # of the slice, for a region that is made without the mouse


class RoiInspector(QWidget):
    """Loupe and table. Connect `PaneGrid.hovered` to `hover`, and give `shape_chosen` to the layer.

    Numbers are computed on a thread of their own; until they are there, the table says “…”.
    """

    shape_chosen = Signal(str)  # a name in SHAPES
    said = Signal(object, str)  # Notice and kind, for the message bar

    def __init__(self, store: Store, feed: FusionFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self.loupe = Loupe(store, feed, self)
        self.model = StatisticsModel(self)
        self.table = QTableView(self)
        self.shapes = QComboBox(self)
        self._remark = QLabel(wordWrap=True)
        self._runner = NewestOnlyRunner(measure, self)
        self._runner.finished.connect(self._show)
        self._runner.failed.connect(self._fail)
        self._build()
        self._turn(wide=False)
        store.changed.connect(self._follow)
        feed.changed.connect(lambda _status: self._ask())
        self._ask()

    def hover(self, place: Place | None) -> None:
        """The cursor is at `place` in an image, or has left them."""
        self.loupe.hover(place)

    def close_threads(self) -> None:
        """Call when the window closes."""
        self._runner.close()

    def _build(self) -> None:
        self.setAccessibleName("Inspector")
        self._prepare_table()
        numbers = QVBoxLayout()
        numbers.addLayout(self._buttons())
        numbers.addWidget(self.table, stretch=1)
        numbers.addWidget(self._remark)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setContentsMargins(6, 6, 6, 6)
        self._parts.addWidget(self.loupe, stretch=1)
        self._parts.addLayout(numbers, stretch=1)
        self._remark.setObjectName("quiet")
        self._remark.setAccessibleName("Remark on the numbers")

    def _prepare_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName("Numbers of the region")
        table.setAlternatingRowColors(True)
        table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)  # Tab leaves the table: the keyboard must get out again
        table.verticalHeader().setDefaultSectionSize(20)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        copy = QShortcut(QKeySequence.StandardKey.Copy, table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def _buttons(self) -> QHBoxLayout:
        for name, shape in SHAPES.items():
            self.shapes.addItem(shape.label, name)
        self.shapes.setAccessibleName("Shape that is drawn")
        self.shapes.setToolTip("Shape that the next drag in an image draws")
        self.shapes.activated.connect(self._choose_shape)
        self._new = _button("New", "New region around the crosshair", self.new_region)
        self._remove = _button("Remove", "Remove the region", self.remove_region)
        self._copy = _button("Copy", "Copy the numbers as text", self.copy)
        self._save = _button("Save…", "Save the numbers as CSV", self.save)
        row = QHBoxLayout()
        for part in (self.shapes, self._new, self._remove, self._copy, self._save):
            row.addWidget(part)
        row.addStretch(1)
        return row

    def _choose_shape(self, index: int) -> None:
        self.shape_chosen.emit(self.shapes.itemData(index))
        self._store.apply(with_tool, "region")

    def new_region(self) -> None:
        """A region of the chosen shape around the crosshair, else in the middle."""
        state = self._store.state
        if not state.slots:
            return
        _, height, width = state.slots[0].drawn.shape
        here = state.crosshair
        row, col = (here.row, here.col) if here else ((height - 1) / 2, (width - 1) / 2)
        canvas = Canvas(state.slice_index, state.slots[0].drawn.grid)
        size = min(height, width) * NEW_SHARE
        region = around(self.shapes.currentData(), row, col, size, canvas)
        self._store.settle()
        self._store.apply(with_region, region)
        self._store.settle()

    def remove_region(self) -> None:
        self._store.apply(with_region, None)

    def copy(self) -> None:
        QApplication.clipboard().setText(as_text(self.model.rows))

    def save(self) -> None:
        try:
            path = ask_and_save(self, "Save the numbers", "region.csv", as_csv(self.model.rows))
        except ExportError as error:
            self.said.emit(notice(error), "error")
            return
        if path is not None:
            self.said.emit(Notice(f"Saved “{path.name}”."), "good")

    def _follow(self, before: ViewState, now: ViewState) -> None:
        same_slice = before.slice_index == now.slice_index and before.pair is now.pair
        if before.region != now.region or before.slots != now.slots or not same_slice:
            self._ask()

    def _ask(self) -> None:
        state = self._store.state
        for button in (self._remove, self._copy, self._save):
            button.setEnabled(state.region is not None)
        self._new.setEnabled(bool(state.slots))
        asked = measurement(state, self._feed.status)
        if asked is None:
            self._runner.cancel()
            self.model.show_rows(())
            self._remark.setText("Drag in an image with the region tool, or press “New”.")
            return
        self.model.show_rows([Row(label) for label in labels(state)])
        self._runner.start(asked)

    def _show(self, rows: tuple[Row, ...]) -> None:
        waiting = labels(self._store.state)[len(rows) :]  # the fused image, maybe
        self.model.show_rows([*rows, *map(Row, waiting)])
        remarks = {row.label: remark(row) for row in rows if remark(row)}
        self._remark.setText("\n".join(f"{label}: {text}" for label, text in remarks.items()))

    def _fail(self, error: Exception) -> None:
        self.model.show_rows(())
        self.said.emit(notice(error), "error")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        if wide == self.model.transposed:
            self._turn(wide)

    def _turn(self, wide: bool) -> None:
        """Side by side with one row per image, or one below the other with one column per image."""
        ways, modes = QBoxLayout.Direction, QHeaderView.ResizeMode
        self._parts.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self.loupe.arrange(columns=4 if wide else 2)
        self.model.transpose(not wide)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(modes.Interactive if wide else modes.Stretch)
        for i, column in enumerate(COLUMNS if wide else ()):
            self.table.setColumnWidth(i, column.width)

    def sizeHint(self) -> QSize:
        return QSize(320, 640)


def _button(text: str, tip: str, act: object) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(act)
    return button
