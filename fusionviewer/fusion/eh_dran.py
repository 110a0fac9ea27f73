"""EH-DRAN: the edge-enhanced dilated residual attention auto-encoder.

DILRAN with a branch that keeps edges, and a decoder with activations.

Source: Zhou et al. 2024, “Edge-Enhanced Dilated Residual Attention Network for Multimodal
Medical Image Fusion”, arXiv:2411.11799.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion.blocks import bias_of, configured, folded
from fusionviewer.fusion.dilran import Dilran, DilranConfig, Folded

SOBEL_X = ((1.0, 0.0, -1.0), (2.0, 0.0, -2.0), (1.0, 0.0, -1.0))


@dataclass(frozen=True)
class EhDranConfig(DilranConfig):
    """`DilranConfig`, and what can be chosen about the edge branch.

    Without `edges` there is none: the encoder of DILRAN, the base of the paper's ablation.
    """

    edges: bool = True
    frozen_sobel: bool = False  # the published code trains them
    dropout: float = 0.2


def build(options: Mapping[str, object] | None = None) -> "EhDran":
    """The network for the options of a card or a recipe; see `EhDranConfig`."""
    return EhDran(configured(EhDranConfig, options or {}))


class FoldedEdge(NamedTuple):
    """The convolutions of the edge branch that read the image itself; see `EhDran`."""

    e1: Tensor  # (C, 2, 3, 3)
    e2: Tensor  # (2C, 2, 3, 3), the half that reads p
    sobel: Tensor  # (2C, 2, 3, 3), x then y


class EhDran(Dilran):
    """One image to features and back: (B, 1, H, W) → (B, 64, H, W) → (B, 1, H, W).

    414,081 parameters with norm="shared": the 216,001 of DILRAN and 198,080 of the edge
    branch. The paper's 0.50 million count 86,720 that its code holds but never uses.

    The branch reads p = w·x + b, which is linear in the two planes x and 1: the plane of
    ones, zero outside the image, keeps the border exact. See `Dilran` for the idea.
    """

    config: EhDranConfig

    def __init__(self, config: EhDranConfig | None = None) -> None:
        config = config or EhDranConfig()
        super().__init__(config)
        if not config.edges:
            return
        c = config.width
        self.e1 = nn.Conv2d(c, c, 3, padding=1)
        self.e2 = nn.Conv2d(2 * c, 2 * c, 3, padding=1)
        self.edown = nn.Conv2d(2 * c, c, 1)
        self.sx = _sobel(torch.tensor(SOBEL_X), c, trainable=not config.frozen_sobel)
        self.sy = _sobel(torch.tensor(SOBEL_X).T, c, trainable=not config.frozen_sobel)
        self.eup = nn.Conv2d(c, c, 1)
        self.drop = nn.Dropout(config.dropout)

    def decode(self, features: Tensor) -> Tensor:
        """The image (B, 1, H, W) of features (B, 64, H, W), linear and unclamped."""
        y = F.leaky_relu(self.dec1(features), 0.2)
        y = self.dec3(F.leaky_relu(self.dec2(y), 0.2))
        return self._last(y)

    def folded(self) -> tuple[Tensor, ...]:
        edge = self._folded_edge() if self.config.edges else ()
        return *self._folded_trunk(), *edge

    def encode_folded(self, x: Tensor, *weights: Tensor) -> Tensor:
        trunk = len(Folded._fields)
        f = self._trunk(x, Folded(*weights[:trunk]))
        if not self.config.edges:
            return f
        edges: Tensor = self.drop(self._edges(x, FoldedEdge(*weights[trunk:])))
        return f + edges

    def _folded_edge(self) -> FoldedEdge:
        w = self.point.weight.flatten()
        mixture = torch.stack((w, bias_of(self.point)), dim=1)  # p in terms of x and 1
        sobel = torch.cat((self.sx.weight, self.sy.weight))  # 2C 1 3 3, one kernel per channel
        return FoldedEdge(
            e1=folded(self.e1.weight, mixture),
            e2=folded(self.e2.weight[:, : len(w)], mixture),
            sobel=sobel * mixture.repeat(2, 1)[:, :, None, None],
        )

    def _edges(self, x: Tensor, weights: FoldedEdge) -> Tensor:
        """Steps 7 and 8: what convolutions of p and its gradients add to the features."""
        c = self.config.width
        planes = torch.cat((x, torch.ones_like(x)), dim=1)  # B 2 H W
        u = F.leaky_relu(F.conv2d(planes, weights.e1, self.e1.bias, padding=1), 0.2)
        v = F.conv2d(planes, weights.e2, self.e2.bias, padding=1)
        gx, gy = F.conv2d(planes, weights.sobel, padding=1).abs().chunk(2, dim=1)
        v = v + F.conv2d(u, self.e2.weight[:, c:], padding=1)
        v = self.edown(self.drop(F.leaky_relu(v, 0.2)))  # B C H W
        return v + self.eup(gx + gy)  # type: ignore[no-any-return]


def _sobel(kernel: Tensor, channels: int, *, trainable: bool) -> nn.Conv2d:
    """A depthwise 3×3 convolution that starts as `kernel` in every channel."""
    layer = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
    with torch.no_grad():
        layer.weight.copy_(kernel.expand_as(layer.weight))
    return layer.requires_grad_(trainable)
