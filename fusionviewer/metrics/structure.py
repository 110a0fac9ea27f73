"""Scores of what structure got across: edges and local contrast of the sources."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.metrics.gradients import sobel
from fusionviewer.metrics.picture import GreyLevels, Map, Picture, Sources, Undefined
from fusionviewer.texts import in_english

_STRENGTH = (0.9994, -15.0, 0.5)  # Γ, κ, σ of the sigmoid for edge strength
_ORIENTATION = (0.9879, -22.0, 0.8)


@dataclass(frozen=True)
class _Edges:
    strength: Map
    angle: Map  # radians within ±π/2; π/2 where the gradient is vertical or absent


def edge_transfer(sources: Sources, fused: Picture) -> float:
    """Q^AB/F: share of the sources' edges, in strength and orientation, that got across.

    From 0 to 0.9748, what the two sigmoids give for perfect fusion. Sobel gradients with
    replicated border, levels 0…255, weight of an edge = its strength. Equal strengths score
    ratio 1 (a common code puts the strength itself there). Undefined where both sources are
    constant. A region weighs only its pixels.

    Source: Xydeas & Petrović 2000, doi:10.1049/el:20000267.
    """
    (from_a, from_b), (weight_a, weight_b), _ = _transfer(sources, fused)
    return float((from_a * weight_a + from_b * weight_b).sum() / (weight_a + weight_b).sum())


def edge_artefacts(sources: Sources, fused: Picture) -> float:
    """N^AB/F: share of edges that fusion made up, 0 (none) to 1. Less is better.

    What Q^AB/F lacks, counted where the fused edge is stronger than both source edges.
    Conventions and undefined cases of `edge_transfer`.

    Source: Petrović & Xydeas 2005, doi:10.1109/ICCV.2005.175, weighted as in Kumar 2015,
    doi:10.1007/s11760-013-0556-9.
    """
    (from_a, from_b), (weight_a, weight_b), made_up = _transfer(sources, fused)
    lost = (1 - from_a) * weight_a + (1 - from_b) * weight_b
    return float(lost[made_up].sum() / (weight_a + weight_b).sum())


def contrast_quality(sources: Sources, fused: Picture) -> float:
    """Chen and Blum's Q_CB: local contrast, as the eye sees it, that was kept. 0 to 1.

    Each image is stretched to 0…255 (a constant one becomes 0), filtered by the contrast
    sensitivity of the eye, and its contrast between Gaussians of σ 2 and 4 is masked. Where
    neither image has contrast, quality is 1; where neither source has, both count half. The
    filter is periodic: a region only chooses pixels of the final map.

    Source: Chen & Blum 2009, doi:10.1016/j.imavis.2007.12.002; constants and borders as in
    Z. Liu's toolbox.
    """
    a, b, f = (x.of(_masked_contrast) for x in (sources.a, sources.b, fused))
    total = a**2 + b**2
    share = np.divide(a**2, total, out=np.full_like(total, 0.5), where=total > 0)
    quality = share * _smaller_share(a, f) + (1 - share) * _smaller_share(b, f)
    return float(sources.inside(quality).mean())


def _transfer(
    sources: Sources, fused: Picture
) -> tuple[tuple[Map, Map], tuple[Map, Map], NDArray[np.bool_]]:
    """How much of each source's edge is kept, its weight, and where fusion made edges up."""
    a, b, f = (x.of(_edges) for x in (sources.a, sources.b, fused))
    weight_a, weight_b = sources.inside(a.strength), sources.inside(b.strength)
    if not (weight_a + weight_b).sum():
        raise Undefined(in_english("both sources are constant"))
    kept = (sources.inside(_kept(a, f)), sources.inside(_kept(b, f)))
    stronger = sources.inside(f.strength)
    return kept, (weight_a, weight_b), (stronger > weight_a) & (stronger > weight_b)


def _edges(levels: GreyLevels) -> _Edges:
    across, down = sobel(levels)
    angle = np.full(levels.shape, np.pi / 2)
    np.divide(down, across, out=angle, where=across != 0)
    np.arctan(angle, out=angle, where=across != 0)
    return _Edges(np.hypot(across, down), angle)


def _kept(x: _Edges, f: _Edges) -> Map:
    alike = np.abs(np.abs(x.angle - f.angle) - np.pi / 2) * 2 / np.pi  # ±π/2 are one orientation
    strength = _smaller_share(x.strength, f.strength)
    return _sigmoid(strength, *_STRENGTH) * _sigmoid(alike, *_ORIENTATION)


def _sigmoid(x: Map, top: float, slope: float, middle: float) -> Map:
    return np.asarray(top / (1 + np.exp(slope * (x - middle))))


def _smaller_share(x: Map, y: Map) -> Map:
    """The smaller of two quantities over the greater; 1 where both are 0."""
    greater = np.maximum(x, y)
    return np.divide(np.minimum(x, y), greater, out=np.ones_like(greater), where=greater > 0)


def _masked_contrast(levels: GreyLevels) -> Map:
    seen = _as_the_eye_sees(_stretched(levels))
    near, far = (_blurred(seen, sigma) for sigma in (2.0, 4.0))
    ratio = np.divide(near, far, out=np.ones_like(near), where=far != 0)
    contrast = np.abs(ratio - 1)
    return np.asarray(contrast**3 / (contrast**2 + 1e-4))


def _stretched(levels: GreyLevels) -> GreyLevels:
    low, high = levels.min(), levels.max()
    if low == high:
        return np.zeros_like(levels)
    return np.asarray(np.rint((levels - low) / (high - low) * 255))


def _as_the_eye_sees(levels: GreyLevels) -> Map:
    """Filtered by a difference of Gaussians over frequency, the sensitivity of the eye."""
    rows, columns = levels.shape
    v = scipy.fft.fftfreq(rows)[:, None] * 2 * rows / 30
    u = scipy.fft.rfftfreq(columns) * 2 * columns / 30
    r2 = u**2 + v**2
    sensitivity = np.exp(-r2 / 15.3870**2) - 0.7622 * np.exp(-r2 / 1.3456**2)
    return np.asarray(scipy.fft.irfft2(scipy.fft.rfft2(levels) * sensitivity, s=levels.shape))


def _blurred(levels: Map, sigma: float) -> Map:
    x = np.arange(-15, 16)
    weights = np.exp(-(x**2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)
    down = scipy.ndimage.correlate1d(levels, weights, axis=0, mode="constant")
    return np.asarray(scipy.ndimage.correlate1d(down, weights, axis=1, mode="constant"))
