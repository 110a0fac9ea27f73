"""What the mouse and the keys do on the images."""

from collections.abc import Callable

import numpy as np
import pytest
from builders import make_grid, make_image, together
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QTableView,
)
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.native import number
from fusionviewer.imaging.slab import slice_pixels
from fusionviewer.imaging.windowing import CT_PRESETS, Window
from fusionviewer.ui.actions import ACTIONS
from fusionviewer.ui.fusion_feed import FusedStatus
from fusionviewer.ui.layout import best_columns
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_menu import pane_menu
from fusionviewer.ui.pane_painter import PanePainter
from fusionviewer.ui.pictures import windowed_pixels
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.state import FUSED

CONTROL = Qt.KeyboardModifier.ControlModifier
SHAPE = (30, 40, 50)


@pytest.fixture
def window(window: MainWindow, settled: Callable[[MainWindow], None]) -> MainWindow:
    """A CT and an MR of thirty slices on one grid, on slice 16 of them."""
    grid = make_grid(SHAPE)
    ct = make_image(SHAPE, name="ct", modality="CT", unit="HU", seed=1, grid=grid)
    window.store.apply(opened, ct)
    window.store.apply(opened, make_image(SHAPE, name="mr", seed=2, grid=grid))
    settled(window)
    return window


def center(pane: Pane) -> QPoint:
    return pane.canvas.viewport().rect().center()


def test_the_wheel_turns_to_the_next_slice_in_all_panes(window: MainWindow, hands) -> None:
    before = window.store.state.slice_index
    hands.wheel(window.grid.panes["B"], 2)

    assert window.store.state.slice_index == before + 2
    for name, slot in zip("AB", window.store.state.slots, strict=True):
        expected = np.round(np.clip(slot.native.values[before + 2], 0, 100) * 2.55)
        shown = window.grid.panes[name].pixels.astype(int)
        assert np.abs(shown - expected).max() <= 1
        assert f"Slice {before + 3}/30" in window.grid.panes[name].overlay.captions.bottom_left


def test_control_and_wheel_zooms_all_panes_and_keeps_what_is_under_the_cursor(
    window: MainWindow, hands
) -> None:
    pane = window.grid.panes["A"]
    at = center(pane) + QPoint(40, 25)
    before = pane.box.mapSceneToView(pane.canvas.mapToScene(at))
    zoom = pane.zoom

    hands.wheel(pane, -3, CONTROL, at)

    after = pane.box.mapSceneToView(pane.canvas.mapToScene(at))
    assert pane.zoom == pytest.approx(zoom * 1.2**3)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=0.05)
    assert window.grid.panes["B"].zoom == pytest.approx(pane.zoom, rel=0.01)
    assert window.grid.panes[FUSED].zoom == pytest.approx(pane.zoom, rel=0.01)


def test_dragging_sideways_widens_the_window_and_up_brightens(
    qtbot: QtBot, window: MainWindow, hands
) -> None:
    pane, start = window.grid.panes["A"], center(window.grid.panes["A"])
    other = window.store.state.slots[1].look.window

    hands.drag(qtbot, pane, start, start + QPoint(60, 0))
    wide = window.store.state.slots[0].look.window
    hands.drag(qtbot, pane, start, start + QPoint(0, -60))
    bright = window.store.state.slots[0].look.window

    assert wide.width > 110 and wide.center == pytest.approx(50)
    assert bright.center < 40 and bright.width == pytest.approx(wide.width)
    assert window.store.state.slots[1].look.window == other
    assert any(line.startswith("W ") for line in pane.overlay.captions.bottom_right)


def test_one_drag_is_one_step_of_undo(qtbot: QtBot, window: MainWindow, hands) -> None:
    pane, start = window.grid.panes["A"], center(window.grid.panes["A"])
    before = window.store.state.slots[0].look.window
    hands.drag(qtbot, pane, start, start + QPoint(60, 0))
    first = window.store.state.slots[0].look.window
    hands.drag(qtbot, pane, start, start + QPoint(60, 0))

    window.store.undo()
    assert window.store.state.slots[0].look.window == first
    window.store.undo()
    assert window.store.state.slots[0].look.window == before
    window.store.redo()
    assert window.store.state.slots[0].look.window == first


def test_middle_drag_moves_the_picture_with_the_hand(
    qtbot: QtBot, window: MainWindow, hands
) -> None:
    pane = window.grid.panes["A"]
    hands.wheel(pane, -6, CONTROL)
    start = center(pane)
    under = pane.box.mapSceneToView(pane.canvas.mapToScene(start))

    end = start + QPoint(30, 20)
    hands.drag(qtbot, pane, start, end, Qt.MouseButton.MiddleButton)

    now = pane.box.mapSceneToView(pane.canvas.mapToScene(end))
    assert (now.x(), now.y()) == pytest.approx((under.x(), under.y()), abs=0.2)
    assert window.store.state.slots[0].look.window == Window.between(0, 100)


def test_right_drag_up_zooms_in(qtbot: QtBot, window: MainWindow, hands) -> None:
    pane = window.grid.panes["A"]
    zoom, start = pane.zoom, center(pane)
    hands.drag(qtbot, pane, start, start + QPoint(0, -50), Qt.MouseButton.RightButton)

    assert pane.zoom > zoom * 1.3


def test_a_click_sets_the_crosshair_in_every_pane(qtbot: QtBot, window: MainWindow) -> None:
    pane = window.grid.panes["B"]
    at = center(pane) + QPoint(20, 10)
    expected = pane.box.mapSceneToView(pane.canvas.mapToScene(at))

    qtbot.mouseClick(pane.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)

    here = window.store.state.crosshair
    assert here is not None
    assert (here.row, here.col) == pytest.approx((expected.y(), expected.x()), abs=0.01)
    for name in window.grid.visible_panes:
        lines = window.grid.panes[name].crosshair_lines
        assert [line.value() for line in lines] == pytest.approx([here.row, here.col])
        assert all(line.isVisible() for line in lines)


def test_values_under_the_cursor_are_those_of_the_files_in_their_units(
    qtbot: QtBot, window: MainWindow
) -> None:
    pane = window.grid.panes["A"]
    at = center(pane) + QPoint(33, -21)
    place = pane.box.mapSceneToView(pane.canvas.mapToScene(at))
    row, col = round(place.y()), round(place.x())

    qtbot.mouseMove(pane.canvas.viewport(), at)

    index = window.store.state.slice_index
    for name, unit, slot in zip("AB", ("HU", "a.u."), window.store.state.slots, strict=True):
        value = f"{number(float(slot.native.values[index, row, col]), unit)} {unit}"
        assert value in window.grid.panes[name].overlay.captions.bottom_right
    fused = window.grid.panes[FUSED].overlay.captions.bottom_right
    assert any("HU" in line for line in fused)
    assert any("display only" in line for line in fused)


def test_a_double_click_fills_the_window_with_one_pane_and_another_brings_all_back(
    qtbot: QtBot, window: MainWindow, hands
) -> None:
    pane = window.grid.panes[FUSED]
    hands.double_click(qtbot, pane)
    assert window.grid.visible_panes == (FUSED,)
    assert not window.grid.panes["A"].isVisible()

    hands.double_click(qtbot, pane)
    assert window.grid.visible_panes == ("A", "B", FUSED)


def test_patient_right_is_on_the_left_of_the_screen(window: MainWindow) -> None:
    letters = window.grid.panes["A"].overlay.captions.letters
    assert (letters.left, letters.right) == ("R", "L")
    assert (letters.top, letters.bottom) == ("A", "P")


def test_pixels_that_are_not_square_are_drawn_in_their_proportion(
    window: MainWindow, settled: Callable[[MainWindow], None]
) -> None:
    window.actions_by_name["close-all"].trigger()
    shape = (2, 40, 40)
    tall: Grid = make_grid(shape, spacing=(3.0, 2.0, 1.0))  # rows twice as far apart as columns
    window.store.apply(opened, make_image(shape, grid=tall))

    (left, right), (top, bottom) = window.grid.panes["A"].box.viewRange()
    canvas = window.grid.panes["A"].canvas
    per_col = canvas.width() / (right - left)
    per_row = canvas.height() / abs(bottom - top)
    assert per_row / per_col == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize(
    ("key", "keys", "index"),
    [
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, 16),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, 14),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier, 25),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 29),
    ],
)
def test_keys_go_through_the_slices(
    qtbot: QtBot,
    window: MainWindow,
    key: Qt.Key,
    keys: Qt.KeyboardModifier,
    index: int,
) -> None:
    window.activateWindow()
    window.grid.focus_active()
    qtbot.keyClick(window.grid.panes["A"].canvas, key, keys)

    assert window.store.state.slice_index == index


def test_number_keys_give_the_windows_of_the_active_image(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.grid.panes["A"].canvas.viewport(), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window.grid.panes["A"].canvas, Qt.Key.Key_5)

    assert window.store.state.slots[0].look.window == CT_PRESETS["bone"].window


@pytest.mark.parametrize(
    ("key", "tool"),
    [("Z", "zoom"), ("T", "pan"), ("S", "scroll"), ("R", "region"), ("W", "window")],
)
def test_letters_choose_the_tool_of_the_left_button(
    qtbot: QtBot, window: MainWindow, key: str, tool: str
) -> None:
    qtbot.keyClick(window.grid.panes["A"].canvas, key)
    assert window.store.state.tool == tool
    assert window.grid.panes["B"].box.tool == tool


def test_escape_resets_zoom_and_windows_and_i_thins_the_texts(
    qtbot: QtBot, window: MainWindow, hands
) -> None:
    canvas = window.grid.panes["A"].canvas
    hands.wheel(window.grid.panes["A"], -4, CONTROL)
    qtbot.keyClick(canvas, Qt.Key.Key_5)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert window.store.state.view.zoom == 1
    assert window.store.state.slots[0].look.window == Window.between(0, 100)

    lines = []
    for _ in range(3):
        captions = window.grid.panes["A"].overlay.captions
        lines.append(len(captions.bottom_left) + len(captions.top_right))
        qtbot.keyClick(canvas, "I")
    assert lines[0] > lines[1] > lines[2] == 0
    assert window.store.state.texts == "full"


def test_the_notice_and_the_warnings_stay_at_every_density(
    qtbot: QtBot, window: MainWindow
) -> None:
    for _ in range(3):
        assert window.grid.panes[FUSED].overlay.notice
        assert "display only" in window.grid.panes[FUSED].overlay.captions.top_left[0]
        qtbot.keyClick(window.grid.panes["A"].canvas, "I")


def test_with_the_scroll_tool_a_drag_turns_the_slices(
    qtbot: QtBot, window: MainWindow, hands
) -> None:
    pane, start = window.grid.panes["A"], center(window.grid.panes["A"])
    qtbot.keyClick(pane.canvas, "S")
    hands.drag(qtbot, pane, start, start + QPoint(0, 60))

    assert window.store.state.slice_index == 20


def _all_actions(menu) -> dict[str, QAction]:
    found: dict[str, QAction] = {}
    for action in menu.actions():
        found[action.text()] = action
        if action.menu() is not None:
            found |= _all_actions(action.menu())
    return found


def test_the_right_click_menu_has_presets_palettes_invert_and_reset(window: MainWindow) -> None:
    actions = _all_actions(pane_menu(window.store, "A", window))
    bone = next(action for text, action in actions.items() if text.startswith("Bone"))
    bone.trigger()
    assert window.store.state.slots[0].look.window == CT_PRESETS["bone"].window

    actions["&Invert"].trigger()
    assert window.store.state.slots[0].look.inverted
    hot = next(text for text in actions if text.lower().replace("-", " ") == "hot iron")
    actions[hot].trigger()
    assert window.grid.panes["A"].pixels.ndim == 3
    assert window.grid.panes["A"].overlay.bar is not None
    assert window.grid.panes["A"].overlay.bar.high.endswith("HU")

    actions["Reset the &window"].trigger()
    assert window.store.state.slots[0].look.palette == ""


def test_inverting_turns_what_is_shown_and_not_what_is_fused(
    qtbot: QtBot, window: MainWindow
) -> None:
    before, fused = window.grid.panes["A"].pixels, window.grid.panes[FUSED].pixels
    qtbot.keyClick(window.grid.panes["A"].canvas, "V")

    assert np.array_equal(window.grid.panes["A"].pixels, 255 - before)
    assert np.array_equal(window.grid.panes[FUSED].pixels, fused)


def test_no_two_commands_share_a_key() -> None:
    keys = [key for action in ACTIONS.values() for key in action.keys]
    assert len(keys) == len(set(keys))


def test_every_command_with_a_menu_is_in_it(window: MainWindow) -> None:
    shown = {a for menu in window.menuBar().actions() for a in _all_actions(menu.menu()).values()}
    for name, action in ACTIONS.items():
        assert (window.actions_by_name[name] in shown) == bool(action.menu)


def test_every_control_has_a_name_that_can_be_read_out(window: MainWindow) -> None:
    kinds = QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QTableView, Pane
    unnamed = [
        widget
        for kind in kinds
        for widget in window.findChildren(kind)
        if not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_")
        and widget.metaObject().className() not in ("QScrollBar", "QTableCornerButton")
    ]
    assert unnamed == []


@pytest.mark.parametrize(
    ("count", "width", "height", "columns"),
    [
        (3, 1280, 480, 3),
        (3, 2560, 1000, 3),
        (4, 1000, 1000, 2),
        (2, 600, 1200, 1),
        (4, 1280, 450, 4),
    ],
)
def test_panes_are_side_by_side_unless_that_makes_them_small(
    count: int, width: int, height: int, columns: int
) -> None:
    assert best_columns(count, width, height) == columns


def test_the_picture_goes_to_the_clipboard(window: MainWindow, qapp: QApplication) -> None:
    window.actions_by_name["copy"].trigger()
    assert qapp.clipboard().image().width() == window.grid.panes["A"].width()


def test_a_pane_that_is_not_on_the_screen_is_not_copied(
    window: MainWindow, qapp: QApplication
) -> None:
    window.store.apply(change.enlarged, "A")
    window.store.apply(change.with_active, "B")
    window.actions_by_name["copy"].trigger()
    shown = window.grid.panes["A"].grab().toImage()
    assert qapp.clipboard().image().convertedTo(shown.format()) == shown


def test_the_next_pane_is_large_when_one_was(window: MainWindow) -> None:
    window.store.apply(change.enlarged, "A")
    seen = []
    for _ in range(3):
        window.actions_by_name["next-pane"].trigger()
        seen.append((window.store.state.active, window.grid.visible_panes))
    assert seen == [("B", ("B",)), (FUSED, (FUSED,)), ("A", ("A",))]


def test_a_picture_of_an_image_that_is_gone_is_never_taken_for_that_of_another(
    window: MainWindow,
) -> None:
    painter = PanePainter(window.grid.panes["A"], window.slices, "A:")
    for seed in range(50):  # each in the memory of the one before, as likely as not
        state = together(make_image((1, 8, 9), seed=seed))
        painter.draw(state, "A", FusedStatus("empty"))
        look = state.slots[0].look
        expected = windowed_pixels(slice_pixels(state.natives[0], 0, look.slab), look)
        assert np.array_equal(painter.pane.pixels, expected)
        del state
