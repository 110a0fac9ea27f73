"""Left is left: every order and sign of the axes puts every voxel at its place in the patient."""

from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.geometry import Grid, letters
from fusionviewer.imaging.planes import order_for, reordered

ALL_AXES = [
    np.eye(3)[list(order)] * np.array(signs)[:, None]
    for order in permutations(range(3))
    for signs in product((1, -1), repeat=3)
]
SHAPE, SPACING = (3, 4, 5), (2.5, 0.75, 1.25)


def volume() -> np.ndarray:
    values = np.random.default_rng(7).permutation(np.prod(SHAPE)).astype(np.int16)
    return values.reshape(SHAPE)


def by_position(grid: Grid, values: np.ndarray) -> dict[tuple[float, ...], float]:
    index = np.argwhere(np.ones(grid.shape, bool))
    places = np.round(grid.position(index), 3) + 0.0
    return dict(zip(map(tuple, places.tolist()), values.ravel().tolist(), strict=True))


@pytest.mark.parametrize("kind", ["DICOM", "NIfTI"])
def test_every_voxel_keeps_its_place_in_all_48_axis_orders(
    tmp_path: Path,
    kind: str,
    write_series: Callable,
    write_nifti: Callable,
    make_grid_at: Callable,
) -> None:
    assert len(ALL_AXES) == 48
    for i, axes in enumerate(ALL_AXES):
        place = make_grid_at(SHAPE, SPACING, axes=axes)
        if kind == "DICOM":
            write_series(path := tmp_path / str(i), volume(), place)
        else:
            path = write_nifti(tmp_path / f"{i}.nii", volume(), place)
        (image,) = open_images(path)
        assert image.grid is not None
        assert by_position(image.grid, image.values) == by_position(place, volume())


def test_a_marker_on_the_left_is_named_left_by_the_letters(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    for i, axes in enumerate(ALL_AXES):
        place = make_grid_at(SHAPE, SPACING, axes=axes)
        marked = np.zeros(SHAPE, np.int16)
        corners = place.corners().astype(int)
        left = corners[np.argmax(place.position(corners)[:, 0])]
        marked[tuple(left)] = 1
        write_series(tmp_path / str(i), marked, place)
        (image,) = open_images(tmp_path / str(i))
        assert image.grid is not None
        found = np.argwhere(image.values == 1)[0]
        from_center = image.grid.position(found) - image.grid.position((np.array(SHAPE) - 1) / 2)
        assert "L" in letters(from_center)


# Which way the screen shows each plane: the patient from the feet, from the front, from the left.
ON_SCREEN = {
    "axial": {"right": (1, 0, 0), "down": (0, 1, 0)},
    "coronal": {"right": (1, 0, 0), "down": (0, 0, -1)},
    "sagittal": {"right": (0, 1, 0), "down": (0, 0, -1)},
}


@pytest.mark.parametrize("plane", ON_SCREEN)
def test_a_marker_is_on_the_right_side_in_every_plane_of_all_48_orders(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable, plane: str
) -> None:
    right, down = (np.array(ON_SCREEN[plane][way]) for way in ("right", "down"))
    for i, axes in enumerate(ALL_AXES):
        place = make_grid_at(SHAPE, SPACING, axes=axes)
        marked = np.zeros(SHAPE, np.int16)
        corners = place.corners().astype(int)
        chosen = corners[
            np.argmax(place.position(corners) @ (4 * right + 2 * down + [0.1, 0.2, 0.3]))
        ]
        marked[tuple(chosen)] = 1
        write_series(tmp_path / str(i), marked, place)
        (image,) = open_images(tmp_path / str(i))
        assert image.grid is not None
        turned = reordered(image, order_for(image.grid, plane))
        _, row, column = np.argwhere(np.asarray(turned.values) == 1)[0]
        assert (row, column) == (turned.shape[1] - 1, turned.shape[2] - 1)
        assert turned.grid is not None
        assert turned.grid.axes[2] @ right == pytest.approx(1)
        assert turned.grid.axes[1] @ down == pytest.approx(1)
