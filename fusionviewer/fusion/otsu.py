"""Foreground by Otsu's threshold."""

import torch
from torch import Tensor


def otsu_masks(images: Tensor) -> Tensor:
    """1 where an image is brighter than its own Otsu threshold, else 0; (B, 1, H, W) within 0…1.

    On 256 levels. Among equally good thresholds the smallest counts, and a constant image has
    no foreground. Compute it on a whole image, before cropping. Counts and sums are whole
    numbers in float64, so that every backend finds the same threshold.

    Source: Otsu 1979, doi:10.1109/TSMC.1979.4310076.
    """
    levels = (images.float().clamp(0, 1) * 255).round().to(torch.int64).flatten(1)  # B HW
    counts = torch.zeros(images.shape[0], 256, dtype=torch.float32, device=images.device)
    counts = counts.scatter_add(1, levels, torch.ones_like(levels, dtype=torch.float32))
    counts = counts.to(torch.float64)  # B 256
    grey = torch.arange(256, dtype=torch.float64, device=images.device)
    below, sum_below = counts.cumsum(1), (counts * grey).cumsum(1)  # B 256, up to this level
    pixels, whole = below[:, -1:], sum_below[:, -1:]
    # The between-class variance w₀w₁(μ₀-μ₁)², times a constant.
    classes = (below * (pixels - below)).clamp_min(1)
    separation = (sum_below * pixels - below * whole).square() / classes
    threshold = separation.argmax(1, keepdim=True)  # B 1, the first of equals
    foreground = (levels > threshold) & (separation.amax(1, keepdim=True) > 0)
    return foreground.to(images.dtype).reshape(images.shape)
