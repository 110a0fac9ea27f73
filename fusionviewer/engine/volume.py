"""The weight of a strategy over a whole volume, from every slice as it will be fused."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import FusionError
from fusionviewer.fusion.limits import graded
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.volume_weights import VOLUME_WEIGHTS, weight_of_volume
from fusionviewer.imaging.display import shown


def has_volume_weight(method: str, strategy: str) -> bool:
    """Whether one weight can stand for all slices: an auto-encoder, and a strategy that has one."""
    return METHODS[method].kind == "auto-encoder" and strategy in VOLUME_WEIGHTS


def require_volume_weight(method: str, strategy: str) -> None:
    """Raises: FusionError: `strategy` weighs each place by itself, or `method` has no strategy."""
    if has_volume_weight(method, strategy):
        return
    name = SELECTABLE[strategy].label if strategy else METHODS[method].label
    raise FusionError(
        f"{name} has no weight for a whole volume.",
        f"Fuse slice by slice, or choose one of {', '.join(VOLUME_WEIGHTS)}.",
    )


def volume_weight(
    request: FuseRequest,
    runtimes: Runtimes,
    check: Callable[[], None],
    progress: Callable[[int, int], None],
) -> NDArray[np.float64]:
    """The weight of A in every slice of the pair, (1, 1, 1, 1) or (1, C, 1, 1).

    One slice of each is in memory at a time. Slices that are empty in both, and those that are too
    unlike the network's training to be fused by it, do not count.

    Raises:
        FusionError: the strategy has no such weight.
        WeightsError: the network cannot be loaded.
    """
    require_volume_weight(request.method, request.strategy)
    network = runtimes.get(request.method)
    into = weight_of_volume(request.strategy, **dict(request.options))
    count = request.pair.shape[0]
    for s in range(count):
        check()
        a = shown(request.pair.a, s, request.looks[0])
        b = shown(request.pair.b, s, request.looks[1])
        empty = bool((a.background & b.background).all())
        if not empty and graded(a.grey, b.grey, network.limits).level != "red":
            network.weighed(a.grey, b.grey, into)
        progress(s + 1, count)
    return into.share()
