"""An oblique volume in the patient's planes: everything where it is, and said to be resampled."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fusionviewer.imaging import upright
from fusionviewer.imaging.geometry import Grid, letters
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import PLANES, Order, PlaneName, reordered
from fusionviewer.imaging.slab import Slab, slab_range, slice_pixels
from fusionviewer.imaging.stored import StoredValues
from fusionviewer.imaging.transform import rotation
from fusionviewer.imaging.upright import (
    UPRIGHT,
    in_memory,
    is_oblique,
    kept_bytes,
    resliced,
    tilt_of,
    upright_grid,
)

EDGES = {"axial": "APRLH", "coronal": "HFRLP", "sagittal": "HFAPR"}
SLOPE = np.array([0.7, -1.3, 2.1])  # of a field that linear interpolation gives back exactly
turns = st.tuples(*[st.floats(-45, 45)] * 3)
names = st.sampled_from(sorted(PLANES))


def tilted(turn: object, shape: tuple[int, int, int] = (9, 12, 14)) -> Grid:
    """An axial volume, turned about its corner."""
    straight = make_grid(shape, (3.0, 1.0, 1.5), (-20, 5, 7))
    return replace(straight, axes=straight.axes @ rotation(turn).T)  # type: ignore[arg-type]


def field_on(grid: Grid) -> Image:
    """Its values are a linear function of the place in the patient."""
    places = grid.position(np.moveaxis(np.indices(grid.shape), 0, -1))
    return make_image(values=(places @ SLOPE).astype(np.float32), grid=grid, name="field")


def seen(image: Image, plane: PlaneName) -> Image:
    assert image.grid is not None
    return resliced(image, image.grid, upright_grid(image.grid, plane))


@given(turns, names)
def test_every_value_is_that_of_its_place_in_the_patient(turn: object, plane: PlaneName) -> None:
    grid = tilted(turn)
    image = seen(field_on(grid), plane)
    assert image.grid is not None and image.padding is not None
    places = image.grid.position(np.moveaxis(np.indices(image.shape), 0, -1))
    index = grid.index(places)
    deep = ((index >= 0) & (index <= np.array(grid.shape) - 1)).all(axis=-1)
    assert deep.any()
    np.testing.assert_allclose(np.asarray(image.values)[deep], (places @ SLOPE)[deep], atol=1e-3)
    outside = ((index < -0.51) | (index > np.array(grid.shape) - 0.49)).any(axis=-1)
    assert np.asarray(image.padding)[outside].all()
    assert not np.asarray(image.padding)[deep].any()


@given(turns, names, st.tuples(st.integers(2, 6), st.integers(3, 8), st.integers(3, 10)))
def test_a_marker_is_at_its_place_with_the_letters_of_the_plane(
    turn: object, plane: PlaneName, at: tuple[int, int, int]
) -> None:
    grid = tilted(turn)
    values = np.zeros(grid.shape, dtype=np.float32)
    values[at] = 100
    image = seen(make_image(values=values, grid=grid), plane)
    place = image.grid
    assert place is not None
    edges = (-place.axes[1], place.axes[1], -place.axes[2], place.axes[2], place.axes[0])
    assert "".join(letters(way) for way in edges) == EDGES[plane]
    shown = np.asarray(image.values)
    middle = np.average(np.argwhere(shown > 0), axis=0, weights=shown[shown > 0])
    apart = np.abs(place.position(middle) - grid.position(at))
    assert (apart <= 0.51 * float(grid.spacing.max())).all()


@given(turns, names)
def test_the_whole_volume_is_in_it_and_spacing_is_that_of_the_nearest_axes(
    turn: object, plane: PlaneName
) -> None:
    grid = tilted(turn)
    target = upright_grid(grid, plane)
    assert sorted(target.spacing) == sorted(grid.spacing)
    inside = target.index(grid.position(grid.corners()))
    assert (inside >= -0.5).all() and (inside <= np.array(target.shape) - 0.5).all()


@pytest.mark.parametrize(("turn", "told"), [((0, 0, 0), 0.0), ((0, 0, 12), 12.0), ((7, 0, 0), 7.0)])
def test_the_tilt_is_that_of_the_axis_that_is_furthest(turn: object, told: float) -> None:
    assert tilt_of(tilted(turn)) == pytest.approx(told)
    assert is_oblique(tilted(turn)) == (told > 1)


def test_any_storage_order_of_an_upright_volume_is_not_oblique() -> None:
    image = reordered(field_on(tilted((0, 0, 0))), Order((2, 0, 1), (True, False, True)))
    assert image.grid is not None and not is_oblique(image.grid)


def test_what_was_not_measured_does_not_leak_into_its_neighbours() -> None:
    grid = tilted((10, -8, 5))
    image = field_on(grid)
    padding = np.zeros(grid.shape, dtype=bool)
    padding[:, :, 9:] = True
    damaged = replace(
        image, values=np.where(padding, np.float32(-3000), image.values), padding=padding
    )
    slices = seen(damaged, "axial")
    assert slices.padding is not None and slices.grid is not None
    kept = ~np.asarray(slices.padding)
    places = slices.grid.position(np.argwhere(kept))
    index = grid.index(places)
    deep = ((index >= 0) & (index <= [8, 11, 8])).all(axis=1)
    np.testing.assert_allclose(
        np.asarray(slices.values)[kept][deep], (places @ SLOPE)[deep], atol=1e-3
    )


def test_stored_integers_with_a_slope_per_slice_and_colours_come_along() -> None:
    grid = tilted((0, 15, 0))
    rng = np.random.default_rng(4)
    stored = rng.integers(0, 1000, grid.shape, dtype=np.int16)
    slopes = rng.uniform(0.5, 2, (grid.shape[0], 1, 1))
    lean = Image("pet", StoredValues(stored, slopes, slopes - 1), "PT", grid=grid)
    full = replace(lean, values=np.asarray(lean.values))
    np.testing.assert_allclose(
        np.asarray(seen(lean, "coronal").values),
        np.asarray(seen(full, "coronal").values),
        rtol=1e-6,
    )
    rgb = np.full((*grid.shape, 3), (10, 200, 30), dtype=np.uint8)
    coloured = seen(replace(full, rgb=rgb), "axial")
    assert coloured.rgb is not None and coloured.padding is not None
    middle = coloured.shape[0] // 2
    inside = ~np.asarray(coloured.padding[middle])
    assert (coloured.rgb[middle][inside] == (10, 200, 30)).all()
    assert (coloured.rgb[middle][~inside] == 0).all()


def test_it_is_said_it_is_one_object_and_has_a_key_of_its_own() -> None:
    image = field_on(tilted((12, 0, 0)))
    keys = {seen(image, plane).key for plane in PLANES} | {image.key}
    assert len(keys) == 4
    assert seen(image, "axial") is seen(image, "axial")
    assert seen(image, "axial").notes[-1] == UPRIGHT
    assert seen(image, "axial").source.instance_uids == ()


def test_nothing_is_computed_but_what_is_looked_at() -> None:
    image = seen(field_on(tilted((12, 5, 0), (300, 300, 300))), "axial")
    assert image.values[150].shape == image.shape[1:]
    np.testing.assert_array_equal(image.values[149:152][1], image.values[150])
    assert image.values[150, 20, 30] == image.values[150][20, 30]
    assert image.values[-1].shape == image.shape[1:]
    with pytest.raises(IndexError):
        image.values[image.shape[0]]


class Watched(StoredValues):
    """Knows how often a box of it, or all of it, was asked for."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.boxes = self.wholes = 0

    def part(self, within: tuple[slice, ...]) -> StoredValues:
        self.boxes += 1
        return super().part(within)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        self.wholes += 1
        return super().__iter__()


@pytest.fixture
def pet() -> Image:
    """In colour, tilted, and stored with a slope per slice."""
    grid = tilted((9, 15, 0), (40, 30, 30))
    stored = np.random.default_rng(4).integers(0, 1000, grid.shape, dtype=np.int16)
    slopes = np.linspace(0.5, 2, grid.shape[0])[:, None, None]
    rgb = np.zeros((*grid.shape, 3), dtype=np.uint8)
    return Image("pet", Watched(stored, slopes, slopes - 1), "PT", grid=grid, rgb=rgb)


def test_each_slice_of_a_slab_is_made_once_for_values_padding_and_colours(pet: Image) -> None:
    image = seen(pet, "axial")
    slab = Slab(60.0, "maximum")
    covered = len(slab_range(image, 20, slab))
    assert covered > 10
    slice_pixels(image, 20, slab)
    assert pet.values.boxes == covered
    slice_pixels(image, 21, slab)
    assert pet.values.boxes == covered + 1
    made = in_memory(image)
    assert pet.values.boxes == image.shape[0]
    for name in ("values", "padding", "rgb"):
        np.testing.assert_array_equal(getattr(made, name), np.asarray(getattr(image, name)))
    assert in_memory(made) is made


def test_all_volumes_together_keep_no_more_than_they_may(
    monkeypatch: pytest.MonkeyPatch, pet: Image
) -> None:
    images = [seen(pet, plane) for plane in PLANES]
    limit = kept_bytes() + 20 * 30 * 30 * 8
    monkeypatch.setattr(upright, "KEPT_BYTES", limit)
    for image in images:
        for s in range(image.shape[0]):
            assert not image.values[s].flags.writeable
            assert kept_bytes() <= limit
    made = pet.values.boxes
    assert images[2].values[-1].shape == images[2].padding[-1].shape
    assert pet.values.boxes == made  # those that were looked at last are there
    images[0].values[0]
    assert pet.values.boxes == made + 1


def test_slices_are_forgotten_with_their_image(pet: Image) -> None:
    before = kept_bytes()
    native = replace(pet)
    image = seen(native, "axial")
    _ = image.values[3]
    assert kept_bytes() > before
    del image, native
    gc.collect()
    assert kept_bytes() <= before


def test_the_lowest_value_is_looked_for_once_and_not_by_the_window(pet: Image) -> None:
    _ = pet.lowest  # as the worker does that opens it
    looked = pet.values.wholes
    for plane in PLANES:
        image = seen(pet, plane)
        for s in (0, image.shape[0] // 2, image.shape[0] - 1):
            _ = image.values[s]
    assert pet.values.wholes == looked
