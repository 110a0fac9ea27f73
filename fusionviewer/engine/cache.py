"""Recent answers, bounded in bytes."""

from collections import OrderedDict
from threading import Lock

from fusionviewer.fusion.fuse import Fused


class Cache:
    """Remembers answers by the key of their request; the least recently used go first.

    An answer larger than the whole limit is not kept. Threads may share one.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._lock = Lock()
        self._answers: OrderedDict[str, Fused] = OrderedDict()

    def get(self, key: str) -> Fused | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def put(self, key: str, answer: Fused) -> None:
        with self._lock:
            if (old := self._answers.pop(key, None)) is not None:
                self._size -= old.nbytes
            self._answers[key] = answer
            self._size += answer.nbytes
            while self._size > self._limit:
                _, dropped = self._answers.popitem(last=False)
                self._size -= dropped.nbytes

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()
            self._size = 0

    @property
    def nbytes(self) -> int:
        return self._size
