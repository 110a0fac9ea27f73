"""Slices that take longer to make than the window may stop: of oblique volumes, and thick ones."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtCore import QObject, QTimer, Signal

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.slab import Slab, SlicePixels, is_quick, slice_pixels
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import notice
from fusionviewer.ui.pane_overlay import Message
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store

KEPT_BYTES = 128 * 2**20  # beside those that are on the screen
NEIGHBOURS = (1, -1, 2, -2)


@dataclass(frozen=True, eq=False)
class _Wanted:
    image: Image
    index: int
    slab: Slab

    @cached_property
    def key(self) -> str:
        return f"{self.image.key}:{self.index}:{self.slab}"

    def beside(self, step: int) -> "_Wanted | None":
        """The same of another slice, where there is one."""
        index = self.index + step
        return replace(self, index=index) if 0 <= index < self.image.shape[0] else None


class SliceFeed(QObject):
    """Gives slices to whoever draws them: at once where that takes a few ms, else once they are made.

    Everybody who shows a slice asks for it again whenever the state has changed; what nobody asks for any
    more is not made. One is made after the other, and when all are there, their neighbours.
    """

    arrived = Signal()  # something that was asked for is there, or will not come
    failed = Signal(Exception)

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: dict[Hashable, _Wanted] = {}  # by whom
        self._known: dict[str, SlicePixels] = {}  # the latest last
        self._problems: dict[str, Message] = {}
        self._fetched: set[str] = set()  # neighbours that were made, kept or not
        self._making: _Wanted | None = None
        self._runner = NewestOnlyRunner(_made, self)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._fault)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._next)
        store.changed.connect(lambda _before, _now: self._forget())

    def ready(self, asker: Hashable, image: Image, index: int, slab: Slab) -> bool:
        """Whether `pixels` has it. If not, it is made, unless `asker` asks for something else meanwhile."""
        if is_quick(image, index, slab):
            self.release(asker)
            return True
        wanted = self._asked[asker] = _Wanted(image, index, slab)
        self._soon.start()
        return wanted.key in self._known

    def release(self, asker: Hashable) -> None:
        """`asker` wants nothing any more."""
        self._asked.pop(asker, None)

    def pixels(self, image: Image, index: int, slab: Slab) -> SlicePixels:
        """A slice that is `ready`."""
        if is_quick(image, index, slab):
            return slice_pixels(image, index, slab)
        return self._known[_Wanted(image, index, slab).key]

    def message(self, asker: Hashable) -> Message | None:
        """What is to be said instead of the slice that `asker` waits for; None where it is there."""
        wanted = self._asked.get(asker)
        if wanted is None or wanted.key in self._known:
            return None
        waiting = Message(_("Making this slice…"), badge=True)
        return self._problems.get(wanted.key, waiting)

    @property
    def waiting(self) -> bool:
        """Whether something that is asked for is not there yet."""
        return bool(self._missing)

    @property
    def busy(self) -> bool:
        """Whether anything is made, for now or for later."""
        return self.waiting or self._making is not None or self._soon.isActive()

    def close(self) -> None:
        self._soon.stop()
        self._runner.close()

    def _forget(self) -> None:
        """Another state: whoever still shows a slice asks for it again."""
        self._asked.clear()
        self._fetched.clear()
        self._problems.clear()
        self._soon.start()

    @property
    def _missing(self) -> list[_Wanted]:
        there = (self._known, self._problems)
        return [one for one in self._asked.values() if not any(one.key in some for some in there)]

    def _next(self) -> None:
        missing, making = self._missing, self._making
        if making is not None and (not missing or making.key in {one.key for one in missing}):
            return
        self._making = missing[0] if missing else self._neighbour()
        if self._making is not None:
            self._runner.start(self._making)

    def _neighbour(self) -> _Wanted | None:
        """The nearest slice that nobody has asked for yet."""
        for step in NEIGHBOURS:
            for one in self._asked.values():
                near = one.beside(step)
                if near is not None and near.key not in {*self._known, *self._fetched}:
                    self._fetched.add(near.key)
                    return near
        return None

    def _received(self, made: SlicePixels) -> None:
        assert self._making is not None
        key, self._making = self._making.key, None
        self._known[key] = made
        self._make_room()
        self._soon.start()
        self._tell(key)

    def _fault(self, error: Exception) -> None:
        assert self._making is not None
        key, self._making = self._making.key, None
        words = notice(error)
        self._problems[key] = Message(words.text, words.hint)
        self._soon.start()
        self.failed.emit(error)
        self._tell(key)

    def _tell(self, key: str) -> None:
        if any(one.key == key for one in self._asked.values()):
            self.arrived.emit()

    def _make_room(self) -> None:
        """Forget the oldest that nobody shows now."""
        shown = {one.key for one in self._asked.values()}
        total = sum(pixels.nbytes for pixels in self._known.values())
        for key in [key for key in self._known if key not in shown]:
            if total <= KEPT_BYTES:
                return
            total -= self._known.pop(key).nbytes


def _made(wanted: _Wanted, cancel: CancelToken, _progress: Progress) -> SlicePixels:
    return slice_pixels(wanted.image, wanted.index, wanted.slab, cancel.check)
