"""Fusing with weights that a guided filter fits to the edges of the images."""

import numpy as np
import scipy
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def guided_fusion(
    a: Doubles,
    b: Doubles,
    *,
    base_radius: int = 45,
    base_eps: float = 0.3,
    detail_radius: int = 7,
    detail_eps: float = 1e-6,
) -> tuple[Doubles, Doubles]:
    """Base and detail layers fused with their own weights, and the base weight of `a`; (H, W) each.

    A pixel first goes to the image with the larger smoothed Laplacian. This choice, filtered
    under the guidance of each image, gives wide and soft weights for the base (a mean over
    31×31 pixels) and narrow and sharp ones for the detail. The constants are the paper's.

    Source: Li, Kang & Hu 2013, doi:10.1109/TIP.2013.2244222.
    """
    base_a, base_b = box_mean(a, 15), box_mean(b, 15)
    from_a = _share_of_salient_pixels(a, b)
    base = _refined_share(from_a, a, b, base_radius, base_eps)
    detail = _refined_share(from_a, a, b, detail_radius, detail_eps)
    fused = base * base_a + (1 - base) * base_b
    fused += detail * (a - base_a) + (1 - detail) * (b - base_b)
    return fused, base


def guided_filter(image: Doubles, guide: Doubles, radius: int, eps: float) -> Doubles:
    """`image` smoothed except across edges of `guide`: locally a linear function of it.

    (H, W) → (H, W); windows have 2·radius + 1 pixels on a side, and the image is mirrored at its
    edges. `eps` is the variance of the guide below which a window counts as flat.

    Source: He, Sun & Tang 2013, doi:10.1109/TPAMI.2012.213, equations 4 to 8.
    """
    mean_guide, mean_image = box_mean(guide, radius), box_mean(image, radius)
    covariance = box_mean(guide * image, radius) - mean_guide * mean_image
    variance = np.maximum(box_mean(guide * guide, radius) - mean_guide**2, 0)
    slope = covariance / (variance + eps)
    offset = mean_image - slope * mean_guide
    return box_mean(slope, radius) * guide + box_mean(offset, radius)


def box_mean(image: Doubles, radius: int, mode: str = "reflect") -> Doubles:
    """The mean over (2·radius + 1)² pixels; `mode` is SciPy's name of the border rule."""
    size = 2 * int(radius) + 1
    mean: Doubles = scipy.ndimage.uniform_filter(image.astype(np.float64), size, mode=mode)
    return mean


def _share_of_salient_pixels(a: Doubles, b: Doubles) -> Doubles:
    """1 where `a` has more detail, 0 where `b` has, a half where they are equal."""
    saliency = [
        scipy.ndimage.gaussian_filter(np.abs(scipy.ndimage.laplace(x)), sigma=5, radius=5)
        for x in (a, b)
    ]
    difference: Doubles = np.sign(saliency[0] - saliency[1])
    return (difference + 1) / 2


def _refined_share(from_a: Doubles, a: Doubles, b: Doubles, radius: int, eps: float) -> Doubles:
    weight_a = np.clip(guided_filter(from_a, a, radius, eps), 0, 1)
    weight_b = np.clip(guided_filter(1 - from_a, b, radius, eps), 0, 1)
    total = weight_a + weight_b
    return np.where(total > 0, weight_a / np.where(total > 0, total, 1), 0.5)
