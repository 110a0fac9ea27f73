"""MFINet: multi-level feature interaction, two images to one, end to end.

The paper fixes the modules and the loss; widths, heads and some of the wiring are ours, and
the options of `MfinetConfig` offer the other readings.

Source: Song et al. 2024, doi:10.1007/s13721-024-00449-2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion.attention import ChannelAndSpatialGate, ChannelSqueeze
from fusionviewer.fusion.blocks import bias_of, configured, one_of
from fusionviewer.fusion.restormer import RestormerBlock

STAGES = 3
EPS = 1e-5


@dataclass(frozen=True)
class MfinetConfig:
    """What can be chosen about the network; defaults follow the paper's words most closely.

    Attributes:
        width: channels of each modality.
        heads: of the attention in the shallow feature extractor; divides `width`.
        shared_extractor: one shallow feature extractor for both modalities.
        gnb_conv: a depthwise 3x3 convolution before each gate, so that the three branches of
            an enhancement unit see neighbourhoods of different sizes. Trains better.
        interaction: what a modality receives after the joint attention: the other's half, its
            own half, or a mixture of both.
        output: linear and clamped outside training; a sigmoid; or "residual", linear and added to
            the brighter of both images, which the similarity loss asks for: the network then
            learns what to change about it, and starts with nothing.
    """

    width: int = 32
    heads: int = 4
    shared_extractor: bool = False
    gnb_conv: bool = False
    interaction: Literal["exchange", "own", "mixture"] = "exchange"
    output: Literal["linear", "sigmoid", "residual"] = "linear"

    def __post_init__(self) -> None:
        one_of("interaction", self.interaction, ("exchange", "own", "mixture"))
        one_of("output", self.output, ("linear", "sigmoid", "residual"))
        if self.width < 2 or self.heads < 1 or self.width % self.heads:
            raise ValueError(f"a width of {self.width} cannot be shared by {self.heads} heads")


PRESETS: dict[str, dict[str, object]] = {"paper": {}, "quality": {"gnb_conv": True}}


def build(options: Mapping[str, object] | None = None) -> "Mfinet":
    """The network for the options of a card or a recipe: those of `MfinetConfig`, and `preset`.

    Raises:
        ValueError: an option or preset that there is not.
    """
    options = dict(options or {})
    preset = str(options.pop("preset", "paper"))
    one_of("preset", preset, tuple(PRESETS))
    return Mfinet(configured(MfinetConfig, PRESETS[preset] | options))


class Mfinet(nn.Module):
    """Two images (B, 1, H, W) within 0…1 to one, of any size. 245,995 parameters by default.

    In training the result is linear, so that gradients pass; otherwise it lies within 0…1.
    """

    def __init__(self, config: MfinetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or MfinetConfig()
        c = config.width
        self.extract_a = _extractor(config)
        self.extract_b = self.extract_a if config.shared_extractor else _extractor(config)
        self.enhance_a = nn.ModuleList(DenseEnhancement(config) for _ in range(STAGES))
        self.enhance_b = nn.ModuleList(DenseEnhancement(config) for _ in range(STAGES))
        self.interact = nn.ModuleList(Interaction(config) for _ in range(STAGES))
        self.reconstruct = nn.Sequential(
            nn.Conv2d(2 * c, c, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(c, c // 2, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(c // 2, 1, 3, padding=1),
        )
        if config.output == "residual":
            last = cast(nn.Conv2d, self.reconstruct[-1])
            nn.init.zeros_(last.weight)
            nn.init.zeros_(bias_of(last))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        brighter = torch.maximum(a, b)
        a, b = self.extract_a(a), self.extract_b(b)  # B C H W each
        stages = zip(self.enhance_a, self.enhance_b, self.interact, strict=True)
        for enhance_a, enhance_b, interact in stages:
            a, b = interact(enhance_a(a), enhance_b(b))
        fused: Tensor = self.reconstruct(torch.cat((a, b), dim=1))  # B 1 H W
        if self.config.output == "sigmoid":
            return fused.sigmoid()
        if self.config.output == "residual":
            fused = brighter + fused
        return fused if self.training else fused.clamp(0, 1)


def _extractor(config: MfinetConfig) -> nn.Sequential:
    """Shallow features: a convolution and one Restormer block, (B, 1, H, W) → (B, C, H, W)."""
    lift = nn.Conv2d(1, config.width, 3, padding=1)
    return nn.Sequential(lift, RestormerBlock(config.width, config.heads))


class Interaction(nn.Module):
    """Attention over the channels of both modalities, then each receives from the other.

    (B, C, H, W) twice → (B, C, H, W) twice
    """

    def __init__(self, config: MfinetConfig) -> None:
        super().__init__()
        c = config.width
        self.kind = config.interaction
        self.attention = ChannelSqueeze(2 * c, c // 2)
        if self.kind == "mixture":
            self.mix_a, self.mix_b = nn.Conv2d(2 * c, c, 1), nn.Conv2d(2 * c, c, 1)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        z = self.attention(torch.cat((a, b), dim=1))  # B 2C H W
        if self.kind == "mixture":
            return a + self.mix_a(z), b + self.mix_b(z)
        za, zb = z.chunk(2, dim=1)
        return (a + zb, b + za) if self.kind == "exchange" else (a + za, b + zb)


class DenseEnhancement(nn.Module):
    """The deep feature enhancement module: three units, densely connected, around a skip.

    (B, C, H, W) → (B, C, H, W). Three enhancement units and three 1x1 convolutions.
    """

    def __init__(self, config: MfinetConfig) -> None:
        super().__init__()
        c = config.width
        self.units = nn.ModuleList(EnhancementUnit(config) for _ in range(3))
        self.mixes = nn.ModuleList(nn.Conv2d((i + 2) * c, c, 1) for i in range(3))

    def forward(self, x: Tensor) -> Tensor:
        known, mixed = [x], x
        for unit, mix in zip(self.units, self.mixes, strict=True):
            known.append(unit(mixed))
            mixed = mix(torch.cat(known, dim=1))
        return x + mixed


class EnhancementUnit(nn.Module):
    """The gated feature enhancement unit: three gated branches, merged, then attention.

    (B, C, H, W) → (B, C, H, W). Branch j has j gates in a row.

    A gate multiplies whole channels, so a row of gates is one gate, computed from the channels'
    energies alone; and the branches, side by side, are one wide branch. Only with a
    convolution before each gate do branches run one after the other.
    """

    def __init__(self, config: MfinetConfig) -> None:
        super().__init__()
        c = config.width
        self.lifts = nn.ModuleList(nn.Conv2d(c, c, 1) for _ in range(3))
        self.gates = nn.ModuleList(
            nn.ModuleList(GatedNormalisation(c) for _ in range(j)) for j in (1, 2, 3)
        )
        self.looks = nn.ModuleList()
        if config.gnb_conv:
            self.looks.extend(nn.ModuleList(_look(c) for _ in range(j)) for j in (1, 2, 3))
        self.merge = nn.Conv2d(3 * c, c, 1)
        self.attention = ChannelAndSpatialGate(c, max(c // 8, 4))

    def forward(self, x: Tensor) -> Tensor:
        branches = self._one_by_one(x) if len(self.looks) else self._side_by_side(x)
        return x + self.attention(self.merge(branches))  # type: ignore[no-any-return]

    def _one_by_one(self, x: Tensor) -> Tensor:
        """The branches with convolutions, (B, C, H, W) → (B, 3C, H, W)."""
        branches = []
        for lift, looks, gates in zip(self.lifts, self.looks, self.gates, strict=True):
            y = F.leaky_relu(lift(x), 0.2)
            for look, gate in zip(looks, gates, strict=True):  # type: ignore[call-overload]
                y = gate(look(y))
            branches.append(y)
        return torch.cat(branches, dim=1)

    def _side_by_side(self, x: Tensor) -> Tensor:
        """The branches without convolutions, (B, C, H, W) → (B, 3C, H, W)."""
        weight = torch.cat([cast(Tensor, lift.weight) for lift in self.lifts])
        bias = torch.cat([cast(Tensor, lift.bias) for lift in self.lifts])
        y = F.leaky_relu(F.conv2d(x, weight, bias), 0.2)
        energies = square_sum(y).chunk(3, dim=1)
        rows = zip(self.gates, energies, strict=True)
        factors = [_row(cast(nn.ModuleList, gates), energy) for gates, energy in rows]
        return y * torch.cat(factors, dim=1).to(y.dtype)


def _look(channels: int) -> nn.Sequential:
    around = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
    return nn.Sequential(around, nn.LeakyReLU(0.2))


class GatedNormalisation(nn.Module):
    """Turn channels up or down by their energy relative to the others'. Starts as the identity.

    (B, C, H, W) → (B, C, H, W). Energies are compared with their mean over channels, so
    the size of the image cancels.

    Source: Yang et al. 2020, gated channel transformation, arXiv:1909.11519.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor(square_sum(x)).to(x.dtype)

    def factor(self, energy: Tensor) -> Tensor:
        """What each channel is multiplied by, from its sum of squares: (B, C, 1, 1) → the same."""
        strength = self.alpha * (energy + EPS).sqrt()
        relative = strength / (strength.square().mean(dim=1, keepdim=True) + EPS).sqrt()
        return 1 + torch.tanh(self.gamma * relative + self.beta)


def square_sum(x: Tensor) -> Tensor:
    """Σx² over the image, (B, C, H, W) → (B, C, 1, 1); in float32 even under autocast."""
    return x.float().square().sum(dim=(2, 3), keepdim=True)


def _row(gates: nn.ModuleList, energy: Tensor) -> Tensor:
    """What a row of gates multiplies each channel by: after a factor g, energy is g² times as much."""
    product = torch.ones_like(energy)
    for gate in gates:
        product = product * cast(GatedNormalisation, gate).factor(energy * product.square())
    return product
