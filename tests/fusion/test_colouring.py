import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fusionviewer.fusion.colouring import BRIGHT, HOT, PALE, TOLERANCE, ranges, with_colour
from fusionviewer.imaging.color import coloured, luminance, palette, palette_names, to_ycbcr
from fusionviewer.imaging.color_difference import chromatic_difference, cielab

BETWEEN_NODES = 2.0  # CIEDE2000 by which interpolation in the table may be off

pictures = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float32, (*shape, 3), elements=st.floats(0, 1, width=32)),
        arrays(np.float32, shape, elements=st.floats(0, 1, width=32)),
    )
)


def shift(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return chromatic_difference(cielab(before.reshape(-1, 3)), cielab(after.reshape(-1, 3)))


@given(picture=pictures)
def test_what_is_shown_lies_between_the_functional_image_and_the_fused_one(picture) -> None:
    rgb, fused = picture
    own = luminance(rgb)
    grey, _, changed = with_colour(fused, rgb, "kept")
    assert (grey >= np.minimum(own, fused) - 1e-6).all()
    assert (grey <= np.maximum(own, fused) + 1e-6).all()
    np.testing.assert_allclose(grey, own + changed * (fused - own), atol=1e-6)


@given(picture=pictures)
def test_no_colour_of_uptake_becomes_another(picture) -> None:
    rgb, fused = picture
    _, after, _ = with_colour(fused, rgb, "kept")
    uptake = rgb.max(axis=2).ravel() >= 0.1
    assert (shift(rgb, after)[uptake] <= TOLERANCE + BETWEEN_NODES).all()


def test_dark_and_pale_colours_under_black_keep_to_their_limits() -> None:
    """Among many, where the limit is passed furthest: by 3 between entries of the table, by 5 near grey."""
    rng = np.random.default_rng(0)
    rgb = rng.uniform(0, 1, (1, 60_000, 3)) ** 2
    rgb *= rng.uniform(0.1, 1, (1, 60_000, 1)) / rgb.max(axis=2, keepdims=True)
    rgb = rgb.astype(np.float32)
    _, after, _ = with_colour(np.zeros(rgb.shape[:2], np.float32), rgb, "kept")
    pale = np.ptp(rgb, axis=2).ravel() < PALE
    moved = shift(rgb, after)
    assert moved[~pale].max() <= TOLERANCE + 3.2
    assert moved[pale].max() <= 2 * TOLERANCE


@pytest.mark.parametrize("name", palette_names())
def test_every_entry_of_a_palette_stays_itself_under_white_and_under_black(name: str) -> None:
    entries = palette(name)[26:][None]
    for fused in (0.0, 1.0):
        _, after, _ = with_colour(np.full(entries.shape[:2], fused, np.float32), entries, "kept")
        assert shift(entries, after).max() <= TOLERANCE + BETWEEN_NODES


def test_a_saturated_blue_cannot_be_bright_and_a_grey_can() -> None:
    blue, grey = np.array([[0, 0, 1], [0.3, 0.3, 0.3]], dtype=np.float32)
    _, brighter = ranges(np.stack([blue, grey]))
    assert brighter[0] < 0.4
    assert brighter[1] > 0.7


def test_a_white_hot_spot_does_not_turn_grey() -> None:
    """White is the top of this palette: it may carry what the other image shows, and stays the brightest."""
    entries = palette("hot-iron")[[60, 120, 180, 250]][None]
    assert np.ptp(entries[0, 3]) < PALE
    own = luminance(entries)
    shown, _, _ = with_colour(np.full((1, 4), 0.2, np.float32), entries, "kept")
    assert shown[0, 3] >= BRIGHT * own[0, 3]
    assert shown.argmax() == 3
    brighter, _, _ = with_colour(np.ones((1, 4), np.float32), entries, "kept")
    assert brighter[0, 3] == pytest.approx(1, abs=0.02)


def test_without_uptake_nothing_is_limited() -> None:
    fused = np.random.default_rng(0).uniform(0, 1, (8, 8)).astype(np.float32)
    grey, rgb, changed = with_colour(fused, np.zeros((8, 8, 3), np.float32), "kept")
    np.testing.assert_array_equal(grey, fused)
    assert (changed == 1).all()
    np.testing.assert_allclose(rgb, np.repeat(fused[..., None], 3, axis=2), atol=1e-6)


@given(picture=pictures)
def test_grey_has_no_colour_to_lose_and_becomes_the_fused_one_but_for_bright_uptake(
    picture,
) -> None:
    rgb, fused = picture
    own = rgb[..., 0]
    shown, after, changed = with_colour(fused, np.repeat(rgb[..., :1], 3, axis=2), "kept")
    np.testing.assert_allclose(after, np.repeat(shown[..., None], 3, axis=2), atol=1e-5)
    free = (own <= HOT[0]) | (fused >= own)
    np.testing.assert_allclose(shown[free], fused[free], atol=1e-6)
    np.testing.assert_allclose(changed[free], 1, atol=1e-6)
    assert (shown[own >= HOT[1]] >= BRIGHT * own[own >= HOT[1]] - 1e-6).all()


@pytest.mark.parametrize("fused", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("end", [(1, 1, 0), (1, 0.5, 0.5), (0, 0, 1), (0, 0.5, 0)])
def test_between_grey_and_a_colour_no_edge_is_made_up(
    fused: float, end: tuple[float, float, float]
) -> None:
    """From the one to the other in 1000 steps, brightness goes smoothly."""
    way = np.linspace((0.7, 0.7, 0.7), end, 1001, dtype=np.float32)[:, None]
    shown = [with_colour(np.full((1, 1), fused, np.float32), one[None], "kept")[0] for one in way]
    assert np.abs(np.diff(np.ravel(shown))).max() < 0.01


def test_edges_of_the_other_image_still_show_in_a_blue_that_gives_way() -> None:
    columns = np.arange(64)
    mr = np.where(columns // 2 % 8 == 0, 0.55, 0.8).astype(np.float32)  # sulci in bright tissue
    fused = np.tile(mr, (64, 1))
    blue = np.broadcast_to(np.array([0.1, 0.2, 0.7], np.float32), (64, 64, 3)).copy()
    grey, _, _ = with_colour(fused, blue, "kept")
    assert grey[:, mr < 0.6].mean() < grey[:, mr > 0.6].mean() - 0.05


def test_the_luminance_of_the_papers_is_the_fused_one() -> None:
    rgb = coloured(np.linspace(0.2, 0.8, 64, dtype=np.float32).reshape(8, 8), "hot-iron")
    fused = np.full((8, 8), 0.3, np.float32)
    grey, after, changed = with_colour(fused, rgb, "luminance")
    assert (grey == fused).all()
    assert (changed == 1).all()
    inside = (after > 0).all(axis=2) & (after < 1).all(axis=2)
    np.testing.assert_allclose(to_ycbcr(after)[inside][:, 0], 0.3, atol=1e-5)
