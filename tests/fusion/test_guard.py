import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from fusionviewer.fusion.guard import guarded
from fusionviewer.imaging.structures import check_structures

Plane = NDArray[np.float32]


def texture(seed: int, blur: float = 2.0) -> Plane:
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal((64, 64)), blur)
    return np.asarray((noise - noise.min()) / np.ptp(noise), dtype=np.float32)


def flat(level: float, seed: int) -> Plane:
    """Nearly: with a texture of a fiftieth of the display range."""
    return np.asarray(level + texture(seed) / 50, dtype=np.float32)


def stripes() -> Plane:
    """A weight that switches every 16 pixels."""
    columns = np.arange(64) % 32 < 16
    return np.asarray(np.broadcast_to(columns, (64, 64)), dtype=np.float32)


@settings(max_examples=25)
@given(st.integers(0, 1000))
def test_edges_that_a_weight_makes_up_are_taken_back(seed: int) -> None:
    a, b = flat(0.2, seed), flat(0.7, seed + 1)
    weight = stripes()
    fused = np.asarray(b + weight * (a - b), dtype=np.float32)
    assert check_structures(a, b, fused).unsupported_count > 0
    kept, share = guarded(a, b, fused, weight)
    assert check_structures(a, b, kept).unsupported_count == 0
    np.testing.assert_allclose(kept, b + share * (a - b), atol=1e-5)


def test_an_image_without_such_edges_is_not_touched() -> None:
    a, b = texture(1), texture(2)
    weight = (a > b).astype(np.float32)
    kept, share = guarded(a, b, np.maximum(a, b), weight)
    np.testing.assert_array_equal(kept, np.maximum(a, b))
    np.testing.assert_array_equal(share, weight)


def test_far_from_what_is_taken_back_nothing_changes() -> None:
    a, b = np.full((96, 96), 0.2, np.float32), np.full((96, 96), 0.7, np.float32)
    weight = np.zeros((96, 96), np.float32)
    weight[:12, :12] = 1
    kept, share = guarded(a, b, np.asarray(b + weight * (a - b), np.float32), weight)
    np.testing.assert_array_equal(kept[80:], b[80:])
    np.testing.assert_array_equal(share[80:], weight[80:])


def test_exchanged_sources_are_treated_alike() -> None:
    a, b = flat(0.2, 5), flat(0.7, 6)
    weight = stripes()
    fused = np.asarray(b + weight * (a - b), dtype=np.float32)
    there, share = guarded(a, b, fused, weight)
    back, other = guarded(b, a, fused, np.asarray(1 - weight, np.float32))
    np.testing.assert_allclose(there, back, atol=1e-6)
    np.testing.assert_allclose(share + other, 1, atol=1e-6)
