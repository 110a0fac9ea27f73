import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import label

from fusionviewer.errors import Cancelled
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.phantom import CONTRASTS, LESION, TISSUES, axial_grid, head, scanned

GRID = axial_grid(160, 1.5, 5, 15.0, -29.0)  # z = −29, −14, 1, 16, 31
LEVEL = {"orbits": 0, "midbrain": 1, "ganglia": 2, "ventricles": 3, "lesion": 4}


@pytest.fixture(scope="module")
def clean() -> dict[str, NDArray[np.float32]]:
    return dict(zip(CONTRASTS, head(GRID), strict=True))


def at(volume: NDArray[np.float32], x: float, y: float, z: float) -> float:
    """The value of the voxel nearest to a place."""
    s, r, c = np.round(GRID.index([x, y, z])).astype(int)
    return float(volume[s, r, c])


def around(volume: NDArray[np.float32], x: float, y: float, z: float, mm: float = 9) -> np.ndarray:
    s, r, c = np.round(GRID.index([x, y, z])).astype(int)
    n = round(mm / 1.5)
    return volume[s, r - n : r + n + 1, c - n : c + n + 1]


def test_air_is_minus_1000_and_nothing_to_the_others(clean: dict) -> None:
    for contrast, value in zip(CONTRASTS, TISSUES["air"], strict=True):
        assert (clean[contrast][:, :4, :4] == value).all()


def test_bone_is_between_700_and_1500_hounsfield(clean: dict) -> None:
    bone = clean["CT"][clean["CT"] > 600]
    assert 700 < np.median(bone) < 1500
    assert clean["CT"].max() <= 1500


@pytest.mark.parametrize("level", ["ganglia", "ventricles", "lesion"])
def test_the_skull_is_a_closed_ring_around_the_brain(clean: dict, level: str) -> None:
    """A flood from the middle that bone stops does not reach the edge of the picture."""
    open_space, _ = label(clean["CT"][LEVEL[level]] < 500)
    assert open_space[80, 60] != open_space[0, 0]
    inside = open_space == open_space[80, 60]
    assert 8_000 < inside.sum() * 1.5**2 < 22_000  # mm², a brain


def test_the_skull_has_two_tables_with_marrow_between(clean: dict) -> None:
    row = clean["CT"][LEVEL["ganglia"]][:, 80]  # along the midline, from front to back
    behind = row[130:]
    compact = behind > 1100
    assert np.count_nonzero(np.diff(compact.astype(int)) == 1) == 2


@pytest.mark.parametrize("side", [-1, 1])
def test_ventricles_hold_csf_on_both_sides(clean: dict, side: int) -> None:
    assert 0 <= at(clean["CT"], side * 8, -20, 16) <= 15
    assert at(clean["T2"], side * 8, -20, 16) > 2 * at(clean["T2"], side * 30, -28, 16)


def test_grey_matter_takes_up_four_times_what_white_does() -> None:
    pet = CONTRASTS.index("PET")
    assert TISSUES["grey"][pet] / TISSUES["white"][pet] == pytest.approx(4, rel=0.1)


def test_white_matter_is_brighter_in_t1_and_darker_in_t2_and_ct(clean: dict) -> None:
    white = (28, -34, 16)
    nucleus = (27, -4, 1)
    assert at(clean["T1"], *white) > at(clean["T1"], *nucleus) + 80
    assert at(clean["T2"], *white) < at(clean["T2"], *nucleus) - 50
    assert at(clean["CT"], *white) < at(clean["CT"], *nucleus) - 5


class TestTheLesion:
    def test_lies_on_the_left_of_the_patient(self) -> None:
        assert LESION[0] > 20

    def test_has_calcium_that_the_right_side_has_not(self, clean: dict) -> None:
        x, y, z = LESION
        assert around(clean["CT"], x + 9, y - 6, z).max() > 150
        assert around(clean["CT"], -x - 9, y - 6, z).max() < 60

    def test_is_dark_in_ct_and_bright_in_t2_around_it(self, clean: dict) -> None:
        x, y, z = LESION
        oedema, healthy = (x - 17, y, z), (-x + 17, y, z)
        assert at(clean["CT"], *oedema) < at(clean["CT"], *healthy) - 5
        assert at(clean["T2"], *oedema) > at(clean["T2"], *healthy) + 150

    def test_is_hot_in_pet_with_a_cold_middle(self, clean: dict) -> None:
        x, y, z = LESION
        assert around(clean["PET"], x, y, z, 15).max() > 10
        assert around(clean["PET"], x, y, z, 5).min() < 1.5
        assert around(clean["PET"], -x, y, z, 15).max() < 9


def test_the_cortex_is_folded(clean: dict) -> None:
    """Along a circle within the brain, grey, white and CSF take turns many times."""
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    rows = np.round(79.5 + 47 * np.sin(angles)).astype(int)
    columns = np.round(79.5 + 36 * np.cos(angles)).astype(int)
    ring = clean["T1"][LEVEL["lesion"]][rows, columns]
    assert np.count_nonzero(np.diff((ring < 330).astype(int)) == 1) > 12


def test_one_place_looks_the_same_on_every_grid() -> None:
    axes = np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])
    corner = np.array([-76.0, -76, 0])
    axial = head(Grid((2, 20, 20), np.array([20.0, 8, 8]), corner, axes), ("CT",))[0]
    sagittal = head(Grid((20, 20, 2), np.array([8.0, 8, 20]), corner, axes[::-1]), ("CT",))[0]
    np.testing.assert_allclose(axial, sagittal.transpose(2, 1, 0), atol=0.5)


def test_the_same_seed_gives_the_same_head_and_another_seed_another() -> None:
    grid = axial_grid(48, 5.0, 1, 3.0, 31.0)
    first, again, other = (head(grid, ("T1",), seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.05


def test_it_stops_when_told_to() -> None:
    done: list[int] = []

    def stop_at_two() -> None:
        if len(done) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        head(GRID, ("CT",), check=stop_at_two, progress=lambda i, n: done.append(i))
    assert done == [1, 2]


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_a_scanner_adds_noise_and_keeps_the_level(clean: dict, contrast: str) -> None:
    seen = scanned(clean[contrast], contrast, GRID, np.random.default_rng(0))
    brain = np.s_[LEVEL["ventricles"], 60:100, 50:70]
    assert seen[brain].mean() == pytest.approx(clean[contrast][brain].mean(), rel=0.12)
    assert seen.dtype == np.float32
    assert not np.array_equal(seen, clean[contrast])
    assert seen.min() >= (-1024 if contrast == "CT" else 0)
