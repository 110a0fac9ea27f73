"""What the fused pane may show now: the answer to exactly what is asked, or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from fusionviewer.engine.cache import Cache
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.fuse import Fused
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import notice
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.method_options import method_words
from fusionviewer.workspace.state import ViewState

Fuse = Callable[[FuseRequest, CancelToken, Progress], Answer]
KEPT_BYTES = 256 * 2**20
NEIGHBOURS = (1, -1, 2, -2)

Kind = Literal["empty", "pairing", "pending", "refused", "failed", "done"]


@dataclass(frozen=True, eq=False)
class FusedStatus:
    """`fused` is there only when it is "done", and then belongs to the state as it is."""

    kind: Kind
    title: str = ""
    hint: str = ""
    request: FuseRequest | None = None
    fused: Fused | None = None


@dataclass(frozen=True)
class _Prefetch:
    requests: tuple[FuseRequest, ...]


class FusionFeed(QObject):
    """Asks for what the state wants to see, and says what may be shown.

    Answers are kept by the key of their request, so one that was there before is shown at once; a
    late one is never shown for something else. Neighbours are fetched while nothing else is asked.
    """

    changed = Signal(object)  # FusedStatus
    failed = Signal(Exception)
    device_known = Signal(str)  # "cpu (onnxruntime)"

    def __init__(
        self,
        store: Store,
        engine: Engine | None = None,
        fuse: Fuse | None = None,
        parent: QObject | None = None,
        asked_by: Callable[[ViewState], FuseRequest | None] = lambda state: state.request,
    ) -> None:
        """A feed for what `asked_by` says of the state.

        `fuse` stands in for that of the engine where work must be held or counted.
        """
        super().__init__(parent)
        self._store, self._asked_by = store, asked_by
        self.beside_feeds: list[FusionFeed] = []
        self._known = Cache(KEPT_BYTES)
        self._asked = ""  # the key of the request that runs, if any
        self._fetching = False  # neighbours are on their way
        self.status = FusedStatus("empty")
        self._engine = engine or Engine(Runtimes())
        self._fuse = fuse or self._engine.fuse
        worker = _Worker(self._engine, self._fuse, self.device_known.emit)
        self._runner = NewestOnlyRunner(worker, self)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._failed)
        self._idle = QTimer(self, singleShot=True, interval=0)
        self._idle.timeout.connect(self._prefetch)
        store.changed.connect(self._follow)
        self.refresh()

    def beside(self, asked_by: Callable[[ViewState], FuseRequest | None]) -> "FusionFeed":
        """Another feed of the same engine, for something else to see; closed with this one."""
        feed = FusionFeed(self._store, self._engine, self._fuse, self, asked_by)
        self.beside_feeds.append(feed)
        return feed

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way, to what is shown or for later."""
        return bool(self._asked) or self._fetching or self._idle.isActive()

    def refresh(self) -> None:
        """Bring the status up to date with the state."""
        state = self._store.state
        request = self._asked_by(state)
        if request is None:
            self._stop()
            self._become(_without_pair(state))
        elif (known := self._known.get(request.key) or self._engine.known(request)) is not None:
            self._stop()
            self._become(FusedStatus("done", request=request, fused=known))
            self._idle.start()
        elif request.key != self._asked:
            self._idle.stop()
            self._asked, self._fetching = request.key, False
            self._become(
                FusedStatus(
                    "pending",
                    _("Fusing with {method}…", method=method_words(state.method, state.strategy)),
                    request=request,
                )
            )
            self._runner.start(request)

    def close(self) -> None:
        self._idle.stop()
        self._runner.close()
        for feed in self.beside_feeds:
            feed.close()

    def _follow(self, before: ViewState, now: ViewState) -> None:
        asked, wanted = self._asked_by(before), self._asked_by(now)
        same = asked and wanted and asked.key == wanted.key
        if not same or before.pair is not now.pair or before.slots is not now.slots:
            self.refresh()

    def _stop(self) -> None:
        self._idle.stop()
        if self._asked:
            self._asked = ""
            self._runner.cancel()

    def _become(self, status: FusedStatus) -> None:
        self.status = status
        self.changed.emit(status)

    def _received(self, answers: tuple[Answer, ...]) -> None:
        self._asked, self._fetching = "", False
        for answer in answers:
            self._known.put(answer.request.key, answer.fused)
        request = self._asked_by(self._store.state)
        if self.status.kind == "pending" and request and self._known.get(request.key):
            self.refresh()

    def _failed(self, error: Exception) -> None:
        self._asked = ""
        if self.status.kind == "pending":
            self.failed.emit(error)
            words = notice(error)
            self._become(FusedStatus("failed", words.text, words.hint, self.status.request))

    def _prefetch(self) -> None:
        request = self._asked_by(self._store.state)
        if request is None or self._asked:
            return
        places = (request.slice_index + step for step in NEIGHBOURS)
        near = (request.at(i) for i in places if 0 <= i < request.pair.shape[0])
        wanted = tuple(r for r in near if self._known.get(r.key) is None)
        self._fetching = bool(wanted)
        if wanted:
            self._runner.start(_Prefetch(wanted))


def _without_pair(state: ViewState) -> FusedStatus:
    if not state.slots:
        return FusedStatus(
            "empty", _("Nothing to fuse yet"), _("Open or drop two images of one patient.")
        )
    if len(state.slots) == 1:
        return FusedStatus(
            "empty",
            _("One image is open"),
            _("Open or drop a second one, and the two are fused here."),
        )
    if state.refusal is not None:
        return FusedStatus("refused", state.refusal.text, state.refusal.hint)
    return FusedStatus("pairing", _("Bringing both images onto one grid…"))


class _Worker:
    """Called in the worker thread."""

    def __init__(self, engine: Engine, fuse: Fuse, tell_device: Callable[[str], None]) -> None:
        self._engine, self._fuse = engine, fuse
        self._tell_device = tell_device

    def __call__(
        self, request: FuseRequest | _Prefetch, cancel: CancelToken, progress: Progress
    ) -> tuple[Answer, ...]:
        wanted = request.requests if isinstance(request, _Prefetch) else (request,)
        answers = []
        for one in wanted:
            cancel.check()
            answers.append(self._fuse(one, cancel, progress))
        self._say_device(wanted[0].method)
        return tuple(answers)

    def _say_device(self, method: str) -> None:
        if self._fuse == self._engine.fuse:
            network = METHODS[method].has_network
            self._tell_device(self._engine.runtimes.get(method).device if network else "")
