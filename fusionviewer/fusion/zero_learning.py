"""Fusing without training: saliency weighs the brightness, features weigh the detail.

The paper takes its detail features from a VGG-19 trained on photographs. Any functions from a
plane (H, W) to features (C, h, w) can be passed in, such as `vgg_features.features_from(FILE)`
for the published method; without one, `edge_features` stands in, and what comes out is not the
published method.

Source: Lahoud & Süsstrunk 2019, arXiv:1905.03590.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.fusion.guided import box_mean, guided_filter

Doubles = NDArray[np.float64]
Features = Callable[[Doubles], NDArray[np.floating[Any]]]  # (H, W) → (C, h, w)


def edge_features(detail: Doubles) -> Doubles:
    """The strength of the gradient (Sobel) and the Laplacian, (H, W) → (2, H, W)."""
    gradient = np.hypot(scipy.ndimage.sobel(detail, 0), scipy.ndimage.sobel(detail, 1))
    return np.stack([gradient, scipy.ndimage.laplace(detail)])


def zero_learning_fusion(a: Doubles, b: Doubles, *layers: Features) -> tuple[Doubles, Doubles]:
    """Weighted sums of base and detail layers, and the base weight of `a`; (H, W) each.

    The base is the mean over 45×45 pixels. Weights of the base come from how rare a grey level
    is, refined by a guided filter (radius 45, ε 0.01); weights of the detail from the L1 norm of
    its features. Of several layers each weighs the detail, and the largest sum counts.
    """
    bases = [box_mean(x, 22, mode="mirror") for x in (a, b)]
    details = [x - base for x, base in zip((a, b), bases, strict=True)]
    of_base = _base_weights(a, b)
    base = sum(weight * base for weight, base in zip(of_base, bases, strict=True))
    detail = np.max([_detail(details, layer) for layer in layers or (edge_features,)], axis=0)
    return np.asarray(base + detail), of_base[0]


def histogram_saliency(image: Doubles) -> Doubles:
    """How far each pixel's grey level is from all others, Σ_u hist(u)·|v-u|, (H, W) → (H, W).

    On 256 levels; the image lies within 0…1.
    """
    levels = np.rint(np.clip(image, 0, 1) * 255).astype(np.intp)
    counts = np.bincount(levels.ravel(), minlength=256)
    distance = np.abs(np.arange(256)[:, None] - np.arange(256)[None, :])
    saliency: Doubles = (distance @ counts).astype(np.float64)
    return saliency[levels]


def _base_weights(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    rough = _shares(histogram_saliency(a), histogram_saliency(b))
    refined = (
        np.maximum(guided_filter(weight, image, 45, 0.01), 0)
        for weight, image in zip(rough, (a, b), strict=True)
    )
    return _shares(*refined)


def _shares(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    a, b = a + 1e-12, b + 1e-12
    return a / (a + b), b / (a + b)


def _detail(details: list[Doubles], features: Features) -> Doubles:
    """The details as one layer weighs them."""
    weights = _detail_weights(details, features)
    return np.asarray(sum(w * detail for w, detail in zip(weights, details, strict=True)))


def _detail_weights(details: list[Doubles], features: Features) -> list[Doubles]:
    powers = []
    for detail in details:
        activity = _enlarged(np.abs(features(detail)).sum(axis=0), detail.shape)
        span = np.ptp(activity)
        scaled = (activity - activity.min()) / span if span > 0 else np.zeros_like(activity)
        powers.append(np.exp(scaled))
    total = powers[0] + powers[1] + 1e-5
    return [power / total for power in powers]


def _enlarged(plane: Doubles, shape: tuple[int, ...]) -> Doubles:
    """To the size of the image, by repeating: deeper layers see half as many rows and columns."""
    rows, columns = (np.arange(n) * of // n for n, of in zip(shape, plane.shape, strict=True))
    return plane[np.ix_(rows, columns)]
