"""The strategy matrix: the visible slice by every method and strategy, with scores; click to choose."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.engine.engine import Engine
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.metrics.report import Score
from fusionviewer.metrics.table import METRICS
from fusionviewer.texts import text as _
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.matrix_feed import MatrixFeed
from fusionviewer.ui.matrix_item import PICTURE, EntryDelegate, thumbnail_pixmap
from fusionviewer.ui.matrix_work import SCORES, Cell, Entry, entries
from fusionviewer.ui.pane_painter import tallness
from fusionviewer.ui.pick import Pick
from fusionviewer.ui.store import Store
from fusionviewer.workspace import state as change
from fusionviewer.workspace.method_options import method_words
from fusionviewer.workspace.state import ViewState

BY_METHOD = ""


class MatrixPanel(QWidget):
    """Thumbnails in the order of the selectors, or of a score; the chosen one is marked."""

    done = Signal()  # something was picked, and the keys may go back to the images

    def __init__(
        self, store: Store, feed: FusionFeed, engine: Engine, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self.feed = MatrixFeed(store, feed, engine, self)
        self.order = Pick(_("Order of the matrix"))
        self.count = QLabel()
        self.count.setObjectName("quiet")
        self.list = QListWidget()
        self.items: dict[Entry, QListWidgetItem] = {}
        self._drawn: dict[Entry, object] = {}  # what each shows
        self._build()
        self.order.picked.connect(self._sort)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.feed.order = self._in_sight_first
        self.feed.arrived.connect(self._show_cell)
        self.feed.restarted.connect(self._show_all)
        store.changed.connect(self._follow)

    def _build(self) -> None:
        self.order.offer(
            [
                (_("as in the selectors"), BY_METHOD, ""),
                *((_(METRICS[n].label), n, _(METRICS[n].description)) for n in SCORES),
            ]
        )
        top = QHBoxLayout()
        label = QLabel(_("Or&der"))
        label.setBuddy(self.order)
        for part in (label, self.order, self.count):
            top.addWidget(part)
        top.addStretch()
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(EntryDelegate(self.list))
        self.list.setAccessibleName(_("The slice by every method and strategy"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(top)
        layout.addWidget(self.list, stretch=1)
        for entry in entries():
            item = QListWidgetItem(self.list)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            self.items[entry] = item
        self._show_all()
        self._mark()

    def close_threads(self) -> None:
        self.feed.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.feed.set_active(True)
        self._show_all()
        QTimer.singleShot(0, self, self._mark)  # once the list has its layout

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.feed.set_active(False)

    def _in_sight_first(self) -> list[Entry]:
        """What one looks at is made before what one would have to scroll to."""
        seen, rect = self.list.viewport().rect(), self.list.visualItemRect
        return sorted(self.items, key=lambda entry: not rect(self.items[entry]).intersects(seen))

    def _choose(self, item: QListWidgetItem) -> None:
        method, strategy = item.data(Qt.ItemDataRole.UserRole)
        self._store.settle()
        self._store.apply(chosen, method, strategy)
        self.done.emit()

    def _show_all(self) -> None:
        for entry in self.items:
            self._draw_item(entry)
        self._count()

    def _show_cell(self, entry: Entry) -> None:
        self._draw_item(entry)
        self._count()
        if self.order_name:
            self._sort(self.order_name)

    def _draw_item(self, entry: Entry) -> None:
        item, cell, view = self.items[entry], self.feed.cell(entry), self._store.state.view
        name = method_words(*entry, self._store.state.options)
        shown = (cell, name, view.turns, view.mirrored)
        if self._drawn.get(entry) == shown:
            return
        self._drawn[entry] = shown
        item.setText("\n".join((entry_words(entry), cell_words(cell))))
        item.setToolTip(name if cell is None or not cell.problem else f"{name}: {cell.problem}")
        pair = self._store.state.pair
        tall = 1.0 if pair is None else tallness(pair.a)
        picture = None if cell is None else cell.picture
        item.setData(PICTURE, None if picture is None else thumbnail_pixmap(picture, tall, view))

    def _count(self) -> None:
        there = sum(self.feed.cell(entry) is not None for entry in self.items)
        self.count.setText(
            ""
            if there == len(self.items)
            else _("{there} of {count}", there=there, count=len(self.items))
        )

    def _follow(self, before: ViewState, now: ViewState) -> None:
        if (before.method, before.strategy) != (now.method, now.strategy):
            self._mark()
        ways = [(state.view.turns, state.view.mirrored) for state in (before, now)]
        if ways[0] != ways[1] and self.isVisible():
            self._show_all()

    def _mark(self) -> None:
        """The method that is shown is the selected one."""
        state = self._store.state
        item = self.items.get((state.method, state.strategy))
        if item is not None:
            self.list.setCurrentItem(item)
            self.list.scrollToItem(item)

    @property
    def order_name(self) -> str:
        here = self.order.currentIndex()
        return ("", *SCORES)[here] if here >= 0 else BY_METHOD

    def _sort(self, name: object) -> None:
        self.order.show_choice(name)
        wanted = sorted(self.items, key=self._rank(str(name))) if name else [*self.items]
        now = [self.list.item(i) for i in range(self.list.count())]
        if [self.items[entry] for entry in wanted] == now:
            return
        for entry in wanted:
            self.list.addItem(self.list.takeItem(self.list.row(self.items[entry])))
        self._mark()

    def _rank(self, name: str) -> Callable[[Entry], tuple[bool, float]]:
        sign = -1 if METRICS[name].better == "higher" else 1

        def rank(entry: Entry) -> tuple[bool, float]:
            cell = self.feed.cell(entry)
            score = None if cell is None else cell.scores.get(name)
            value = None if score is None else score.value
            return value is None, 0.0 if value is None else sign * value

        return rank


def chosen(state: ViewState, method: str, strategy: str) -> ViewState:
    """With this method and strategy at once: one step of undo."""
    state = change.with_method(state, method)
    return change.with_strategy(state, strategy) if strategy else state


def entry_words(entry: Entry) -> str:
    """The method, and on a line of its own the strategy."""
    method, strategy = entry
    return "\n".join((_(METHODS[method].label), _(SELECTABLE[strategy].label) if strategy else ""))


def cell_words(cell: Cell | None) -> str:
    """Its scores in two lines, or why there are none."""
    if cell is None:
        return "…"
    if cell.problem:
        return cell.problem
    words = [
        f"{'MI' if n == 'mi' else _(METRICS[n].label)} {_value(cell.scores[n], n)}" for n in SCORES
    ]
    return f"{words[0]} · {words[1]}\n{words[2]} · {words[3]}"


def _value(score: Score, name: str) -> str:
    return "–" if score.value is None else f"{score.value:.{min(METRICS[name].digits, 2)}f}"
