"""DILRAN: the dilated residual attention auto-encoder.

Encode both images, merge the features with a strategy, decode.

Source: Zhou et al. 2022, “An Attention-based Multi-Scale Feature Learning Network for
Multimodal Medical Image Fusion”, arXiv:2212.04661.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion.blocks import (
    GateActivation,
    Norm,
    bias_of,
    configured,
    even_padded,
    folded,
    gate,
    normalisation,
    one_of,
)

DILATIONS = (1, 3, 5)


@dataclass(frozen=True)
class DilranConfig:
    """What can be chosen about the network; the defaults are those for new training.

    `norm="shared"` with the rest as it is fits the weights that the authors published.
    """

    norm: Norm = "separate"
    unshared_pyramid: bool = False  # six convolutions instead of one used three times
    gate: GateActivation = "relu"
    decoder_last: Literal["linear", "leaky"] = "linear"
    width: int = 64  # channels; other than 64 for experiments only

    def __post_init__(self) -> None:
        one_of("norm", self.norm, ("shared", "separate", "instance"))
        one_of("gate", self.gate, ("relu", "sigmoid"))
        one_of("decoder_last", self.decoder_last, ("linear", "leaky"))


def build(options: Mapping[str, object] | None = None) -> "Dilran":
    """The network for the options of a card or a recipe; see `DilranConfig`."""
    return Dilran(configured(DilranConfig, options or {}))


class Folded(NamedTuple):
    """What the encoder's first layers come down to; see `Dilran.folded`."""

    shallow: Tensor  # (C, 3, 1, 1)
    dilated_1: Tensor  # (C, 3, 3, 3), and so the next two
    dilated_3: Tensor
    dilated_5: Tensor
    bias: Tensor  # (C,)


class Dilran(nn.Module):
    """One image to features and back: (B, 1, H, W) → (B, 64, H, W) → (B, 1, H, W).

    216,001 parameters as published (norm="shared"); separate normalisation adds 128 and an
    unshared pyramid 184,640.

    Until the first normalisation everything is linear in three planes, x, g·x and g with
    g = gate(x), because x has one channel. So the 64-channel dilated convolutions run as
    convolutions of three channels with folded weights: the same numbers for half the work
    of the whole encoder. Zero padding stays exact, as the planes are padded like their
    mixtures.
    """

    def __init__(self, config: DilranConfig | None = None) -> None:
        super().__init__()
        self.config = config or DilranConfig()
        c = self.config.width
        self.point = nn.Conv2d(1, c, 1)
        self.dil1 = nn.Conv2d(c, c, 3, padding=1, dilation=1)
        self.dil3 = nn.Conv2d(c, c, 3, padding=3, dilation=3)
        self.dil5 = nn.Conv2d(c, c, 3, padding=5, dilation=5)
        self.reduce = nn.Conv2d(3 * c, c, 1)
        self.bn = normalisation(self.config.norm, c)
        self.bn2 = nn.BatchNorm2d(c) if self.config.norm == "separate" else None
        self.pyr: nn.Module = (
            nn.ModuleList(nn.Conv2d(c, c, 3, padding=1) for _ in range(6))
            if self.config.unshared_pyramid
            else nn.Conv2d(c, c, 3, padding=1)
        )
        self.dec1 = nn.Conv2d(c, c, 3, padding=1)
        self.dec2 = nn.Conv2d(c, c // 2, 3, padding=1)
        self.dec3 = nn.Conv2d(c // 2, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """The image again, linear and unclamped. Any size: odd ones are padded and cropped."""
        return self.decode(self.encode(even_padded(x)))[..., : x.shape[-2], : x.shape[-1]]

    def encode(self, x: Tensor) -> Tensor:
        """Features (B, 64, H, W) of images (B, 1, H, W).

        Raises:
            ValueError: H or W is odd; see `blocks.even_padded`.
        """
        if x.shape[-2] % 2 or x.shape[-1] % 2:
            raise ValueError(f"the encoder needs even sizes and got {tuple(x.shape[-2:])}")
        return self.encode_folded(x, *self.folded())

    def decode(self, features: Tensor) -> Tensor:
        """The image (B, 1, H, W) of features (B, 64, H, W), linear and unclamped."""
        return self._last(self.dec3(self.dec2(self.dec1(features))))

    def folded(self) -> tuple[Tensor, ...]:
        """The weights that `encode_folded` takes, made from the parameters of the layers.

        Made anew for each call, for a millisecond: gradients flow through, and no copy can
        go stale. A graph for export keeps them as constants instead.
        """
        return self._folded_trunk()

    def encode_folded(self, x: Tensor, *weights: Tensor) -> Tensor:
        """`encode` with the weights of `folded`; H and W even, not checked."""
        return self._trunk(x, Folded(*weights))

    def _folded_trunk(self) -> Folded:
        w = self.point.weight.flatten()
        mixture = torch.stack((torch.ones_like(w), w, bias_of(self.point)), dim=1)  # of x, g·x, g
        parts = self.reduce.weight.flatten(1).chunk(3, dim=1)
        layers = (self.dil1, self.dil3, self.dil5)
        kernels = [
            _chained(part, folded(layer.weight, mixture))
            for part, layer in zip(parts, layers, strict=True)
        ]
        biases = [part @ bias_of(layer) for part, layer in zip(parts, layers, strict=True)]
        bias = torch.stack((bias_of(self.reduce), *biases)).sum(dim=0)
        return Folded(mixture[:, :, None, None], kernels[0], kernels[1], kernels[2], bias)

    def _trunk(self, x: Tensor, weights: Folded) -> Tensor:
        """Steps 1 to 6: shallow attention, dilated convolutions, pyramid attention."""
        g = gate(x, self.config.gate)
        planes = torch.cat((x, g * x, g), dim=1)  # B 3 H W
        h = F.conv2d(planes, weights.shallow)  # B C H W
        z = (
            F.conv2d(planes, weights.dilated_1, weights.bias, padding=1, dilation=1)
            + F.conv2d(planes, weights.dilated_3, padding=3, dilation=3)
            + F.conv2d(planes, weights.dilated_5, padding=5, dilation=5)
        )
        z = self.bn(z)
        first, second, third = self.pyramid(z, self.pyr)
        z = z + gate(z, self.config.gate) * (first.to(z.dtype) + second + third)
        z = self.bn(z) if self.bn2 is None else self.bn2(z)
        features: Tensor = h + gate(h, self.config.gate) * z
        return features

    @staticmethod
    def pyramid(z: Tensor, layers: nn.Module) -> tuple[Tensor, Tensor, Tensor]:
        """One, two and three convolutions of `z`; `layers` is `pyr`, or a copy of it."""
        if isinstance(layers, nn.ModuleList):
            return layers[0](z), layers[2](layers[1](z)), layers[5](layers[4](layers[3](z)))
        first = layers(z)
        second = layers(first)  # what two convolutions give is where three continue
        return first, second, layers(second)

    def _last(self, y: Tensor) -> Tensor:
        return F.leaky_relu(y, 0.2) if self.config.decoder_last == "leaky" else y


def _chained(point: Tensor, kernel: Tensor) -> Tensor:
    """A convolution followed by a 1×1 convolution as one: (O, C), (C, M, k, k) → (O, M, k, k)."""
    with torch.autocast(kernel.device.type, enabled=False):
        return torch.einsum("oc,cmij->omij", point, kernel)
