"""Blank beyond the ends of a scan is no air."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration_levels import prepared
from fusionviewer.imaging.unmeasured import with_its_ends

SHAPE = (20, 48, 56)
GRID = Grid(SHAPE, np.array([3.0, 1, 1]), np.zeros(3), np.eye(3)[::-1])
S, H, W = np.indices(SHAPE)


def mr(values: np.ndarray) -> Image:
    return Image("mr", values.astype(np.float32), "MR", grid=GRID)


def limb() -> np.ndarray:
    """A round limb in noisy air, some of whose voxels are 0."""
    random = np.random.default_rng(5)
    air = np.rint(np.abs(random.normal(0, 3, SHAPE)))
    return np.where((H - 24) ** 2 + (W - 28) ** 2 < 18**2, 300.0, air)


@pytest.mark.parametrize(
    "beyond",
    [
        S >= 17,
        S * 3 + 0.2 * H + 0.1 * W > 52,  # slices of its own, tilted
        H + 0.8 * W > 70,  # turned in its own plane
        (S < 2) | (S * 3 - 0.1 * W > 48),
    ],
)
def test_what_a_plane_cuts_off_was_not_measured(beyond: np.ndarray) -> None:
    found = with_its_ends(mr(np.where(beyond, 0.0, limb()))).padding
    assert found is not None
    assert (found & ~beyond).mean() < 0.002  # a speck of noise that touches it
    assert (found & beyond).sum() > 0.95 * beyond.sum()


def test_air_is_measured_even_where_it_is_blank() -> None:
    assert with_its_ends(mr(limb())).padding is None
    assert with_its_ends(mr(np.where(limb() > 100, 300.0, 0.0))).padding is None


def test_a_brain_without_its_skull_keeps_its_outline() -> None:
    ball = (S * 3 - 30) ** 2 + (H - 24) ** 2 + (W - 28) ** 2 < 20**2
    assert with_its_ends(mr(np.where(ball, limb(), 0.0))).padding is None


def test_padding_that_the_file_names_stays() -> None:
    named = replace(mr(np.where(S >= 17, 0.0, limb())), padding=S < 1)
    np.testing.assert_array_equal(with_its_ends(named).padding, (S < 1) | (S >= 17))


def test_an_mr_that_is_nothing_but_blank_stays_as_it_is() -> None:
    assert with_its_ends(mr(np.zeros(SHAPE))).padding is None


def test_registrations_do_not_look_beyond_the_ends() -> None:
    assert not prepared(mr(np.where(S >= 17, 0.0, limb()))).inside[17:].any()
    assert prepared(replace(mr(limb()), modality="CT", unit="HU")).inside.all()


def test_the_mr_of_a_limb_ends_where_its_slices_ended(data: Path) -> None:
    (image,) = open_images(data / "dicom" / "sts_ct_pet_mr" / "STS_025" / "MR_T1")
    found = with_its_ends(image).padding
    assert found is not None
    assert found[23:].all()
    assert not found[:22].any()
    assert 0.4 < found[22].mean() < 0.7
