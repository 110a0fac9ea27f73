"""A region is drawn, moved, resized and undone on any pane, and is the same on all of them."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Region, Sphere
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.region_layer import RegionLayer
from fusionviewer.ui.store import Store
from fusionviewer.workspace import state as change

REGIONS: dict[str, Region] = {
    "rectangle": Rectangle(10, 12, 30, 40),
    "ellipse": Ellipse(20, 25, 9, 14),
    "polygon": Polygon(((10, 10), (12, 40), (33, 30), (28, 14))),
    "freehand": Polygon(((10, 10), (12, 40), (33, 30), (28, 14)), freehand=True),
    "point": Point(20, 25),
    "sphere": Sphere(1, 20, 25, radius_mm=9),
}


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
    region = store.state.region
    assert isinstance(region, Rectangle)
    assert (region.top, region.left, region.bottom, region.right) == pytest.approx(
        (10, 12, 30, 40), abs=0.6
    )
    drawn = {name: item.region(region, Canvas()) for name, item in layer.items.items()}
    assert drawn == dict.fromkeys(["A", "B", "fused"], region)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_drawn_by_one_drag(
    store: Store, grid: PaneGrid, layer: RegionLayer, name: str, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "region")
    layer.shape = name
    drag(grid.panes["A"], (10, 12), (12, 40), (30, 38), (28, 14))
    assert type(store.state.region) is type(REGIONS[name])
    assert set(layer.items) == {"A", "B", "fused"}


def test_a_drawn_region_is_one_step_of_undo(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, "region")
    drag(grid.panes["A"], (10, 12), (20, 30), (30, 40))
    first = store.state.region
    drag(grid.panes["B"], (40, 12), (50, 42))
    assert store.state.region not in (None, first)
    store.undo()
    assert store.state.region == first
    store.undo()
    assert store.state.region is None
    assert not layer.items
    store.redo()
    assert store.state.region == first


@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_showing_a_region_changes_nothing(
    store: Store, layer: RegionLayer, region: Region, qtbot: QtBot
) -> None:
    store.apply(change.with_region, region)
    store.apply(change.scrolled, 1)
    store.apply(change.scrolled, -1)
    assert store.state.region == region


@pytest.mark.parametrize("tool", ["window", "region"])
def test_it_is_moved_by_its_outline_with_every_tool(
    store: Store, grid: PaneGrid, layer: RegionLayer, tool: change.Tool, qtbot: QtBot
) -> None:
    store.apply(change.with_tool, tool)
    store.apply(change.with_region, Rectangle(10, 12, 30, 40))
    store.settle()
    window = store.state.slots[0].look.window
    drag(grid.panes["A"], (10, 19), (15, 24))  # between two handles of the upper edge
    region = store.state.region
    assert isinstance(region, Rectangle)
    assert (region.top, region.left) == pytest.approx((15, 17), abs=0.7)
    assert region.bottom - region.top == pytest.approx(20)
    assert store.state.slots[0].look.window == window
    store.undo()
    assert store.state.region == Rectangle(10, 12, 30, 40)


def test_it_is_resized_by_a_handle_and_never_turned_over(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    store.apply(change.with_region, Rectangle(30, 30, 40, 40))
    drag(grid.panes["B"], (40, 40), (50, 55))
    edges = _edges(store)
    assert edges == pytest.approx((30, 30, 50, 55), abs=0.8)
    assert layer.items["A"].region(Rectangle(0, 0, 1, 1), Canvas()) == store.state.region
    drag(grid.panes["B"], (edges[2], edges[3]), (10, 10))
    assert _edges(store)[:2] == pytest.approx((30, 30))


def _edges(store: Store) -> tuple[float, float, float, float]:
    region = store.state.region
    assert isinstance(region, Rectangle)
    return region.top, region.left, region.bottom, region.right


def test_a_corner_of_a_polygon_is_moved_alone(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    before = REGIONS["polygon"]
    store.apply(change.with_region, before)
    drag(grid.panes["A"], (33, 30), (40, 40), (48, 50))
    after = store.state.region
    assert isinstance(after, Polygon) and isinstance(before, Polygon)
    assert after.corners[2] == pytest.approx((48, 50), abs=0.8)
    assert after.corners[:2] == before.corners[:2]


def test_inside_a_region_the_mouse_still_changes_the_window(
    store: Store, grid: PaneGrid, layer: RegionLayer, qtbot: QtBot
) -> None:
    region = Rectangle(5, 5, 55, 55)
    store.apply(change.with_region, region)
    window = store.state.slots[0].look.window
    drag(grid.panes["A"], (20, 20), (28, 37))
    assert store.state.region == region
    assert store.state.slots[0].look.window != window


def test_a_ball_is_seen_where_it_reaches(store: Store, layer: RegionLayer, qtbot: QtBot) -> None:
    store.apply(change.at_slice, 1)
    store.apply(change.with_region, Sphere(1, 20, 25, radius_mm=5))
    middle = layer.items["A"].size()
    store.apply(change.scrolled, 1)
    assert layer.items["A"].size().x() < middle.x()
    store.apply(change.scrolled, 3)
    assert not layer.items
