"""Which pixels belong to a region."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.roi import Ellipse, Flat, Point, Polygon, Rectangle, Sphere

SHAPE = (24, 31)

numbers = st.floats(-5, 35, allow_nan=False)
rectangles = st.builds(Rectangle.between, numbers, numbers, numbers, numbers)
ellipses = st.builds(Ellipse, numbers, numbers, st.floats(0, 20), st.floats(0, 20))
polygons = st.builds(
    Polygon, st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9).map(tuple)
)
points = st.builds(Point, numbers, numbers)
flats = st.one_of(rectangles, ellipses, polygons, points)
whole = st.integers(-4, 4)


@given(region=flats, rows=whole, columns=whole)
def test_a_moved_region_has_the_moved_pixels(region: Flat, rows: int, columns: int) -> None:
    eighths = _on_eighths(region)  # so that moving adds no rounding
    pad = 8
    big = (SHAPE[0] + 2 * pad, SHAPE[1] + 2 * pad)
    here = eighths.moved(pad, pad).mask(big)
    there = eighths.moved(pad + rows, pad + columns).mask(big)
    assert (np.roll(here, (rows, columns), (0, 1))[4:-4, 4:-4] == there[4:-4, 4:-4]).all()


def _on_eighths(region: Flat) -> Flat:
    def near(value: float) -> float:
        return round(value * 8) / 8

    match region:
        case Rectangle(top, left, bottom, right):
            return Rectangle(near(top), near(left), near(bottom), near(right))
        case Ellipse(row, column, height, width):
            return Ellipse(near(row), near(column), near(height), near(width))
        case Polygon(corners):
            return Polygon(tuple((near(r), near(c)) for r, c in corners))
        case Point(row, column):
            return Point(near(row), near(column))


@given(region=st.one_of(rectangles, ellipses, polygons))
def test_only_pixels_within_the_box_belong_to_a_region(region: Flat) -> None:
    rows, columns = np.nonzero(region.mask(SHAPE))
    box = region.box
    assert ((box.top <= rows) & (rows <= box.bottom)).all()
    assert ((box.left <= columns) & (columns <= box.right)).all()


@given(region=rectangles)
def test_a_rectangle_and_the_polygon_through_its_corners_are_the_same(region: Rectangle) -> None:
    corners = (
        (region.top, region.left),
        (region.top, region.right),
        (region.bottom, region.right),
        (region.bottom, region.left),
    )
    as_polygon = Polygon(corners).mask(SHAPE)
    # PNPOLY counts a point on the upper and left edge in, as the rectangle does
    np.testing.assert_array_equal(as_polygon, region.mask(SHAPE))


@given(row=st.integers(0, 23), column=st.integers(0, 30), cut=st.integers(0, 30))
def test_two_neighbours_share_no_pixel_and_leave_none_out(row: int, column: int, cut: int) -> None:
    left = Rectangle(0, 0, row, cut).mask(SHAPE)
    right = Rectangle(0, cut, row, 31).mask(SHAPE)
    assert not (left & right).any()
    np.testing.assert_array_equal(left | right, Rectangle(0, 0, row, 31).mask(SHAPE))


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 9)])
def test_the_whole_slice_is_every_pixel(shape: tuple[int, int]) -> None:
    assert Rectangle.of_image(*shape).mask(shape).all()


def test_a_rectangle_from_edge_to_edge_has_as_many_pixels_as_its_area() -> None:
    assert Rectangle(2.5, 3.5, 6.5, 10.5).mask(SHAPE).sum() == 4 * 7


def test_an_ellipse_by_hand() -> None:
    mask = Ellipse(2, 3, 1, 2).mask((5, 7))
    expected = np.zeros((5, 7), dtype=bool)
    expected[2, 1:6] = True  # the long axis, both ends on the edge
    expected[[1, 3], 3] = True  # the ends of the short one
    np.testing.assert_array_equal(mask, expected)


def test_an_ellipse_comes_near_the_area_of_its_formula() -> None:
    mask = Ellipse(100.3, 120.7, 60, 90).mask((220, 240))
    assert mask.sum() == pytest.approx(np.pi * 60 * 90, rel=2e-3)


def test_a_triangle_by_hand() -> None:
    mask = Polygon(((-0.5, -0.5), (-0.5, 3.5), (3.5, -0.5))).mask((4, 4))
    # its long side runs through the centres where row + column is 3; they are on the far side
    expected = [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(mask, np.array(expected, dtype=bool))


def test_where_an_outline_crosses_itself_the_even_odd_rule_decides() -> None:
    twice = ((0, 0), (0, 9), (9, 9), (9, 0))
    assert not Polygon(twice + twice).mask((10, 10)).any()


def test_a_point_is_the_pixel_it_lies_in() -> None:
    mask = Point(2.4, 2.6).mask((5, 5))
    assert list(zip(*np.nonzero(mask), strict=True)) == [(2, 3)]


def test_a_region_outside_the_slice_has_no_pixel() -> None:
    for region in (Rectangle(40, 40, 50, 50), Ellipse(-9, -9, 3, 3), Point(-3, 2)):
        assert not region.mask(SHAPE).any()


def test_a_ball_is_cut_into_circles() -> None:
    ball = Sphere(slice=10, row=20, column=30, radius_mm=5)
    spacing = np.array([3.0, 0.5, 0.25])
    assert ball.cut(10, spacing) == Ellipse(20, 30, 10, 20)
    assert ball.cut(11, spacing) == Ellipse(20, 30, 8, 16)  # 3, 4, 5
    assert ball.cut(12, spacing) is None


@pytest.mark.parametrize(
    "build",
    [
        lambda: Rectangle(3, 0, 2, 5),
        lambda: Rectangle(0, 0, float("nan"), 5),
        lambda: Ellipse(0, 0, -1, 2),
        lambda: Polygon(((0, 0), (1, 1))),
        lambda: Polygon(((0, 0), (1, 1), (float("inf"), 2))),
        lambda: Point(float("nan"), 0),
        lambda: Sphere(0, 0, 0, 0),
    ],
)
def test_what_is_no_region_is_refused(build) -> None:
    with pytest.raises(ValueError):
        build()
