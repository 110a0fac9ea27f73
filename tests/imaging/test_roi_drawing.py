"""From the hand to a region."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Region, Sphere
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas, box_on, fitted, simplified

GRID = Grid((9, 40, 40), np.array([3.0, 0.5, 0.5]), np.zeros(3), np.eye(3))
CANVAS = Canvas(4, GRID)
CIRCLE = [(20 + 10 * np.sin(t), 20 + 10 * np.cos(t)) for t in np.linspace(0, 2 * np.pi, 100)]

REGIONS: dict[str, Region] = {
    "rectangle": Rectangle(2, 3, 8, 11),
    "ellipse": Ellipse(5, 7, 3, 4),
    "polygon": Polygon(((2, 3), (8, 11), (4, 5))),
    "freehand": Polygon(((2, 3), (8, 11), (4, 5), (3, 9)), freehand=True),
    "point": Point(5, 7),
    "sphere": Sphere(3, 5, 7, radius_mm=5),
}


def test_every_shape_comes_from_a_drag() -> None:
    kinds = {name: type(shape.draw(CIRCLE, CANVAS)) for name, shape in SHAPES.items()}
    (
        kinds.pop("rectangle"),
        kinds.pop("ellipse"),
        kinds.pop("sphere"),
    )  # a circle ends where it began
    assert kinds == {"polygon": Polygon, "freehand": Polygon, "point": Point}
    drag = [(3.0, 4.0), (5.0, 9.0), (9.0, 12.0)]
    assert SHAPES["rectangle"].draw(drag, CANVAS) == Rectangle(3, 4, 9, 12)
    assert SHAPES["rectangle"].draw(drag[::-1], CANVAS) == Rectangle(3, 4, 9, 12)
    assert SHAPES["ellipse"].draw(drag, CANVAS) == Ellipse(6, 8, 3, 4)
    assert SHAPES["sphere"].draw(drag, CANVAS) == Sphere(4, 3, 4, radius_mm=5)  # 6 by 8 half mm


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "point"])
def test_a_click_alone_draws_nothing(name: str) -> None:
    assert SHAPES[name].draw([(3.0, 4.0)], CANVAS) is None
    assert SHAPES[name].draw([(3.0, 4.0), (3.0, 4.0)], CANVAS) is None


def test_without_geometry_there_is_no_sphere() -> None:
    assert SHAPES["sphere"].draw([(3.0, 4.0), (8.0, 9.0)], Canvas()) is None


def test_a_polygon_keeps_the_corners_that_matter() -> None:
    square = [(0, c) for c in range(21)] + [(r, 20) for r in range(1, 21)]
    square += [(20, c) for c in range(19, -1, -1)] + [(r, 0) for r in range(19, 0, -1)]
    drawn = SHAPES["polygon"].draw([(float(r), float(c)) for r, c in square], CANVAS)
    assert isinstance(drawn, Polygon) and not drawn.freehand
    assert len(drawn.corners) <= 5
    np.testing.assert_array_equal(
        drawn.mask((22, 22))[1:19, 1:19], Rectangle(0, 0, 20, 20).mask((22, 22))[1:19, 1:19]
    )


@given(
    path=st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=2, max_size=40),
    tolerance=st.floats(0.1, 9),
)
def test_a_simplified_path_keeps_its_ends_and_uses_only_its_own_points(path, tolerance) -> None:
    kept = simplified(np.array(path), tolerance)
    assert tuple(kept[0]) == path[0] and tuple(kept[-1]) == path[-1]
    assert {tuple(spot) for spot in kept} <= set(path)


@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_fitting_into_its_own_box_changes_nothing(region: Region) -> None:
    box = box_on(region, CANVAS)
    assert box is not None
    same = box_on(fitted(region, box, CANVAS), CANVAS)
    assert same is not None
    assert (same.top, same.left, same.bottom, same.right) == pytest.approx(
        (box.top, box.left, box.bottom, box.right)
    )


@pytest.mark.parametrize("name", ["rectangle", "ellipse", "polygon", "freehand"])
def test_a_fitted_region_fills_the_new_box(name: str) -> None:
    box = Rectangle(10, 12, 30, 16)
    assert box_on(fitted(REGIONS[name], box, CANVAS), CANVAS) == box


def test_a_ball_stays_round_and_keeps_its_middle_slice() -> None:
    ball = fitted(REGIONS["sphere"], Rectangle(10, 10, 26, 14), CANVAS)
    assert ball == Sphere(3, 18, 12, radius_mm=5)  # cut of 4 mm, 3 mm off the middle
    assert fitted(ball, Rectangle(0, 0, 1, 1), Canvas(9, GRID)) == ball  # not on this slice
