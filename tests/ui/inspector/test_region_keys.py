"""Regions, distances and angles drawn with the keyboard alone."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from builders import make_grid, make_image
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.roi import Point, Polygon, Rectangle
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.planes import with_plane
from fusionviewer.workspace.regions import canvas_of, with_form
from fusionviewer.workspace.state import Place, View, ViewState, at_slice, pointed, with_active

KEY = Qt.Key
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def keys(window: MainWindow, qtbot: QtBot):  # type: ignore[no-untyped-def]
    """Presses keys in the active pane, where the crosshair starts at row 20, column 30."""
    grid = make_grid((3, 64, 64))
    window.store.apply(opened, make_image(grid.shape, modality="CT", unit="HU", grid=grid))
    window.store.apply(pointed, Place(1, 20, 30))
    window.grid.focus_active()

    def press(*pressed: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in pressed:
            qtbot.keyClick(window.grid.panes["A"].canvas, key, held)

    return press


def forms(window: MainWindow) -> list[object]:
    return [mark.form for mark in window.store.state.marks]


def test_a_rectangle_goes_from_crosshair_to_crosshair(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    keys(KEY.Key_R, KEY.Key_Space)
    assert "Space" in window.messages.text
    keys(*[KEY.Key_Right] * 5)
    keys(*[KEY.Key_Down] * 4, held=CTRL)
    keys(KEY.Key_Space)
    assert forms(window) == [Rectangle(20, 30, 24, 35)]
    keys(KEY.Key_Right, KEY.Key_Down, held=ALT | SHIFT)
    assert forms(window) == [Rectangle(20, 30, 25, 36)]
    keys(KEY.Key_Left, held=CTRL | SHIFT)
    assert forms(window) == [Rectangle(20, 29, 25, 35)]
    for _ in range(4):
        keys(KEY.Key_Z, held=CTRL)
    assert forms(window) == []


def test_a_distance_has_two_ends_and_an_angle_three(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    keys(KEY.Key_D, KEY.Key_Space, *[KEY.Key_Right] * 8, KEY.Key_Space)
    assert forms(window) == [Ruler((20, 30), (20, 38))]
    keys(KEY.Key_A, KEY.Key_Space, *[KEY.Key_Left] * 8, KEY.Key_Space)
    keys(*[KEY.Key_Down] * 6, held=CTRL)
    keys(KEY.Key_Space)
    assert forms(window)[1] == Angle((20, 38), (20, 30), (26, 30))


def test_a_polygon_takes_corners_until_the_same_place_twice(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    window.regions.shape = "polygon"
    keys(KEY.Key_R, KEY.Key_Space, *[KEY.Key_Right] * 10, KEY.Key_Space)
    keys(*[KEY.Key_Down] * 10, held=CTRL)
    keys(KEY.Key_Space)
    assert forms(window) == []
    keys(KEY.Key_Space)
    assert forms(window) == [Polygon(((20, 30), (20, 40), (30, 40)))]


def test_a_point_needs_one_press(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    window.regions.shape = "point"
    keys(KEY.Key_R, KEY.Key_Space)
    assert forms(window) == [Point(20, 30)]


def test_another_slice_or_tool_forgets_what_was_begun(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    keys(KEY.Key_R, KEY.Key_Space, KEY.Key_Down, KEY.Key_Right, KEY.Key_Space)
    assert forms(window) == []
    keys(KEY.Key_D, KEY.Key_Right, KEY.Key_Space)
    assert forms(window) == []


def test_a_window_preset_leaves_what_was_begun(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    keys(KEY.Key_R, KEY.Key_Space, KEY.Key_2, *[KEY.Key_Right] * 5)
    keys(*[KEY.Key_Down] * 4, held=CTRL)
    keys(KEY.Key_Space)
    assert forms(window) == [Rectangle(20, 30, 24, 35)]


def test_another_plane_forgets_what_was_begun(qtbot: QtBot, window: MainWindow) -> None:
    grid = make_grid((32, 32, 32))
    window.store.apply(opened, make_image(grid.shape, modality="CT", unit="HU", grid=grid))
    window.store.apply(pointed, Place(10, 8, 9))
    for key in (KEY.Key_R, KEY.Key_Space):
        qtbot.keyClick(window.grid.panes["A"].canvas, key)
    window.store.apply(lambda state: at_slice(with_plane(state, "coronal"), state.slice_index))
    for key in (*[KEY.Key_Right] * 5, KEY.Key_Space):
        qtbot.keyClick(window.grid.panes["A"].canvas, key)
    assert forms(window) == []


def test_in_an_image_that_is_not_linked_it_begins_in_its_own_middle(
    qtbot: QtBot, window: MainWindow, settled
) -> None:
    """The crosshair lies in the pixels of another image."""
    for shape, modality, frame in (((3, 64, 64), "CT", "1.2"), ((3, 16, 20), "PT", "1.3")):
        image = make_image(shape, modality=modality, grid=make_grid(shape))
        source = replace(image.source, frame_of_reference_uid=frame)
        window.store.apply(opened, replace(image, source=source))
    settled(window)
    assert window.store.state.refusal is not None
    window.store.apply(pointed, Place(1, 50, 60))
    window.store.apply(with_active, "B")
    window.regions.shape = "point"
    for key in (KEY.Key_R, KEY.Key_Space):
        qtbot.keyClick(window.grid.panes["B"].canvas, key)
    assert forms(window) == [Point(8, 10)]


def test_without_a_tool_that_draws_space_does_nothing(window: MainWindow, keys) -> None:  # type: ignore[no-untyped-def]
    keys(KEY.Key_W, KEY.Key_Space, KEY.Key_Right, KEY.Key_Space)
    assert forms(window) == []


def seen_at(window: MainWindow, row: float, col: float) -> QPointF:
    """Where a pixel of the slice is on the screen."""
    box = window.grid.panes["A"].box
    return box.mapFromView(QPointF(col, row))


def with_view(state: ViewState, view: View) -> ViewState:
    return replace(state, view=view)


@pytest.mark.parametrize(("turns", "mirrored"), list(product(range(4), (False, True))))
def test_keys_go_where_they_say_however_the_picture_is_turned(
    window: MainWindow, keys, turns: int, mirrored: bool
) -> None:  # type: ignore[no-untyped-def]
    store = window.store
    store.apply(with_form, 1, Rectangle(20, 30, 24, 36), canvas_of(store.state, "A"))
    store.apply(with_view, View(turns=turns, mirrored=mirrored))

    def places() -> tuple[QPointF, ...]:
        cross, region = store.state.crosshair, store.state.marks[0].form
        return seen_at(window, cross.row, cross.col), seen_at(window, *region.center)

    for key, held, way in (
        (KEY.Key_Right, Qt.KeyboardModifier.NoModifier, (1, 0)),
        (KEY.Key_Left, Qt.KeyboardModifier.NoModifier, (-1, 0)),
        (KEY.Key_Up, CTRL, (0, -1)),
        (KEY.Key_Down, CTRL, (0, 1)),
    ):
        before = places()
        keys(key, held=held)
        keys(key, held=CTRL | SHIFT)
        for was, now in zip(before, places(), strict=True):
            assert tuple(np.sign(np.round((now.x() - was.x(), now.y() - was.y())))) == way


@pytest.mark.parametrize("turns", range(4))
def test_wider_is_wider_however_the_picture_is_turned(window: MainWindow, keys, turns: int) -> None:  # type: ignore[no-untyped-def]
    store = window.store
    store.apply(with_form, 1, Rectangle(20, 30, 24, 36), canvas_of(store.state, "A"))
    store.apply(with_view, View(turns=turns, mirrored=True))
    keys(KEY.Key_Right, held=ALT | SHIFT)
    box = store.state.marks[0].form
    taller = turns % 2
    assert (box.bottom - box.top, box.right - box.left) == (4 + taller, 7 - taller)
