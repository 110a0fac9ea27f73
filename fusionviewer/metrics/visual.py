"""Visual information fidelity: how much of what the eye could see is still there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer.metrics.gradients import gaussian, windowed
from fusionviewer.metrics.picture import GreyLevels, Map, Picture, Sources, Undefined, require_size
from fusionviewer.texts import in_english

_EYE_NOISE = 2.0
_NOTHING = 1e-10
_WINDOWS = tuple(gaussian(n, n / 5) for n in (17, 9, 5, 3))
_SMALLEST = 41  # pixels: the last scale then has one window


@dataclass(frozen=True)
class _Scale:
    levels: GreyLevels
    weights: NDArray[np.float64]
    mean: Map
    variance: Map


def visual_information_fidelity(sources: Sources, fused: Picture) -> float:
    """VIF in the pixel domain, *sum* over both sources: 2 where all three are the same.

    Four scales, Gaussian windows of 17, 9, 5, 3 with σ N/5, windows wholly inside, noise
    variance 2, levels 0…255. It may exceed 2 where fusion raised contrast. A region restricts
    it to its bounding box. Undefined below 41 × 41, and where a source is constant.

    Source: Sheikh & Bovik 2006, doi:10.1109/TIP.2005.859378, in the authors' pixel-domain form.
    """
    require_size(fused, _SMALLEST)
    f = fused.of(_scales)
    return sum(_fidelity(x.of(_scales), f) for x in (sources.a, sources.b))


def _scales(levels: GreyLevels) -> list[_Scale]:
    scales: list[_Scale] = []
    for weights in _WINDOWS:
        if scales:
            levels = np.ascontiguousarray(windowed(levels, weights)[::2, ::2])
        mean = windowed(levels, weights)
        variance = np.maximum(windowed(levels**2, weights) - mean**2, 0)
        scales.append(_Scale(levels, weights, mean, variance))
    return scales


def _fidelity(x: list[_Scale], f: list[_Scale]) -> float:
    kept = sum(_kept_information(at_x, at_f) for at_x, at_f in zip(x, f, strict=True))
    there = sum(float(np.log1p(_seen(at_x) / _EYE_NOISE).sum()) for at_x in x)
    if there == 0:
        raise Undefined(in_english("a source is constant"))
    return kept / there


def _seen(x: _Scale) -> Map:
    return np.where(x.variance < _NOTHING, 0, x.variance)


def _kept_information(x: _Scale, f: _Scale) -> float:
    covariance = windowed(x.levels * f.levels, x.weights) - x.mean * f.mean
    gain = covariance / (x.variance + _NOTHING)
    gain[(x.variance < _NOTHING) | (f.variance < _NOTHING)] = 0
    noise = f.variance - gain * covariance
    noise[f.variance < _NOTHING] = 0
    noise = np.where(gain < 0, f.variance, noise)
    gain, noise = np.maximum(gain, 0), np.maximum(noise, _NOTHING)
    return float(np.log1p(gain**2 * _seen(x) / (noise + _EYE_NOISE)).sum())
