"""A whole volume, fused from the visible slice outward, as far as memory is given for it."""

from collections.abc import Iterator

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import CACHE_BYTES, Engine, Progress
from fusionviewer.engine.request import FuseRequest

SHARE = 0.9  # of what the engine remembers: the slice that is looked at stays in it


def outward(start: int, count: int) -> Iterator[int]:
    """Every slice of `count`, the nearest to `start` first: 4, 5, 3, 6, 2 …"""
    yield from sorted(range(count), key=lambda i: (abs(i - start), -i))


def fuse_outward(
    engine: Engine,
    request: FuseRequest,
    cancel: CancelToken,
    progress: Progress,
    limit_bytes: int = int(CACHE_BYTES * SHARE),
) -> int:
    """Fuse the slices around that of `request` for the engine to remember; how many there are now.

    Fewer than the volume has where all of them would take more than `limit_bytes`. Progress counts the
    slices that are weighed first as well, where one weight is that of the volume.

    Raises:
        Cancelled: between two slices; what was fused is remembered.
        WeightsError, FusionError: as `Engine.fuse`.
    """
    count, taken, done = request.pair.shape[0], 0, 0
    before = request.slices_to_weigh
    engine.weigh(request, cancel, lambda weighed, _total: progress(weighed, before + count))
    for index in outward(request.slice_index, count):
        cancel.check()
        taken += engine.fuse(request.at(index), cancel, lambda _done, _total: None).fused.nbytes
        if taken > limit_bytes and done:
            break
        done += 1
        progress(before + done, before + count)
    return done
