"""Scores of pixel-wise likeness to the sources.

A region restricts them to exactly its pixels, and no order of the pixels matters.
"""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.metrics.picture import Picture, Sources, Undefined
from fusionviewer.texts import in_english


def peak_signal_to_noise(sources: Sources, fused: Picture) -> float:
    """Mean of the two PSNRs in dB, 10 log10(255² / MSE). More is nearer to both sources.

    Infinite where the fused image equals a source. Greatest near a weighted average of the
    sources, so it rewards grey compromise. A region restricts it to its pixels.

    Source: arXiv:2212.04661, section 3 (mean of both).
    """
    f = sources.inside(fused.levels)
    return sum(_decibels(sources.inside(x.levels), f) for x in (sources.a, sources.b)) / 2


def correlation(sources: Sources, fused: Picture) -> float:
    """Mean of the Pearson correlations with the two sources, −1 to 1.

    Undefined where one of the three images is constant. A region restricts it to its pixels.

    Source: Deshmukh & Bhosale 2010; as in doi:10.62756/jmsi.1674-8042.2025003.
    """
    a, b, f = (sources.inside(x.levels) for x in (sources.a, sources.b, fused))
    return (_pearson(a, f) + _pearson(b, f)) / 2


def correlations_of_differences(sources: Sources, fused: Picture) -> float:
    """SCD: what the fused image adds to one source resembles the other. −2 to 2.

    corr(F − B, A) + corr(F − A, B). Undefined where a source is constant or differs from the
    fused image by a constant, so also for perfect fusion of equal sources. A region restricts
    it to its pixels.

    Source: Aslantas & Bendes 2015, doi:10.1016/j.aeue.2015.09.004.
    """
    a, b, f = (sources.inside(x.levels) for x in (sources.a, sources.b, fused))
    return _pearson(f - b, a) + _pearson(f - a, b)


def _decibels(x: NDArray[np.float64], f: NDArray[np.float64]) -> float:
    error = float(((x - f) ** 2).mean())
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def _pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    dx, dy = _centred(x), _centred(y)
    return float((dx * dy).sum() / np.sqrt((dx**2).sum() * (dy**2).sum()))


def _centred(x: NDArray[np.float64]) -> NDArray[np.float64]:
    if x.max() - x.min() <= 1e-9:  # rounding of a difference that is constant
        raise Undefined(in_english("an image, or its difference from the fused one, is constant"))
    return np.asarray(x - x.mean())
