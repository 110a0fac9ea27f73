import numpy as np
import pytest
from sewar.full_ref import msssim
from skimage.metrics import structural_similarity

C1 = (0.01 * 255) ** 2


def test_ssim_of_flat_images_is_the_likeness_of_their_means(score):
    dark, bright = np.full((11, 11), 100), np.full((11, 11), 200)
    expected = (2 * 100 * 200 + C1) / (100**2 + 200**2 + C1)
    assert score("ssim", dark, dark, bright) == pytest.approx(expected)


def test_ssim_agrees_with_scikit_image(score, a, b):
    fused = (a + b) / 2
    settings = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5}
    expected = [
        structural_similarity(x, fused, use_sample_covariance=False, **settings) for x in (a, b)
    ]
    assert score("ssim", a, b, fused) == pytest.approx(np.mean(expected), rel=1e-6)


def test_ms_ssim_of_flat_images_has_only_the_coarsest_term(score):
    dark, bright = np.full((176, 176), 100), np.full((176, 176), 200)
    near = (2 * 100 * 200 + C1) / (100**2 + 200**2 + C1)
    assert score("ms_ssim", dark, dark, bright) == pytest.approx(near**0.1333)


def test_ms_ssim_agrees_with_scikit_image_scale_by_scale(score, a, b):
    fused = (a + b) / 2
    expected = np.mean([_ms_ssim(x, fused) for x in (a, b)])
    assert score("ms_ssim", a, b, fused) == pytest.approx(expected, rel=1e-6)


def test_ms_ssim_is_near_sewar_which_halves_with_a_shifted_window(score, a, b):
    fused = (a + b) / 2
    expected = np.mean([msssim(x, fused, MAX=255) for x in (a, b)])
    assert score("ms_ssim", a, b, fused) == pytest.approx(expected, abs=0.015)


def test_piella_weighs_the_source_that_has_contrast(score):
    steps = np.repeat([[0, 100]], 4, axis=1).repeat(8, axis=0)  # one window of mean 50, var 2500
    flat = np.full((8, 8), 50)
    # means 50 and 25, deviations 50 and 25: both ratios are 2 · 2 / (4 + 1)
    assert score("q_w", steps, flat, steps / 2) == pytest.approx(0.8 * 0.8)


def test_piella_agrees_with_sums_over_every_window(score, a, b):
    a, b = a[40:60, 20:50], b[40:60, 20:50]
    assert score("q_w", a, b, np.maximum(a, b)) == pytest.approx(_piella(a, b, np.maximum(a, b)))


def test_q_e_multiplies_by_the_quality_of_the_edges(score, a, b):
    a, b = a[40:60, 20:50], b[40:60, 20:50]
    fused = np.maximum(a, b)
    edges = [_sobel(x) for x in (a, b, fused)]
    assert score("q_e", a, b, fused) == pytest.approx(
        score("q_w", a, b, fused) * _piella(*edges), rel=1e-6
    )


def test_yang_takes_the_mean_where_sources_agree_and_the_nearer_where_not(score):
    dark, darker, bright = (np.full((7, 7), level) for level in (100, 10, 200))
    assert score("q_y", dark, dark, bright) == pytest.approx(2 * 2 / (4 + 1))
    assert score("q_y", dark, darker, dark) == pytest.approx(1)


def _ms_ssim(x, f):
    value = 1.0
    settings = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5}
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333), start=1):
        k1 = 0.01 if scale == 5 else 1e6  # so large that the means no longer matter
        like = structural_similarity(x, f, K1=k1, use_sample_covariance=False, **settings)
        value *= like**weight
        x, f = ((i[::2, ::2] + i[1::2, ::2] + i[::2, 1::2] + i[1::2, 1::2]) / 4 for i in (x, f))
    return value


def _piella(a, b, f):
    total = weight = 0.0
    for i in range(a.shape[0] - 7):
        for j in range(a.shape[1] - 7):
            x, y, z = (image[i : i + 8, j : j + 8] for image in (a, b, f))
            if not x.var() + y.var():
                continue
            share, most = x.var() / (x.var() + y.var()), max(x.var(), y.var())
            total += most * (share * _index(x, z) + (1 - share) * _index(y, z))
            weight += most
    return total / weight


def _index(x, y):
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    like = 2 * covariance / (x.var() + y.var()) if x.var() + y.var() else 1
    bright = x.mean() ** 2 + y.mean() ** 2
    return like * (2 * x.mean() * y.mean() / bright if bright else 1)


def _sobel(image):
    p = np.pad(image, 1, mode="edge")
    gx = (p[:-2, 2:] + 2 * p[1:-1, 2:] + p[2:, 2:]) - (p[:-2, :-2] + 2 * p[1:-1, :-2] + p[2:, :-2])
    gy = (p[2:, :-2] + 2 * p[2:, 1:-1] + p[2:, 2:]) - (p[:-2, :-2] + 2 * p[:-2, 1:-1] + p[:-2, 2:])
    return np.hypot(gx, gy)
