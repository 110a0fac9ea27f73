"""Small pictures of series, one after another, off the GUI thread."""

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.formats.catalogue import SeriesEntry, thumbnail
from fusionviewer.ui.runner import NewestOnlyRunner


class Thumbnails(QObject):
    """Makes pictures in the order asked for; a new list ends what the old one still wanted."""

    made = Signal(str, object)  # the key of the entry, (H, W) or (H, W, 3) uint8
    failed = Signal(str)  # the key of an entry that has no picture

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[SeriesEntry] = deque()
        self._now: SeriesEntry | None = None
        self._runner = NewestOnlyRunner(_picture, self)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._missed)

    def ask(self, entries: Iterable[SeriesEntry]) -> None:
        self._runner.cancel()
        self._waiting = deque(entry for entry in entries if entry.opens)
        self._next()

    def close(self) -> None:
        self._waiting.clear()
        self._runner.close()

    def _next(self) -> None:
        self._now = self._waiting.popleft() if self._waiting else None
        if self._now is not None:
            self._runner.start(self._now)

    def _received(self, picture: NDArray[np.uint8]) -> None:
        if self._now is not None:
            self.made.emit(self._now.key, picture)
            self._next()

    def _missed(self, _error: Exception) -> None:
        """What is wrong with it is said when it is opened."""
        if self._now is not None:
            self.failed.emit(self._now.key)
            self._next()


def _picture(entry: SeriesEntry, cancel: CancelToken, _progress: Progress) -> NDArray[np.uint8]:
    return thumbnail(entry, cancel.check)
