"""Planes, layouts, rulers and turned pictures in the real window."""

from collections.abc import Callable

import numpy as np
import pytest
from builders import make_grid, make_image
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.planes import Order, reordered
from fusionviewer.imaging.roi import Rectangle
from fusionviewer.imaging.roi_statistics import Statistics, statistics
from fusionviewer.ui.layout import cells
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_menu import pane_menu
from fusionviewer.ui.pictures import enlarged
from fusionviewer.ui.ruler import ruler
from fusionviewer.workspace.arrangement import all_closed, opened
from fusionviewer.workspace.regions import canvas_of, drawn_regions, next_number, with_form
from fusionviewer.workspace.state import FUSED, at_slice, with_active

Settled = Callable[[MainWindow], None]
SHAPE, SPACING = (20, 40, 50), (2.0, 1.0, 1.0)
MARK = (15, 8, 40)  # slice, row, column: near the head, in front, on the left


@pytest.fixture
def window(window: MainWindow, settled: Settled) -> MainWindow:
    """A CT with one bright voxel and an MR, on one grid."""
    grid = make_grid(SHAPE, SPACING)
    values = np.full(SHAPE, 10, dtype=np.float32)
    values[MARK] = 100
    window.store.apply(
        opened, make_image(name="ct", modality="CT", unit="HU", values=values, grid=grid)
    )
    window.store.apply(opened, make_image(SHAPE, name="mr", seed=2, grid=grid))
    settled(window)
    return window


@pytest.fixture
def planes(window: MainWindow, settled: Settled, qtbot: QtBot) -> MainWindow:
    """The CT in three planes."""
    window.store.apply(with_active, "A")
    window.actions_by_name["layout-planes"].trigger()
    settled(window)
    return window


def side(window: MainWindow, plane: str) -> Pane:
    pane = window.grid.sides.pane_of(plane)  # type: ignore[arg-type]
    assert pane is not None
    return pane


def click(qtbot: QtBot, pane: Pane, row: float, col: float) -> None:
    view = pane.canvas.viewport()
    at = pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)


@pytest.mark.parametrize(
    ("key", "shape", "edges"),
    [
        (Qt.Key.Key_F2, (40, 50), "APRL"),
        (Qt.Key.Key_F3, (20, 50), "HFRL"),
        (Qt.Key.Key_F4, (20, 40), "HFAP"),
    ],
)
def test_a_key_shows_all_panes_in_another_plane(
    qtbot: QtBot,
    window: MainWindow,
    settled: Settled,
    key: Qt.Key,
    shape: tuple[int, int],
    edges: str,
) -> None:
    qtbot.keyClick(window.grid.panes["A"].canvas, key)
    settled(window)
    for name in ("A", "B", FUSED):
        pane = window.grid.panes[name]  # type: ignore[index]
        assert pane.pixels is not None and pane.pixels.shape[:2] == shape
        found = pane.overlay.captions.letters
        assert found.top + found.bottom + found.left + found.right == edges


def test_voxels_keep_their_proportions_on_the_screen(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    qtbot.keyClick(window.grid.panes["A"].canvas, Qt.Key.Key_F3)
    settled(window)
    box = window.grid.panes["A"].box
    corner, right, down = (box.mapViewToScene(QPointF(*at)) for at in ((0, 0), (10, 0), (0, 10)))
    assert (down.y() - corner.y()) / (right.x() - corner.x()) == pytest.approx(2, rel=0.01)


def test_three_planes_show_one_image_around_one_place(
    qtbot: QtBot, planes: MainWindow, settled: Settled
) -> None:
    click(qtbot, planes.grid.panes["A"], MARK[1], MARK[2])
    for _ in range(MARK[0] - planes.store.state.slice_index):
        qtbot.keyClick(planes.grid.panes["A"].canvas, Qt.Key.Key_Down)
    settled(planes)

    pixels = {
        "axial": planes.grid.panes["A"].pixels,
        "coronal": side(planes, "coronal").pixels,
        "sagittal": side(planes, "sagittal").pixels,
    }
    where = {name: np.argwhere(p == p.max())[0].tolist() for name, p in pixels.items()}
    assert where == {"axial": [8, 40], "coronal": [4, 40], "sagittal": [4, 8]}
    for name in ("coronal", "sagittal"):
        lines = [line.value() for line in side(planes, name).crosshair_lines]
        assert lines == pytest.approx(where[name], abs=1)


def test_a_click_in_one_plane_moves_the_slices_of_the_others(
    qtbot: QtBot, planes: MainWindow
) -> None:
    click(qtbot, side(planes, "coronal"), 4, 12)
    state = planes.store.state
    assert state.slice_index == 15  # row 4 from the head of 20
    assert state.crosshair is not None and state.crosshair.col == pytest.approx(12, abs=0.5)
    assert state.plane == ""


def test_the_wheel_in_one_plane_leaves_its_own_place_in_the_others(
    planes: MainWindow, hands
) -> None:
    before = planes.store.state.crosshair
    hands.wheel(side(planes, "sagittal"), 3)  # towards the right of the patient
    after = planes.store.state.crosshair
    assert before is not None and after is not None
    assert (after.slice, after.row) == pytest.approx((before.slice, before.row))
    assert after.col == before.col - 3


def test_the_fused_image_is_fused_in_each_plane(
    qtbot: QtBot, planes: MainWindow, settled: Settled
) -> None:
    planes.store.apply(with_active, FUSED)
    settled(planes)
    qtbot.waitUntil(lambda: side(planes, "coronal").overlay.message is None)
    qtbot.waitUntil(lambda: side(planes, "sagittal").overlay.message is None)
    pair = planes.store.state.pair
    here = planes.store.state.crosshair
    assert pair is not None and here is not None
    row = round(here.row)
    mean = (pair.a.values[::-1, row] + pair.b.values[::-1, row]) / 2 * 2.55
    shown = side(planes, "coronal").pixels
    assert shown is not None
    assert np.abs(shown.astype(float) - mean).max() <= 1.5


def test_a_mm_is_as_long_in_every_plane_and_each_picture_is_whole(
    planes: MainWindow, settled: Settled
) -> None:
    panes = [planes.grid.panes["A"], side(planes, "coronal"), side(planes, "sagittal")]
    scales = [pane.overlay.captions.mm_per_pixel for pane in panes]
    assert scales == pytest.approx([scales[0]] * 3)
    assert max(pane.zoom / pane.full_fit for pane in panes) == pytest.approx(1)

    planes.actions_by_name["layout-row"].trigger()
    settled(planes)
    pane = planes.grid.panes["A"]
    assert pane.zoom == pytest.approx(pane.full_fit)


def test_a_double_click_makes_a_plane_large_and_another_brings_all_back(
    qtbot: QtBot, planes: MainWindow, hands
) -> None:
    hands.double_click(qtbot, side(planes, "sagittal"))
    assert planes.store.state.plane == "sagittal"
    assert planes.grid.visible_panes == ("A",) and not planes.grid.sides.shown
    hands.double_click(qtbot, planes.grid.panes["A"])
    assert planes.grid.sides.shown
    assert side(planes, "axial").isVisible() and side(planes, "coronal").isVisible()


def test_resetting_keeps_the_place_that_three_planes_show(qtbot: QtBot, planes: MainWindow) -> None:
    click(qtbot, side(planes, "coronal"), 4, 12)
    before = planes.store.state.crosshair
    planes.actions_by_name["reset"].trigger()
    assert planes.store.state.crosshair == before is not None
    assert not planes.actions_by_name["hide-crosshair"].isEnabled()
    planes.actions_by_name["layout-row"].trigger()
    planes.actions_by_name["reset"].trigger()
    assert planes.store.state.crosshair is None


def test_the_menu_of_a_pane_shows_its_image_in_three_planes(window: MainWindow) -> None:
    menu = pane_menu(window.store, "B", window)
    next(a for a in menu.actions() if a.text() == "Three &planes").trigger()
    assert window.grid.visible_panes == ("B",) and window.grid.sides.shown
    again = pane_menu(window.store, "B", window)
    one = next(a for a in again.actions() if a.text() == "Three &planes")
    assert one.isChecked()
    one.trigger()
    assert window.grid.visible_panes == ("A", "B", FUSED)


def test_the_panes_keep_their_order_whatever_plane_is_the_main_one(
    qtbot: QtBot, planes: MainWindow
) -> None:
    planes.actions_by_name["plane-sagittal"].trigger()
    panes = [side(planes, "axial"), side(planes, "coronal"), planes.grid.panes["A"]]

    def in_order() -> bool:
        places = [(pane.y(), pane.x()) for pane in panes]
        return places == sorted(places)

    qtbot.waitUntil(in_order)


def test_the_next_pane_is_the_next_image_in_three_planes(planes: MainWindow) -> None:
    shown = []
    for _ in range(3):
        planes.actions_by_name["next-pane"].trigger()
        shown.append(planes.grid.visible_panes)
    assert shown == [("B",), (FUSED,), ("A",)]


def test_a_change_of_plane_is_undone_in_one_step(window: MainWindow, settled: Settled) -> None:
    before = window.store.state
    window.actions_by_name["plane-coronal"].trigger()
    settled(window)
    window.store.undo()
    settled(window)
    assert window.store.state == before
    pixels = window.grid.panes["A"].pixels
    assert pixels is not None and pixels.shape == (40, 50)


def test_thicker_slices_are_said_and_fused(window: MainWindow, settled: Settled) -> None:
    window.actions_by_name["slab-maximum"].trigger()
    settled(window)
    corner = window.grid.panes["A"].overlay.captions.bottom_left
    assert "Slab 10 mm, maximum" in corner
    assert "Slab 10 mm, maximum" in window.grid.panes[FUSED].overlay.captions.bottom_left


def test_without_geometry_planes_cannot_be_chosen(
    make_window: Callable[..., MainWindow], settled: Settled
) -> None:
    window = make_window()
    window.store.apply(opened, make_image((5, 8, 9)))
    settled(window)
    for name in ("plane-coronal", "layout-planes", "slab-thicker"):
        assert not window.actions_by_name[name].isEnabled()


def test_a_turned_picture_turns_its_letters_and_keeps_its_values(
    qtbot: QtBot, window: MainWindow
) -> None:
    pane = window.grid.panes["A"]
    window.actions_by_name["rotate-right"].trigger()
    letters = pane.overlay.captions.letters
    assert (letters.top, letters.right, letters.bottom, letters.left) == ("R", "A", "L", "P")
    corner, right = (pane.box.mapViewToScene(QPointF(*at)) for at in ((0, 0), (10, 0)))
    assert right.y() - corner.y() > 1 and right.x() == pytest.approx(corner.x())

    window.actions_by_name["mirror"].trigger()
    letters = pane.overlay.captions.letters
    assert (letters.top, letters.right, letters.bottom, letters.left) == ("R", "P", "L", "A")
    at = pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(20, 30)))
    qtbot.mouseMove(pane.canvas.viewport(), at + QPoint(1, 1))
    qtbot.mouseMove(pane.canvas.viewport(), at)
    assert "10 HU" in pane.overlay.captions.bottom_right
    window.actions_by_name["reset"].trigger()
    assert pane.overlay.captions.letters.top == "A"


def test_a_turned_picture_still_fits_its_pane(window: MainWindow) -> None:
    pane = window.grid.panes["A"]
    window.actions_by_name["rotate-left"].trigger()
    view = pane.canvas.viewport().rect()
    corners = [(-0.5, -0.5), (49.5, -0.5), (-0.5, 39.5), (49.5, 39.5)]
    for x, y in corners:
        at = pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(x, y)))
        assert view.adjusted(-2, -2, 2, 2).contains(at)


@pytest.mark.parametrize(
    ("mm_per_pixel", "room", "label", "pixels"),
    [(0.25, 400, "2 cm", 80), (1.0, 400, "10 cm", 100), (0.02, 400, "2 mm", 100)],
)
def test_a_ruler_is_the_longest_round_length_that_fits(
    mm_per_pixel: float, room: int, label: str, pixels: float
) -> None:
    bar = ruler(mm_per_pixel, room)
    assert bar is not None
    assert (bar.label, bar.pixels) == (label, pytest.approx(pixels))


def test_without_geometry_there_is_no_ruler() -> None:
    assert ruler(0.0, 400) is None


def test_rulers_measure_what_the_pane_shows(window: MainWindow) -> None:
    pane = window.grid.panes["A"]
    left, right = (pane.box.mapViewToScene(QPointF(x, 0)).x() for x in (0, 40))
    assert pane.overlay.captions.mm_per_pixel == pytest.approx(40 / (right - left), rel=0.01)


def test_every_way_to_enlarge_shows_the_same_values_and_place(window: MainWindow) -> None:
    pane = window.grid.panes["A"]
    for name in ("off", "cubic", "linear"):
        window.actions_by_name[f"draw-{name}"].trigger()
        assert pane.pixels is not None and pane.pixels.shape == (40, 50)
        bounds = pane._image.mapRectToParent(pane._image.boundingRect())
        assert (bounds.left(), bounds.width()) == pytest.approx((-0.5, 50))


def test_cubic_pixels_keep_flat_areas_flat_and_add_no_shift() -> None:
    flat = np.full((20, 30), 77, dtype=np.uint8)
    assert (enlarged(flat) == 77).all()
    ramp = np.tile(np.arange(0, 240, 8, dtype=np.uint8), (20, 1))
    bigger = enlarged(ramp).astype(float)
    times = bigger.shape[0] // 20
    middles = bigger.reshape(20, times, 30, times).mean(axis=(1, 3))
    assert np.abs(middles - ramp)[:, 2:-2].max() <= 1


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("layout", ["row", "quad", "planes"])
def test_no_two_panes_share_a_cell_and_every_row_is_full(count: int, layout: str) -> None:
    for size in ((1280, 700), (700, 1280), (300, 300)):
        places = cells(count, layout, *size)
        taken = [(p.row, p.column + i) for p in places for i in range(p.columns)]
        rows, columns = (max(x) + 1 for x in zip(*taken, strict=True))
        assert len(set(taken)) == len(taken) == rows * columns


def test_the_keyboard_in_another_pane_does_not_decide_which_image_has_three_planes(
    window: MainWindow, settled: Settled
) -> None:
    """As after a session or an undo, where the state changes and nobody clicks."""
    window.grid.panes["A"].setFocus()
    window.store.apply(with_active, FUSED)
    window.actions_by_name["layout-planes"].trigger()
    settled(window)
    assert window.store.state.active == FUSED
    assert window.grid.panes[FUSED].isVisible()
    assert window.grid.sides.shown


@pytest.fixture
def ras(qtbot: QtBot, window: MainWindow, settled: Settled) -> MainWindow:
    """The same images as a NIfTI file in RAS has them: rows to the nose, columns to the right-hand side."""
    turn = Order((0, 1, 2), (False, True, True))
    images = [reordered(slot.native, turn) for slot in window.store.state.slots]
    window.store.apply(all_closed)
    for image in images:
        window.store.apply(opened, image)
    settled(window)
    return window


def letters(window: MainWindow) -> str:
    drawn = window.grid.panes[FUSED].overlay.captions.letters
    return drawn.top + drawn.bottom + drawn.left + drawn.right


def test_slices_in_ras_lie_as_radiologists_look_and_as_stored_with_one_key(
    ras: MainWindow, settled: Settled
) -> None:
    s, row, col = MARK
    ras.store.apply(at_slice, s)
    settled(ras)
    pixels = ras.grid.panes["A"].pixels
    assert pixels is not None
    assert letters(ras) == "APRL" and np.unravel_index(pixels.argmax(), pixels.shape) == (row, col)
    assert not ras.actions_by_name["plane-stored"].isChecked()

    ras.actions_by_name["plane-stored"].trigger()
    settled(ras)
    stored = ras.grid.panes["A"].pixels
    assert stored is not None
    assert letters(ras) == "PALR" and np.array_equal(stored, pixels[::-1, ::-1])
    assert ras.actions_by_name["plane-stored"].isChecked()

    ras.actions_by_name["undo"].trigger()
    settled(ras)
    assert letters(ras) == "APRL" and ras.store.state.slice_index == s


def test_a_region_measures_the_same_voxels_turned_and_as_stored(
    ras: MainWindow, settled: Settled
) -> None:
    s, row, col = MARK
    ras.store.apply(at_slice, s)
    canvas = canvas_of(ras.store.state, "A")
    assert canvas is not None
    box = Rectangle(row - 0.5, col - 1.5, row + 1.5, col + 1.5)
    ras.store.apply(with_form, next_number(ras.store.state), box, canvas)
    turned = measured(ras)
    assert (turned.count, turned.maximum) == (6, 100)
    ras.actions_by_name["plane-stored"].trigger()
    settled(ras)
    stored = measured(ras)
    assert (stored.count, stored.mean, stored.sd) == (turned.count, turned.mean, turned.sd)


def measured(window: MainWindow) -> Statistics:
    """Of the only region, in the CT."""
    state = window.store.state
    ((_, region, index),) = drawn_regions(state)
    assert state.pair is not None
    return statistics(state.slots[0].native, region, index, state.pair.grid)
