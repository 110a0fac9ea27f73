import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from fusionviewer.fusion.strategies import (
    STRATEGIES,
    Strategy,
    elementwise_l1_share,
    feature_energy_ratio,
    l1_activity_share,
    larger_magnitude_share,
)

CONVEX = {name: s for name, s in STRATEGIES.items() if s.weights is not None}
UNCHANGED_BY_ITSELF = {name: s for name, s in STRATEGIES.items() if name != "addition"}
SFNN = ("sfnn-max", "sfnn-mean", "sfnn-sum", "sfnn-identity")


def features(seed: int = 0, shape: tuple[int, ...] = (2, 5, 12, 9), scale: float = 2.0) -> Any:
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


def share(name: str, fa: Any, fb: Any, **options: Any) -> NDArray[Any]:
    weights = STRATEGIES[name].weights
    assert weights is not None
    return np.asarray(weights(fa, fb, **options))


def test_the_menu_holds_the_names_the_command_line_promises() -> None:
    promised = (
        "sfnn-max sfnn-mean sfnn-sum sfnn-identity sfnn-local fer fl1n fl1n-elem l1-activity "
        "average addition max absmax"
    )
    assert list(STRATEGIES) == promised.split()


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
class TestEveryStrategy:
    def test_keeps_shape_and_type(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        fused = strategy.merge(a, b)
        assert (fused.shape, fused.dtype) == (a.shape, a.dtype)

    def test_torch_and_numpy_agree(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        fused = strategy.merge(torch.from_numpy(a), torch.from_numpy(b))
        assert fused.dtype == torch.float32
        np.testing.assert_allclose(fused.numpy(), strategy.merge(a, b), atol=2e-6)

    def test_treats_each_sample_of_a_batch_alone(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        alone = [strategy.merge(a[i : i + 1], b[i : i + 1]) for i in range(len(a))]
        np.testing.assert_allclose(strategy.merge(a, b), np.concatenate(alone), atol=1e-6)

    def test_does_not_care_which_image_comes_first(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        np.testing.assert_allclose(strategy.merge(a, b), strategy.merge(b, a), atol=1e-6)

    def test_survives_empty_background(self, strategy: Strategy) -> None:
        nothing = np.zeros((1, 4, 8, 8), np.float32)
        assert not strategy.merge(nothing, nothing).any()

    @pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 3, 1, 7), (2, 2, 33, 1), (1, 2, 17, 40)])
    def test_takes_any_size(self, strategy: Strategy, shape: tuple[int, ...]) -> None:
        fused = strategy.merge(features(0, shape), features(1, shape))
        assert fused.shape == shape
        assert np.isfinite(fused).all()

    @settings(max_examples=15, deadline=None)
    @given(data=st.data())
    def test_is_finite_for_features_of_any_magnitude(
        self, strategy: Strategy, data: st.DataObject
    ) -> None:
        shape = data.draw(array_shapes(min_dims=4, max_dims=4, max_side=6))
        element = st.floats(-(2.0**66), 2.0**66, width=32)
        a = data.draw(arrays(np.float32, shape, elements=element))
        b = data.draw(arrays(np.float32, shape, elements=element))
        assert np.isfinite(strategy.merge(a, b)).all()


@pytest.mark.parametrize("strategy", UNCHANGED_BY_ITSELF.values(), ids=UNCHANGED_BY_ITSELF)
def test_an_image_fused_with_itself_is_itself(strategy: Strategy) -> None:
    a = features()
    np.testing.assert_array_equal(strategy.merge(a, a.copy()), a)


@pytest.mark.parametrize("strategy", CONVEX.values(), ids=CONVEX)
class TestEveryConvexStrategy:
    def test_stays_between_the_sources(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        fused = strategy.merge(a, b)
        slack = 1e-6 * np.maximum(abs(a), abs(b))
        assert (fused >= np.minimum(a, b) - slack).all()
        assert (fused <= np.maximum(a, b) + slack).all()

    def test_tells_the_share_it_merged_with(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        w = share(strategy.name, a, b)
        assert ((w >= 0) & (w <= 1)).all()
        np.testing.assert_allclose(strategy.merge(a, b), w * a + (1 - w) * b, atol=1e-6)

    def test_gives_equal_sources_half_each(self, strategy: Strategy) -> None:
        a = features()
        assert (share(strategy.name, a, a.copy()) == 0.5).all()

    def test_has_a_default_for_each_option(self, strategy: Strategy) -> None:
        a, b = features(0), features(1)
        defaults = {name: option.default for name, option in strategy.options.items()}
        np.testing.assert_array_equal(
            share(strategy.name, a, b), share(strategy.name, a, b, **defaults)
        )


@pytest.mark.parametrize("name", SFNN)
class TestSoftmaxFeatureNuclearNorm:
    def test_swapped_sources_swap_their_weights(self, name: str) -> None:
        a, b = features(0).astype(np.float64), features(1).astype(np.float64)
        np.testing.assert_allclose(share(name, a, b) + share(name, b, a), 1, atol=2e-9)

    def test_squaring_the_norms_squares_the_odds(self, name: str) -> None:
        a, b = features(0).astype(np.float64), features(1).astype(np.float64)
        w = share(name, a, b)
        squared = w**2 / (w**2 + (1 - w) ** 2)
        np.testing.assert_allclose(share(name, a, b, power=2), squared, atol=2e-9)

    def test_turning_or_shuffling_a_source_changes_nothing(self, name: str) -> None:
        a, b = features(0).astype(np.float64), features(1).astype(np.float64)
        w = share(name, a, b)
        order = np.random.default_rng(2).permutation(a.shape[2])
        for turned in (a[..., ::-1], a[..., ::-1, :], a.swapaxes(2, 3), a[:, :, order]):
            np.testing.assert_allclose(share(name, turned, b), w, atol=2e-9)

    def test_a_constant_added_to_all_channels_changes_nothing(self, name: str) -> None:
        a, b = features(0).astype(np.float64), features(1).astype(np.float64)
        shifted = a + features(2).astype(np.float64)[:, :1]
        np.testing.assert_allclose(share(name, shifted, b), share(name, a, b), atol=2e-9)

    def test_scaling_the_features_changes_the_weight(self, name: str) -> None:
        a, b = features(0), features(1)
        assert abs(share(name, 3 * a, b) - share(name, a, b)).max() > 1e-3

    def test_weights_follow_norms_from_singular_values(self, name: str) -> None:
        a, b = features(0), features(1)
        table: dict[str, Any] = {"max": np.max, "mean": np.mean, "sum": np.sum}
        reduced = table.get(name.removeprefix("sfnn-"))
        m = []
        for f in (a, b):
            norms = torch.linalg.svdvals(torch.from_numpy(f).double().softmax(1)).sum(-1).numpy()
            m.append(norms if reduced is None else reduced(norms, axis=1, keepdims=True))
        expected = m[0] / (m[0] + m[1])
        np.testing.assert_allclose(share(name, a, b)[:, :, 0, 0], expected, atol=2e-7)


def test_mean_and_sum_give_the_same_weights() -> None:
    a, b = features(0).astype(np.float64), features(1).astype(np.float64)
    np.testing.assert_allclose(share("sfnn-mean", a, b), share("sfnn-sum", a, b), atol=2e-9)


@pytest.mark.parametrize("name", ["sfnn-max", "sfnn-mean", "sfnn-sum"])
def test_the_order_of_channels_does_not_matter_for_one_weight_per_image(name: str) -> None:
    a, b = features(0).astype(np.float64), features(1).astype(np.float64)
    shuffled = a[:, [3, 0, 4, 1, 2]]
    np.testing.assert_allclose(share(name, shuffled, b), share(name, a, b), atol=2e-9)


def test_weights_per_channel_move_with_the_channels() -> None:
    a, b = features(0).astype(np.float64), features(1).astype(np.float64)
    order = [3, 0, 4, 1, 2]
    moved = share("sfnn-identity", a[:, order], b[:, order])
    np.testing.assert_allclose(moved, share("sfnn-identity", a, b)[:, order], atol=2e-9)


def test_channels_that_vanish_in_both_sources_count_half() -> None:
    a = np.zeros((1, 2, 4, 4), np.float32)
    a[:, 1] = -1000  # its softmax underflows to exactly 0
    assert share("sfnn-identity", a, a.copy())[0, 1, 0, 0] == 0.5


def test_large_features_are_averaged_only_when_asked() -> None:
    a, b = features(0, (1, 3, 40, 25)), features(1, (1, 3, 40, 25))
    means = [f.reshape(1, 3, 20, 2, 25).mean(3)[..., :24] for f in (a, b)]
    means = [f.reshape(1, 3, 20, 12, 2).mean(4) for f in means]
    asked = share("sfnn-max", a, b, max_size=20)
    np.testing.assert_allclose(asked, share("sfnn-max", *means), rtol=1e-6)
    assert asked != share("sfnn-max", a, b)


class TestLocalSfnn:
    def test_each_region_goes_to_the_source_with_the_stronger_features(self) -> None:
        flat, strong = np.zeros((1, 4, 64, 64), np.float32), features(0, (1, 4, 64, 64), 6)
        a, b = flat.copy(), flat.copy()
        a[..., :32], b[..., 32:] = strong[..., :32], strong[..., 32:]
        w = share("sfnn-local", a, b, windows=(16,))[0, 0]
        assert w[:, :16].min() > 0.8
        assert w[:, 48:].max() < 0.2

    def test_weights_change_smoothly(self) -> None:
        a, b = features(0, (1, 4, 64, 64)), features(1, (1, 4, 64, 64))
        w = share("sfnn-local", a, b, windows=(16,))[0, 0]
        assert max(abs(np.diff(w, axis=0)).max(), abs(np.diff(w, axis=1)).max()) < 0.1

    def test_a_window_that_covers_the_image_gives_the_weight_of_the_image(self) -> None:
        a, b = features(0), features(1)
        local = share("sfnn-local", a, b, windows=(64,), power=1)
        np.testing.assert_allclose(local, share("sfnn-max", a, b) + 0 * local, rtol=1e-6)

    @pytest.mark.parametrize("reduction", ["max", "sum"])
    def test_swapped_sources_swap_their_weights(self, reduction: str) -> None:
        a, b = features(0), features(1)
        there = share("sfnn-local", a, b, reduction=reduction)
        back = share("sfnn-local", b, a, reduction=reduction)
        np.testing.assert_allclose(there + back, 1, atol=1e-6)


def test_feature_energy_ratio_follows_the_stronger_map() -> None:
    strong, weak = np.full((1, 1, 1, 1), 3.0), np.full((1, 1, 1, 1), 1.0)
    assert STRATEGIES["fer"].merge(strong, weak).item() == pytest.approx((27 + 1) / (9 + 1))


@pytest.mark.parametrize("size", [1e-38, 1e-30, 1.0, 1e19, 1e38])
def test_shares_per_element_hold_where_squares_overflow_or_vanish(size: float) -> None:
    a, b = (np.full((1, 1, 1, 1), value * size, np.float32) for value in (2, -1))
    assert feature_energy_ratio(a, b).item() == pytest.approx(0.8, rel=1e-6)
    assert elementwise_l1_share(a, b).item() == pytest.approx(2 / 3, rel=1e-6)


def test_feature_l1_norm_weighs_whole_images_by_their_magnitude() -> None:
    a = np.array([[[[3.0, -1.0]]], [[[0.0, 0.0]]]], np.float32)
    b = np.array([[[[1.0, 0.0]]], [[[0.0, 0.0]]]], np.float32)
    assert share("fl1n", a, b).ravel().tolist() == pytest.approx([0.8, 0.5])


def test_activity_is_averaged_over_a_reflected_neighbourhood() -> None:
    a = np.zeros((1, 2, 3, 3), np.float32)
    a[0, :, 0, 0] = (3, -6)  # activity 9 in one corner
    b = np.ones((1, 2, 3, 3), np.float32)  # activity 2 everywhere
    w = l1_activity_share(a, b)[0, 0]
    # Reflection does not repeat the corner: it is one of nine, there and in the middle.
    assert w[0, 0] == pytest.approx(1 / (1 + 2))
    assert w[1, 1] == pytest.approx(1 / (1 + 2))
    assert w[2, 2] == 0
    assert l1_activity_share(a, b, radius=0)[0, 0, 0, 0] == pytest.approx(9 / 11)


def test_values_that_differ_only_in_sign_come_from_the_first_image() -> None:
    a, b = np.full((1, 1, 1, 1), 2.0), np.full((1, 1, 1, 1), -2.0)
    assert STRATEGIES["absmax"].merge(a, b).item() == 2
    assert STRATEGIES["absmax"].merge(b, a).item() == -2
    assert larger_magnitude_share(a, b).item() == 1


def test_numpy_features_are_merged_without_importing_torch() -> None:
    code = (
        "import sys, numpy as np; from fusionviewer.fusion.strategies import STRATEGIES;"
        "from fusionviewer.fusion.rules import RULES; f = np.ones((1, 2, 8, 8), 'f4');"
        "[s.merge(f, f) for s in STRATEGIES.values()];"
        "[r.fuse(f[0, 0], f[0, 1]) for r in RULES.values()];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
