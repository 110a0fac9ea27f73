"""An image on another grid: exact where the answer is known."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging import resample
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.overlap import overlap
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.stored import StoredValues
from fusionviewer.imaging.transform import rotation

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
SHAPE = (6, 8, 10)


def axial(shape: tuple[int, int, int] = SHAPE, spacing: float = 1.0, at: float = 0.0) -> Grid:
    return Grid(shape, np.full(3, spacing), np.full(3, at), AXIAL)


def noise(grid: Grid) -> Image:
    values = np.random.default_rng(3).normal(size=grid.shape).astype(np.float32)
    return Image("noise", values, grid=grid)


def ramp(grid: Grid, gradient: tuple[float, float, float], constant: float) -> Image:
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    values = grid.position(index) @ np.array(gradient) + constant
    return Image("ramp", values.astype(np.float32), grid=grid)


def test_on_its_own_grid_nothing_changes() -> None:
    image = noise(axial())
    again = resampled(image, axial())
    assert again.values == pytest.approx(image.values, abs=1e-6)
    assert again.padding is None


@given(st.tuples(*[st.integers(-3, 3)] * 3))
def test_a_shift_by_whole_voxels_moves_values_and_pads_the_rest(
    shift: tuple[int, int, int],
) -> None:
    image = noise(axial())
    moved = Grid(SHAPE, np.ones(3), image.grid.position(shift), AXIAL)
    again = resampled(image, moved)
    padding = np.zeros(SHAPE, bool) if again.padding is None else again.padding
    for index in np.ndindex(SHAPE):
        source = tuple(np.add(index, shift))
        inside = all(0 <= i < n for i, n in zip(source, SHAPE, strict=True))
        assert padding[index] != inside
        if inside:
            assert again.values[index] == pytest.approx(image.values[source], abs=1e-5)


@given(
    st.tuples(*[st.floats(-5, 5)] * 3),
    st.floats(-100, 100),
    st.integers(0, 2**32 - 1),
)
def test_a_linear_ramp_stays_the_same_ramp_on_any_grid(
    gradient: tuple[float, float, float], constant: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    source = axial((20, 20, 20))
    image = ramp(source, gradient, constant)
    center = source.position((9.5, 9.5, 9.5))
    target = Grid((4, 4, 4), rng.uniform(0.3, 1.5, 3), center - rng.uniform(0, 1, 3), axes)
    expected = ramp(target, gradient, constant)
    again = resampled(image, target)
    assert again.padding is None
    assert again.values == pytest.approx(expected.values, abs=1e-2)


def test_outside_is_padding_with_the_lowest_value() -> None:
    image = noise(axial())
    far = resampled(image, axial(at=1000.0))
    assert far.padding is not None
    assert far.padding.all()
    assert (far.values == image.values.min()).all()


def test_padding_does_not_bleed_into_what_was_measured() -> None:
    values = np.full(SHAPE, 100, np.float32)
    padding = np.zeros(SHAPE, bool)
    padding[..., :5] = True
    values[padding] = -2000
    image = Image("a", values, grid=axial(), padding=padding)
    finer = Grid((6, 8, 40), np.array([1, 1, 0.25]), np.zeros(3), AXIAL)
    again = resampled(image, finer)
    assert again.padding is not None
    assert again.padding[..., :17].all()
    assert not again.padding[..., 19:38].any()
    assert again.values[~again.padding] == pytest.approx(100)


def test_colours_move_with_their_values() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    image = Image("a", rgb[..., 0].astype(np.float32), grid=axial(), rgb=rgb)
    again = resampled(image, Grid(SHAPE, np.ones(3), np.array([1.0, 0, 0]), AXIAL))
    assert again.rgb is not None
    assert (again.rgb[:, :, :-1] == rgb[:, :, 1:]).all()
    assert (again.rgb[:, :, -1] == 0).all()


def test_a_single_slice_fills_its_thickness_and_no_more() -> None:
    image = Image("a", np.full((1, 8, 8), 5, np.float32), grid=axial((1, 8, 8), spacing=2.0))
    stack = Grid((9, 8, 8), np.array([0.5, 2, 2]), np.array([0, 0, -2.0]), AXIAL)
    again = resampled(image, stack)
    assert again.padding is not None
    inside = ~again.padding[:, 4, 4]
    assert np.flatnonzero(inside).tolist() == [2, 3, 4, 5, 6]  # within 1 mm of its middle
    assert (again.values[inside] == 5).all()


def test_it_says_that_it_was_resampled_and_keeps_the_rest() -> None:
    image = replace(noise(axial()), modality="CT", unit="HU", notes=("Lossy compressed.",))
    again = resampled(image, axial(spacing=2.0))
    assert again.notes == ("Lossy compressed.", "Resampled.")
    assert (again.modality, again.unit) == ("CT", "HU")


@pytest.mark.parametrize("degrees", [0, 30])
def test_of_a_large_image_only_a_part_is_copied_at_once(
    degrees: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resample, "AT_ONCE", 2**17)
    one, slopes = np.ones((1, 1, 1)), np.linspace(1, 2, 96)[:, None, None]
    padding = np.zeros((96, 128, 128), bool)
    padding[:, :40] = True
    image = Image(
        "ct",
        StoredValues(np.ones(padding.shape, np.int16), slopes, one),
        grid=axial(padding.shape),
        padding=padding,
    )
    turned = AXIAL @ rotation((degrees, 0, 0)).T
    target = Grid((24, 32, 32), np.full(3, 4.0), np.zeros(3), turned)
    assert image.lowest == 0
    asked: list[int] = []
    monkeypatch.setattr(resample, "require_memory", lambda _name, size: asked.append(size))
    tracemalloc.start()
    again = resampled(image, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < asked[0] < 3 * 2**20 < image.values.size * 4
    monkeypatch.undo()
    whole = resampled(image, target)
    np.testing.assert_allclose(again.values, whole.values, atol=1e-4)
    assert again.padding is not None and whole.padding is not None
    assert (again.padding == whole.padding).all()


def test_what_is_not_a_number_within_the_padding_stays_there() -> None:
    values = np.full(SHAPE, 100, np.float32)
    padding = np.zeros(SHAPE, bool)
    padding[..., :5] = True
    values[padding] = np.nan
    again = resampled(Image("a", values, grid=axial(), padding=padding), axial(at=0.2))
    assert again.padding is not None
    assert again.values[~again.padding] == pytest.approx(100)


def test_an_image_without_a_grid_cannot_be_resampled() -> None:
    with pytest.raises(ValueError, match="no geometry"):
        resampled(Image("a", np.zeros(SHAPE, np.float32)), axial())


def test_overlap_is_the_share_of_the_first_box() -> None:
    assert overlap(axial(), axial()) == 1
    assert overlap(axial(), axial(at=500.0)) == 0
    half = Grid(SHAPE, np.ones(3), np.array([5.0, 0, 0]), AXIAL)
    assert overlap(axial(), half) == pytest.approx(0.5, abs=0.03)
    small = Grid((3, 8, 10), np.ones(3), np.zeros(3), AXIAL)
    assert overlap(small, axial()) == 1
    assert overlap(axial(), small) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("turned", [0.0, 30.0, 45.0])
def test_overlap_misses_no_thin_slab_wherever_it_lies(turned: float) -> None:
    """Of 500 mm, 3 mm across the whole: 0.6 %, and √2 times that where it crosses at 45°."""
    cube = Grid((50, 50, 50), np.full(3, 10.0), np.full(3, -245.0), AXIAL)
    turn = rotation((turned, 0, 0))
    for along in np.arange(-100, 100, 7.3):
        origin = turn @ np.array([-999.0, -999, along])
        slab = Grid((1, 1000, 1000), np.array([3.0, 2, 2]), origin, AXIAL @ turn.T)
        area = 500 * 500 / np.cos(np.radians(turned))  # of the cut, near the middle
        if abs(along) < 5:
            assert overlap(cube, slab) == pytest.approx(3 * area / 500**3, rel=0.05)
        assert overlap(cube, slab) > 0
        assert overlap(slab, cube) > 0


def test_overlap_of_two_thin_slabs_that_cross() -> None:
    axial_slab = Grid((1, 100, 100), np.array([3.0, 5, 5]), np.array([-247.5, -247.5, 0]), AXIAL)
    turn = rotation((45, 0, 0))
    oblique = Grid((1, 100, 100), axial_slab.spacing, turn @ (-247.5, -247.5, 3.1), AXIAL @ turn.T)
    for one, other in ((axial_slab, oblique), (oblique, axial_slab)):
        assert overlap(one, other) == pytest.approx(3 * np.sqrt(2) / 500, rel=0.05)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    beside = Grid(SHAPE, np.ones(3), np.array([10.0, 0, 0]), AXIAL)
    assert overlap(axial(), beside) == overlap(beside, axial()) == 0
