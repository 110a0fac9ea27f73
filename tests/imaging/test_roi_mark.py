"""Marks stay where they were drawn in the patient; lengths, angles and profiles are worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.measure import Angle, Ruler, degrees, length
from fusionviewer.imaging.measure_profile import profile
from fusionviewer.imaging.planes import Order, reordered
from fusionviewer.imaging.roi import Ellipse, Point, Polygon, Rectangle, Sphere
from fusionviewer.imaging.roi_drawing import Canvas
from fusionviewer.imaging.roi_mark import Form, Mark, on_slice, seen, shifted
from fusionviewer.imaging.roi_peak import PEAK_RADIUS_MM, suv_peak
from fusionviewer.imaging.roi_statistics import statistics

FINE = make_grid((9, 40, 50), (2.0, 1.0, 0.5), (3.0, -2.0, 5.0))
FORMS: list[Form] = [
    Rectangle(4, 6, 12, 30),
    Ellipse(15, 20, 5, 9),
    Polygon(((3, 3), (3, 20), (18, 12))),
    Point(7, 9),
    Ruler((3, 4), (20, 31)),
    Angle((3, 4), (20, 31), (8, 40)),
    Sphere(4, 15, 20, 6),
]


def mark(form: Form, canvas: Canvas) -> Mark:
    return Mark(1, "Region 1", "#ffffff", form, canvas)


def test_a_ruler_of_three_by_four_is_five() -> None:
    assert length(Ruler((0, 0), (3, 4)), None) == (5.0, "px")
    square = make_grid((1, 9, 9), (5.0, 1.0, 1.0))
    assert length(Ruler((0, 0), (3, 4)), square) == (pytest.approx(5.0), "mm")
    assert length(Ruler((0, 0), (3, 8)), FINE) == (pytest.approx(5.0), "mm")  # columns of 0.5 mm


def test_an_angle_is_that_of_the_patient_not_of_the_pixels() -> None:
    assert degrees(Angle((0, 5), (0, 0), (5, 0)), None) == pytest.approx(90)
    assert degrees(Angle((0, 2), (0, 0), (1, 2)), FINE) == pytest.approx(45)  # 1 mm by 1 mm
    assert degrees(Angle((0, 4), (0, 0), (0, -4)), None) == pytest.approx(180)
    assert degrees(Angle((1, 1), (1, 1), (5, 5)), None) is None


@pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
def test_a_mark_there_and_back_on_another_grid_is_the_same(form: Form) -> None:
    other = make_grid((5, 90, 70), (4.0, 0.4, 0.4), (1.0, -5.0, 5.0))
    drawn = mark(form, Canvas(4, FINE))
    where = round(float(other.index(FINE.position((4, 0, 0)))[0]))
    carried = seen(drawn, Canvas(where, other))
    assert carried is not None
    back = seen(mark(carried, Canvas(where, other)), Canvas(4, FINE))
    assert back is not None and type(back) is type(form)
    np.testing.assert_allclose(numbers(back), numbers(form), atol=1e-6)


def numbers(form: Form) -> list[float]:
    if isinstance(form, Polygon | Ruler | Angle):
        return [x for corner in form.corners for x in corner]
    return [float(x) for x in vars(form).values()]


def test_a_flat_mark_is_seen_on_its_own_slice_only_and_a_ball_where_it_reaches() -> None:
    flat, ball = mark(FORMS[0], Canvas(4, FINE)), mark(Sphere(4, 9, 9, 3), Canvas(4, FINE))
    same = replace(FINE)
    assert seen(flat, Canvas(4, same)) == flat.form
    assert seen(flat, Canvas(5, same)) is None
    assert seen(ball, Canvas(5, same)) == ball.form


def test_in_another_plane_a_ball_is_seen_and_a_flat_mark_is_not() -> None:
    turned = Grid(FINE.shape[1:] + FINE.shape[:1], FINE.spacing[[1, 2, 0]], FINE.origin,
                  FINE.axes[[1, 2, 0]])  # fmt: skip
    assert seen(mark(FORMS[0], Canvas(4, FINE)), Canvas(7, turned)) is None
    ball = seen(mark(Sphere(4, 9, 12, 3), Canvas(4, FINE)), Canvas(7, turned))
    assert isinstance(ball, Sphere)
    assert (ball.slice, ball.row, ball.column) == pytest.approx((9, 12, 4))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
def test_a_mark_is_moved_without_changing_its_shape(form: Form) -> None:
    moved = shifted(shifted(mark(form, Canvas(4, FINE)), 2.5, -1.5), -2.5, 1.5)
    assert numbers(moved.form) == pytest.approx(numbers(form))
    elsewhere = on_slice(moved, 6)
    assert elsewhere.canvas.slice_index == 6
    assert not isinstance(elsewhere.form, Sphere) or elsewhere.form.slice == 6


@given(
    shown=st.sampled_from([(2.0, 1.0, 0.5), (3.0, 0.7, 0.7), (5.0, 2.0, 2.0)]),
    row=st.floats(8, 30),
    column=st.floats(12, 36),
)
def test_numbers_do_not_depend_on_the_grid_that_is_shown(
    shown: tuple[float, float, float], row: float, column: float
) -> None:
    """The same place of the patient, drawn on grids of other pixels, has the same native voxels."""
    image = make_image(FINE.shape, grid=FINE, unit="HU", seed=3)
    drawn = mark(Ellipse(row, column, 5.3, 8.7), Canvas(4, FINE))
    here = statistics(image, drawn.form, 4, FINE)  # type: ignore[arg-type]
    other = make_grid((20, 80, 80), shown, tuple(FINE.position((4, 0, 0))))  # type: ignore[arg-type]
    carried = seen(drawn, Canvas(0, other))
    assert carried is not None
    exact = replace(other, spacing=np.array([2.0, *shown[1:]]))  # as thick, for the same layer
    there = statistics(image, carried, 0, exact)  # type: ignore[arg-type]
    assert (there.count, there.mean, there.total) == (here.count, here.mean, here.total)


def test_a_profile_has_the_native_voxels_in_order() -> None:
    image = make_image(FINE.shape, grid=FINE, seed=1)
    along = profile(image, Ruler((7, 3), (7, 9)), 2, FINE)
    assert (along.distance_unit, along.distances[-1]) == ("mm", pytest.approx(3.0))
    steps = along.values[np.r_[True, np.diff(along.values) != 0]]
    np.testing.assert_array_equal(steps, image.values[2, 7, 3:10].astype(np.float64))
    assert along.voxels.places.size == 7


def test_a_profile_of_a_coarse_image_goes_in_its_own_steps_and_stops_at_its_edge() -> None:
    coarse = make_grid((2, 4, 4), (8.0, 4.0, 4.0), tuple(FINE.origin))
    image = make_image(coarse.shape, grid=coarse, seed=2)
    along = profile(image, Ruler((0, 0), (0, 48)), 0, FINE)  # 24 mm; the image has 14 of them
    inside = along.values[np.isfinite(along.values)]
    assert list(dict.fromkeys(inside)) == image.values[0, 0, :].astype(float).tolist()
    assert np.isnan(along.values[along.distances > 14.1]).all()


def test_suv_peak_is_the_best_sphere_of_all() -> None:
    place = make_grid((9, 14, 15), (4.0, 3.0, 3.5))
    values = np.random.default_rng(4).uniform(0, 10, place.shape).astype(np.float32)
    values[3, 5, 6] = np.nan
    image = make_image(place.shape, modality="PT", unit="SUV", grid=place, values=values)
    ball = Sphere(4, 6, 7, 9)
    found = statistics(image, ball, 4, place)
    assert found.peak == pytest.approx(best_by_hand(values, place, ball), rel=1e-9)
    assert found.mean is not None and found.volume_mm3 is not None
    assert found.glycolysis == pytest.approx(found.mean * found.volume_mm3 / 1000)
    in_hu = statistics(replace(image, unit="HU"), ball, 4, place)
    assert in_hu.peak is None and in_hu.glycolysis is None


def best_by_hand(values: np.ndarray, place: Grid, ball: Sphere) -> float:
    index = np.moveaxis(np.indices(place.shape), 0, -1) * place.spacing
    middle = np.array([ball.slice, ball.row, ball.column]) * place.spacing
    means = []
    for spot in index[np.linalg.norm(index - middle, axis=-1) <= ball.radius_mm]:
        if np.isfinite(values[tuple(np.rint(spot / place.spacing).astype(int))]):
            near = values[np.linalg.norm(index - spot, axis=-1) <= PEAK_RADIUS_MM]
            means.append(np.nanmean(near.astype(np.float64)))
    return max(means)


def test_suv_peak_of_an_even_image_is_its_value_up_to_the_edge() -> None:
    place = make_grid((5, 6, 6), (4.0, 4.0, 4.0))
    image = make_image(place.shape, unit="SUV", grid=place, values=np.full(place.shape, 2.5))
    assert suv_peak(image, np.array([0, 35, 179])) == pytest.approx(2.5)
    assert suv_peak(replace(image, grid=None), np.array([0])) is None
    assert suv_peak(image, np.array([], dtype=np.intp)) is None


@pytest.mark.parametrize("indices", [(0, 1, 2), (0, 2, 1)])
@pytest.mark.parametrize("turned", [(False, True, True), (False, False, True), (True, True, False)])
@pytest.mark.parametrize(
    "form",
    [
        Rectangle(2.5, 3.5, 6.5, 11.5),
        Ellipse(6, 8, 2.3, 4.1),
        Point(5, 9),
        Polygon(((2.2, 3.3), (9.1, 4.2), (6.3, 12.4))),
    ],
    ids=lambda form: type(form).__name__,
)
def test_a_mark_is_on_the_same_voxels_where_the_slice_is_turned_or_mirrored(
    form: Form, turned: tuple[bool, bool, bool], indices: tuple[int, int, int]
) -> None:
    grid = make_grid((4, 14, 18), (3.0, 1.0, 0.5), (-4, 5, 6))
    image = make_image(grid.shape, grid=grid, seed=3)
    order = Order(indices, turned)
    other = reordered(image, order).grid
    assert other is not None
    there = Canvas(4 - 1 - 2 if turned[0] else 2, other)
    carried = seen(mark(form, Canvas(2, grid)), there)
    assert carried is not None and type(carried) is type(form)
    assert statistics(image, carried, there.slice_index, other).total == pytest.approx(  # type: ignore[arg-type]
        statistics(image, form, 2, grid).total  # type: ignore[arg-type]
    )
    back = seen(mark(carried, there), Canvas(2, grid))
    assert back == form or np.allclose(back.center, form.center)  # type: ignore[union-attr]
