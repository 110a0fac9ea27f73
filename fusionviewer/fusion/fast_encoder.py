"""The encoder of an auto-encoder in bfloat16, arranged for the processor.

The formulas are those of `dilran` and `eh_dran`. What differs: convolutions from many channels to
many, nearly all of the work, take and give bfloat16; the rest stays in float32, because rounding
the image and the finished features costs more accuracy than it saves time. The channels of a pixel
lie next to each other, as fast convolutions want them, and sums are made in place: a pass over
64 maps takes a tenth of the time of a convolution.
"""

from copy import deepcopy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fusionviewer.fusion.blocks import bias_of, gate
from fusionviewer.fusion.dilran import Dilran, Folded
from fusionviewer.fusion.eh_dran import EhDran, FoldedEdge

_ORDER = torch.channels_last


class FastEncoder:
    """What `network.encode` gives, for about a third of the time; H and W even, not checked.

    Not for training: in-place sums leave nothing to derive from.
    """

    def __init__(self, network: Dilran) -> None:
        weights = [_ordered(weight.detach()) for weight in network.folded()]
        trunk = len(Folded._fields)
        self._network: Any = network.eval()
        self._gate = network.config.gate
        self._trunk = Folded(*weights[:trunk])
        self._pyramid = _wide(network.pyr)
        self._edges = _FastEdges(network, FoldedEdge(*weights[trunk:])) if weights[trunk:] else None

    @torch.inference_mode()
    def __call__(self, x: Tensor) -> Tensor:
        """(B, 1, H, W) → (B, 64, H, W) in float32, channels last."""
        w = self._trunk
        g = gate(x, self._gate)
        planes = _ordered(torch.cat((x, g * x, g), dim=1))  # B 3 H W
        z = F.conv2d(planes, w.dilated_1, w.bias, padding=1)
        z += F.conv2d(planes, w.dilated_3, padding=3, dilation=3)
        z += F.conv2d(planes, w.dilated_5, padding=5, dilation=5)
        z = self._attended(self._network.bn(z))
        features = F.conv2d(planes, w.shallow)
        features.addcmul_(gate(features, self._gate), z)
        if self._edges is not None:
            features += self._edges(x)
        return features

    def _attended(self, z: Tensor) -> Tensor:
        """Pyramid attention, (B, C, H, W) → (B, C, H, W)."""
        first, second, third = self._network.pyramid(z.bfloat16(), self._pyramid)
        levels = first.float()
        levels += second
        levels += third
        z += gate(z, self._gate).mul_(levels)
        normalise = self._network.bn2 or self._network.bn
        normalised: Tensor = normalise(z)
        return normalised


class _FastEdges:
    """The edge branch, (B, 1, H, W) → (B, C, H, W) in bfloat16."""

    def __init__(self, network: Dilran, weights: FoldedEdge) -> None:
        assert isinstance(network, EhDran)
        self._e1, self._e1_bias = weights.e1, bias_of(network.e1)
        self._e2, self._e2_bias = weights.e2, bias_of(network.e2)
        self._sobel = weights.sobel.chunk(2)
        self._inner = _ordered(network.e2.weight[:, network.config.width :].bfloat16())
        self._down, self._up = _wide(network.edown), _wide(network.eup)

    def __call__(self, x: Tensor) -> Tensor:
        planes = _ordered(torch.cat((x, torch.ones_like(x)), dim=1))  # B 2 H W
        u = F.leaky_relu_(F.conv2d(planes, self._e1, self._e1_bias, padding=1), 0.2)
        v = F.conv2d(planes, self._e2, self._e2_bias, padding=1).bfloat16()  # B 2C H W
        v += F.conv2d(u.bfloat16(), self._inner, padding=1)
        edges: Tensor = self._down(F.leaky_relu_(v, 0.2))  # B C H W
        gx, gy = (F.conv2d(planes, kernel, padding=1).abs_() for kernel in self._sobel)
        gx += gy
        edges += self._up(gx.bfloat16())
        return edges


def _wide(layer: Any) -> Any:
    """A copy of the layer in bfloat16."""
    return deepcopy(layer).bfloat16().to(memory_format=_ORDER).requires_grad_(False)


def _ordered(x: Tensor) -> Tensor:
    """The same numbers, the channels of a pixel next to each other."""
    return x.contiguous(memory_format=_ORDER) if x.ndim == 4 else x
