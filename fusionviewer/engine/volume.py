"""The weight of a strategy over a whole volume, from every slice as it will be fused."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.request import FuseRequest, has_volume_weight
from fusionviewer.errors import FusionError
from fusionviewer.fusion.limits import graded
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.options import Chosen
from fusionviewer.fusion.runtime import Runtime, Runtimes
from fusionviewer.fusion.volume_weights import VOLUME_WEIGHTS, VolumeWeight, weight_of_volume
from fusionviewer.imaging.display import shown
from fusionviewer.texts import text as _


def require_volume_weight(method: str, strategy: str) -> None:
    """Raises: FusionError: `strategy` weighs each place by itself, or `method` has no strategy."""
    if has_volume_weight(method, strategy):
        return
    name = SELECTABLE[strategy].label if strategy else METHODS[method].label
    raise FusionError(
        _("{name} has no weight for a whole volume.", name=name),
        _(
            "Fuse slice by slice, or choose one of {names}.",
            names=", ".join(VOLUME_WEIGHTS),
        ),
    )


class Weighing:
    """The weight of A in every slice of a pair, found slice by slice.

    Whoever is stopped goes on where they were: a reader who scrolls asks for another slice long
    before the volume is seen. Nothing of the images is kept, and of the sums only their outcome.
    """

    def __init__(self, strategy: str, options: Chosen) -> None:
        self._sums: VolumeWeight | None = weight_of_volume(strategy, **dict(options))
        self._seen = 0
        self._weight = np.full((1, 1, 1, 1), 0.5)

    @property
    def done(self) -> bool:
        return self._sums is None

    def weight(
        self,
        request: FuseRequest,
        runtimes: Runtimes,
        check: Callable[[], None],
        progress: Callable[[int, int], None],
    ) -> NDArray[np.float64]:
        """(1, 1, 1, 1) or (1, C, 1, 1), for the request that this weighing was begun for.

        One slice of each is in memory at a time. Slices that are empty in both, and those that are
        too unlike the network's training to be fused by it, do not count.

        Raises:
            WeightsError: the network cannot be loaded.
        """
        count = request.pair.shape[0]
        while self._sums is not None and self._seen < count:
            check()
            _add(request.at(self._seen), runtimes.get(request.method), self._sums)
            self._seen += 1
            progress(self._seen, count)
        if self._sums is not None:
            self._weight, self._sums = self._sums.share(), None
        return self._weight


def _add(request: FuseRequest, network: Runtime, sums: VolumeWeight) -> None:
    pair, looks, s = request.pair, request.looks, request.slice_index
    a, b = shown(pair.a, s, looks[0]), shown(pair.b, s, looks[1])
    empty = bool((a.background & b.background).all())
    if not empty and graded(a.grey, b.grey, network.limits).level != "red":
        network.weighed(a.grey, b.grey, sums)
