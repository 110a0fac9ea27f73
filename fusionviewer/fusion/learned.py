"""The network of the learned strategy: two feature maps to one weight per pixel.

The published auto-encoders merge features with a rule and name a learned one as future work
(arXiv:2212.04661, section V). This is ours. Which source counts at a pixel depends on what
both show there and around it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion.blocks import configured


@dataclass(frozen=True)
class LearnedConfig:
    """`autoencoder_sha256` names the weights whose features the network has learned to read."""

    features: int = 64
    width: int = 16
    autoencoder_sha256: str = ""


def build(options: Mapping[str, object] | None = None) -> "LearnedShare":
    """The network for the options of a card or a recipe; see `LearnedConfig`."""
    return LearnedShare(configured(LearnedConfig, options or {}))


class LearnedShare(nn.Module):
    """The share of `fa` at each pixel, within 0…1: (B, 64, H, W) twice → (B, 1, H, W).

    10,321 parameters. One network scores each source in the light of the other, and the share
    is the softmax of the two scores. So exchanged sources get exchanged shares, and equal ones
    a half each, by construction and not by training.
    """

    def __init__(self, config: LearnedConfig | None = None) -> None:
        super().__init__()
        self.config = config or LearnedConfig()
        w = self.config.width
        self.reduce = nn.Conv2d(self.config.features, w, 1)
        self.compare = nn.Conv2d(2 * w, w, 3, padding=1)
        self.around = nn.ModuleList(nn.Conv2d(w, w, 3, padding=d, dilation=d) for d in (2, 4))
        self.score = nn.Conv2d(w, 1, 1)

    def forward(self, fa: Tensor, fb: Tensor) -> Tensor:
        a, b = F.leaky_relu(self.reduce(fa), 0.2), F.leaky_relu(self.reduce(fb), 0.2)
        return torch.sigmoid(self._score(a, b) - self._score(b, a))  # softmax of two

    def _score(self, own: Tensor, other: Tensor) -> Tensor:
        """How much `own` deserves to be seen, given `other`: (B, 16, H, W) → (B, 1, H, W)."""
        seen = F.leaky_relu(self.compare(torch.cat((own, other), dim=1)), 0.2)
        for wider in self.around:
            seen = seen + F.leaky_relu(wider(seen), 0.2)
        return self.score(seen)  # type: ignore[no-any-return]
