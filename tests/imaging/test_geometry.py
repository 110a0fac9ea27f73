"""Index ↔ position, and the letters at the edge of a pane."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.geometry import Grid, letters
from fusionviewer.imaging.planes import Order, reordered_grid
from fusionviewer.imaging.transform import rotation

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
OBLIQUE = AXIAL @ rotation((12, -30, 7)).T
lengths = st.floats(0.05, 50)
places = st.floats(-2000, 2000)
indices = st.floats(-100, 600)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Any orientation: an orthonormal basis from a random matrix, left-handed ones as well."""
    seed = draw(st.integers(0, 2**32 - 1))
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    spacing = np.array([draw(lengths) for _ in range(3)])
    origin = np.array([draw(places) for _ in range(3)])
    return Grid((7, 8, 9), spacing, origin, axes)


@given(grids(), st.tuples(indices, indices, indices))
def test_index_is_the_inverse_of_position(grid: Grid, index: tuple[float, float, float]) -> None:
    assert grid.index(grid.position(index)) == pytest.approx(index, abs=1e-4)


@given(grids(), st.integers(0, 2))
def test_one_index_further_is_one_spacing_further(grid: Grid, axis: int) -> None:
    step = grid.position(np.eye(3)[axis]) - grid.position((0, 0, 0))
    assert np.linalg.norm(step) == pytest.approx(grid.spacing[axis])


def test_the_position_agrees_with_the_equation_of_the_standard() -> None:
    # PS3.3 C.7.6.2.1.1: P = S + X·Δi·i + Y·Δj·j, i the column and j the row.
    grid = Grid((2, 3, 4), np.array([5, 0.5, 0.25]), np.array([-10, -20, 30]), AXIAL)
    assert grid.position((1, 2, 3)).tolist() == [-10 + 3 * 0.25, -20 + 2 * 0.5, 35]


def test_whole_arrays_of_indices_are_placed_at_once() -> None:
    grid = Grid((2, 3, 4), np.ones(3), np.zeros(3), AXIAL)
    assert grid.position(np.zeros((5, 6, 3))).shape == (5, 6, 3)


def test_the_eight_corners_are_voxel_indices() -> None:
    grid = Grid((2, 3, 4), np.ones(3), np.zeros(3), AXIAL)
    assert {tuple(c) for c in grid.corners()} == set(product((0, 1), (0, 2), (0, 3)))


@given(grids())
def test_a_grid_matches_itself_and_no_shifted_one(grid: Grid) -> None:
    assert grid.matches(grid)
    shifted = Grid(grid.shape, grid.spacing, grid.origin + np.array([0.02, 0, 0]), grid.axes)
    assert not grid.matches(shifted)
    assert grid.matches(shifted, tolerance_mm=0.03)
    assert not grid.matches(Grid((7, 8, 10), grid.spacing, grid.origin, grid.axes))


@pytest.mark.parametrize(
    ("spacing", "origin", "axes"),
    [
        ([0, 1, 1], [0, 0, 0], AXIAL),
        ([-1, 1, 1], [0, 0, 0], AXIAL),
        ([np.nan, 1, 1], [0, 0, 0], AXIAL),
        ([1, 1, np.inf], [0, 0, 0], AXIAL),
        ([1, 1, 5000], [0, 0, 0], AXIAL),
        ([1, 1], [0, 0, 0], AXIAL),
        ([1, 1, 1], [0, np.nan, 0], AXIAL),
        ([1, 1, 1], [0, 0, 0], AXIAL * 1.01),
        ([1, 1, 1], [0, 0, 0], AXIAL + np.diag([0, 0.01, 0])[[1, 0, 2]]),
        ([1, 1, 1], [0, 0, 0], np.zeros((3, 3))),
    ],
)
def test_what_is_no_grid_is_refused(spacing: list, origin: list, axes: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be"):
        Grid((1, 1, 1), np.array(spacing), np.array(origin), axes)


def test_nobody_can_move_a_grid_afterwards() -> None:
    origin = np.zeros(3)
    grid = Grid((1, 1, 1), np.ones(3), origin, AXIAL)
    origin[0] = 99
    assert grid.origin[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        grid.origin[0] = 1


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ((1, 0, 0), "L"),
        ((-1, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 1), "H"),
        ((0, 0, -1), "F"),
        ((0.9, -0.43, 0), "LA"),
        ((-0.3, 0.9, 0.3), "PRH"),
        ((0.99, 0.14, 0), "L"),
    ],
)
def test_letters_name_the_side_strongest_first(direction: tuple[float, ...], expected: str) -> None:
    assert letters(direction) == expected


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3).filter(lambda v: np.hypot(*v[:2]) > 0.3))
def test_the_opposite_direction_has_the_opposite_letters(direction: list[float]) -> None:
    unit = np.array(direction) / np.linalg.norm(direction)
    swapped = letters(unit).translate(str.maketrans("LRPAHF", "RLAPFH"))
    assert letters(-unit) == swapped


@given(st.floats(0.01, 1000), st.integers(0, 2))
def test_letters_do_not_depend_on_the_length(length: float, axis: int) -> None:
    assert letters(np.eye(3)[axis] * length) == "LPH"[axis]


@pytest.mark.parametrize("indices", [*permutations(range(3))])
@pytest.mark.parametrize("turned", [*product((False, True), repeat=3)])
def test_the_same_voxels_are_known_in_every_order(
    indices: tuple[int, int, int], turned: tuple[bool, bool, bool]
) -> None:
    grid = Grid((3, 5, 5), np.array([2.0, 1.0, 1.5]), np.array([7.0, -3.0, 2.0]), OBLIQUE)
    same = reordered_grid(grid, Order(indices, turned))
    assert same.reorders(grid) and grid.reorders(same)
    for other in (
        replace(same, origin=same.origin + np.array([0.5, 0, 0])),
        replace(same, spacing=same.spacing * 1.01),
        replace(same, shape=(5, 5, 5)),
    ):
        assert not other.reorders(grid)


def test_every_axis_order_is_a_grid() -> None:
    for order in permutations(range(3)):
        Grid((1, 1, 1), np.ones(3), np.zeros(3), np.eye(3)[list(order)])
