"""Integers that read as float32 give what the float32 array would have given."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import PLANES, order_for, reordered
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.stored import StoredValues

SHAPE = (4, 5, 6)


def stored(kind: str, slope: float | None = None, intercept: float = -1024) -> StoredValues:
    """Random integers; without `slope`, one of its own for each slice."""
    random = np.random.default_rng(3)
    info = np.iinfo(kind)
    pixels = random.integers(info.min, info.max, SHAPE, dtype=kind, endpoint=True)
    own = random.uniform(0.1, 3, (len(pixels), 1, 1))
    slopes = own if slope is None else np.full_like(own, slope)
    return StoredValues(pixels, slopes, np.full_like(own, intercept))


def plain(values: StoredValues) -> NDArray[np.float32]:
    return (values.stored * values.slope + values.intercept).astype(np.float32)


ALL = [stored("int16", 1), stored("uint16", 1, 0.5), stored("uint8"), stored("int16")]

indices = st.one_of(
    st.integers(-4, 3),
    st.tuples(st.integers(0, 3), st.slices(5), st.integers(0, 5)),
    st.tuples(st.slices(4), st.slices(5), st.slices(6)),
    st.tuples(st.just(Ellipsis), st.integers(0, 5)),
    st.just((np.array([0, 3]), np.array([1, 1]), np.array([5, 0]))),
    st.just(np.arange(120).reshape(SHAPE) % 7 == 0),
)


@given(st.sampled_from(ALL), indices)
def test_any_index_gives_what_the_array_would_give(values: StoredValues, index: Any) -> None:
    assert np.array_equal(values[index], plain(values)[index])
    assert np.asarray(values[index]).dtype == np.float32


@pytest.mark.parametrize("values", ALL)
def test_the_whole_reads_as_a_float32_array(values: StoredValues) -> None:
    expected = plain(values)
    assert (values.shape, values.ndim, values.size, values.dtype) == (SHAPE, 3, 120, np.float32)
    assert np.array_equal(np.asarray(values), expected)
    assert np.array_equal(values + 1, expected + 1)
    assert np.array_equal(np.isfinite(values), np.ones(SHAPE, bool))
    assert (values.min(), values.max()) == (expected.min(), expected.max())
    assert np.array_equal(np.stack(list(values)), expected)
    assert (values == expected).all()


@pytest.mark.parametrize("values", ALL)
def test_voxels_are_found_by_their_number(values: StoredValues) -> None:
    places = np.array([0, 119, 61, 7])
    assert np.array_equal(values.ravel()[places], plain(values).ravel()[places])
    assert np.array_equal(values.ravel()[::7], plain(values).ravel()[::7])
    turned = values.transpose(2, 0, 1)
    assert np.array_equal(turned.ravel()[places], plain(values).transpose(2, 0, 1).ravel()[places])


@pytest.mark.parametrize("values", ALL)
def test_turning_and_flipping_copy_nothing(values: StoredValues) -> None:
    turned = values.transpose(1, 2, 0).flipped(0, 2)
    assert np.shares_memory(turned.stored, values.stored)
    assert np.array_equal(np.asarray(turned), plain(values).transpose(1, 2, 0)[::-1, :, ::-1])


@pytest.mark.parametrize("values", ALL)
def test_an_image_of_them_resamples_and_turns_like_one_of_float32(values: StoredValues) -> None:
    axes = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=float)
    grid = Grid(SHAPE, np.array([2.0, 1, 1]), np.zeros(3), axes)
    finer = Grid((8, 5, 6), np.array([1.0, 1, 1]), np.zeros(3), axes)
    lean, full = (Image("one", form, grid=grid) for form in (values, plain(values)))
    assert np.array_equal(resampled(lean, finer).values, resampled(full, finer).values)
    for plane in PLANES:
        order = order_for(grid, plane)
        assert np.array_equal(reordered(lean, order).values, reordered(full, order).values)


def test_other_values_have_another_key_and_the_pixels_stay_as_they_are() -> None:
    one = Image("one", stored("int16", 1))
    assert one.key == Image("again", stored("int16", 1)).key
    assert one.key != Image("other", stored("int16", 2)).key
    assert isinstance(one.values, StoredValues)
    with pytest.raises(ValueError, match="read-only"):
        one.values.stored[0] = 0


@pytest.mark.parametrize("kind", ["int32", "float32", "uint64"])
def test_only_small_integers_are_kept(kind: str) -> None:
    with pytest.raises(ValueError, match="small integers"):
        StoredValues(np.zeros(SHAPE, kind), np.ones((4, 1, 1)), np.zeros((4, 1, 1)))
