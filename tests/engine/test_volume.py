"""One weight for all slices of a volume, through the engine and with a real network."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from builders import PLAIN, make_small_pair

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine
from fusionviewer.engine.outward import fuse_outward
from fusionviewer.engine.request import FuseRequest
from fusionviewer.engine.volume import require_volume_weight
from fusionviewer.errors import Cancelled, FusionError
from fusionviewer.fusion.runtime import Runtimes

SHAPE = (4, 32, 40)


def ignore(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def request(strategy: str = "sfnn-max") -> FuseRequest:
    return FuseRequest(
        make_small_pair(SHAPE), 0, (PLAIN, PLAIN), "eh-dran", strategy, consistent="volume"
    )


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Runtimes(backend="onnx"))


def test_all_slices_of_a_volume_have_one_weight(engine: Engine) -> None:
    asked = request()
    shares = [
        one.fused.share_of_a for one in engine.fuse_many(asked, range(4), CancelToken(), ignore)
    ]
    assert len({float(share.mean()) for share in shares if share is not None}) == 1
    apart = engine.fuse_many(replace(asked, consistent="slice"), range(4), CancelToken(), ignore)
    own = {float(one.fused.share_of_a.mean()) for one in apart if one.fused.share_of_a is not None}
    assert len(own) == 4
    assert min(own) <= float(shares[0].mean()) <= max(own)


def test_asking_for_one_slice_or_for_all_gives_the_same(engine: Engine) -> None:
    asked = request("fl1n")
    alone = Engine(engine.runtimes).fuse(asked.at(2), CancelToken(), ignore).fused.grey
    whole = Engine(engine.runtimes).fuse_many(asked, range(4), CancelToken(), ignore)
    np.testing.assert_array_equal(alone, whole[2].fused.grey)


def test_the_two_ways_are_two_requests() -> None:
    assert request().key != replace(request(), consistent="slice").key


def test_progress_counts_both_passes_and_can_be_stopped(engine: Engine) -> None:
    steps: list[tuple[int, int]] = []
    Engine(engine.runtimes).fuse_many(
        request(), [1], CancelToken(), lambda done, total: steps.append((done, total))
    )
    assert steps == [(i, 5) for i in range(1, 6)]
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        Engine(engine.runtimes).fuse(request(), token, ignore)


def test_a_strategy_of_single_pixels_stays_as_it_is() -> None:
    asked = request("l1-activity")
    assert not asked.by_volume
    assert asked.key == replace(asked, consistent="slice").key
    with pytest.raises(FusionError, match="has no weight for a whole volume"):
        require_volume_weight("eh-dran", "l1-activity")


def test_who_is_stopped_goes_on_where_they_were(engine: Engine) -> None:
    again = Engine(engine.runtimes)
    token, steps = CancelToken(), []

    def stop_after_two(done: int, total: int) -> None:
        steps.append((done, total))
        if done == 2:
            token.cancel()

    with pytest.raises(Cancelled):
        again.fuse_many(request(), [0], token, stop_after_two)
    first = again.fuse_many(request(), [0], CancelToken(), lambda *step: steps.append(step))
    assert [done for done, _ in steps] == [1, 2, 3, 4, 5]
    whole = Engine(engine.runtimes).fuse(request(), CancelToken(), ignore)
    np.testing.assert_array_equal(first[0].fused.grey, whole.fused.grey)


def test_the_weight_of_a_volume_stays_when_only_its_colours_give_way(engine: Engine) -> None:
    """They are put back after fusing: the volume is not encoded again for them."""
    looks = (PLAIN, replace(PLAIN, palette="hot-iron"))
    asked = replace(request(), looks=looks)
    again, steps = Engine(engine.runtimes), []
    again.fuse(asked, CancelToken(), ignore)
    again.fuse_many(
        replace(asked, colours="luminance"), [0], CancelToken(), lambda *step: steps.append(step)
    )
    assert [done for done, _ in steps] == [5]  # of four slices to weigh and one to fuse


def test_who_waits_while_a_volume_is_weighed_can_be_stopped(engine: Engine) -> None:
    """Weighing takes minutes, and the window waits for its workers when it closes."""
    asked, own = request(), Engine(engine.runtimes)
    in_the_middle, go_on, stopped = Event(), Event(), CancelToken()

    def hold(done: int, _total: int) -> None:
        if done == 1:
            in_the_middle.set()
            assert go_on.wait(timeout=20)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(own.weigh, asked, CancelToken(), hold)
        assert in_the_middle.wait(timeout=20)
        second = pool.submit(own.weigh, asked, stopped, ignore)
        stopped.cancel()
        try:
            with pytest.raises(Cancelled):
                second.result(timeout=10)
        finally:
            go_on.set()
        assert first.result(timeout=20) is not None


def test_a_whole_volume_is_weighed_with_progress_before_it_is_fused_outward(
    engine: Engine,
) -> None:
    steps: list[tuple[int, int]] = []
    again = Engine(engine.runtimes)
    done = fuse_outward(again, request(), CancelToken(), lambda *step: steps.append(step))
    assert done == 4
    assert steps == [(i, 8) for i in range(1, 9)]
