"""What the networks are taught. Arguments are (B, 1, H, W) in float32, the result is a scalar."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]

_SOBEL = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
_LAPLACE = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
SOBEL = torch.stack((_SOBEL, _SOBEL.T))[:, None]  # (2, 1, 3, 3)
BANK = torch.stack((_SOBEL, _SOBEL.T, _LAPLACE))[:, None]  # (3, 1, 3, 3)


def pixel(y: Tensor, x: Tensor) -> Tensor:
    """Mean squared error. (The papers write a sum; their code takes the mean.)"""
    return F.mse_loss(y, x)


def gradient(y: Tensor, x: Tensor) -> Tensor:
    """Mean squared difference of the magnitudes of Sobel gradients, x plus y.

    Kernels are not normalised, nothing is padded, and a gradient's sign is free, as in the
    public code of arXiv:2212.04661.
    """
    kernel = SOBEL.to(y)
    difference = F.conv2d(y, kernel).abs() - F.conv2d(x, kernel).abs()  # B 2 H-2 W-2
    return 2 * difference.square().mean()  # the mean is over both directions


def filter_bank(y: Tensor, x: Tensor) -> Tensor:
    """Sobel x, Sobel y and Laplacian on three dyadic levels; their mean squared differences.

    Stands in for VGG features, which need weights of their own. Not the published loss.
    """
    kernel, total = BANK.to(y), y.new_zeros(())
    difference = y - x  # the filters are linear, so they see the difference at once
    for level in range(3):
        if level:
            difference = F.avg_pool2d(difference, 2)
        total = total + 3 * F.conv2d(difference, kernel).square().mean()
    return total
