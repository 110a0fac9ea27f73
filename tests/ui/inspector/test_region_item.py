"""A region is drawn, moved, resized and undone on any pane, and is the same on all of them."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.measure import Angle, Ruler, degrees, length
from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Sphere
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas
from fusionviewer.imaging.roi_mark import Form
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.region_layer import RegionLayer
from fusionviewer.ui.store import Store
from fusionviewer.workspace import layouts, regions
from fusionviewer.workspace import state as change

REGIONS: dict[str, Form] = {
    "rectangle": Rectangle(10, 12, 30, 40),
    "ellipse": Ellipse(20, 25, 9, 14),
    "polygon": Polygon(((10, 10), (12, 40), (33, 30), (28, 14))),
    "freehand": Polygon(((10, 10), (12, 40), (33, 30), (28, 14)), freehand=True),
    "point": Point(20, 25),
    "sphere": Sphere(2, 20, 25, radius_mm=9),
    "distance": Ruler((10, 12), (30, 40)),
    "angle": Angle((10, 12), (30, 40), (35, 10)),
}


def put(store: Store, *forms: Form) -> None:
    """Marks on the slice that is shown, the last one chosen."""
    for form in forms:
        canvas = regions.canvas_of(store.state, "A")
        assert canvas is not None
        store.settle()
        store.apply(regions.with_form, regions.next_number(store.state), form, canvas)
    store.settle()


def chosen(store: Store) -> Form | None:
    mark = regions.chosen_mark(store.state)
    return None if mark is None else mark.form


@pytest.fixture
def layer(store: Store, grid: PaneGrid) -> Iterator[RegionLayer]:
    return RegionLayer(store, grid.panes.values(), grid)


def at(pane: Pane, row: float, col: float) -> QPoint:
    """Where a place in the slice is on the pane's canvas."""
    canvas = pane.box.getViewWidget()
    return canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))


def drag(pane: Pane, *places: tuple[float, float]) -> None:
    """Left button down at the first place, up at the last, through all in between."""
    canvas = pane.box.getViewWidget().viewport()
    left, spots = Qt.MouseButton.LeftButton, [at(pane, *place) for place in places]
    QTest.mouseMove(canvas, spots[0])
    QTest.mousePress(canvas, left, Qt.KeyboardModifier.NoModifier, spots[0])
    for start, end in pairwise(spots):
        for step in range(1, 6):
            QTest.mouseMove(canvas, start + (end - start) * step / 5, 2)
    QTest.mouseRelease(canvas, left, Qt.KeyboardModifier.NoModifier, spots[-1])


@pytest.mark.parametrize("pane", ["A", "B", "fused"])
def test_a_rectangle_drawn_on_any_pane_is_on_all_of_them(
    store: Store, grid: PaneGrid, layer: RegionLayer, pane: str, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "region")
    drag(grid.panes[pane], (10, 12), (20, 30), (30, 40))
    region = chosen(store)
    assert isinstance(region, Rectangle)
    assert (region.top, region.left, region.bottom, region.right) == pytest.approx(
        (10, 12, 30, 40), abs=0.6
    )
    drawn = {name: item.form(region, Canvas()) for (name, _), item in layer.items.items()}
    assert drawn == dict.fromkeys(["A", "B", "fused"], region)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_drawn_by_one_drag(
    store: Store, grid: PaneGrid, layer: RegionLayer, name: str, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "region")
    layer.shape = name
    drag(grid.panes["A"], (10, 12), (12, 40), (30, 38), (28, 14))
    assert type(chosen(store)) is type(REGIONS[name])
    assert {name for name, _ in layer.items} == {"A", "B", "fused"}


def test_a_drawn_region_is_one_step_of_undo(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "region")
    drag(grid.panes["A"], (10, 12), (20, 30), (30, 40))
    first = chosen(store)
    drag(grid.panes["B"], (40, 12), (50, 42))
    assert chosen(store) not in (None, first)
    store.undo()
    assert chosen(store) == first
    store.undo()
    assert chosen(store) is None
    assert not layer.items
    store.redo()
    assert chosen(store) == first


@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_showing_a_region_changes_nothing(
    store: Store, layer: RegionLayer, region: Form, qtbot: QtBot
) -> None:
    put(store, region)
    store.apply(change.scrolled, 1)
    store.apply(change.scrolled, -1)
    assert chosen(store) == region


@pytest.mark.parametrize("tool", ["window", "region"])
def test_it_is_moved_by_its_outline_with_every_tool(
    store: Store, grid: PaneGrid, layer: RegionLayer, tool: change.Tool, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, tool)
    put(store, Rectangle(10, 12, 30, 40))
    store.settle()
    window = store.state.slots[0].look.window
    drag(grid.panes["A"], (10, 19), (15, 24))  # between two handles of the upper edge
    region = chosen(store)
    assert isinstance(region, Rectangle)
    assert (region.top, region.left) == pytest.approx((15, 17), abs=0.7)
    assert region.bottom - region.top == pytest.approx(20)
    assert store.state.slots[0].look.window == window
    store.undo()
    assert chosen(store) == Rectangle(10, 12, 30, 40)


def test_it_is_resized_by_a_handle_and_never_turned_over(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    put(store, Rectangle(30, 30, 40, 40))
    drag(grid.panes["B"], (40, 40), (50, 55))
    edges = _edges(store)
    assert edges == pytest.approx((30, 30, 50, 55), abs=0.8)
    assert layer.items["A", 1].form(Rectangle(0, 0, 1, 1), Canvas()) == chosen(store)
    drag(grid.panes["B"], (edges[2], edges[3]), (10, 10))
    assert _edges(store)[:2] == pytest.approx((30, 30))


def _edges(store: Store) -> tuple[float, float, float, float]:
    region = chosen(store)
    assert isinstance(region, Rectangle)
    return region.top, region.left, region.bottom, region.right


def test_a_corner_of_a_polygon_is_moved_alone(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    before = REGIONS["polygon"]
    put(store, before)
    drag(grid.panes["A"], (33, 30), (40, 40), (48, 50))
    after = chosen(store)
    assert isinstance(after, Polygon) and isinstance(before, Polygon)
    assert after.corners[2] == pytest.approx((48, 50), abs=0.8)
    assert after.corners[:2] == before.corners[:2]


def test_inside_a_region_the_mouse_still_changes_the_window(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    region = Rectangle(5, 5, 55, 55)
    put(store, region)
    window = store.state.slots[0].look.window
    drag(grid.panes["A"], (20, 20), (28, 37))
    assert chosen(store) == region
    assert store.state.slots[0].look.window != window


def test_a_ball_is_seen_where_it_reaches(store: Store, layer: RegionLayer, qtbot: QtBot) -> None:
    store.apply(change.at_slice, 1)
    put(store, Sphere(1, 20, 25, radius_mm=5))
    middle = layer.items["A", 1].size()
    store.apply(change.scrolled, 1)
    assert layer.items["A", 1].size().x() < middle.x()
    store.apply(change.scrolled, 3)
    assert not layer.items


def test_several_regions_have_names_and_colours_of_their_own(
    store: Store, layer: RegionLayer
) -> None:
    for form in REGIONS.values():
        put(store, form)
    marks = store.state.marks
    assert len({mark.name for mark in marks}) == len({mark.number for mark in marks}) == 8
    assert len({mark.colour for mark in marks[:7]}) == 7
    assert len(layer.items) == 8 * 3
    handles = [h["item"].isVisible() for h in layer.items["A", 1].handles]
    assert not any(handles)  # only the chosen one has them
    assert all(h["item"].isVisible() for h in layer.items["A", 8].handles)


def test_a_click_on_an_outline_chooses_it(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    put(store, Rectangle(10, 12, 30, 40))
    put(store, Rectangle(40, 12, 50, 40))
    canvas, spot = grid.panes["B"].box.getViewWidget().viewport(), at(grid.panes["B"], 10, 19)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    assert store.state.chosen == 1


def test_a_right_click_on_an_outline_offers_its_menu(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    put(store, Rectangle(10, 12, 30, 40), Rectangle(40, 12, 50, 40))
    canvas, spot = grid.panes["A"].box.getViewWidget().viewport(), at(grid.panes["A"], 10, 19)
    with qtbot.waitSignal(layer.menu_asked) as asked:
        QTest.mouseClick(canvas, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, spot)
    assert asked.args[0] == 1


def test_a_region_stays_on_its_slice(store: Store, layer: RegionLayer) -> None:
    put(store, Rectangle(10, 12, 30, 40))
    store.apply(change.scrolled, 1)
    assert not layer.items
    store.apply(regions.with_chosen, 1)  # as from the list: its slice is shown
    assert store.state.slice_index == 2
    assert len(layer.items) == 3
    store.apply(change.at_slice, 4)
    store.apply(regions.brought_here, 1)
    assert store.state.marks[0].canvas.slice_index == 4
    assert len(layer.items) == 3


def test_a_distance_is_drawn_and_says_its_millimetres(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "distance")
    drag(grid.panes["fused"], (10, 10), (40, 50))
    ruler, pair = chosen(store), store.state.pair
    assert isinstance(ruler, Ruler) and pair is not None
    assert length(ruler, pair.grid) == (pytest.approx(50, abs=1.5), "mm")  # 30 by 40 pixels of 1 mm
    words = {label.textItem.toPlainText() for label in layer.labels.values()}
    assert words == {f"{length(ruler, pair.grid)[0]:.1f} mm"}


def test_an_angle_is_two_drags_and_one_click_more_turns_nothing(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "angle")
    with qtbot.waitSignal(layer.drew):
        drag(grid.panes["A"], (10, 10), (40, 10))
    assert degrees(chosen(store), None) == pytest.approx(90)  # type: ignore[arg-type]
    drag(grid.panes["A"], (30, 30), (10, 40))
    assert len(store.state.marks) == 1
    angle = chosen(store)
    assert isinstance(angle, Angle)
    assert degrees(angle, None) == pytest.approx(45, abs=2)
    store.undo()
    assert degrees(chosen(store), None) == pytest.approx(90)  # type: ignore[arg-type]


def test_the_second_leg_of_an_angle_may_be_a_click(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "angle")
    drag(grid.panes["A"], (10, 10), (40, 10))
    canvas, spot = grid.panes["A"].box.getViewWidget().viewport(), at(grid.panes["A"], 13, 37)
    QTest.mouseMove(canvas, spot + QPoint(1, 1), 2)
    QTest.mouseMove(canvas, spot, 2)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    assert degrees(chosen(store), None) == pytest.approx(45, abs=2)  # type: ignore[arg-type]


def test_in_three_planes_a_ball_is_in_all_of_them_and_each_can_be_drawn_on(
    store: Store, grid: PaneGrid, qtbot: QtBot
) -> None:
    layer = RegionLayer(store, grid.panes.values(), grid, grid.sides)
    put(store, Sphere(2, 30, 32, radius_mm=8), Rectangle(25, 25, 35, 40))
    store.apply(change.pointed, change.Place(2, 30, 32))
    store.apply(layouts.toggled_layout, layouts.PLANES_LAYOUT)
    seen = {name: number for name, number in layer.items if name.startswith("side")}
    assert seen == {"side 0": 1, "side 1": 1}  # the rectangle lies in the axial plane only
    store.apply(change.with_tool, "region")
    coronal = grid.sides.pane_of("coronal")
    assert coronal is not None
    qtbot.waitUntil(lambda: coronal.pixels is not None)
    drag(coronal, (1, 20), (4, 40))
    mark = store.state.marks[-1]
    assert len(store.state.marks) == 3 and mark.canvas.slice_index == 30
    assert mark.canvas.grid is not None and mark.canvas.grid.shape[0] == 60
    assert {name for name, number in layer.items if number == 3} == {"side 0"}
    store.apply(layouts.toggled_layout, layouts.PLANES_LAYOUT)
    assert not [name for name, _ in layer.items if name.startswith("side")]
