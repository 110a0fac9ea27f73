from dataclasses import replace

import numpy as np
import pytest
from builders import PLAIN, make_small_pair

from fusionviewer.engine.cache import Cache
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import Cancelled
from fusionviewer.fusion.fuse import Fused
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.windowing import Window


def ignore(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def request(method: str = "average", **changes: object) -> FuseRequest:
    return FuseRequest(make_small_pair(), 0, (PLAIN, PLAIN), method, **changes)  # type: ignore[arg-type]


def fused_of(size: int) -> Fused:
    return Fused(np.zeros(size, dtype=np.float32))


def test_a_fused_slice_is_the_average_of_what_is_shown() -> None:
    asked = request()
    answer = Engine(Runtimes()).fuse(asked, CancelToken(), ignore)
    expected = (asked.pair.a.values[0] + asked.pair.b.values[0]) / 200
    np.testing.assert_allclose(answer.fused.grey, expected, atol=1e-6)


def test_the_window_decides_what_is_fused() -> None:
    wide = request()
    narrow = FuseRequest(wide.pair, 0, (Look(Window.between(0, 10)), PLAIN), "average")
    engine = Engine(Runtimes())
    one, other = (engine.fuse(r, CancelToken(), ignore).fused.grey for r in (wide, narrow))
    assert (other >= one - 1e-6).all()
    assert other.mean() > one.mean()


def test_the_same_request_is_answered_from_memory() -> None:
    engine, asked = Engine(Runtimes()), request()
    first = engine.fuse(asked, CancelToken(), ignore)
    again = engine.fuse(asked, CancelToken(), ignore)
    assert again.fused is first.fused


@pytest.mark.parametrize(
    "changed",
    [
        request().at(1),
        request("maximum"),
        request(options=(("alpha", 0.2),)),
        FuseRequest(make_small_pair(), 0, (Look(Window.between(0, 50)), PLAIN), "average"),
        FuseRequest(make_small_pair(), 0, (PLAIN, Look(PLAIN.window, "hot-iron")), "average"),
    ],
    ids=["slice", "method", "options", "window", "palette"],
)
def test_requests_that_differ_have_different_keys(changed: FuseRequest) -> None:
    assert changed.key != request().key


def test_requests_for_equal_pixels_have_equal_keys() -> None:
    assert request().key == request().key


def test_inverting_a_pane_changes_nothing_in_the_request() -> None:
    inverted = FuseRequest(
        make_small_pair(), 0, (Look(PLAIN.window, inverted=True), PLAIN), "average"
    )
    assert inverted.key == request().key


def test_what_happens_to_colours_counts_only_where_there_are_some() -> None:
    """A picture in grey, or a method that leaves colours alone, is not fused again for it."""
    hot = (PLAIN, Look(PLAIN.window, "hot-iron"))
    for method, looks, matters in (
        ("average", (PLAIN, PLAIN), False),
        ("alpha", hot, False),
        ("average", hot, True),
    ):
        one = FuseRequest(make_small_pair(), 0, looks, method)
        other = replace(one, colours="luminance")
        engine = Engine(Runtimes())
        engine.fuse(one, CancelToken(), ignore)
        assert (engine.known(other) is None) == matters


def test_a_volume_is_fused_in_the_order_asked_for_with_progress() -> None:
    steps: list[tuple[int, int]] = []
    answers = Engine(Runtimes()).fuse_many(
        request(), [2, 0, 1], CancelToken(), lambda done, total: steps.append((done, total))
    )
    assert [answer.request.slice_index for answer in answers] == [2, 0, 1]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_cancelled_volume_stops_before_the_next_slice() -> None:
    cancel, done = CancelToken(), []

    def stop_after_one(step: int, _total: int) -> None:
        done.append(step)
        cancel.cancel()

    with pytest.raises(Cancelled):
        Engine(Runtimes()).fuse_many(request(), range(3), cancel, stop_after_one)
    assert done == [1]


class TestCache:
    def test_forgets_the_least_recently_used(self) -> None:
        cache = Cache(limit_bytes=80)
        cache.put("old", fused_of(10))
        cache.put("used", fused_of(10))
        cache.get("old")
        cache.put("new", fused_of(10))
        assert cache.get("old") is not None
        assert cache.get("used") is None

    def test_never_holds_more_than_its_limit(self) -> None:
        cache = Cache(limit_bytes=100)
        for size in (10, 30, 5, 20, 1, 25):
            cache.put(str(size), fused_of(size))
            assert cache.nbytes <= 100

    def test_does_not_keep_what_is_larger_than_its_limit(self) -> None:
        cache = Cache(limit_bytes=8)
        cache.put("huge", fused_of(100))
        assert cache.get("huge") is None
        assert cache.nbytes == 0

    def test_counts_a_replaced_answer_once(self) -> None:
        cache = Cache(limit_bytes=1000)
        cache.put("same", fused_of(10))
        cache.put("same", fused_of(20))
        assert cache.nbytes == 80
