"""Which cells of the matrix are there, and which is made next."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from fusionviewer.engine.engine import Engine
from fusionviewer.engine.request import FuseRequest
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.matrix_work import Cell, Entry, MatrixWorker, entries
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace import comparing
from fusionviewer.workspace.state import ViewState

KEPT = 600  # cells: about twenty slices
PAUSE_MS = 150  # of stillness before it starts, so that scrolling is free


class MatrixFeed(QObject):
    """Makes the cells of the visible slice one by one, while the fused pane waits for nothing."""

    arrived = Signal(object)  # Entry
    restarted = Signal()

    def __init__(
        self, store: Store, feed: FusionFeed, engine: Engine, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self._known: OrderedDict[str, Cell] = OrderedDict()
        self.order: Callable[[], Iterable[Entry]] = entries  # in which cells are made
        self._making: Entry | None = None
        self._slice = ""  # what is asked for all cells of the visible slice
        self.active = False
        self._runner = NewestOnlyRunner(MatrixWorker(engine), self)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._fault)
        self._still = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._still.timeout.connect(self._next)
        store.changed.connect(lambda _before, now: self._follow(now))
        feed.changed.connect(lambda _status: self._resume())

    def set_active(self, active: bool) -> None:
        """Only while somebody looks."""
        self.active = active
        if active:
            self._slice = ""
            self._follow(self._store.state)
        else:
            self._stop()

    def cell(self, entry: Entry) -> Cell | None:
        """What is known of the slice as it is now."""
        request = self.request(entry)
        return None if request is None else self._known.get(request.key)

    def request(self, entry: Entry) -> FuseRequest | None:
        state = self._store.state
        if state.request is None:
            return None
        return comparing.fused_with(state, state.request, *entry)

    def close(self) -> None:
        self._still.stop()
        self._runner.close()

    def _follow(self, state: ViewState) -> None:
        """Starts anew when another slice, pair, window or setting is seen, and not another method."""
        alike = self.request(("alpha", ""))
        key = "" if alike is None else f"{alike.key}:{state.options}"
        if key == self._slice or not self.active:
            return
        self._slice = key
        self._stop()
        self.restarted.emit()
        if key and state.pair is not None:
            self._still.start()

    def _stop(self) -> None:
        self._still.stop()
        if self._making is not None:
            self._making = None
            self._runner.cancel()

    def _resume(self) -> None:
        if self.active and self._making is None and not self._still.isActive():
            self._next()

    def _next(self) -> None:
        if self._making is not None or self._feed.status.kind != "done":
            return
        missing = (entry for entry in self.order() if self.cell(entry) is None)
        entry = next(missing, None)
        request = None if entry is None else self.request(entry)
        if request is not None:
            self._making = entry
            self._runner.start(request)

    def _received(self, cell: Cell) -> None:
        self._making = None
        self._known[cell.key] = cell
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        for entry in entries():
            request = self.request(entry)
            if request is not None and request.key == cell.key:
                self.arrived.emit(entry)
        self._next()

    def _fault(self, error: Exception) -> None:
        """A bug in one method keeps no other from being shown."""
        request = None if self._making is None else self.request(self._making)
        if request is not None:
            self._received(Cell(request.key, problem=type(error).__name__))
