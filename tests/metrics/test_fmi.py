import numpy as np
import pytest

from fusionviewer.metrics.fmi import _edges
from fusionviewer.metrics.windows import information_share, read


@pytest.mark.parametrize(
    ("x", "f", "expected"),
    [
        ([0, 1, 1, 0, 0, 0, 0, 0, 0], [5, 9, 9, 5, 5, 5, 5, 5, 5], 1),  # the same, stretched
        ([0, 1, 1, 0, 0, 0, 0, 0, 0], [7, 7, 7, 7, 7, 7, 7, 7, 7], 0),  # flat tells nothing
        ([1, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 1], 0),  # two certain pixels
    ],
)
def test_windows_whose_share_is_known(x, f, expected):
    found = information_share(*(read(np.array(w, dtype=float)[:, None]) for w in (x, f)))
    assert found[0] == pytest.approx(expected, abs=1e-5)


def test_windows_agree_with_the_definition_taken_cell_by_cell():
    generator = np.random.default_rng(3)
    x, f = generator.integers(0, 6, (2, 9, 300)).astype(float)
    f[:, 100:200] = 5 - x[:, 100:200] + (generator.random((9, 100)) < 0.2)  # nearly reversed
    expected = [_share(*pair) for pair in zip(x.T, f.T, strict=True)]
    np.testing.assert_allclose(information_share(read(x), read(f)), expected, atol=2e-5)
    assert min(expected) >= -1e-9


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("fmi_pixel", lambda levels: levels),
        ("fmi_gradient", lambda levels: np.gradient(levels)[1]),
        ("fmi_edge", lambda levels: _edges(levels).astype(float)),
    ],
)
def test_scores_are_means_over_windows_and_sources(score, a, b, name, feature):
    a, b = a[80:105, 10:40], b[80:105, 10:40]
    fused = np.maximum(a, b)
    found = [feature(image) for image in (a, b, fused)]
    shares = [
        1.0 if (x == f).all() else _share(x.T.ravel(), f.T.ravel())
        for source in found[:2]
        for x, f in zip(_windows(source), _windows(found[2]), strict=True)
    ]
    assert score(name, a, b, fused) == pytest.approx(np.mean(shares), rel=1e-4)


def test_the_edge_of_a_step_is_one_pixel_wide():
    step = np.repeat([[0.0] * 5 + [100.0] * 5], 10, axis=0)
    expected = np.zeros((10, 10), dtype=bool)
    expected[1:-1, 5] = True  # of two equal maxima the one further on
    np.testing.assert_array_equal(_edges(step), expected)
    np.testing.assert_array_equal(_edges(step.T), expected.T)


def test_weak_slopes_are_no_edges():
    image = np.zeros((20, 20))
    image[:, 10:] = 200
    image[5, 3] = 4
    assert not _edges(image)[3:8, 1:6].any()


def test_wavelet_and_cosine_scores_do_not_see_rounding_noise(score, a):
    nearly = a * (1 + 1e-13)
    for name in ("fmi_wavelet", "fmi_dct"):
        assert score(name, a, a, np.clip(nearly, 0, 255)) == pytest.approx(1, abs=1e-3)


def _windows(values):
    rows, columns = values.shape
    return [values[i : i + 3, j : j + 3] for i in range(rows - 2) for j in range(columns - 2)]


def _share(x, f):
    p, q = _distribution(x), _distribution(f)
    c = np.corrcoef(p, q)[0, 1] if np.ptp(p) and np.ptp(q) else 0.0
    place = np.arange(9)
    spread = np.sqrt(_variance(place, p) * _variance(place, q))
    cdf_p, cdf_q = np.cumsum(p), np.cumsum(q)
    sums = cdf_p[:, None] + cdf_q
    bound = np.minimum(cdf_p[:, None], cdf_q) if c >= 0 else np.maximum(sums - 1, 0)
    covariance = (bound - np.outer(cdf_p, cdf_q)).sum()
    phi = c * spread / covariance if c and spread > 1e-9 else 0.0
    mass = np.diff(np.diff(np.pad(bound, ((1, 0), (1, 0))), axis=0), axis=1)
    joint = phi * mass + (1 - phi) * np.outer(p, q)
    total = _bits(p) + _bits(q)
    return 2 * (total - _bits(joint)) / total if total > 1e-9 else 0.0


def _distribution(x):
    stretched = (x - x.min()) / np.ptp(x) if np.ptp(x) else np.ones(9)
    return stretched / stretched.sum()


def _variance(place, p):
    return p @ place**2 - (p @ place) ** 2


def _bits(p):
    p = np.abs(p[np.abs(p) > 1e-15]) * np.sign(p[np.abs(p) > 1e-15])
    return -(p * np.log2(np.abs(p))).sum()
