"""Marks as states: names, colours, slices, undo, and what becomes of them with other images."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from builders import make_grid, make_image

from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.planes import Order, reordered
from fusionviewer.imaging.roi import Ellipse, Point, Rectangle, Sphere
from fusionviewer.imaging.roi_mark import seen
from fusionviewer.imaging.roi_statistics import statistics
from fusionviewer.workspace import regions
from fusionviewer.workspace.arrangement import (
    all_closed,
    closed,
    find_pair,
    opened,
    with_pairing,
)
from fusionviewer.workspace.history import History, recorded, undone
from fusionviewer.workspace.planes import as_stored, with_plane
from fusionviewer.workspace.state import ViewState, at_slice, scrolled

COARSE, FINE = make_grid((4, 16, 20), (3.0, 2.0, 2.0)), make_grid((12, 32, 40), (1.0, 1.0, 1.0))
CT = make_image(FINE.shape, name="ct", modality="CT", unit="HU", grid=FINE, seed=1)
MR = make_image(COARSE.shape, name="mr", grid=COARSE, seed=2)
REGION = Rectangle(3.5, 4.5, 9.5, 12.5)


def shown(*images) -> ViewState:  # type: ignore[no-untyped-def]
    state = ViewState()
    for image in images:
        state = opened(state, image)
    return with_pairing(state, find_pair(state.natives, state.fused_slots)) if images[1:] else state


def drawn(state: ViewState, form, number: int = 1) -> ViewState:  # type: ignore[no-untyped-def]
    canvas = regions.canvas_of(state, "A")
    assert canvas is not None
    return regions.with_form(state, number, form, canvas)


def test_a_region_stays_where_it_is_when_a_finer_image_is_opened() -> None:
    alone = drawn(at_slice(shown(MR), 2), REGION)
    mark = alone.marks[0]
    before = statistics(MR, REGION, 2, mark.canvas.grid)
    pair = opened(alone, CT)
    pair = with_pairing(pair, find_pair(pair.natives, pair.fused_slots))
    assert pair.marks == alone.marks and pair.slice_count == 12
    after = statistics(MR, REGION, mark.canvas.slice_index, mark.canvas.grid)
    assert (after.mean, after.count) == (before.mean, before.count)
    pair = regions.with_chosen(pair, 1)
    assert pair.slice_index == 6  # 3 mm slices over slices of 1 mm
    region = regions.chosen_region(pair)
    assert isinstance(region, Rectangle)
    assert (region.top, region.bottom) == (7, 19)


@pytest.mark.parametrize(
    ("form", "larger"),
    [
        (REGION, Rectangle(3.5, 4.5, 11.5, 15.5)),
        (Ellipse(8, 8, 4, 2), Ellipse(9, 9.5, 5, 3.5)),
        (Ruler((3, 4), (5, 9)), Ruler((3, 4), (7, 12))),
        (Angle((1, 1), (5, 5), (9, 1)), Angle((1, 1), (5, 5), (11, 4))),
        (Sphere(2, 8, 8, 6.0), Sphere(2, 8, 8, 11.0)),  # 2 + 3 pixels of 1 mm
        (Point(4, 5), Point(4, 5)),
    ],
)
def test_keys_make_the_chosen_one_taller_and_wider(form, larger) -> None:  # type: ignore[no-untyped-def]
    state = regions.stretched_mark(drawn(shown(CT), form), 2, 3)
    assert state.marks[0].form == larger
    assert regions.stretched_mark(state, -2, -3).marks[0].form == form


def test_keys_leave_at_least_a_pixel_of_a_region_and_a_length_to_a_line() -> None:
    state = drawn(shown(CT), REGION)
    for _ in range(40):
        state = regions.stretched_mark(state, -1, -1)
    assert state.marks[0].form == Rectangle(3.5, 4.5, 4.5, 5.5)
    line = regions.stretched_mark(drawn(shown(CT), Ruler((3, 4), (3, 5))), 0, -1)
    assert line.marks[0].form == Ruler((3, 4), (3, 5))
    ball = drawn(shown(CT), Sphere(2, 8, 8, 3.0))
    for _ in range(40):
        ball = regions.stretched_mark(ball, -1, 0)
    assert ball.marks[0].form == Sphere(2, 8, 8, 0.5)


def test_they_go_with_the_last_image_and_with_pictures_that_nobody_can_place() -> None:
    pair = drawn(shown(CT, MR), REGION)
    assert closed(pair, 0).marks == pair.marks
    assert all_closed(pair).marks == ()
    flat = [
        replace(image, grid=None) for image in (CT, replace(MR, values=CT.values + 1, grid=None))
    ]
    pictures = drawn(shown(*flat), REGION)
    assert pictures.marks and closed(pictures, 0).marks == ()


def test_a_name_and_a_number_are_never_used_twice() -> None:
    state = shown(CT)
    for number in (1, 2, 3):
        state = drawn(state, REGION, number)
    state = regions.without_mark(state, 2)
    assert regions.next_number(state) == 4
    state = drawn(state, Ruler((1, 1), (5, 5)), 4)
    state = drawn(state, Ellipse(9, 9, 3, 3), 5)
    assert [mark.name for mark in state.marks] == ["Region 1", "Region 3", "Distance 1", "Region 2"]


def test_drawing_is_one_step_of_undo_and_choosing_none() -> None:
    history = History(shown(CT))
    for end in (8, 10, 12):
        history = recorded(history, drawn(history.now, Rectangle(3, 3, end, end)))
    assert len(history.past) == 1
    history = recorded(history.settled, regions.with_chosen(history.now, 0))
    assert len(history.past) == 1
    assert undone(history).now.marks == ()


def test_in_another_plane_a_region_waits_and_a_ball_is_there() -> None:
    state = drawn(at_slice(shown(CT, MR), 6), REGION)
    state = drawn(state, Sphere(6, 16, 20, 4), 2)
    coronal = with_plane(state, "coronal")
    flat, ball = coronal.marks
    assert regions.slice_of(coronal, flat) is None
    assert regions.slice_of(coronal, ball) == 16
    assert regions.with_chosen(coronal, 1).slice_index == coronal.slice_index
    back = with_plane(regions.with_chosen(coronal, 2), "")
    assert regions.slice_of(back, flat) == 6


def test_a_region_drawn_in_the_coronal_plane_measures_those_voxels() -> None:
    coronal = at_slice(with_plane(shown(CT, MR), "coronal"), 9)
    canvas = regions.canvas_of(coronal, "A")
    assert canvas is not None and canvas.grid is not None
    box = Rectangle(1.5, 2.5, 7.5, 9.5)
    mark = drawn(coronal, box).marks[0]
    found = statistics(CT, box, mark.canvas.slice_index, mark.canvas.grid)
    spots = np.stack(np.meshgrid([9], range(2, 8), range(3, 10), indexing="ij"), axis=-1)
    voxels = np.rint(FINE.index(canvas.grid.position(spots.reshape(-1, 3)))).astype(int)
    values = CT.values[tuple(voxels.T)].astype(np.float64)
    assert (found.count, found.mean) == (42, np.float64(values.mean()))


def test_what_exports_carry_are_regions_with_their_names_and_slices() -> None:
    state = drawn(at_slice(shown(CT, MR), 3), REGION)
    state = drawn(state, Ruler((1, 1), (5, 5)), 2)
    state = regions.renamed(drawn(scrolled(state, 4), Ellipse(9, 9, 3, 3), 3), 3, "Tumour")
    names = [(name, index) for name, _, index in regions.drawn_regions(state)]
    assert names == [("Region 1", 3), ("Tumour", 7)]
    assert regions.drawn_regions(all_closed(state)) == ()


def test_a_mark_is_brought_to_the_slice_that_is_shown() -> None:
    state = drawn(at_slice(shown(CT, MR), 3), REGION)
    state = regions.brought_here(at_slice(state, 8), 1)
    assert (state.marks[0].canvas.slice_index, state.marks[0].form) == (8, REGION)
    assert regions.brought_here(state, 99) == state


def test_keys_move_the_chosen_mark_and_no_other() -> None:
    state = drawn(drawn(shown(CT), REGION), Ellipse(9, 9, 3, 3), 2)
    state = regions.nudged_mark(state, 1, -2)
    assert state.marks[0].form == REGION
    assert state.marks[1].form == Ellipse(10, 7, 3, 3)
    assert regions.nudged_mark(regions.with_chosen(state, 0), 1, 1).marks == state.marks


@pytest.mark.parametrize("form", [REGION, Ellipse(9, 12, 3, 4), Ruler((3, 4), (5, 9))], ids=str)
def test_keys_move_and_stretch_a_mark_of_stored_slices_as_it_is_seen_turned(form) -> None:  # type: ignore[no-untyped-def]
    ras = reordered(CT, Order((0, 1, 2), (False, True, True)))
    stored = as_stored(shown(ras))
    state = as_stored(drawn(stored, form))
    before = on_screen(state)
    for change, rows, columns in product(
        (regions.nudged_mark, regions.stretched_mark), (0, 2), (0, 3)
    ):
        canvas = regions.canvas_of(state, "A")
        assert canvas is not None
        there = regions.with_form(state, 1, before, canvas)  # type: ignore[arg-type]
        assert on_screen(change(state, rows, columns)) == on_screen(change(there, rows, columns))
    assert regions.nudged_mark(stored, 1, 1).marks == stored.marks == ()


def test_keys_move_a_mark_that_cannot_be_seen_on_the_grid_it_was_drawn_on() -> None:
    state = with_plane(drawn(shown(CT), REGION), "coronal")
    moved = regions.nudged_mark(state, 1, 2)
    assert moved.marks[0].form == REGION.moved(1, 2)
    assert moved.marks[0].canvas == state.marks[0].canvas


def on_screen(state: ViewState):  # type: ignore[no-untyped-def]
    """The first mark in the pixels that are shown."""
    mark, canvas = state.marks[0], regions.canvas_of(state, "A")
    assert canvas is not None
    return seen(mark, replace(canvas, slice_index=regions.slice_of(state, mark)))
