"""Random changes to training images, from a generator that is passed in."""

import numpy as np
import torch
from torch import Tensor


def augmented(pixels: Tensor, crop: int, flips: bool, rng: np.random.Generator) -> Tensor:
    """A random square of side `crop` (0: all) of (N, H, W), flipped at random if `flips`.

    An image smaller than the square is taken whole in that direction.
    """
    _, height, width = pixels.shape
    if crop:
        top = int(rng.integers(max(height - crop, 0) + 1))
        left = int(rng.integers(max(width - crop, 0) + 1))
        pixels = pixels[:, top : top + crop, left : left + crop]
    if flips:
        axes = [axis for axis in (1, 2) if rng.random() < 0.5]
        pixels = torch.flip(pixels, axes) if axes else pixels
    return pixels
