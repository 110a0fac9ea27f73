"""What regions measure: the numbers of NumPy, in the unit of the image, from native voxels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import value_at
from fusionviewer.imaging.pair import make_pair
from fusionviewer.imaging.roi import Ellipse, Flat, Point, Polygon, Rectangle, Sphere
from fusionviewer.imaging.roi_statistics import FUSED_UNIT, fused_statistics, statistics
from fusionviewer.imaging.stored import StoredValues

AXIAL = np.eye(3)[[2, 1, 0]]  # slices to the head, rows to the back, columns to the left
SHAPE = (5, 24, 31)
REGIONS: dict[str, Flat] = {
    "rectangle": Rectangle(3.2, 4.9, 17.1, 25),
    "ellipse": Ellipse(11.3, 14.2, 6.5, 9.1),
    "polygon": Polygon(((2, 3), (4, 28), (20, 22), (12, 9))),
    "freehand": Polygon(((2, 3), (4, 28), (20, 22), (12, 9), (9, 2)), freehand=True),
    "point": Point(7.4, 20.6),
}
UNITS = [("HU", 1, -1024), ("SUV", 0.0123, 0), ("counts", 1, 0), ("a.u.", 4.5, 7), ("Bq/ml", 3, 0)]


def grid(shape, spacing=(3.0, 0.5, 0.75), origin=(-10.0, 20.0, 5.0), axes=AXIAL) -> Grid:
    return Grid(shape, np.array(spacing), np.array(origin), np.asarray(axes))


def image(values, unit="a.u.", place: Grid | None = None, **more) -> Image:
    return Image("test", np.asarray(values, dtype=np.float32), unit=unit, grid=place, **more)


def noise(shape=SHAPE, slope=1.0, intercept=0.0) -> np.ndarray:
    stored = np.random.default_rng(3).integers(0, 4000, size=shape)
    return (stored * slope + intercept).astype(np.float32)


@pytest.mark.parametrize(("unit", "slope", "intercept"), UNITS)
@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_the_numbers_are_those_of_numpy(region: Flat, unit, slope, intercept) -> None:
    values = noise(slope=slope, intercept=intercept)
    place = grid(SHAPE)
    found = statistics(image(values, unit, place), region, 2, place)

    inside = values[2][region.mask(SHAPE[1:])].astype(np.float64)
    assert (found.unit, found.count, found.excluded) == (unit, inside.size, 0)
    assert found.mean == pytest.approx(inside.mean(), rel=1e-12)
    assert found.sd == pytest.approx(inside.std(ddof=0), rel=1e-12)
    assert found.median == np.median(inside)
    assert (found.minimum, found.maximum) == (inside.min(), inside.max())
    assert found.total == pytest.approx(inside.sum(), rel=1e-12)
    assert found.histogram is not None
    assert found.histogram.counts.sum() == inside.size
    if not isinstance(region, Point):
        assert found.area_mm2 == pytest.approx(inside.size * 0.5 * 0.75)


@pytest.mark.parametrize(("unit", "slope", "intercept"), UNITS)
@given(data=st.data())
@settings(max_examples=15)
def test_values_kept_as_integers_measure_the_same(
    unit: str, slope: float, intercept: float, data: st.DataObject
) -> None:
    """Every slope of its own per slice, every shape, anywhere: NumPy's numbers of those values."""
    stored = np.random.default_rng(5).integers(-900, 3000, size=SHAPE).astype(np.int16)
    slopes = np.linspace(slope, 2 * slope, SHAPE[0]).reshape(-1, 1, 1)
    values = StoredValues(stored, slopes, np.full((1, 1, 1), float(intercept)))
    place = grid(SHAPE)
    kept = Image("test", values, unit=unit, grid=place)
    index = data.draw(st.integers(0, SHAPE[0] - 1))
    rows, columns = data.draw(st.floats(-4, 9)), data.draw(st.floats(-4, 9))
    region = data.draw(st.sampled_from([*REGIONS.values()])).moved(rows, columns)
    found = statistics(kept, region, index, place)
    plain = np.asarray(values, dtype=np.float32)
    inside = plain[index][region.mask(SHAPE[1:])].astype(np.float64)
    if inside.size:
        assert found.count == inside.size
        assert found.mean == pytest.approx(inside.mean(), rel=1e-9)
        assert (found.minimum, found.maximum) == (inside.min(), inside.max())
    ball = Sphere(index, 11.0, 14.0, 4.0)
    again = statistics(Image("test", plain, unit=unit, grid=place), ball, index, place)
    there = statistics(kept, ball, index, place)
    assert (there.count, there.mean, there.peak) == (again.count, again.mean, again.peak)


def test_the_whole_slice_measures_the_whole_slice() -> None:
    values = noise()
    found = statistics(image(values), Rectangle.of_image(*SHAPE[1:]), 4)
    assert found.count == values[4].size
    assert found.mean == pytest.approx(values[4].astype(np.float64).mean())
    assert found.area_mm2 is None  # nobody knows how large a pixel is


@given(rows=st.integers(-8, 8), columns=st.integers(-8, 8))
@settings(max_examples=25)
def test_moving_region_and_image_together_changes_no_number(rows: int, columns: int) -> None:
    values = np.zeros((1, 40, 40), dtype=np.float32)
    values[0, 12:28, 12:28] = noise((16, 16))
    region = Ellipse(20.25, 19.5, 5, 6)
    here = statistics(image(values), region, 0)
    there = statistics(
        image(np.roll(values, (rows, columns), (1, 2))), region.moved(rows, columns), 0
    )
    assert there.count == here.count
    assert there.mean == pytest.approx(here.mean)
    assert (there.minimum, there.maximum) == (here.minimum, here.maximum)


@given(
    row=st.integers(0, 5),
    column=st.integers(0, 5),
    slice_index=st.integers(0, 11),
    turn=st.permutations(range(3)),
)
@settings(max_examples=40, deadline=None)
def test_a_resampled_image_is_measured_by_its_native_voxels(row, column, slice_index, turn) -> None:
    """One hot voxel of a coarse PET: no interpolated value reaches its maximum."""
    coarse = grid((4, 6, 6), spacing=(6.0, 4.0, 4.0), origin=(2.0, 2.0, 2.0))
    fine = grid((12, 24, 24), spacing=(2.0, 1.0, 1.0), origin=(0.5, 0.5, 0.0))
    hot = np.ones(coarse.shape, dtype=np.float32)
    hot[slice_index // 3, row, column] = 1000
    pet = image(hot, "SUV", coarse, modality="PT")
    ct = image(noise(fine.shape), "HU", fine, modality="CT")
    pair = make_pair(ct, _turned(pet, turn))

    around = Rectangle(row * 4 - 0.5, column * 4 - 0.5, row * 4 + 3.5, column * 4 + 3.5)
    found = statistics(pair.native[1], around, slice_index, pair.grid)
    assert (found.count, found.maximum, found.mean) == (1, 1000, 1000)
    assert found.area_mm2 == pytest.approx(16)
    on_screen = pair.b.values[slice_index][around.mask(fine.shape[1:])]
    assert on_screen.max() <= 1000 and on_screen.min() < 1000
    in_ct = statistics(pair.native[0], around, slice_index, pair.grid)
    assert (in_ct.unit, in_ct.count) == ("HU", 16)


def _turned(of: Image, order) -> Image:
    """The same volume, stored with its indices in another order: axial, sagittal, coronal."""
    place = of.grid
    assert place is not None
    turned = Grid(
        tuple(of.shape[i] for i in order),
        place.spacing[list(order)],
        place.origin,
        place.axes[list(order)],
    )
    return replace(of, values=np.ascontiguousarray(of.values.transpose(order)), grid=turned)


def test_a_thick_slice_shows_the_thin_native_ones_behind_it() -> None:
    thin = grid((9, 8, 8), spacing=(1, 1, 1), origin=(0, 0, 0))
    thick = grid((3, 8, 8), spacing=(3, 1, 1), origin=(0, 0, 1))
    values = np.repeat(np.arange(9, dtype=np.float32), 64).reshape(9, 8, 8)
    found = statistics(image(values, "HU", thin), Rectangle(0, 0, 4, 4), 1, thick)
    assert (found.minimum, found.median, found.maximum, found.count) == (3, 4, 5, 48)
    assert found.area_mm2 == pytest.approx(16)  # not three times as much


@pytest.mark.parametrize("index", range(2, 12))
def test_an_area_does_not_depend_on_how_many_layers_a_slice_happens_to_hold(index: int) -> None:
    shown = grid((14, 60, 60), (2.0, 1, 1), (0, 0, 0))
    place = grid((30, 60, 60), (1.5, 1, 1), (0, 0, -3.1))  # one or two of them in 2 mm
    found = statistics(
        image(noise(place.shape), place=place), Rectangle(9.5, 9.5, 29.5, 29.5), index, shown
    )
    assert found.count in (400, 800)
    assert found.area_mm2 == pytest.approx(20 * 20)


def test_on_a_tilted_grid_every_place_is_counted_once() -> None:
    tilt = np.deg2rad(20)
    axes = np.array([[0, -np.sin(tilt), np.cos(tilt)], [0, np.cos(tilt), np.sin(tilt)], [1, 0, 0]])
    native = grid((20, 60, 60), spacing=(4, 1, 1), origin=(-30, -30, -30), axes=axes)
    shown = grid((40, 120, 120), spacing=(1, 0.5, 0.5), origin=(-25, -25, -15))
    region = Rectangle(40.5, 40.5, 80.5, 80.5)
    found = statistics(image(noise(native.shape), "a.u.", native), region, 20, shown)
    assert found.area_mm2 == pytest.approx(20 * 20, rel=0.06)  # as wide as the voxels are coarse


def test_a_region_smaller_than_a_voxel_reads_the_nearest() -> None:
    coarse = grid((1, 3, 3), spacing=(5, 10, 10), origin=(0, 0, 0))
    fine = grid((1, 30, 30), spacing=(5, 1, 1), origin=(-4.5, -4.5, 0))
    values = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
    found = statistics(image(values, "SUV", coarse), Rectangle(16, 26, 18, 28), 0, fine)
    assert (found.count, found.mean) == (1, 5)
    assert "nearest" in found.note


def test_padding_and_what_is_no_number_are_left_out_and_counted() -> None:
    values = noise((1, 4, 5))
    values[0, 0, 0], values[0, 3, 4] = np.nan, np.inf
    padding = np.zeros(values.shape, dtype=bool)
    padding[0, 1] = True
    found = statistics(image(values, padding=padding), Rectangle.of_image(4, 5), 0)
    kept = np.delete(values[0], 1, axis=0).ravel()[1:-1]
    assert (found.count, found.excluded) == (13, 7)
    assert found.mean == pytest.approx(kept.astype(np.float64).mean())


@pytest.mark.parametrize(
    ("region", "slice_index"),
    [(Rectangle(90, 90, 99, 99), 0), (Rectangle(0, 0, 3, 3), 7), (Point(-4, 2), 0)],
)
def test_nothing_measured_says_why(region: Flat, slice_index: int) -> None:
    found = statistics(image(noise((2, 8, 8)), "HU"), region, slice_index)
    assert (found.count, found.mean, found.maximum, found.histogram) == (0, None, None, None)
    assert found.reason == "The region lies outside the image."


def test_only_padding_says_so() -> None:
    values = noise((1, 4, 5))
    found = statistics(
        image(values, padding=np.ones(values.shape, dtype=bool)), Rectangle(0, 0, 3, 3), 0
    )
    assert (found.count, found.excluded, found.mean) == (0, 9, None)
    assert "padding" in found.reason


def test_an_image_of_one_row_can_be_measured() -> None:
    found = statistics(image([[[1, 2, 3, 6]]], "grey level"), Rectangle.of_image(1, 4), 0)
    assert (found.mean, found.median, found.total, found.unit) == (3, 2.5, 12, "grey level")


def test_a_ball_is_measured_in_the_volume() -> None:
    place = grid((21, 41, 41), spacing=(2, 1, 1), origin=(0, 0, 0))
    values = noise(place.shape)
    found = statistics(image(values, "SUV", place), Sphere(10, 20, 20, radius_mm=9), 3, place)
    s, r, c = np.indices(place.shape)
    inside = ((s - 10) * 2) ** 2 + (r - 20) ** 2 + (c - 20) ** 2 <= 81
    assert found.count == inside.sum()
    assert found.mean == pytest.approx(values[inside].astype(np.float64).mean())
    assert found.volume_mm3 == pytest.approx(2 * inside.sum())
    assert found.volume_mm3 == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.03)
    assert found.area_mm2 is None


def test_a_ball_without_geometry_is_refused_with_a_reason() -> None:
    found = statistics(image(noise()), Sphere(2, 9, 9, radius_mm=3), 2)
    assert (found.count, found.reason) == (0, "A sphere needs images with geometry.")


@pytest.mark.parametrize("place", [None, grid(SHAPE)], ids=["no geometry", "geometry"])
@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_the_fused_slice_is_measured_as_display(region: Flat, place: Grid | None) -> None:
    grey = noise(SHAPE[1:], slope=1 / 4000)
    found = fused_statistics(grey, region, 3, place)
    inside = grey[region.mask(SHAPE[1:])].astype(np.float64)
    assert (found.unit, found.count) == (FUSED_UNIT, inside.size)
    assert found.mean == pytest.approx(inside.mean())
    assert found.total == pytest.approx(inside.sum())


def test_of_a_ball_the_fused_slice_has_its_cut() -> None:
    place = grid((9, 30, 30), spacing=(3, 1, 1), origin=(0, 0, 0))
    found = fused_statistics(noise((30, 30)), Sphere(4, 15, 15, 5), 5, place)
    assert found.count == Ellipse(15, 15, 4, 4).mask((30, 30)).sum()  # 3 mm off the middle


@given(index=st.tuples(st.floats(-2, 14), st.floats(-2, 26), st.floats(-2, 26)))
@settings(max_examples=60)
def test_the_value_under_the_cursor_is_the_nearest_native_voxel(index) -> None:
    coarse = grid((4, 6, 6), spacing=(6, 4, 4), origin=(2, 2, 2))
    fine = grid((12, 24, 24), spacing=(2, 1, 1), origin=(0.5, 0.5, 0))
    values = noise(coarse.shape)
    found = value_at(image(values, "SUV", coarse), index, fine)
    nearest = np.floor(coarse.index(fine.position(index)) + 0.5).astype(int)
    if ((nearest >= 0) & (nearest < coarse.shape)).all():
        assert (found.index, found.value) == (tuple(nearest), values[tuple(nearest)])
    else:
        assert (found.index, found.value, found.text) == (None, None, "outside")


def test_spect_says_how_much_of_its_maximum_a_voxel_and_a_region_have() -> None:
    values = np.zeros((1, 4, 4), np.float32)
    values[0, 1] = (40, 20, 10, 10)
    spect = Image("spect", values, "NM", "counts")
    assert value_at(spect, (0, 1, 1)).text == "20 counts · 50 % of max"
    found = statistics(spect, Rectangle(0.5, -0.5, 1.5, 3.5), 0)
    assert (found.mean, found.of_maximum) == (20, 0.5)
    assert (
        statistics(replace(spect, unit="SUV"), Rectangle(0.5, -0.5, 1.5, 3.5), 0).of_maximum is None
    )


def test_a_value_is_written_with_its_unit() -> None:
    ct = image([[[-1024.0, 37.5]]], "HU")
    assert value_at(ct, (0, 0, 0)).text == "−1024 HU"
    assert value_at(ct, (0, 0, 1.2)).text == "38 HU"
