"""Structural similarity of a fused image to its sources, in windows."""

from dataclasses import dataclass

import numpy as np

from fusionviewer.metrics.gradients import gaussian, sobel, windowed
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

_LUMINANCE, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_SSIM_WINDOW = gaussian(11, 1.5)
_YANG_WINDOW = gaussian(7, 1.5)
_UNIVERSAL_WINDOW = np.full(8, 1 / 8)
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_TINY = 2e-16  # Yang's constants, which only decide 0 / 0


@dataclass(frozen=True)
class _Moments:
    """Mean and population variance in every window."""

    levels: GreyLevels
    mean: Map
    variance: Map


def structural_similarity(sources: Sources, fused: Picture) -> float:
    """Mean SSIM with both sources, −1 to 1 (all three the same).

    Gaussian window 11 × 11 of σ 1.5, K 0.01 and 0.03, levels 0…255, population covariances;
    averaged over windows that lie wholly in the image, or whose centre is in the region. An
    average of the sources scores high: read it beside FSIM and Q^AB/F. Undefined below 11 × 11.

    Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861, equation 13.
    """
    require_size(fused, 11)
    f = fused.of(_ssim_moments)
    maps = [_ssim_parts(x.of(_ssim_moments), f) for x in (sources.a, sources.b)]
    return sum(float(sources.inside(near * like).mean()) for near, like in maps) / 2


def multi_scale_similarity(sources: Sources, fused: Picture) -> float:
    """Mean MS-SSIM with both sources over five scales, 0 to 1 (all three the same).

    SSIM's window and constants; halved by 2 × 2 means; a negative contrast term counts as 0.
    A region restricts it to its bounding box. Undefined below 176 × 176. sewar halves with
    windows shifted by one pixel, and differs in the third digit.

    Source: Wang, Simoncelli & Bovik 2003, doi:10.1109/ACSSC.2003.1292216.
    """
    require_size(fused, 11 * 2 ** (len(_SCALE_WEIGHTS) - 1))
    f = fused.of(_pyramid)
    return sum(_ms_ssim(x.of(_pyramid), f) for x in (sources.a, sources.b)) / 2


def weighted_quality(sources: Sources, fused: Picture) -> float:
    """Piella's Q_W: universal quality index with each source, weighted by saliency, −1 to 1.

    Saliency is the variance in windows of 8 × 8. Windows in which image and source are both
    flat compare by their means; equal black windows are 1, but flat windows have no weight.
    Undefined below 8 × 8, and where both sources are flat everywhere. Z. Liu's toolbox puts
    SSIM with its constants in place of the index. sewar's `uqi` takes means for sums.

    Source: Piella & Heijmans 2003, doi:10.1109/ICIP.2003.1247209.
    """
    require_size(fused, 8)
    return _piella(sources, *(x.of(_moments) for x in (sources.a, sources.b, fused)))


def edge_quality(sources: Sources, fused: Picture) -> float:
    """Piella's Q_E: Q_W of the images times Q_W of their Sobel magnitudes (α = 1), −1 to 1.

    Conventions and undefined cases of `weighted_quality`.

    Source: Piella & Heijmans 2003, doi:10.1109/ICIP.2003.1247209.
    """
    of_edges = _piella(sources, *(x.of(_edge_moments) for x in (sources.a, sources.b, fused)))
    return weighted_quality(sources, fused) * of_edges


def yang_quality(sources: Sources, fused: Picture) -> float:
    """Yang's Q_Y, up to 1: where the sources agree, both count; where not, the nearer one.

    SSIM almost without constants in Gaussian windows of 7 × 7, σ 1.5: λ SSIM(a, f) +
    (1 − λ) SSIM(b, f) where SSIM(a, b) ≥ 0.75, else the greater of the two; λ is a's share of
    the variance, ½ where both are flat, so constant images have a value. Variances below 1e-10
    of the mean square are rounding and count as 0. Undefined below 7 × 7.

    Source: Yang et al. 2008, doi:10.1016/j.inffus.2006.09.001; window and
    constants as in Z. Liu's toolbox.
    """
    require_size(fused, 7)
    a, b, f = (x.of(_yang_moments) for x in (sources.a, sources.b, fused))
    agree, share = sources.of(_agreement)
    with_a, with_b = _yang_ssim(a, f), _yang_ssim(b, f)
    mixed = share * with_a + (1 - share) * with_b
    quality = np.where(agree, mixed, np.maximum(with_a, with_b))
    return float(sources.inside(quality).mean())


def _ssim_moments(levels: GreyLevels) -> _Moments:
    return _moments_in(levels, _SSIM_WINDOW)


def _yang_moments(levels: GreyLevels) -> _Moments:
    return _moments_in(levels, _YANG_WINDOW)


def _moments(levels: GreyLevels) -> _Moments:
    return _moments_in(levels, _UNIVERSAL_WINDOW)


def _edge_moments(levels: GreyLevels) -> _Moments:
    return _moments(np.hypot(*sobel(levels)))


def _moments_in(levels: GreyLevels, weights: Map) -> _Moments:
    mean, square = windowed(levels, weights), windowed(levels**2, weights)
    variance = square - mean**2
    variance[variance < 1e-10 * square] = 0  # what rounding leaves of a flat window
    return _Moments(levels, mean, variance)


def _covariance(x: _Moments, y: _Moments, weights: Map) -> Map:
    covariance = windowed(x.levels * y.levels, weights) - x.mean * y.mean
    covariance[(x.variance == 0) | (y.variance == 0)] = 0
    return covariance


def _ssim_parts(x: _Moments, y: _Moments) -> tuple[Map, Map]:
    """Likeness of the means, and of contrast and structure; their product is SSIM."""
    covariance = _covariance(x, y, _SSIM_WINDOW)
    near = (2 * x.mean * y.mean + _LUMINANCE) / (x.mean**2 + y.mean**2 + _LUMINANCE)
    like = (2 * covariance + _CONTRAST) / (x.variance + y.variance + _CONTRAST)
    return near, like


def _pyramid(levels: GreyLevels) -> list[_Moments]:
    scales = [_ssim_moments(levels)]
    for _ in _SCALE_WEIGHTS[1:]:
        levels = _halved(levels)
        scales.append(_ssim_moments(levels))
    return scales


def _halved(levels: GreyLevels) -> GreyLevels:
    even = np.pad(levels, [(0, n % 2) for n in levels.shape], mode="edge")
    rows, columns = even.shape
    return np.asarray(even.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)))


def _ms_ssim(x: list[_Moments], f: list[_Moments]) -> float:
    parts = [_ssim_parts(at_x, at_f) for at_x, at_f in zip(x, f, strict=True)]
    terms = [like.mean() for _, like in parts[:-1]] + [(parts[-1][0] * parts[-1][1]).mean()]
    return float(np.prod(np.maximum(terms, 0) ** np.array(_SCALE_WEIGHTS)))


def _piella(sources: Sources, a: _Moments, b: _Moments, f: _Moments) -> float:
    total = a.variance + b.variance
    share = np.divide(a.variance, total, out=np.full_like(total, 0.5), where=total > 0)
    quality = share * _universal_index(a, f) + (1 - share) * _universal_index(b, f)
    weight = sources.inside(np.maximum(a.variance, b.variance))
    if not weight.sum():
        raise Undefined(in_english("both sources are flat"))
    return float((weight * sources.inside(quality)).sum() / weight.sum())


def _universal_index(x: _Moments, y: _Moments) -> Map:
    """Wang & Bovik 2002, doi:10.1109/97.995823, with the flat cases of their code."""
    contrast, brightness = x.variance + y.variance, x.mean**2 + y.mean**2
    covariance = _covariance(x, y, _UNIVERSAL_WINDOW)
    like = np.divide(2 * covariance, contrast, out=np.ones_like(contrast), where=contrast > 0)
    near = np.divide(2 * x.mean * y.mean, brightness, out=np.ones_like(like), where=brightness > 0)
    return like * near


def _agreement(a: Picture, b: Picture) -> tuple[Region, Map]:
    """Where the sources agree, and a's share of the variance."""
    x, y = a.of(_yang_moments), b.of(_yang_moments)
    total = x.variance + y.variance
    share = np.divide(x.variance, total, out=np.full_like(total, 0.5), where=total > 0)
    return _yang_ssim(x, y) >= 0.75, share


def _yang_ssim(x: _Moments, y: _Moments) -> Map:
    covariance = _covariance(x, y, _YANG_WINDOW)
    near = (2 * x.mean * y.mean + _TINY) / (x.mean**2 + y.mean**2 + _TINY)
    return near * (2 * covariance + _TINY) / (x.variance + y.variance + _TINY)
