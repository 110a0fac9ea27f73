"""Answering fusion requests."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.cache import Cache
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.request import FuseRequest
from fusionviewer.engine.volume import Weighing
from fusionviewer.fusion.fuse import Fused, fuse_slice
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import shown

Progress = Callable[[int, int], None]  # steps done, steps in all
CACHE_BYTES = 512 * 2**20
KEPT_WEIGHTS = 32
LOOK_AGAIN_S = 0.05


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
        self._weighings: dict[str, Weighing] = {}  # those that are done, and the latest
        self._one_at_a_time = Lock()

    def known(self, request: FuseRequest) -> Fused | None:
        """The fused slice where it was asked for before and is remembered; from any thread, at once."""
        return self._cache.get(request.key)

    def fuse(self, request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        """The fused slice; at once if the same was asked before.

        Raises:
            Cancelled: after `cancel.cancel()`. Nothing is kept.
            WeightsError: the network of `request.method` cannot be loaded.
            FusionError: the network gave a value that is not a number.
        """
        if (known := self._cache.get(request.key)) is not None:
            return Answer(request, known)
        weight = self.weigh(request, cancel, _nothing)
        a = shown(request.pair.a, request.slice_index, request.looks[0], cancel.check)
        b = shown(request.pair.b, request.slice_index, request.looks[1], cancel.check)
        fused = fuse_slice(
            a,
            b,
            request.method,
            request.strategy,
            self.runtimes,
            dict(request.options),
            cancel.check,
            weight,
            request.colours,
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
        before = request.slices_to_weigh
        total = before + len(wanted)
        self.weigh(request, cancel, lambda done, _total: progress(done, total))
        answers = []
        for done, index in enumerate(wanted):
            cancel.check()
            answers.append(self.fuse(request.at(index), cancel, _nothing))
            progress(before + done + 1, total)
        return answers

    def weigh(
        self, request: FuseRequest, cancel: CancelToken, progress: Progress
    ) -> NDArray[np.float64] | None:
        """The one weight of a volume, found once and then known for every slice of it; None where slices
        have their own.

        Raises:
            Cancelled, WeightsError: as `fuse`; whoever asks again goes on from there.
        """
        if not request.by_volume:
            return None
        key = request.weight_key
        with self._turn(cancel):
            begun = self._weighings.get(key) or Weighing(request.strategy, request.options)
            known = {k: one for k, one in self._weighings.items() if one.done and k != key}
            self._weighings = dict(list(known.items())[-KEPT_WEIGHTS:]) | {key: begun}
            return begun.weight(request, self.runtimes, cancel.check, progress)

    @contextmanager
    def _turn(self, cancel: CancelToken) -> Iterator[None]:
        """Alone with the weighings; whoever waits for it can be cancelled."""
        while not self._one_at_a_time.acquire(timeout=LOOK_AGAIN_S):
            cancel.check()
        try:
            yield
        finally:
            self._one_at_a_time.release()


def _nothing(_done: int, _total: int) -> None:
    pass
