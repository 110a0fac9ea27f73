"""Feature mutual information: how much each window of the fused image knows of the sources'.

Every 3 × 3 window of a feature map, stretched to 0…1 and divided by its sum, is read as a
distribution over its nine pixels (column by column; a flat window is uniform). The joint
distribution of two windows is taken between independence and Fréchet's bound, as far as the
correlation of the windows tells, and 2 I / (H + H) is averaged over windows and both sources.
Equal windows score 1, so images of large empty areas score high: 0 to 1, all three the same.

The order of the pixels is part of the definition, so transposed images score differently.
Defined for constant images; undefined below 3 × 3.

Source: Haghighat, Aghagolzadeh & Seyedarabi 2011, doi:10.1016/j.compeleceng.2011.07.012, and
Haghighat & Razian 2014, doi:10.1109/ICAICT.2014.7036000; details as in the code of the latter.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pywt
import scipy
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fusionviewer.metrics.gradients import sobel
from fusionviewer.metrics.information import through_jpeg
from fusionviewer.metrics.picture import GreyLevels, Map, Picture, Sources, require_size
from fusionviewer.metrics.windows import Reading, information_share, read

Edges = NDArray[np.bool_]  # (H, W)


@dataclass(frozen=True)
class _Feature:
    map: Map  # (H, W)
    windows: Reading  # of its (H − 2)(W − 2) windows


def fmi_pixel(sources: Sources, fused: Picture) -> float:
    """FMI of the grey levels themselves. A region chooses windows by their centre."""
    return _mean_share(sources, fused, _pixels)


def fmi_gradient(sources: Sources, fused: Picture) -> float:
    """FMI of the horizontal central difference, as in the authors' code.

    A region chooses windows by their centre.
    """
    return _mean_share(sources, fused, _gradient)


def fmi_edge(sources: Sources, fused: Picture) -> float:
    """FMI of the binary Sobel edge map. A region chooses windows by their centre.

    Edges: Sobel / 8 with replicated border, stronger than √(4 · mean square), and a maximum
    across the edge; what MATLAB's `edge` gives. DILRAN's tables call it “FMI-pixel”.
    """
    return _mean_edge_share(sources, fused, _edges)


def fmi_edge_jpeg(sources: Sources, fused: Picture) -> float:
    """`fmi_edge` after all three images were saved as JPEG of quality 75: DILRAN's “FMI”.

    A region restricts it to its bounding box.

    Source: arXiv:2212.04661, released evaluation code.
    """
    return _mean_edge_share(sources, fused, _jpeg_edges)


def fmi_wavelet(sources: Sources, fused: Picture) -> float:
    """FMI of one level of the discrete Meyer wavelet, its four bands side by side.

    Edges of the image are mirrored. A region restricts it to its bounding box.
    """
    return _mean_share(sources, fused, _meyer_bands)


def fmi_dct(sources: Sources, fused: Picture) -> float:
    """FMI of the discrete cosine transform of the whole image.

    A region restricts it to its bounding box.
    """
    return _mean_share(sources, fused, _cosines)


def _mean_share(
    sources: Sources, fused: Picture, feature: Callable[[GreyLevels], _Feature]
) -> float:
    require_size(fused, 3)
    f = fused.of(feature)
    shares = [_shares(x.of(feature), f) for x in (sources.a, sources.b)]
    return sum(float(sources.inside(share).mean()) for share in shares) / 2


def _shares(x: _Feature, f: _Feature) -> Map:
    """2 I / (H + H) of every window, (H, W) → (H − 2, W − 2)."""
    share = np.ones((x.map.shape[0] - 2, x.map.shape[1] - 2))
    differ = np.flatnonzero(~_all_nine(x.map == f.map))
    share.flat[differ] = information_share(x.windows.of(differ), f.windows.of(differ))
    return share


def _mean_edge_share(
    sources: Sources, fused: Picture, edges: Callable[[GreyLevels], Edges]
) -> float:
    require_size(fused, 3)
    f = fused.of(edges)
    shares = [_edge_shares(x.of(edges), f) for x in (sources.a, sources.b)]
    return sum(float(sources.inside(share).mean()) for share in shares) / 2


def _edge_shares(x: Edges, f: Edges) -> Map:
    """As `_shares`. Only 512 patterns exist: each pair of them that occurs is looked at once."""
    share = np.ones((x.shape[0] - 2, x.shape[1] - 2))
    differ = ~_all_nine(x == f)
    pairs = _patterns(x)[differ] * 512 + _patterns(f)[differ]
    occurring, place = np.unique(pairs, return_inverse=True)
    bits = 1 << np.arange(9)[:, None]
    at_x, at_f = (read(((codes & bits) != 0) * 1.0) for codes in np.divmod(occurring, 512))
    share[differ] = information_share(at_x, at_f)[place]
    return share


def _all_nine(alike: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a whole window is alike, (H, W) → (H − 2, W − 2)."""
    return np.asarray(scipy.ndimage.minimum_filter(alike, size=3)[1:-1, 1:-1])


def _patterns(edges: Edges) -> NDArray[np.intp]:
    windows = sliding_window_view(edges, (3, 3)).swapaxes(2, 3)
    rows, columns = windows.shape[:2]
    return np.asarray(windows.reshape(rows, columns, 9) @ (1 << np.arange(9)))


def _feature(values: Map) -> _Feature:
    rows, columns = values.shape
    steps = [(i, j) for j in range(3) for i in range(3)]  # column by column
    windows = np.stack([values[i : rows - 2 + i, j : columns - 2 + j].ravel() for i, j in steps])
    return _Feature(values, read(windows))


def _pixels(levels: GreyLevels) -> _Feature:
    return _feature(levels)


def _gradient(levels: GreyLevels) -> _Feature:
    return _feature(np.gradient(levels, axis=1))


def _cosines(levels: GreyLevels) -> _Feature:
    return _feature(_settled(scipy.fft.dctn(levels, norm="ortho")))


def _meyer_bands(levels: GreyLevels) -> _Feature:
    """[[cA, cH], [cV, cD]] stretched to 0…1 as a whole, 0 where constant."""
    average, (across, down, diagonal) = pywt.dwt2(levels, "dmey", mode="symmetric")
    bands = np.block([[average, across], [down, diagonal]])
    span = np.ptp(bands)
    return _feature(_settled((bands - bands.min()) / span) if span > 0 else np.zeros_like(bands))


def _settled(values: Map) -> Map:
    """Without rounding noise: stretched window by window, it would count like any structure."""
    return np.round(values, 9) + 0.0  # −0 becomes 0


def _jpeg_edges(levels: GreyLevels) -> Edges:
    return _edges(through_jpeg(levels))


def _edges(levels: GreyLevels) -> Edges:
    across, down = (np.abs(g) / 8 for g in sobel(levels))
    strength = across**2 + down**2
    tall, wide = np.pad(strength, ((1, 1), (0, 0))), np.pad(strength, ((0, 0), (1, 1)))
    upright = (across >= down - 1e-13) & (wide[:, :-2] <= strength) & (strength > wide[:, 2:])
    level = (down >= across - 1e-13) & (tall[:-2] <= strength) & (strength > tall[2:])
    edges = (strength > 4 * strength.mean()) & (upright | level)
    edges[[0, -1]] = edges[:, [0, -1]] = False  # a border pixel has no neighbour to exceed
    return np.asarray(edges)
