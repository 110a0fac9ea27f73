from typing import Any

import numpy as np
import pytest

from fusionviewer.fusion.zero_learning import (
    edge_features,
    histogram_saliency,
    zero_learning_fusion,
)


def test_a_rare_grey_level_is_salient() -> None:
    image = np.zeros((4, 4))
    image[0, 0] = 1.0
    saliency = histogram_saliency(image)
    assert saliency[0, 0] == 15 * 255  # fifteen pixels, 255 levels away
    assert saliency[1, 1] == 255


def test_features_of_an_edge_lie_on_the_edge() -> None:
    step = np.zeros((8, 8))
    step[:, 4:] = 1
    strength = np.abs(edge_features(step)).sum(0)
    assert (strength[:, 3:5] > 0).all()
    assert not strength[:, :3].any()
    assert not strength[:, 5:].any()


def test_the_detail_follows_the_features_that_are_passed_in() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 32, 32))

    def brightness(detail: Any) -> Any:
        return np.maximum(detail, 0)[None]

    by_edges, share = zero_learning_fusion(a, b)
    by_brightness, same_share = zero_learning_fusion(a, b, brightness)
    np.testing.assert_array_equal(share, same_share)  # the base does not look at features
    assert abs(by_edges - by_brightness).max() > 0.01


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_flat_sources_share_evenly(level: float) -> None:
    flat = np.full((16, 16), level)
    fused, share = zero_learning_fusion(flat, flat.copy())
    np.testing.assert_allclose(fused, level, atol=1e-9)
    np.testing.assert_allclose(share, 0.5)
