"""Feature similarity by phase congruency, as published and as DILRAN's tables have it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.metrics.gradients import sobel
from fusionviewer.metrics.picture import (
    GreyLevels,
    Map,
    Picture,
    Region,
    Sources,
    Undefined,
    require_size,
)
from fusionviewer.texts import in_english

_SCALES = 4
_SHORTEST_WAVE = 6.0  # pixels; doubles from scale to scale
_EPSILON = 1e-4
_NOISE_DEVIATIONS = 2.0
_FLAT_PHASE, _FLAT_GRADIENT = 0.85, 160.0  # T1 and T2
_SCHARR = (3.0, 10.0, 3.0)


@dataclass(frozen=True)
class _Features:
    phase: Map
    gradient: Map


@dataclass(frozen=True)
class _Responses:
    """What one orientation answers, added over its scales; each (H, W)."""

    finest: Map  # amplitude at the shortest wave
    amplitude: Map
    greatest: Map
    energy: Map


def feature_similarity(sources: Sources, fused: Picture) -> float:
    """FSIM, mean over both sources: phase congruency and gradients alike. 0 to 1 (the same).

    Levels 0…255, four scales from 6 pixels, four orientations, log-Gabor σ 0.55, Scharr
    gradients divided by 16, T1 0.85, T2 160; above 384 pixels the image is first reduced by
    means over round(shorter side / 256). A region weighs only its pixels. Undefined below
    8 × 8, and where nothing has phase congruency (constant images).

    Source: Zhang, Zhang, Mou & Zhang 2011, doi:10.1109/TIP.2011.2109730, with the authors'
    settings. No independent implementation is among the test dependencies: the
    filters are checked through `feature_similarity_parity`.
    """
    require_size(fused, 8)
    return _mean_similarity(sources, fused, _published_features)


def feature_similarity_parity(sources: Sources, fused: Picture) -> float:
    """FSIM as DILRAN and EH-DRAN computed it, mean over both sources. Never beside `fsim`.

    Levels 0…1, six orientations whose congruencies are *added*, log-Gabor σ 0.5978, and Scharr
    gradients stored as unsigned 16-bit numbers: negative ones become 0, the rest is rounded, so
    that against T2 = 160 the gradient says almost nothing. Undefined as `feature_similarity`.

    Source: arXiv:2212.04661, released evaluation code.
    """
    require_size(fused, 8)
    return _mean_similarity(sources, fused, _parity_features)


def _mean_similarity(
    sources: Sources, fused: Picture, features: Callable[[GreyLevels], _Features]
) -> float:
    f, region = fused.of(features), sources.region
    if region is not None:
        region = _reduced(region.astype(np.float64)) >= 0.5
    return sum(_similarity(x.of(features), f, region) for x in (sources.a, sources.b)) / 2


def _similarity(x: _Features, f: _Features, region: Region | None) -> float:
    phase = (2 * x.phase * f.phase + _FLAT_PHASE) / (x.phase**2 + f.phase**2 + _FLAT_PHASE)
    gradient = (2 * x.gradient * f.gradient + _FLAT_GRADIENT) / (
        x.gradient**2 + f.gradient**2 + _FLAT_GRADIENT
    )
    weight = np.maximum(x.phase, f.phase)
    if region is not None:
        weight = weight * region
    if not weight.sum():
        raise Undefined(in_english("neither the fused image nor a source has phase congruency"))
    return float((phase * gradient * weight).sum() / weight.sum())


def _published_features(levels: GreyLevels) -> _Features:
    reduced = _reduced(levels)
    across, down = sobel(reduced, "constant", _SCHARR)
    return _Features(phase_congruency(reduced), np.hypot(across, down) / 16)


def _parity_features(levels: GreyLevels) -> _Features:
    unit = levels / 255
    across, down = (np.rint(np.maximum(g, 0)) for g in sobel(unit, "mirror", _SCHARR))
    phase = sum(congruencies_by_orientation(unit), start=np.zeros_like(unit))
    return _Features(phase, np.hypot(across, down))


def phase_congruency(levels: GreyLevels) -> Map:
    """Energy over amplitude, both added over four orientations, (H, W) within 0…1.

    0 where nothing answers. Noise is estimated from the finest scale of each orientation.

    Source: Kovesi 1999, Videre 1(3), as changed for doi:10.1109/TIP.2011.2109730.
    """
    spectrum = scipy.fft.fft2(levels)
    energy, amplitude = np.zeros(levels.shape), np.zeros(levels.shape)
    for filters, spread in _published_bank(levels.shape):
        answer = _responses(spectrum, filters)
        power = np.median(answer.finest**2) / np.log(2) / (filters[0] ** 2).sum()
        tau = np.sqrt(power * spread)
        threshold = (tau * np.sqrt(np.pi / 2) + _NOISE_DEVIATIONS * tau * _RAYLEIGH) / 1.7
        energy += np.maximum(answer.energy - threshold, 0)
        amplitude += answer.amplitude
    return np.divide(energy, amplitude, out=np.zeros_like(energy), where=amplitude > 0)


def congruencies_by_orientation(levels: GreyLevels) -> list[Map]:
    """Phase congruency in six orientations, each (H, W), with the settings of DILRAN's code.

    Source: Kovesi 1999, Videre 1(3); settings of `phasepack.phasecong`, to which it is equal.
    """
    spectrum = scipy.fft.fft2(levels)
    maps: list[Map] = []
    for filters in _parity_bank(levels.shape):
        answer = _responses(spectrum, filters)
        tau = np.median(answer.finest) / np.sqrt(np.log(4)) * (2 - 2 ** (1 - _SCALES))
        threshold = max(tau * (np.sqrt(np.pi / 2) + _NOISE_DEVIATIONS * _RAYLEIGH), _EPSILON)
        energy = np.maximum(answer.energy - threshold, 0)
        width = (answer.amplitude / (answer.greatest + _EPSILON) - 1) / (_SCALES - 1)
        weighted = energy / (1 + np.exp(10 * (0.5 - width)))
        amplitude = answer.amplitude
        maps.append(np.divide(weighted, amplitude, out=np.zeros_like(energy), where=amplitude > 0))
    return maps


_RAYLEIGH = np.sqrt((4 - np.pi) / 2)  # deviation of a Rayleigh distribution, in units of its σ


def _responses(spectrum: NDArray[np.complex128], filters: NDArray[np.float64]) -> _Responses:
    """
    `filters` are (4, H, W) over frequency. Energy is Σ An (cos Δφ − |sin Δφ|), Δφ from the mean.
    """
    answers = scipy.fft.ifft2(spectrum * filters)  # 4 H W
    amplitudes = np.abs(answers)
    total = answers.sum(axis=0)
    mean = total / (np.abs(total) + _EPSILON)
    turned = answers * mean.conj()
    energy = (turned.real - np.abs(turned.imag)).sum(axis=0)
    return _Responses(amplitudes[0], amplitudes.sum(axis=0), amplitudes.max(axis=0), energy)


@lru_cache(maxsize=2)
def _published_bank(shape: tuple[int, int]) -> list[tuple[NDArray[np.float64], float]]:
    """Per orientation of four: filters (4, H, W), and how noise power adds up in them."""
    radial, theta = _log_gabor(shape, 0.55), _polar(shape)[1]
    bank = []
    for angle in np.arange(4) * np.pi / 4:
        filters = radial * np.exp(-(_turn(theta, angle) ** 2) / (2 * (np.pi / 4 / 1.2) ** 2))
        kernels = scipy.fft.ifft2(filters).real * np.sqrt(theta.size)
        bank.append((filters, float((kernels.sum(axis=0) ** 2).sum())))
    return bank


@lru_cache(maxsize=2)
def _parity_bank(shape: tuple[int, int]) -> list[NDArray[np.float64]]:
    """Per orientation of six: filters (4, H, W)."""
    radial, theta = _log_gabor(shape, 0.5978), _polar(shape)[1]
    turns = (np.minimum(3 * _turn(theta, angle), np.pi) for angle in np.arange(6) * np.pi / 6)
    return [radial * (np.cos(turn) + 1) / 2 for turn in turns]


def _log_gabor(shape: tuple[int, int], sigma: float) -> NDArray[np.float64]:
    """Radial filters (4, H, W) from the shortest wave up, without the corners of the plane."""
    radius = _polar(shape)[0].copy()
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1
    centres = 1 / (_SHORTEST_WAVE * 2.0 ** np.arange(_SCALES))
    ratio = np.log(radius / centres[:, None, None])
    filters = np.exp(-(ratio**2) / (2 * np.log(sigma) ** 2)) * low_pass
    filters[:, 0, 0] = 0
    return np.asarray(filters)


def _polar(shape: tuple[int, int]) -> tuple[Map, Map]:
    """Radius in cycles per pixel and angle of every frequency, (H, W), zero at the corner."""
    y, x = np.meshgrid(*(_frequencies(n) for n in shape), indexing="ij")
    return np.hypot(x, y), np.arctan2(-y, x)


def _frequencies(n: int) -> NDArray[np.float64]:
    """Of `n` samples, 0 first. Odd lengths reach ±½, as in Kovesi's code, not ½ − 1/2n."""
    steps = np.arange(n) - n // 2
    return np.asarray(scipy.fft.ifftshift(steps / (n - 1 if n % 2 and n > 1 else n)))


def _turn(theta: Map, angle: float) -> Map:
    """Absolute difference of two directions, 0…π."""
    difference = theta - angle
    return np.abs(np.arctan2(np.sin(difference), np.cos(difference)))


def _reduction(shape: tuple[int, ...]) -> int:
    return max(1, int(np.floor(min(shape) / 256 + 0.5)))


def _reduced(levels: GreyLevels) -> GreyLevels:
    step = _reduction(levels.shape)
    rows, columns = (n // step for n in levels.shape)
    blocks = levels[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return np.asarray(blocks.mean(axis=(1, 3)))
