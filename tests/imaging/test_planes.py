"""A marker on the patient's left, in front, near the head is there in every plane."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.geometry import Grid, letters
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import make_pair
from fusionviewer.imaging.planes import (
    PLANES,
    Order,
    image_in_plane,
    order_for,
    pair_in_plane,
    reordered,
    reordered_grid,
    stored_plane,
    tilt_degrees,
)
from fusionviewer.imaging.stored import StoredValues

ORDERS = [
    Order((p[0], p[1], p[2]), (r[0], r[1], r[2]))
    for p, r in product(permutations(range(3)), product((False, True), repeat=3))
]
SPACING = (3.0, 1.0, 0.5)
# What is up, down, left and right on the screen, and where slices go.
# Source: DICOM PS3.3 C.7.6.1.1.1 for the letters; the conventions are those of radiology.
EDGES = {"axial": "APRLH", "coronal": "HFRLP", "sagittal": "HFAPR"}


def phantom() -> Image:
    """Axial, 6 by 8 by 10 voxels; bright at the left, the front and the head."""
    values = np.zeros((6, 8, 10), dtype=np.float32)
    values[4, 1, 8] = 100
    return make_image(values=values, grid=make_grid((6, 8, 10), SPACING, (-20, 5, 7)))


def stored(order: Order) -> Image:
    """The phantom as another scanner would have stored it."""
    return reordered(phantom(), order)


def test_there_are_48_ways_to_store_a_volume() -> None:
    assert len(set(ORDERS)) == 48


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_marker_is_on_its_side_however_the_volume_was_stored(order: Order, plane: str) -> None:
    image = image_in_plane(stored(order), plane)
    grid = image.grid
    assert grid is not None
    edges = "".join(
        letters(way) for way in (-grid.axes[1], grid.axes[1], -grid.axes[2], grid.axes[2])
    )
    assert edges + letters(grid.axes[0]) == EDGES[plane]

    found = np.argwhere(image.values == 100)[0]
    assert grid.position(found) == pytest.approx((-20 + 8 * 0.5, 5 + 1, 7 + 4 * 3))
    share = (found + 0.5) / image.shape
    on_side = {  # of slices, rows and columns: in the second half where the marker's letter is
        "axial": (True, False, True),  # head, front, left
        "coronal": (False, False, True),  # front, head, left
        "sagittal": (False, False, False),  # left, head, front
    }[plane]
    assert tuple(share > 0.5) == on_side


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_way_of_storing_gives_the_same_picture_and_spacing(order: Order, plane: str) -> None:
    expected, image = image_in_plane(phantom(), plane), image_in_plane(stored(order), plane)
    assert np.array_equal(image.values, expected.values)
    assert image.grid is not None and expected.grid is not None
    assert image.grid.matches(expected.grid)
    assert image.grid.spacing == pytest.approx(expected.grid.spacing)


def test_spacing_and_size_follow_the_axes() -> None:
    coronal, sagittal = (image_in_plane(phantom(), plane) for plane in ("coronal", "sagittal"))
    assert coronal.shape == (8, 6, 10) and sagittal.shape == (10, 6, 8)
    assert coronal.grid is not None and sagittal.grid is not None
    assert tuple(coronal.grid.spacing) == (1.0, 3.0, 0.5)
    assert tuple(sagittal.grid.spacing) == (0.5, 3.0, 1.0)


@given(st.sampled_from(ORDERS), st.integers(0, 2**32 - 1), st.sampled_from(sorted(PLANES)))
def test_no_voxel_moves_in_the_patient_even_in_oblique_volumes(
    order: Order, seed: int, plane: str
) -> None:
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    grid = Grid((4, 5, 6), rng.uniform(0.5, 4, 3), rng.uniform(-99, 99, 3), axes)
    image = reordered(make_image(values=rng.normal(size=grid.shape), grid=grid), order)
    seen = image_in_plane(image, plane)
    assert seen.grid is not None and image.grid is not None
    for index in np.argwhere(np.ones(seen.shape))[::7]:
        there = np.round(image.grid.index(seen.grid.position(index))).astype(int)
        assert seen.values[tuple(index)] == image.values[tuple(there)]


@given(st.sampled_from(ORDERS), st.sampled_from(sorted(PLANES)))
def test_going_through_another_plane_changes_nothing(order: Order, plane: str) -> None:
    direct = image_in_plane(stored(order), plane)
    for other in PLANES:
        assert np.array_equal(
            image_in_plane(image_in_plane(stored(order), other), plane).values, direct.values
        )


def test_a_volume_that_is_stored_in_the_plane_is_taken_as_it_is() -> None:
    image = phantom()
    assert image_in_plane(image, "axial") is image
    assert stored_plane(make_grid()) == "axial"
    coronal = image_in_plane(image, "coronal")
    assert coronal.grid is not None and stored_plane(coronal.grid) == "coronal"


def test_padding_and_colours_come_along_and_nothing_is_copied() -> None:
    grid = make_grid((3, 4, 5))
    rgb = np.random.default_rng(0).integers(0, 255, (3, 4, 5, 3), dtype=np.uint8)
    image = replace(make_image((3, 4, 5), grid=grid), rgb=rgb, padding=rgb[..., 0] > 99)
    seen = image_in_plane(image, "coronal")
    assert seen.rgb is not None and seen.padding is not None
    assert np.array_equal(seen.rgb[2, 0], rgb[2, 2])  # row 0 is the slice nearest to the head
    assert np.array_equal(seen.padding[2, 0], image.padding[2, 2])  # type: ignore[index]
    assert np.shares_memory(seen.values, image.values)


@pytest.mark.parametrize("order", ORDERS[::5], ids=str)
def test_integers_stay_integers_and_each_keeps_the_slope_of_its_slice(order: Order) -> None:
    stored = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    slopes = np.array([1.0, 2.0, 4.0]).reshape(3, 1, 1)
    image = Image("ct", StoredValues(stored, slopes, slopes - 1), grid=make_grid((3, 4, 5)))
    seen = reordered(image, order)
    assert isinstance(seen.values, StoredValues)
    expected = reordered(replace(image, values=np.asarray(image.values)), order)
    assert np.array_equal(np.asarray(seen.values), expected.values)
    assert np.array_equal(seen.values[1], expected.values[1])


def test_keys_tell_planes_apart_and_images_apart() -> None:
    one, other = phantom(), replace(phantom(), values=np.ones((6, 8, 10), dtype=np.float32))
    keys = {image_in_plane(i, p).key for i in (one, other) for p in PLANES}
    assert len(keys) == 6
    assert image_in_plane(phantom(), "coronal").key == image_in_plane(one, "coronal").key


def test_a_pair_is_turned_once_and_keeps_its_natives_and_notes() -> None:
    grid = make_grid((4, 6, 8))
    pair = make_pair(make_image((4, 6, 8), grid=grid), make_image((4, 6, 8), seed=1, grid=grid))
    coronal = pair_in_plane(pair, "coronal")
    assert coronal is pair_in_plane(pair, "coronal")
    assert coronal.native == pair.native and coronal.notes == pair.notes
    assert coronal.shape == (6, 4, 8) and coronal.grid is not None
    assert pair_in_plane(pair, "axial") is pair


def test_the_tilt_of_an_oblique_volume_is_said_in_degrees() -> None:
    turn = np.radians(20)
    axes = np.array([[0, np.sin(turn), np.cos(turn)], [0, np.cos(turn), -np.sin(turn)], [1, 0, 0]])
    grid = replace(make_grid(), axes=axes)
    assert tilt_degrees(grid, "axial") == pytest.approx(20)
    assert tilt_degrees(make_grid(), "sagittal") == pytest.approx(0)


def test_a_plane_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="planes are axial, coronal, sagittal, not 'frontal'"):
        order_for(make_grid(), "frontal")


def test_a_grid_turned_and_turned_back_is_the_same() -> None:
    grid = make_grid((3, 4, 5), SPACING, (1, 2, 3))
    there = reordered_grid(grid, Order((2, 0, 1), (True, False, True)))
    back = reordered_grid(there, order_for(there, "axial"))
    assert back.matches(grid)
