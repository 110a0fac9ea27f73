"""The focal loss of two classes, from logits."""

import torch
import torch.nn.functional as F
from torch import Tensor


def focal_loss(logits: Tensor, labels: Tensor, alpha: float, gamma: float) -> Tensor:
    """-α_t (1 - p_t)^γ log p_t, averaged; `labels` are 0 or 1, of the shape of `logits`.

    `alpha` weighs class 1 and 1 - alpha class 0; with 0 both weigh 1. Log-sigmoid keeps it
    finite for logits of any size.

    Source: Lin et al. 2017, arXiv:1708.02002, equation 5.
    """
    signed = torch.where(labels > 0.5, logits, -logits)  # the logit of the true class
    weight = torch.where(labels > 0.5, alpha, 1 - alpha) if alpha else torch.ones_like(logits)
    return -(weight * torch.sigmoid(-signed).pow(gamma) * F.logsigmoid(signed)).mean()
