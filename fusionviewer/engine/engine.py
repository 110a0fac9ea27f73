"""Answering fusion requests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fusionviewer.engine.cache import Cache
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.fuse import Fused, fuse_slice
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import shown

Progress = Callable[[int, int], None]  # steps done, steps in all
CACHE_BYTES = 512 * 2**20


@dataclass(frozen=True, eq=False)
class Answer:
    """A fused slice and the request it answers: compare keys before showing it."""

    request: FuseRequest
    fused: Fused


class Engine:
    """Fuses slices and volumes, and remembers the latest.

    Knows no window: the window's workers call it, each from its thread, and the command line calls it
    directly. Networks are loaded on first use and kept, once for all callers.
    """

    def __init__(self, runtimes: Runtimes, cache: Cache | None = None) -> None:
        self.runtimes = runtimes
        self._cache = cache or Cache(CACHE_BYTES)

    def fuse(self, request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        """The fused slice; at once if the same was asked before.

        Raises:
            Cancelled: after `cancel.cancel()`. Nothing is kept.
            WeightsError: the network of `request.method` cannot be loaded.
            FusionError: the network gave a value that is not a number.
        """
        if (known := self._cache.get(request.key)) is not None:
            return Answer(request, known)
        a = shown(request.pair.a, request.slice_index, request.looks[0])
        b = shown(request.pair.b, request.slice_index, request.looks[1])
        fused = fuse_slice(
            a,
            b,
            request.method,
            request.strategy,
            self.runtimes,
            dict(request.options),
            cancel.check,
        )
        self._cache.put(request.key, fused)
        progress(1, 1)
        return Answer(request, fused)

    def fuse_many(
        self, request: FuseRequest, slices: Iterable[int], cancel: CancelToken, progress: Progress
    ) -> list[Answer]:
        """The fused slices of a volume, in the order asked for.

        Raises:
            Cancelled, WeightsError, FusionError: as `fuse`.
        """
        wanted = list(slices)
        answers = []
        for done, index in enumerate(wanted):
            cancel.check()
            answers.append(self.fuse(request.at(index), cancel, lambda _done, _total: None))
            progress(done + 1, len(wanted))
        return answers
