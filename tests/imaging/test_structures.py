"""Edges made up and edges lost: those planted are found, and nothing else is."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from fusionviewer.imaging.phantom import CONTRASTS, axial_grid, head, scanned
from fusionviewer.imaging.structures import (
    MADE_UP,
    SLOPE_OF_A_STEP,
    SMOOTHING,
    Support,
    check_structures,
    steepness,
)
from fusionviewer.imaging.windowing import Window, windowed

Plane = NDArray[np.float32]
DISC = (40, 84)  # row, column of what is planted


def disc(row: int, col: int, radius: float, size: int = 128) -> NDArray[np.bool_]:
    rows, cols = np.mgrid[:size, :size]
    return np.asarray((rows - row) ** 2 + (cols - col) ** 2 <= radius**2)


def tissue(seed: int) -> Plane:
    """A round head with a ventricle and some noise."""
    noise = np.random.default_rng(seed).normal(0, 0.01, (128, 128))
    values = 0.5 * disc(64, 64, 50) - 0.25 * disc(64, 64, 12) + noise
    return np.clip(values, 0, 1).astype(np.float32)


def test_a_step_is_as_steep_as_it_is_high() -> None:
    step = np.zeros((20, 20), dtype=np.float32)
    step[:, 10:] = 0.6
    assert steepness(step)[10].max() == pytest.approx(0.6 * np.exp(-0.125), rel=0.05)  # ½ px off


def test_a_slope_is_that_of_the_image_smoothed_by_a_gaussian() -> None:
    image = np.random.default_rng(3).random((31, 40), dtype=np.float32)
    down, across = (
        gaussian_filter(image, SMOOTHING, order, mode="nearest", truncate=3.0)
        for order in ((1, 0), (0, 1))
    )
    np.testing.assert_allclose(
        steepness(image), np.hypot(down, across) / SLOPE_OF_A_STEP, atol=1e-6
    )


def test_looked_up_again_and_again_the_same_edges_are_unsupported() -> None:
    a, b = tissue(1), tissue(2)
    sources = Support(a, b)
    for row in (40, 64, 0):
        fused = (a + b) / 2
        fused[disc(row, 84, 6)] += np.float32(0.3)
        expected = check_structures(a, b, fused).unsupported
        np.testing.assert_array_equal(sources.lacks(fused), expected)


@pytest.mark.parametrize("height", [0.15, 0.3, -0.3])
def test_a_lesion_that_no_source_has_is_found_where_it_is(height: float) -> None:
    a, b = tissue(1), tissue(2)
    fused = (a + b) / 2
    fused[disc(*DISC, 6)] += np.float32(height)

    found = check_structures(a, b, fused)

    assert (found.unsupported_count, found.lost_count) == (1, 0)
    rows, cols = np.nonzero(found.unsupported)
    assert np.hypot(rows - DISC[0], cols - DISC[1]).max() < 9
    assert abs(rows.mean() - DISC[0]) < 1 and abs(cols.mean() - DISC[1]) < 1


def test_three_lesions_are_three() -> None:
    a, b = tissue(1), tissue(2)
    fused = (a + b) / 2
    for place in ((40, 84), (88, 40), (90, 80)):
        fused[disc(*place, 4)] += np.float32(0.3)

    assert check_structures(a, b, fused).unsupported_count == 3


def test_a_change_below_the_threshold_is_not_an_edge() -> None:
    a, b = tissue(1), tissue(2)
    fused = (a + b) / 2
    fused[disc(*DISC, 6)] += np.float32(MADE_UP / 2)

    assert check_structures(a, b, fused).unsupported_count == 0


def test_a_lesion_of_one_source_that_fusing_wiped_out_is_lost() -> None:
    a, b = tissue(1), tissue(2)
    fused = (a + b) / 2
    a[disc(*DISC, 6)] += np.float32(0.35)

    found = check_structures(a, b, fused)

    assert (found.unsupported_count, found.lost_count) == (0, 1)
    rows, cols = np.nonzero(found.lost)
    assert np.hypot(rows - DISC[0], cols - DISC[1]).max() < 9


@pytest.mark.parametrize("contrast", [0.6, 1.0, 1.4])
def test_more_or_less_contrast_is_neither_made_up_nor_lost(contrast: float) -> None:
    a = tissue(1)
    fused = np.clip(a * np.float32(contrast), 0, 1)

    found = check_structures(a, a, fused)

    assert (found.unsupported_count, found.lost_count) == (0, 0)


def test_bright_turned_to_dark_is_supported() -> None:
    a = tissue(1)
    assert check_structures(a, a, 1 - a).unsupported_count == 0


def test_an_edge_across_the_edges_of_the_sources_is_found() -> None:
    """Among upright stripes as steep as itself."""
    stripes = 0.3 + 0.3 * ((np.arange(128) // 8) % 2)
    a = np.broadcast_to(stripes, (128, 128)).astype(np.float32)
    fused = a.copy()
    fused[60:68] += np.float32(0.3)

    assert check_structures(a, a, fused).unsupported_count > 0
    assert check_structures(a, a, a).unsupported_count == 0


def test_an_edge_that_moved_by_two_pixels_is_supported_and_by_six_is_not() -> None:
    a = 0.6 * disc(64, 64, 30).astype(np.float32)
    moved = {shift: np.roll(a, shift, axis=1) for shift in (2, 6)}

    assert check_structures(a, a, moved[2]).unsupported_count == 0
    assert check_structures(a, a, moved[6]).unsupported_count > 0
    assert check_structures(a, a, moved[6]).lost_count > 0


@pytest.fixture(scope="module")
def patient() -> dict[str, Plane]:
    """Three contrasts of the sample patient as they open; (3, H, W) each."""
    grid = axial_grid(256, 0.9, 3, 30.0, -20.0)
    clean = dict(zip(CONTRASTS, head(grid, CONTRASTS), strict=True))
    planes = {}
    for name in ("CT", "T1", "T2"):
        values = scanned(clean[name], name, grid, np.random.default_rng(5))
        top = float(np.percentile(values, 99.5))
        planes[name] = windowed(values, Window(40, 80) if name == "CT" else Window.between(0, top))
    return planes


@pytest.mark.parametrize(("one", "other"), [("CT", "T1"), ("CT", "T2"), ("T1", "T2")])
@pytest.mark.parametrize("rule", ["average", "maximum"])
def test_nothing_is_found_made_up_where_nothing_was(
    patient: dict[str, Plane], one: str, other: str, rule: str
) -> None:
    for a, b in zip(patient[one], patient[other], strict=True):
        fused = (a + b) / 2 if rule == "average" else np.maximum(a, b)
        assert check_structures(a, b, fused).unsupported_count == 0


def test_a_lesion_planted_into_the_sample_patient_is_the_only_one_found(
    patient: dict[str, Plane],
) -> None:
    a, b = patient["CT"][1], patient["T1"][1]
    fused = (a + b) / 2
    fused[disc(128, 150, 6, 256)] += np.float32(0.3)

    found = check_structures(a, b, fused)

    rows, cols = np.nonzero(found.unsupported)
    assert found.unsupported_count == 1
    assert abs(rows.mean() - 128) < 3 and abs(cols.mean() - 150) < 3


def test_different_sizes_cannot_be_compared() -> None:
    a = np.zeros((8, 8), dtype=np.float32)
    with pytest.raises(ValueError, match=r"\(8, 8\)"):
        check_structures(a, a, np.zeros((8, 9), dtype=np.float32))


def test_an_edge_of_colour_supports_one_of_brightness_and_is_not_lost() -> None:
    flat = np.full((40, 40), 0.3, dtype=np.float32)
    left = np.arange(40) < 20
    fused = np.where(left, 0.2, 0.6).astype(np.float32) + np.zeros_like(flat)
    red, grey = np.zeros((2, 40, 40, 3), dtype=np.float32)
    red[..., 0] = np.where(left, 0.9, 0.3)
    grey[...] = fused[..., None]

    assert check_structures(flat, flat, fused, (red, grey)).unsupported_count == 0
    assert check_structures(flat, flat, fused, (grey * 0 + 0.3, grey)).unsupported_count == 1

    bright = np.where(left, 0.1, 0.7).astype(np.float32) + np.zeros_like(flat)
    assert check_structures(bright, flat, flat, (red, grey * 0 + 0.3)).lost_count == 1
    assert check_structures(bright, flat, flat, (red, red)).lost_count == 0
