"""The frames of many files in their order, compressed ones several at a time and ahead of need."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fusionviewer.formats.decode import is_compressed, stored_frames

AT_ONCE = min(4, os.cpu_count() or 1)  # processes: each takes some 80 MB
AHEAD = 2 * AT_ONCE
Frames = Sequence[NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Request:
    """Some frames of one file."""

    path: Path
    header: Dataset
    indices: tuple[int, ...]

    def answered(self, check: Callable[[], None]) -> Frames:
        return list(stored_frames(self.path, self.header, self.indices, check))


def frames_of(requests: Sequence[Request], check: Callable[[], None]) -> Iterator[Frames]:
    """The answer to each request, in order; a few are held ready, however many there are.

    Raises:
        UnreadableFile: as `stored_frames`, when it is the turn of that file.
    """
    if len(requests) < 2 or not any(is_compressed(request.header) for request in requests):
        for request in requests:
            yield request.answered(check)
        return
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="decode-ahead")
    waiting: deque[Future[Frames]] = deque()
    try:
        for request in requests:
            waiting.append(pool.submit(request.answered, check))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
