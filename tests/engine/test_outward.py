"""The whole volume from the visible slice outward: in order, bounded, and stopped politely."""

import pytest
from builders import PLAIN, make_small_pair

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine
from fusionviewer.engine.outward import fuse_outward, outward
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import Cancelled
from fusionviewer.fusion.runtime import Runtimes

COUNT = 9
REQUEST = FuseRequest(make_small_pair((COUNT, 16, 20)), 3, (PLAIN, PLAIN), "average")


def known(engine: Engine) -> list[int]:
    return [i for i in range(COUNT) if engine.known(REQUEST.at(i)) is not None]


def ignore(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def test_slices_come_by_their_distance() -> None:
    assert [*outward(3, 6)] == [3, 4, 2, 5, 1, 0]
    assert [*outward(0, 3)] == [0, 1, 2] and [*outward(2, 3)] == [2, 1, 0]


def test_all_of_them_are_remembered_and_counted() -> None:
    engine, steps = Engine(Runtimes()), []
    done = fuse_outward(engine, REQUEST, CancelToken(), lambda i, total: steps.append((i, total)))
    assert done == COUNT and known(engine) == [*range(COUNT)]
    assert steps == [(i, COUNT) for i in range(1, COUNT + 1)]


def test_where_memory_ends_the_nearest_are_there() -> None:
    engine = Engine(Runtimes())
    one = engine.fuse(REQUEST, CancelToken(), ignore).fused.nbytes
    assert fuse_outward(engine, REQUEST, CancelToken(), ignore, limit_bytes=5 * one) == 5
    assert {1, 2, 3, 4, 5} <= set(known(engine))


def test_cancelling_keeps_what_is_done() -> None:
    engine, token = Engine(Runtimes()), CancelToken()

    def stop_at_four(done: int, _total: int) -> None:
        if done == 4:
            token.cancel()

    with pytest.raises(Cancelled):
        fuse_outward(engine, REQUEST, token, stop_at_four)
    assert known(engine) == [2, 3, 4, 5]
