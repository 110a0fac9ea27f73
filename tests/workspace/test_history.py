import pytest
from builders import make_image

from fusionviewer.workspace import history as history_module
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import all_closed, find_pair, opened, with_pairing
from fusionviewer.workspace.history import LIMIT, History, recorded, redone, undone
from fusionviewer.workspace.state import ViewState


def two_open() -> ViewState:
    state = opened(ViewState(), make_image(name="ct", modality="CT", seed=1))
    state = opened(state, make_image(name="mr", seed=2))
    return with_pairing(state, find_pair(state.natives, state.fused_slots))


def after(history: History, *changes: object) -> History:
    for function, *args in changes:  # type: ignore[misc]
        history = recorded(history, function(history.now, *args))
    return history


def test_undo_and_redo_walk_through_the_steps() -> None:
    start = History(two_open())
    done = after(start, (change.with_method, "laplacian"), (looks.inverted, 0))

    assert undone(done).now.method == "laplacian"
    assert undone(undone(done)).now == start.now
    assert redone(redone(undone(undone(done)))).now == done.now


def test_a_run_of_scrolling_is_one_step() -> None:
    start = History(two_open())
    done = after(start, *[(change.scrolled, 1)] * 20)
    assert undone(done).now == start.now


def test_scrolling_key_by_key_pushes_nothing_else_out() -> None:
    closed = after(History(two_open()), (all_closed,))
    history = undone(closed)
    for _ in range(LIMIT + 50):
        history = after(history.settled, (change.scrolled, 1))
        history = after(history.settled, (change.scrolled, -1))
    assert len(history.past) < 5


def test_the_same_change_after_a_pause_is_a_step_of_its_own() -> None:
    start = History(two_open())
    first = after(start, (looks.dragged_window, 0, 30.0, 0.0))
    second = after(first.settled, (looks.dragged_window, 0, 30.0, 0.0))
    assert undone(second).now == first.now


def test_a_new_change_forgets_what_was_undone() -> None:
    history = undone(after(History(two_open()), (change.with_method, "laplacian")))
    assert history.future
    assert not after(history, (change.with_method, "wavelet")).future


def test_what_was_found_out_is_no_step() -> None:
    state = opened(ViewState(), make_image(name="ct", modality="CT", seed=1))
    both = after(History(state), (opened, make_image(name="mr", seed=2)))
    found = find_pair(both.now.natives, both.now.fused_slots)
    done = after(both, (with_pairing, found))

    assert done.now.pair is not None
    assert undone(done).now == state


def test_undo_at_the_beginning_and_redo_at_the_end_do_nothing() -> None:
    history = History(two_open())
    assert undone(history) == history
    assert redone(history) == history


def test_closed_images_are_kept_for_undo_only_as_far_as_memory_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = make_image(name="ct", modality="CT", seed=1)
    monkeypatch.setattr(history_module, "LIMIT_BYTES", image.values.nbytes)
    first = after(History(ViewState()), (opened, image), (all_closed,))
    assert undone(first).now.natives == (image,)

    other = make_image(name="mr", seed=2)
    second = after(first, (opened, other), (all_closed,))
    kept = {one.name for state in second.past for one in state.natives}
    assert kept == {"mr"}


def test_the_list_has_an_end() -> None:
    history = History(two_open())
    for i in range(LIMIT + 50):
        history = after(history.settled, (change.with_option, "alpha", i / 1000))
    assert len(history.past) == LIMIT
