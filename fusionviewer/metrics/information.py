"""Scores from information theory: what the histograms say.

All of them look at pixels one by one: a region restricts them to exactly its pixels, and no
order of the pixels matters. Constant, all-zero and one-pixel images have entropy 0.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fusionviewer.metrics.picture import GreyLevels, Picture, Sources, Undefined
from fusionviewer.texts import in_english

Counts = NDArray[np.float64]
Levels = NDArray[np.uint8]


def entropy(sources: Sources, fused: Picture) -> float:
    """How varied the grey levels are, in bits: 0 (constant) to 8 (all 256 equally often).

    Levels are rounded to 8 bits first. Does not look at the sources.

    Source: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x.
    """
    return _bits(_histogram(sources.inside(fused.of(_rounded))))


def entropy_of_floats(sources: Sources, fused: Picture) -> float:
    """Entropy in bits over the distinct *unrounded* values, 0 to log2(pixels): 16 for 256².

    This is the “EN” of 9 to 13 in the tables of DILRAN and EH-DRAN. It counts how often the
    network's arithmetic gave the same number twice, so it rises with rounding noise. An image
    of 8-bit levels has here the same value as `entropy`.

    Source: arXiv:2212.04661, released evaluation code.
    """
    _, counts = np.unique(sources.inside(fused.levels), return_counts=True)
    return _bits(counts)


def entropy_of_jpeg(sources: Sources, fused: Picture) -> float:
    """Entropy in bits, 0 to 8, of the fused image after saving it as JPEG of quality 75.

    The column called “MI” in DILRAN's Table 1 has these values: it is not mutual information.

    Source: arXiv:2212.04661, Table 1.
    """
    return _bits(_histogram(sources.inside(fused.of(through_jpeg))))


def mutual_information(sources: Sources, fused: Picture) -> float:
    """How much the fused image tells about both sources, in bits: I(a; fused) + I(b; fused).

    Joint histograms of 256 rounded grey levels. From 0 (unrelated) to the entropy of `a` plus
    that of `b` (nothing lost).

    Source: Qu, Zhang & Yan 2002, doi:10.1049/el:20020212.
    """
    f = sources.inside(fused.of(_rounded))
    return sum(_shared_bits(sources.inside(x.of(_rounded)), f) for x in (sources.a, sources.b))


def mutual_information_nats(sources: Sources, fused: Picture) -> float:
    """Mutual information in nats, *mean* over the sources, levels *truncated* to 8 bits.

    The script of DILRAN; `mutual_information` · ln 2 / 2 for 8-bit images.

    Source: arXiv:2212.04661, released evaluation code.
    """
    f = sources.inside(fused.of(_truncated))
    bits = [_shared_bits(sources.inside(x.of(_truncated)), f) for x in (sources.a, sources.b)]
    return float(np.log(2) * sum(bits) / 2)


def normalised_mutual_information(sources: Sources, fused: Picture) -> float:
    """2 I(a; f) / (H(a) + H(f)) + 2 I(b; f) / (H(b) + H(f)), from 0 to 2 (all three the same).

    Undefined where fused image and a source are both constant: 0 / 0.

    Source: Hossny, Nahavandi & Creighton 2008, doi:10.1049/el:20081754.
    """
    f = sources.inside(fused.of(_rounded))
    return sum(_hossny(sources.inside(x.of(_rounded)), f) for x in (sources.a, sources.b))


def entropy_ratio(sources: Sources, fused: Picture) -> float:
    """(H(x) + H(f)) / H(x, f) in 100 bins from least to greatest value, mean over the sources.

    From 1 (independent) to 2 (one determines the other). Undefined where fused image and a
    source are both constant: 0 / 0.

    Source: Studholme, Hill & Hawkes 1999, doi:10.1016/S0031-3203(98)00091-0; with 100 bins in
    DILRAN's code.
    """
    f = _binned(sources.inside(fused.levels))
    ratios = [_studholme(_binned(sources.inside(x.levels)), f) for x in (sources.a, sources.b)]
    return sum(ratios) / 2


def cross_entropy(sources: Sources, fused: Picture) -> float:
    """How far the histogram of the fused image is from those of the sources, in bits.

    Mean of Σ p_x log2(p_x / p_f) over both sources, 0 where the histograms are equal; less is
    better. Levels absent from one of the two images are left out, as in the usual code, so it
    may fall below 0. Undefined when they share no level.

    Source: Kullback & Leibler 1951, doi:10.1214/aoms/1177729694.
    """
    f = _histogram(sources.inside(fused.of(_rounded)))
    both = [_histogram(sources.inside(x.of(_rounded))) for x in (sources.a, sources.b)]
    return sum(_divergence(x, f) for x in both) / 2


def through_jpeg(levels: GreyLevels) -> GreyLevels:
    """The levels, rounded, after saving as JPEG of quality 75 and reading back."""
    file = BytesIO()
    Image.fromarray(_rounded(levels)).save(file, "JPEG", quality=75)
    with Image.open(file) as image:
        return np.asarray(image, dtype=np.float64)


def _rounded(levels: GreyLevels) -> Levels:
    return np.rint(levels).astype(np.uint8)


def _truncated(levels: GreyLevels) -> Levels:
    return levels.astype(np.uint8)


def _histogram(levels: NDArray[np.generic]) -> NDArray[np.intp]:
    return np.bincount(levels.astype(np.intp), minlength=256)


def _bits(counts: NDArray[np.integer]) -> float:
    share = counts[counts > 0] / counts.sum()
    return max(float(-(share * np.log2(share)).sum()), 0.0)


def _joint_bits(x: NDArray[np.generic], y: NDArray[np.generic]) -> float:
    return _bits(np.bincount(x.astype(np.intp) * 256 + y.astype(np.intp)))


def _shared_bits(x: NDArray[np.generic], y: NDArray[np.generic]) -> float:
    return max(_bits(_histogram(x)) + _bits(_histogram(y)) - _joint_bits(x, y), 0.0)


def _hossny(x: NDArray[np.generic], f: NDArray[np.generic]) -> float:
    total = _bits(_histogram(x)) + _bits(_histogram(f))
    if total == 0:
        raise Undefined(in_english("the fused image and a source are both constant"))
    return 2 * _shared_bits(x, f) / total


def _studholme(x: NDArray[np.generic], f: NDArray[np.generic]) -> float:
    joint = _joint_bits(x, f)
    if joint == 0:
        raise Undefined(in_english("the fused image and a source are both constant"))
    return (_bits(_histogram(x)) + _bits(_histogram(f))) / joint


def _binned(values: NDArray[np.float64], bins: int = 100) -> NDArray[np.intp]:
    low, high = values.min(), values.max()
    if low == high:
        return np.zeros(values.shape, dtype=np.intp)
    edges = np.linspace(low, high, bins + 1)
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bins - 1)


def _divergence(x: NDArray[np.intp], f: NDArray[np.intp]) -> float:
    shared = (x > 0) & (f > 0)
    if not shared.any():
        raise Undefined(in_english("the fused image and a source have no grey level in common"))
    p, q = x[shared] / x.sum(), f[shared] / f.sum()
    return float((p * np.log2(p / q)).sum())
