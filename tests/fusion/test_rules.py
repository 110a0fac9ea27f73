from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from fusionviewer.fusion.guided import guided_filter
from fusionviewer.fusion.multiscale import laplacian_fusion, wavelet_fusion
from fusionviewer.fusion.rules import RULES, Rule


def image(seed: int = 0, shape: tuple[int, int] = (37, 52)) -> Any:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def smooth(seed: int, shape: tuple[int, int] = (64, 64)) -> Any:
    rough = ndimage.gaussian_filter(image(seed, shape), 3)
    return ((rough - rough.min()) / np.ptp(rough)).astype(np.float32)


def test_the_menu_starts_with_the_names_the_command_line_promises() -> None:
    promised = ["average", "maximum", "alpha", "laplacian", "wavelet"]
    assert list(RULES)[: len(promised)] == promised


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
class TestEveryRule:
    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_gives_a_plane_of_the_same_size_within_range(
        self, rule: Rule, data: st.DataObject
    ) -> None:
        shape = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
        level = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1, width=32))
        a, b = (data.draw(arrays(np.float32, shape, elements=level)) for _ in "ab")
        fused, share = rule.fuse(a, b)
        for plane in (fused,) if share is None else (fused, share):
            assert plane.shape == shape
            assert plane.dtype == np.float32
            assert np.isfinite(plane).all()
            assert plane.min() >= 0
            assert plane.max() <= 1

    def test_does_not_care_which_image_comes_first(self, rule: Rule) -> None:
        a, b = smooth(0), smooth(1)
        there, share = rule.fuse(a, b)
        back, share_back = rule.fuse(b, a)
        np.testing.assert_allclose(there, back, atol=1e-5)
        if share is not None and share_back is not None:
            np.testing.assert_allclose(share + share_back, 1, atol=1e-5)

    def test_an_image_fused_with_itself_is_itself(self, rule: Rule) -> None:
        a = smooth(0)
        np.testing.assert_allclose(rule.fuse(a, a.copy())[0], a, atol=1e-4)

    @pytest.mark.parametrize("levels", [(0, 0), (1, 1), (0.25, 0.75)])
    def test_flat_images_give_a_flat_image_between_them(
        self, rule: Rule, levels: tuple[float, float]
    ) -> None:
        a, b = (np.full((19, 24), level, np.float32) for level in levels)
        fused, _ = rule.fuse(a, b)
        assert np.ptp(fused) < 1e-5
        assert min(levels) - 1e-5 <= fused.mean() <= max(levels) + 1e-5

    def test_has_a_default_for_each_option(self, rule: Rule) -> None:
        a, b = image(0), image(1)
        defaults = {name: option.default for name, option in rule.options.items()}
        np.testing.assert_array_equal(rule.fuse(a, b)[0], rule.fuse(a, b, **defaults)[0])

    def test_leaves_its_inputs_alone(self, rule: Rule) -> None:
        a, b = image(0), image(1)
        rule.fuse(a, b)
        np.testing.assert_array_equal(a, image(0))
        np.testing.assert_array_equal(b, image(1))


def test_opacity_0_shows_the_first_image_and_1_the_second() -> None:
    a, b = image(0), image(1)
    np.testing.assert_array_equal(RULES["alpha"].fuse(a, b, alpha=0)[0], a)
    np.testing.assert_array_equal(RULES["alpha"].fuse(a, b, alpha=1)[0], b)
    quarter, share = RULES["alpha"].fuse(a, b, alpha=0.25)
    np.testing.assert_allclose(quarter, 0.75 * a + 0.25 * b, atol=1e-6)
    assert share is not None
    assert (share == 0.75).all()


def test_maximum_tells_which_image_was_brighter() -> None:
    a = np.array([[0.2, 0.8, 0.5]], np.float32)
    b = np.array([[0.6, 0.1, 0.5]], np.float32)
    fused, share = RULES["maximum"].fuse(a, b)
    np.testing.assert_array_equal(fused, np.array([[0.6, 0.8, 0.5]], np.float32))
    assert share is not None
    assert share.tolist() == [[0, 1, 0.5]]


@pytest.mark.parametrize("shape", [(64, 64), (37, 52), (33, 2), (1, 9)])
@pytest.mark.parametrize("fusion", [laplacian_fusion, wavelet_fusion])
def test_bands_add_up_to_the_image_again(fusion: Any, shape: tuple[int, int]) -> None:
    a = image(0, shape).astype(np.float64)
    np.testing.assert_allclose(fusion(a, a.copy()), a, atol=1e-10)


@pytest.mark.parametrize("name", ["laplacian", "wavelet", "guided", "zero-learning-edges"])
def test_edges_of_both_images_survive(name: str) -> None:
    a, b = (np.full((64, 64), 0.5, np.float32) for _ in "ab")
    a[16:24, 8:56] = 0.9  # a bar that only the first image has
    b[40:48, 8:56] = 0.1
    fused, _ = RULES[name].fuse(a, b)
    steps = abs(np.diff(fused[:, 32]))
    assert min(steps[15], steps[39]) > 0.27  # of 0.4; the average of both would leave 0.2


def test_a_guided_filter_keeps_the_edge_of_its_guide_and_smooths_elsewhere() -> None:
    step = np.zeros((40, 40))
    step[:, 20:] = 1
    noisy = step + np.random.default_rng(0).normal(0, 0.1, step.shape)
    filtered = guided_filter(noisy, step, radius=6, eps=1e-4)
    assert abs(filtered - step).max() < 0.06
    assert filtered[:, 20:].min() - filtered[:, :20].max() > 0.9
