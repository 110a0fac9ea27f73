"""The shipped weights of Clarus, on pairs as they should be and as they should not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from builders import make_shown
from numpy.typing import NDArray

from fusionviewer.fusion.answers import CORRECTION
from fusionviewer.fusion.fuse import FALLBACK, Fused, fuse_slice
from fusionviewer.fusion.limits import FEATURES, read_limits
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.weights import read_card
from fusionviewer.imaging.color import coloured, luminance
from fusionviewer.imaging.phantom import axial_grid, head, scanned
from fusionviewer.imaging.windowing import Window, windowed

Plane = NDArray[np.float32]
LEVEL = 1 / 255


@pytest.fixture(scope="module")
def runtimes() -> Runtimes:
    return Runtimes(backend="onnx")


@pytest.fixture(scope="module")
def sources() -> tuple[Plane, Plane]:
    """CT and MR of one slice of a digital head."""
    grid = axial_grid(256, 0.9, 1, 4.0, 20.0)
    ct, mr = head(grid, ("CT", "T2"), seed=77)
    rng = np.random.default_rng(77)
    return (
        windowed(scanned(ct[:1], "CT", grid, rng), Window(40, 120))[0],
        windowed(scanned(mr[:1], "T2", grid, rng), Window(500, 1000))[0],
    )


def fuse(a: Plane, b: Plane, runtimes: Runtimes, **options: float) -> Fused:
    return fuse_slice(make_shown(a), make_shown(b), "clarus", "", runtimes, options)


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_an_image_in_colour_is_fused_by_the_weights_for_pet_and_spect(
    backend: str, sources: tuple[Plane, Plane]
) -> None:
    runtimes = Runtimes(backend, "cpu")
    rgb = coloured(sources[0], "hot-iron")
    functional, mr = make_shown(luminance(rgb)), make_shown(sources[1])
    seen = replace(functional, rgb=rgb)
    in_colour, mirrored = (
        fuse_slice(*pair, "clarus", "", runtimes, colours="luminance")
        for pair in ((seen, mr), (mr, seen))
    )
    in_grey = fuse_slice(functional, mr, "clarus", "", runtimes)
    np.testing.assert_allclose(mirrored.grey, in_colour.grey, atol=1e-5)
    network = runtimes.get("clarus")
    alone, _ = network.fused(functional.grey, mr.grey, "", functional=True)
    empty = seen.background & mr.background
    np.testing.assert_allclose(in_colour.grey, np.where(empty, 0, np.clip(alone, 0, 1)), atol=1e-3)
    assert np.abs(in_colour.grey - in_grey.grey).max() > 2 * LEVEL


def half(image: Plane) -> Plane:
    return np.where(np.arange(image.shape[1]) < image.shape[1] // 2, 0, image).astype(np.float32)


def negative(image: Plane) -> Plane:
    return np.where(image > 0, 1 - image, 0).astype(np.float32)


def with_metal(image: Plane) -> Plane:
    """A CT through fillings: two saturated spots, and streaks white and black from each."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    for row, column in ((150, 100), (160, 150)):
        down, across = rows - row, columns - column
        away, angle = np.hypot(down, across), np.arctan2(down, across)
        streak = np.sign(np.sin(12 * angle)) * (np.abs(np.sin(12 * angle)) > 0.95) * (away < 90)
        image = np.clip(np.where(streak == 0, image, streak), 0, 1)
        image = np.where(away < 5, 1, image)
    return image.astype(np.float32)


def tiled(image: Plane) -> Plane:
    return np.kron(image, np.ones((8, 8), np.float32))[:2000, :2000]


Change = Callable[[Plane, Plane], tuple[Plane, Plane]]

PAIRS: dict[str, Change] = {
    "as it should be": lambda a, b: (a, b),
    "exchanged": lambda a, b: (b, a),
    "the same twice": lambda a, b: (b, b),
    "one empty": lambda a, b: (np.zeros_like(a), b),
    "without brain": lambda a, b: (np.zeros_like(a), np.zeros_like(b)),
    "CT with metal": lambda a, b: (with_metal(a), b),
    "negative MR": lambda a, b: (a, negative(b)),
    "32 pixels": lambda a, b: (a[112:144, 112:144], b[112:144, 112:144]),
    "2000 pixels": lambda a, b: (tiled(a), tiled(b)),
    "half cut": lambda a, b: (half(a), b),
    "an odd size": lambda a, b: (a[:201, :177], b[:201, :177]),
}


@pytest.mark.parametrize("case", PAIRS)
def test_the_fused_image_stays_near_its_sources_and_black_stays_black(
    case: str, sources: tuple[Plane, Plane], runtimes: Runtimes
) -> None:
    a, b = PAIRS[case](*sources)
    fused = fuse(a, b, runtimes)
    assert fused.grey.shape == a.shape
    assert (fused.grey[(a == 0) & (b == 0)] == 0).all()
    assert (fused.grey <= np.maximum(a, b) + CORRECTION + 1e-5).all()
    assert (fused.grey >= np.minimum(a, b) - CORRECTION - 1e-5).all()


def test_exchanged_sources_give_the_same_image_and_exchanged_shares(
    sources: tuple[Plane, Plane], runtimes: Runtimes
) -> None:
    there, back = fuse(*sources, runtimes), fuse(*sources[::-1], runtimes)
    np.testing.assert_allclose(there.grey, back.grey, atol=0.1 * LEVEL)
    assert there.share_of_a is not None
    assert back.share_of_a is not None
    np.testing.assert_allclose(there.share_of_a + back.share_of_a, 1, atol=1e-4)


def test_without_correction_the_image_is_the_mixture_that_the_shares_tell(
    sources: tuple[Plane, Plane], runtimes: Runtimes
) -> None:
    a, b = sources
    fused = fuse(a, b, runtimes, residual=0.0)
    assert fused.share_of_a is not None
    mixture = fused.share_of_a * a + (1 - fused.share_of_a) * b
    mixture[(a == 0) & (b == 0)] = 0
    np.testing.assert_allclose(fused.grey, mixture, atol=1e-5)


@pytest.mark.parametrize("case", ["one empty", "32 pixels", "2000 pixels"])
def test_a_pair_far_from_the_training_is_fused_without_it_and_says_so(
    case: str, sources: tuple[Plane, Plane], runtimes: Runtimes
) -> None:
    a, b = PAIRS[case](*sources)
    fused = fuse(a, b, runtimes)
    np.testing.assert_allclose(fused.grey, np.maximum(a, b), atol=1e-6)
    assert METHODS[FALLBACK].label in fused.note
    assert "Not like the training images" in fused.note


def test_torch_and_onnxruntime_agree(sources: tuple[Plane, Plane], runtimes: Runtimes) -> None:
    quick, plain = fuse(*sources, runtimes), fuse(*sources, Runtimes(backend="torch", device="cpu"))
    np.testing.assert_allclose(quick.grey, plain.grey, atol=0.1 * LEVEL)


def test_the_card_says_what_the_training_was_like() -> None:
    card = read_card("clarus")
    assert set(read_limits(card.about)) == set(FEATURES)
    assert card.about["parameters"] <= 100_000


def test_shares_stay_exact_where_brightness_gave_way_to_colour(
    sources: tuple[Plane, Plane], runtimes: Runtimes
) -> None:
    rgb = coloured(sources[0], "hot-iron")
    functional, grey = make_shown(luminance(rgb), rgb), make_shown(sources[1])
    for a, b in ((functional, grey), (grey, functional)):
        fused = fuse_slice(a, b, "clarus", "", runtimes, {"residual": 0.0})
        as_fused = fuse_slice(a, b, "clarus", "", runtimes, {"residual": 0.0}, colours="luminance")
        assert np.abs(fused.grey - as_fused.grey).max() > 0.1
        assert fused.share_of_a is not None
        mixture = fused.share_of_a * a.grey + (1 - fused.share_of_a) * b.grey
        mixture[a.background & b.background] = 0
        np.testing.assert_allclose(fused.grey, mixture, atol=1e-5)
