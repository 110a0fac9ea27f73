import numpy as np
import pytest
from phasepack import phasecong

from fusionviewer.metrics.phase import congruencies_by_orientation, phase_congruency
from fusionviewer.metrics.picture import Undefined


def test_congruency_by_orientation_agrees_with_phasepack(a):
    for image in (a / 255, a[:, :101] / 255, a[:75] / 255):
        expected = phasecong(image, nscale=4, minWaveLength=6, mult=2, sigmaOnf=0.5978)[4]
        for found, reference in zip(congruencies_by_orientation(image), expected, strict=True):
            np.testing.assert_allclose(found, reference, atol=1e-8)


def test_fsim_of_dilran_agrees_with_its_formula_on_phasepack(score, a, b):
    fused = (a + b) / 2
    expected = np.mean([_parity(x / 255, fused / 255) for x in (a, b)])
    assert score("fsim_parity", a, b, fused) == pytest.approx(expected, rel=1e-6)


def test_congruency_agrees_with_the_published_steps_taken_one_by_one(a):
    for image in (a, a[:75, 20:101]):
        np.testing.assert_allclose(phase_congruency(image), _published(image), atol=1e-9)


def test_congruency_is_strongest_on_the_edge_however_strong_the_edge_is():
    step = np.repeat([[0.0] * 32 + [200.0] * 32], 64, axis=0)
    strong, weak = phase_congruency(step), phase_congruency(step / 10)
    assert set(np.argsort(strong[32, 8:-8])[-2:] + 8) == {31, 32}
    np.testing.assert_allclose(weak[:, 31:33], strong[:, 31:33], rtol=1e-4)


def test_fsim_agrees_with_its_formula(score, a, b):
    fused = (a + b) / 2
    expected = np.mean([_published_similarity(x, fused) for x in (a, b)])
    assert score("fsim", a, b, fused) == pytest.approx(expected, rel=1e-6)


def test_a_large_image_is_first_reduced_by_means(score, a, b):
    large = [np.kron(x, np.ones((3, 3))) for x in (a, b, np.maximum(a, b))]  # 576, by 2
    reduced = [x.reshape(288, 2, 288, 2).mean(axis=(1, 3)) for x in large]
    assert score("fsim", *large) == pytest.approx(score("fsim", *reduced))


@pytest.mark.parametrize("name", ["fsim", "fsim_parity"])
def test_flat_images_have_no_features_to_compare(score, name):
    flat = np.full((16, 16), 100)
    with pytest.raises(Undefined):
        score(name, flat, flat, flat)


def _parity(x, f):
    phases = [
        sum(phasecong(i, nscale=4, minWaveLength=6, mult=2, sigmaOnf=0.5978)[4]) for i in (x, f)
    ]
    slopes = [_scharr(i, "reflect", lambda g: np.rint(np.maximum(g, 0))) for i in (x, f)]
    return _pooled(*phases, *slopes)


def _published_similarity(x, f):
    phases = [_published(i) for i in (x, f)]
    slopes = [_scharr(i, "constant", lambda g: g / 16) for i in (x, f)]
    return _pooled(*phases, *slopes)


def _pooled(phase_x, phase_f, slope_x, slope_f):
    phase = (2 * phase_x * phase_f + 0.85) / (phase_x**2 + phase_f**2 + 0.85)
    slope = (2 * slope_x * slope_f + 160) / (slope_x**2 + slope_f**2 + 160)
    return np.average(phase * slope, weights=np.maximum(phase_x, phase_f))


def _scharr(image, border, stored):
    p = np.pad(image, 1, mode=border)
    left, right = (
        3 * p[:-2, c] + 10 * p[1:-1, c] + 3 * p[2:, c] for c in (slice(-2), slice(2, None))
    )
    up, down = (3 * p[r, :-2] + 10 * p[r, 1:-1] + 3 * p[r, 2:] for r in (slice(-2), slice(2, None)))
    return np.hypot(stored(right - left), stored(down - up))


def _published(image):
    """Phase congruency as the authors of FSIM write it: filter by filter, noise term by term."""
    rows, columns = image.shape
    y, x = np.meshgrid(_axis(rows), _axis(columns), indexing="ij")
    radius, theta = np.hypot(x, y), np.arctan2(-y, x)
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[rows // 2, columns // 2] = 1
    spectrum = np.fft.fftshift(np.fft.fft2(image))
    energy = amplitude = 0
    for angle in (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4):
        turn = np.abs(np.angle(np.exp(1j * (theta - angle))))
        filters = []
        for wavelength in (6, 12, 24, 48):
            band = np.exp(-(np.log(radius * wavelength) ** 2) / (2 * np.log(0.55) ** 2)) * low_pass
            band[rows // 2, columns // 2] = 0
            filters.append(band * np.exp(-(turn**2) / (2 * (np.pi / 4 / 1.2) ** 2)))
        answers = [np.fft.ifft2(np.fft.ifftshift(spectrum * one)) for one in filters]
        kernels = [
            np.fft.ifft2(np.fft.ifftshift(one)).real * np.sqrt(image.size) for one in filters
        ]
        total = sum(answers)
        length = np.abs(total) + 1e-4
        even, odd = total.real / length, total.imag / length
        here = sum(
            e.real * even + e.imag * odd - np.abs(e.real * odd - e.imag * even) for e in answers
        )
        noise = np.median(np.abs(answers[0]) ** 2) / -np.log(0.5) / (filters[0] ** 2).sum()
        squares = sum((k**2).sum() for k in kernels)
        crossed = sum((kernels[i] * kernels[j]).sum() for i in range(4) for j in range(i + 1, 4))
        expected = 2 * noise * squares + 4 * noise * crossed
        tau = np.sqrt(expected / 2)
        threshold = (tau * np.sqrt(np.pi / 2) + 2 * np.sqrt((2 - np.pi / 2) * tau**2)) / 1.7
        energy = energy + np.maximum(here - threshold, 0)
        amplitude = amplitude + sum(np.abs(e) for e in answers)
    return energy / amplitude


def _axis(n):
    return np.arange(-(n - 1) / 2, n / 2) / (n - 1) if n % 2 else np.arange(-n / 2, n / 2) / n
