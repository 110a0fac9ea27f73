import numpy as np
import pytest
from builders import make_shown
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fusionviewer.errors import FusionError
from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.color import to_ycbcr

RULES = [name for name, method in METHODS.items() if not method.has_network]
LOADED = Runtimes()

planes = st.tuples(st.integers(1, 24), st.integers(1, 24)).flatmap(
    lambda shape: arrays(np.float32, (2, *shape), elements=st.floats(0, 1, width=32))
)


@pytest.mark.parametrize("method", RULES)
class TestEveryRule:
    @given(pair=planes)
    def test_black_in_both_stays_exactly_black(self, method: str, pair: np.ndarray) -> None:
        pair = np.where(pair < 0.4, np.float32(0), pair)
        a, b = pair
        fused = fuse_slice(make_shown(a), make_shown(b), method, "", LOADED)
        assert (fused.grey[(a == 0) & (b == 0)] == 0).all()

    @given(pair=planes)
    def test_stays_within_0_and_1_and_keeps_the_size(self, method: str, pair: np.ndarray) -> None:
        fused = fuse_slice(make_shown(pair[0]), make_shown(pair[1]), method, "", LOADED)
        assert fused.grey.shape == pair[0].shape
        assert fused.grey.min() >= 0
        assert fused.grey.max() <= 1


def coloured_noise(size: int = 12) -> np.ndarray:
    rgb = np.random.default_rng(5).uniform(0.3, 0.7, (size, size, 3)).astype(np.float32)
    rgb[0, 0] = 0
    return rgb


def test_fusing_luminance_keeps_the_colour() -> None:
    rgb = coloured_noise()
    grey = to_ycbcr(rgb)[..., 0]
    mr = np.clip(grey * 1.1, 0, 1)
    fused = fuse_slice(make_shown(mr), make_shown(grey, rgb), "average", "", LOADED)
    assert fused.rgb is not None
    np.testing.assert_allclose(
        to_ycbcr(fused.rgb)[1:, 1:, 1:], to_ycbcr(rgb)[1:, 1:, 1:], atol=1e-4
    )


def test_black_in_both_has_no_colour_either() -> None:
    rgb = coloured_noise()
    grey = to_ycbcr(rgb)[..., 0]
    mr = np.zeros_like(grey)
    fused = fuse_slice(make_shown(mr), make_shown(grey, rgb), "maximum", "", LOADED)
    assert fused.rgb is not None
    assert (fused.rgb[0, 0] == 0).all()


def test_slices_of_different_sizes_are_refused() -> None:
    a, b = np.ones((4, 4), np.float32), np.ones((4, 5), np.float32)
    with pytest.raises(ValueError, match="cannot be fused"):
        fuse_slice(make_shown(a), make_shown(b), "average", "", LOADED)


def test_a_value_that_is_not_a_number_is_refused() -> None:
    a = np.ones((4, 4), np.float32)
    b = a.copy()
    b[1, 1] = np.nan
    with pytest.raises(FusionError, match="not numbers"):
        fuse_slice(make_shown(a), make_shown(b), "average", "", LOADED)


@pytest.mark.parametrize(
    ("method", "strategy", "words"),
    [
        ("magic", "", "no method"),
        ("average", "fer", "takes no strategy"),
        ("dilran", "", "takes no"),
    ],
)
def test_an_unknown_method_or_strategy_is_named(method: str, strategy: str, words: str) -> None:
    a = make_shown(np.ones((4, 4), np.float32))
    with pytest.raises(ValueError, match=words):
        fuse_slice(a, a, method, strategy, LOADED)
