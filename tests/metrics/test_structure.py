import numpy as np
import pytest
from scipy.signal import convolve2d

from fusionviewer.metrics.report import score_pair

ORIENTED = 0.9879 / (1 + np.exp(-22 * 0.2))  # the sigmoid for an orientation that was kept
STEP = np.repeat([[0.0] * 8 + [100.0] * 8], 16, axis=0)


def test_perfect_edges_score_what_the_sigmoids_allow(score):
    expected = 0.9994 / (1 + np.exp(-15 * 0.5)) * ORIENTED
    assert score("qabf", STEP, STEP, STEP) == pytest.approx(expected)
    assert expected == pytest.approx(0.9748, abs=5e-5)


def test_an_edge_of_half_the_strength_sits_in_the_middle_of_the_sigmoid(score):
    assert score("qabf", STEP, STEP, STEP / 2) == pytest.approx(0.9994 / 2 * ORIENTED)


def test_an_edge_turned_by_a_right_angle_scores_next_to_nothing(score):
    turned = 0.9879 / (1 + np.exp(22 * 0.8))
    ramp = np.repeat(np.arange(12.0)[None], 12, axis=0)
    inner = np.zeros((12, 12), dtype=bool)
    inner[2:-2, 2:-2] = True
    found = score_pair(ramp, ramp, ramp.T, ["qabf"], inner)["qabf"].value
    assert found == pytest.approx(0.9994 / (1 + np.exp(-7.5)) * turned)


def test_opposite_slopes_have_one_orientation(score):
    assert score("qabf", STEP, STEP, 100 - STEP) == pytest.approx(score("qabf", STEP, STEP, STEP))


def test_the_stronger_edge_weighs_more(score):
    kept_a = score("qabf", STEP, STEP.T / 2, STEP)
    kept_b = score("qabf", STEP, STEP.T / 2, STEP.T / 2)
    assert kept_a > kept_b


def test_an_edge_twice_as_strong_as_in_both_sources_is_an_artefact(score):
    assert score("nabf", STEP, STEP, STEP) == 0
    assert score("nabf", STEP, STEP, 2 * STEP) == pytest.approx(1 - 0.9994 / 2 * ORIENTED)


def test_an_edge_that_one_source_has_is_no_artefact(score):
    assert score("nabf", STEP, STEP / 2, STEP) == 0


def test_slopes_on_either_side_of_upright_are_near(score):
    y, x = np.mgrid[:12, :12]
    leaning, other = 10.0 * y + 0.1 * x, 10.0 * y - 0.1 * x + 2
    assert score("qabf", leaning, leaning, other) == pytest.approx(
        0.9718, abs=0.003
    )  # 2 atan 0.01 apart


def test_chen_blum_follows_the_source_with_contrast(score):
    flat = np.full_like(STEP, 70)
    assert score("q_cb", STEP, flat, STEP) == pytest.approx(1)
    assert score("q_cb", STEP, flat, flat) == pytest.approx(0, abs=1e-9)


def test_chen_blum_agrees_with_its_formulas_taken_one_by_one(score, a, b):
    a, b = a[60:101, 30:80], b[60:101, 30:80]
    fused = (a + b) / 2
    x, y, f = (_masked_contrast(image) for image in (a, b, fused))
    share = x**2 / (x**2 + y**2)
    quality = share * np.minimum(x / f, f / x) + (1 - share) * np.minimum(y / f, f / y)
    assert score("q_cb", a, b, fused) == pytest.approx(quality.mean(), rel=1e-6)


def _masked_contrast(image):
    image = np.rint((image - image.min()) / (image.max() - image.min()) * 255)
    rows, columns = image.shape
    v, u = np.meshgrid(_frequencies(rows), _frequencies(columns), indexing="ij")
    r = np.hypot(u * columns / 30, v * rows / 30)
    eye = np.exp(-((r / 15.3870) ** 2)) - 0.7622 * np.exp(-((r / 1.3456) ** 2))
    spectrum = np.fft.fftshift(np.fft.fft2(image)) * eye
    seen = np.fft.ifft2(np.fft.ifftshift(spectrum)).real
    y, x = np.mgrid[-15:16, -15:16]
    near, far = (
        convolve2d(seen, np.exp(-(x**2 + y**2) / (2 * s * s)) / (2 * np.pi * s * s), "same")
        for s in (2, 4)
    )
    contrast = np.abs(near / far - 1)
    return contrast**3 / (contrast**2 + 0.0001)


def _frequencies(n):
    """−1…1 as MATLAB's freqspace gives them."""
    return np.arange(-n + n % 2, n, 2) / n
