from dataclasses import replace

import numpy as np
import pytest
from builders import PLAIN, make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.display import shown
from fusionviewer.imaging.slab import Slab, is_quick, slab_range, slice_pixels

IMAGE = make_image((9, 4, 5), grid=make_grid((9, 4, 5), spacing=(2.0, 1.0, 1.0)))
STACK = {"mean": np.mean, "maximum": np.max, "minimum": np.min}


def test_a_slab_of_ten_mm_over_slices_of_two_mm_holds_the_centres_within_five_mm() -> None:
    assert slab_range(IMAGE, 4, Slab(10)) == range(2, 7)
    assert slab_range(IMAGE, 4, Slab(4)) == range(3, 6)  # a centre on the edge belongs to it
    assert slab_range(IMAGE, 4, Slab(3.9)) == range(4, 5)
    assert slab_range(IMAGE, 0, Slab(10)) == range(3)
    assert slab_range(IMAGE, 8, Slab(200)) == range(9)


def test_without_geometry_a_slice_stays_alone() -> None:
    assert slab_range(make_image((9, 4, 5)), 4, Slab(10)) == range(4, 5)


@pytest.mark.parametrize("kind", STACK)
@given(st.integers(0, 8), st.floats(0, 30))
def test_it_is_what_numpy_says_of_its_slices(kind, index: int, mm: float) -> None:  # type: ignore[no-untyped-def]
    covered = slab_range(IMAGE, index, Slab(mm, kind))
    expected = STACK[kind](IMAGE.values[covered.start : covered.stop], axis=0)
    assert slice_pixels(IMAGE, index, Slab(mm, kind)).values == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kind", STACK)
def test_padding_counts_only_where_there_is_nothing_else(kind) -> None:  # type: ignore[no-untyped-def]
    values = np.array([[[1, 1, -9]], [[3, -9, -9]], [[5, 5, -9]]], dtype=np.float32)
    image = replace(
        make_image(values=values, grid=make_grid((3, 1, 3), (1.0, 1, 1))), padding=values == -9
    )
    pixels = slice_pixels(image, 1, Slab(2, kind))
    expected = {"mean": [3, 3, -9], "maximum": [5, 5, -9], "minimum": [1, 1, -9]}[kind]
    assert pixels.values.tolist() == [expected]
    assert pixels.padding is not None and pixels.padding.tolist() == [[False, False, True]]


@pytest.mark.parametrize("kind", STACK)
def test_colours_are_merged_channel_by_channel(kind) -> None:  # type: ignore[no-untyped-def]
    rgb = np.random.default_rng(3).integers(0, 256, (9, 4, 5, 3), dtype=np.uint8)
    expected = STACK[kind](rgb[2:7], axis=0).astype(np.uint8)
    found = slice_pixels(replace(IMAGE, rgb=rgb), 4, Slab(10, kind)).rgb
    assert found is not None and found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)


def test_a_slab_can_be_stopped_between_its_slices() -> None:
    class Enough(Exception):
        pass

    seen = []

    def check() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise Enough

    with pytest.raises(Enough):
        slice_pixels(IMAGE, 4, Slab(16), check)


@pytest.mark.parametrize(("mm", "quick"), [(0, True), (4, True), (40, False)])
def test_slabs_of_few_voxels_are_quick(mm: float, quick: bool) -> None:
    large = np.zeros((1, 400, 400), dtype=np.float32)
    image = make_image(
        values=np.broadcast_to(large, (50, 400, 400)), grid=make_grid((50, 400, 400), (1.0, 1, 1))
    )
    assert is_quick(image, 25, Slab(mm)) == quick


def test_what_is_fused_is_the_slab_that_is_shown() -> None:
    thick = replace(PLAIN, slab=Slab(10, "maximum"))
    assert shown(IMAGE, 4, thick).grey == pytest.approx(
        IMAGE.values[2:7].max(axis=0) / 100, abs=1e-5
    )


@pytest.mark.parametrize("mm", [-1, 201, float("nan")])
def test_a_slab_that_makes_no_sense_is_a_mistake_of_the_caller(mm: float) -> None:
    with pytest.raises(ValueError, match="not a slab"):
        Slab(mm)
