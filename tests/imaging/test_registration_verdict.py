"""What is wrong is doubted: bent anatomy, bodies without a hold, other patients, what is cut off."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.registration import register
from fusionviewer.imaging.registration_levels import Level
from fusionviewer.imaging.registration_refine import refined
from fusionviewer.imaging.registration_verdict import Doubts, doubts
from fusionviewer.imaging.transform import IDENTITY, from_parts, rotation

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
GRID = Grid((32, 36, 36), np.full(3, 4.0), np.array([-70.0, -70, -62]), AXIAL)
OTHER = Grid(
    (30, 30, 30), np.full(3, 4.5), np.array([-68.0, -62, -58]), AXIAL @ rotation((4, 9, 5))
)


def body(grid: Grid, texture: float, seed: int = 3) -> NDArray[np.float32]:
    """A ball of 50 mm, round, or with `texture` uneven within; the same on every grid."""
    random = np.random.default_rng(seed)
    waves = random.normal(size=(24, 3)) * (2 * np.pi / 60)
    shifts = random.uniform(0, 2 * np.pi, 24)
    places = grid.position(np.moveaxis(np.indices(grid.shape), 0, -1))
    uneven = np.cos(places @ waves.T + shifts).sum(axis=-1) / np.sqrt(12)
    inside = expit((50 - np.linalg.norm(places, axis=-1)) / 1.5)
    noise = np.random.default_rng(grid.shape[0]).normal(0, 0.01, grid.shape)
    return np.clip(inside * (0.6 + texture * uneven) + noise, 0, 1).astype(np.float32)


def verdict(fixed: Level, moving: Level) -> Doubts:
    end = refined(fixed, moving, IDENTITY, step_mm=2.0)
    assert end is not None
    return doubts(fixed, moving, [end], lambda: None, 2, 7)


def level(grid: Grid, values: NDArray[np.float32]) -> Level:
    return Level(values, np.ones(grid.shape, np.bool_), grid)


def test_an_uneven_body_is_sure_of_its_place() -> None:
    other = level(OTHER, body(OTHER, 0.15) ** 2)
    assert verdict(level(GRID, body(GRID, 0.15)), other) == ()


def test_a_round_body_without_a_mark_may_be_turned_any_way() -> None:
    reasons = " ".join(verdict(level(GRID, body(GRID, 0.0)), level(OTHER, body(OTHER, 0.0))))
    assert "ends up to" in reasons


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_body_that_was_bent_is_not_called_registered(axis: int) -> None:
    """One half lies 24 mm beside where it was."""
    one, bent = body(GRID, 0.15), body(OTHER, 0.15)
    far = tuple(slice(OTHER.shape[i] // 2, None) if i == axis else slice(None) for i in range(3))
    bent[far] = np.roll(bent, 6, axis=(axis + 1) % 3)[far]
    reasons = verdict(level(GRID, one), level(OTHER, bent))
    assert any(reason.startswith("A half of the image on its own") for reason in reasons)


def test_another_body_is_not_called_registered() -> None:
    assert verdict(level(GRID, body(GRID, 0.15)), level(OTHER, body(OTHER, 0.15, seed=11)))


@pytest.mark.parametrize(("shift", "turn"), [((12, 0, 0), (0, 0, 0)), ((0, 0, 0), (0, 20, 0))])
def test_a_registration_that_is_wrong_on_purpose_is_doubted(shift, turn) -> None:
    one, other = level(GRID, body(GRID, 0.15)), level(OTHER, body(OTHER, 0.15) ** 2)
    wrong = from_parts(rotation(turn), np.zeros(3), shift)
    assert doubts(one, other, [wrong], lambda: None, 2, 7)


def test_an_alignment_that_is_nearly_as_good_far_away_is_a_doubt() -> None:
    one, other = level(GRID, body(GRID, 0.0)), level(OTHER, body(OTHER, 0.0))
    turned = from_parts(rotation((0, 0, 9)), np.zeros(3), np.zeros(3))
    reasons = doubts(one, other, [IDENTITY, turned], lambda: None, 1, 7)
    assert any(reason.startswith("Another alignment") for reason in reasons)


@pytest.mark.slow
def test_a_liver_is_not_registered_to_a_thigh(data: Path) -> None:
    liver = open_images(data / "dicom" / "ct_liver")[0]
    thigh = open_images(data / "dicom" / "sts_ct_pet_mr" / "STS_002" / "PET")[0]
    assert len(register(liver, thigh).doubts) >= 2
