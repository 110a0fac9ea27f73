import pytest
from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.fusion.methods import METHODS, default_strategy
from fusionviewer.imaging.windowing import Window
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.state import Place, ViewState


def two_open(shape: tuple[int, int, int] = (10, 16, 20)) -> ViewState:
    grid = make_grid(shape)
    state = opened(ViewState(), make_image(shape, name="ct", modality="CT", seed=1, grid=grid))
    state = opened(state, make_image(shape, name="mr", seed=2, grid=grid))
    return with_pairing(state, find_pair(state.natives, state.fused_slots))


STATE = two_open()


def test_scrolling_stops_at_the_last_slice() -> None:
    near_the_end = change.at_slice(STATE, 8)
    assert change.scrolled(near_the_end, 5).slice_index == 9
    assert change.scrolled(near_the_end, -50).slice_index == 0


def test_scrolling_an_empty_screen_does_nothing() -> None:
    assert change.scrolled(ViewState(), 3) == ViewState()


def test_the_crosshair_comes_along_to_another_slice() -> None:
    state = change.pointed(STATE, Place(3, 4.5, 6))
    assert state.slice_index == 3
    assert change.scrolled(state, 2).crosshair == Place(5, 4.5, 6)


def test_dragging_up_brightens_and_sideways_widens() -> None:
    bone = looks.with_window(STATE, 0, Window(center=300, width=1500))
    up = looks.dragged_window(bone, 0, dx=0, dy=-30)
    wide = looks.dragged_window(bone, 0, dx=30, dy=0)

    assert up.slots[0].look.window == Window(center=150, width=1500)
    assert wide.slots[0].look.window == Window(center=300, width=1650)
    assert up.slots[1] == bone.slots[1]


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_no_drag_makes_a_window_without_width(dx: float, dy: float) -> None:
    assert looks.dragged_window(STATE, 0, dx, dy).slots[0].look.window.width > 0


@given(st.floats(0.01, 100), st.floats(0, 1), st.floats(0, 1))
def test_what_is_under_the_cursor_stays_there_while_zooming(
    factor: float, row: float, col: float
) -> None:
    """Its distance from the middle, in screen lengths, is the same before and after."""
    before = change.zoomed(STATE, 2).view
    after = change.zoomed(change.zoomed(STATE, 2), factor, (row, col)).view

    moved = (row - before.row) * before.zoom, (row - after.row) * after.zoom
    on_the_edge = after.row in (0, 1) or after.col in (0, 1)
    assert on_the_edge or moved[0] == pytest.approx(moved[1], abs=1e-6)
    assert change.ZOOM_LIMITS[0] <= after.zoom <= change.ZOOM_LIMITS[1]


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=5))
def test_a_picture_cannot_be_moved_out_of_sight(steps: list[tuple[float, float]]) -> None:
    state = STATE
    for rows, cols in steps:
        state = change.panned(state, rows, cols)
    assert 0 <= state.view.row <= 1 and 0 <= state.view.col <= 1


def test_the_strategy_stays_when_the_next_method_knows_it() -> None:
    state = change.with_method(ViewState(), "eh-dran")
    state = change.with_strategy(state, "fer")
    assert change.with_method(state, "dilran").strategy == "fer"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_chosen_and_asked_for(method: str) -> None:
    request = change.with_method(STATE, method).request
    assert request is not None
    assert request.strategy in (METHODS[method].strategies or ("",))
    assert change.with_method(ViewState(), method).strategy in ("", default_strategy(method))


def test_methods_and_strategies_that_are_not_there_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="magic"):
        change.with_method(STATE, "magic")
    with pytest.raises(ValueError, match="magic"):
        change.with_strategy(change.with_method(STATE, "dilran"), "magic")


def test_a_method_is_asked_only_with_the_options_it_knows() -> None:
    state = change.with_option(STATE, "alpha", 0.25)
    assert change.with_method(state, "alpha").request.options == (("alpha", 0.25),)
    assert change.with_method(state, "average").request.options == ()


def test_what_is_asked_is_what_the_reader_chose_to_see() -> None:
    state = looks.with_window(change.at_slice(STATE, 4), 1, Window(10, 20))
    request = state.request
    assert request is not None
    assert (request.slice_index, request.looks[1].window) == (4, Window(10, 20))
    assert request.pair is state.pair


def test_inverting_asks_for_the_same_picture() -> None:
    inverted = looks.inverted(STATE, 0)
    assert inverted != STATE
    assert inverted.request.key == STATE.request.key


def test_texts_get_fewer_and_then_all_come_back() -> None:
    seen = [STATE.texts]
    state = STATE
    for _ in range(3):
        state = change.fewer_texts(state)
        seen.append(state.texts)
    assert seen == ["full", "short", "none", "full"]


def test_a_pane_is_made_large_and_small_again() -> None:
    large = change.enlarged(STATE, "B")
    assert (large.large, large.active) == ("B", "B")
    assert change.enlarged(large, "B").large == ""


def test_reset_brings_back_view_and_windows_and_keeps_slice_and_method() -> None:
    state = change.with_method(change.scrolled(STATE, 2), "laplacian")
    changed = change.zoomed(looks.inverted(state, 0), 3)
    assert looks.view_reset(changed) == state
