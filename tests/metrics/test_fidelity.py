import numpy as np
import pytest
from sewar.full_ref import vifp
from skimage.metrics import peak_signal_noise_ratio

from fusionviewer.metrics.picture import Undefined


def test_psnr_is_the_mean_of_both_in_decibels(score):
    fused = np.full((2, 2), 100)
    one_off, ten_off = 20 * np.log10(255), 20 * np.log10(25.5)
    assert score("psnr", fused + 1, fused - 10, fused) == pytest.approx((one_off + ten_off) / 2)


def test_psnr_agrees_with_scikit_image(score, a, b):
    fused = (a + b) / 2
    expected = np.mean([peak_signal_noise_ratio(x, fused, data_range=255) for x in (a, b)])
    assert score("psnr", a, b, fused) == pytest.approx(expected)


def test_psnr_is_infinite_where_a_source_was_copied(score, a, b):
    assert score("psnr", a, b, a) == np.inf


def test_correlation_of_one_kept_and_one_reversed_source(score):
    assert score("cc", [[0, 1]], [[1, 0]], [[0, 2]]) == pytest.approx(0)
    assert score("scd", [[0, 1]], [[1, 0]], [[0, 2]]) == pytest.approx(0)


def test_correlations_agree_with_numpy(score, a, b):
    fused = np.maximum(a, b)
    of = lambda x, y: np.corrcoef(x.ravel(), y.ravel())[0, 1]  # noqa: E731
    assert score("cc", a, b, fused) == pytest.approx((of(a, fused) + of(b, fused)) / 2)
    assert score("scd", a, b, fused) == pytest.approx(of(fused - b, a) + of(fused - a, b))


def test_the_sum_of_independent_sources_has_the_greatest_scd(score):
    rows, columns = np.indices((16, 16)) % 2 * 100.0
    assert score("scd", rows, columns, rows + columns) == pytest.approx(2)


def test_scd_has_nothing_to_correlate_when_nothing_was_added(score, a):
    with pytest.raises(Undefined, match="constant"):
        score("scd", a, a, a)


def test_vif_is_the_sum_of_what_sewar_gives_for_each_source(score, a, b):
    fused = (a + b) / 2
    assert score("vif", a, b, fused) == pytest.approx(vifp(a, fused) + vifp(b, fused), rel=1e-4)


def test_vif_of_perfect_fusion_is_2_and_more_contrast_passes_it(score, a):
    assert score("vif", a, a, a) == pytest.approx(2, rel=1e-6)
    assert score("vif", a / 2, a / 2, a) > 2
