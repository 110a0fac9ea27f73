"""MOPA: mask-optimised parallel attention, two images to one, end to end.

Source: Di et al. 2025, “mask optimization and parallel attention”,
doi:10.62756/jmsi.1674-8042.2025003. What the paper leaves open follows SDNet (Zhang & Ma 2021,
doi:10.1007/s11263-021-01501-8), whose training setup it shares; `MopaConfig` has the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion.attention import SpatialGate
from fusionviewer.fusion.blocks import configured, one_of
from fusionviewer.fusion.otsu import otsu_masks


@dataclass(frozen=True)
class MopaConfig:
    """What can be chosen about the network.

    Attributes:
        width: channels of each of the three paths.
        contrast_output: what the contrast module weighs: the enhanced features, or its input.
        radius: of the window in which contrast is measured.
        detail: three chains of 1, 2 and 3 blocks side by side, or six blocks in a row.
        attention: channels and places look at the same features, or one after the other.
    """

    width: int = 16
    contrast_output: Literal["enhanced", "input"] = "enhanced"
    radius: int = 1
    detail: Literal["chains", "six"] = "chains"
    attention: Literal["parallel", "cascade"] = "parallel"

    def __post_init__(self) -> None:
        one_of("contrast_output", self.contrast_output, ("enhanced", "input"))
        one_of("detail", self.detail, ("chains", "six"))
        one_of("attention", self.attention, ("parallel", "cascade"))
        if self.width < 2 or self.radius < 1:
            raise ValueError(f"width {self.width} or radius {self.radius} is too small")


PRESETS: dict[str, dict[str, object]] = {
    "tiny": {"width": 8},
    "base": {},
    "wide": {"width": 32},
    "paper-size": {"width": 78},  # the paper's 5 million parameters, not its FLOPs
}


def configuration(options: Mapping[str, object] | None = None) -> MopaConfig:
    """The options of a card or a recipe: those of `MopaConfig`, and `preset`.

    Raises:
        ValueError: an option or preset that there is not.
    """
    options = dict(options or {})
    preset = str(options.pop("preset", "base"))
    one_of("preset", preset, tuple(PRESETS))
    return configured(MopaConfig, PRESETS[preset] | options)


def build(options: Mapping[str, object] | None = None) -> "Mopa":
    """The fusion network for the options of a card or a recipe; see `configuration`."""
    return Mopa(configuration(options))


class Mopa(nn.Module):
    """Two images (B, 1, H, W) within 0…1 to one, of any size. 215,112 parameters by default."""

    def __init__(self, config: MopaConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or MopaConfig()
        c = config.width
        self.path_a, self.path_b = _path(c, depth=4), _path(c, depth=4)
        self.path_both = _path(c, depth=3)
        self.refine = nn.Sequential(
            ContrastEnhancement(config), DetailPreservation(config), ParallelAttention(config)
        )
        self.last = nn.Conv2d(3 * c, 1, 1)

    def forward(
        self, a: Tensor, b: Tensor, mask_a: Tensor | None = None, mask_b: Tensor | None = None
    ) -> Tensor:
        """The fused image (B, 1, H, W) within 0…1.

        Args:
            mask_a, mask_b: the foregrounds, (B, 1, H, W) of 0 and 1. Only a crop needs to pass
                those of its whole image; otherwise they are found here.
        """
        mask_a = otsu_masks(a) if mask_a is None else mask_a
        mask_b = otsu_masks(b) if mask_b is None else mask_b
        return self.fuse(a, b, mask_a, mask_b)[0]

    def fuse(
        self, a: Tensor, b: Tensor, mask_a: Tensor, mask_b: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The fused image (B, 1, H, W), and the features of each source (B, C, H, W)."""
        fa = self.path_a(torch.cat((a, mask_a), dim=1))
        fb = self.path_b(torch.cat((b, mask_b), dim=1))
        both = self.path_both(torch.cat((a, b), dim=1))
        x = self.refine(torch.cat((fa, fb, both), dim=1))  # B 3C H W
        return (torch.tanh(self.last(x)) + 1) / 2, fa, fb


def convolved(inputs: int, outputs: int, size: int = 3) -> nn.Sequential:
    """A convolution that keeps height and width, and a leaky ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.LeakyReLU(0.2))


def _path(width: int, depth: int) -> nn.Sequential:
    """Two planes to features, (B, 2, H, W) → (B, C, H, W)."""
    return nn.Sequential(convolved(2, width), *(convolved(width, width) for _ in range(depth - 1)))


class ContrastEnhancement(nn.Module):
    """Convolutions of four sizes; channels then count by their strongest local contrast.

    (B, D, H, W) → (B, D, H, W)
    """

    def __init__(self, config: MopaConfig) -> None:
        super().__init__()
        d = 3 * config.width
        quarter = d // 4
        self.config = config
        self.scales = nn.ModuleList(convolved(d, quarter, size) for size in (1, 3, 5, 7))
        self.merge = nn.Conv2d(4 * quarter, d, 1)
        self.weigh = nn.Sequential(
            nn.Linear(d, quarter), nn.LeakyReLU(0.2), nn.Linear(quarter, d), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        enhanced = x + self.merge(torch.cat([scale(x) for scale in self.scales], dim=1))
        contrast = local_deviation(enhanced, self.config.radius).amax(dim=(2, 3))  # B D
        weight = self.weigh(contrast)[:, :, None, None]  # B D 1 1
        return weight * (enhanced if self.config.contrast_output == "enhanced" else x)  # type: ignore[no-any-return]


def local_deviation(x: Tensor, radius: int) -> Tensor:
    """The standard deviation in the window around each pixel, (B, C, H, W) → (B, C, H, W).

    Windows have 2·radius + 1 pixels on a side; the image is repeated at its edges. At least 1e-4,
    because the root has no derivative at 0. In float32 even under autocast: it is the small
    difference of two large numbers.
    """
    with torch.autocast(x.device.type, enabled=False):
        x = F.pad(x.float(), (radius,) * 4, mode="replicate")
        mean = F.avg_pool2d(x, 2 * radius + 1, stride=1)
        mean_square = F.avg_pool2d(x.square(), 2 * radius + 1, stride=1)
        return ((mean_square - mean.square()).clamp_min(0) + 1e-8).sqrt()


class DetailPreservation(nn.Module):
    """Six separable convolutions with skips of several lengths; (B, D, H, W) → (B, D, H, W)."""

    def __init__(self, config: MopaConfig) -> None:
        super().__init__()
        d = 3 * config.width
        self.first = convolved(d, d)
        lengths = (1, 2, 3)  # of the chains, or from skip to skip in the row of six
        self.chains = nn.ModuleList(
            nn.Sequential(*(_separable(d) for _ in range(length))) for length in lengths
        )
        self.in_a_row = config.detail == "six"
        self.merge = nn.Conv2d(d if self.in_a_row else 3 * d, d, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        if not self.in_a_row:
            chains = [y + chain(y) for chain in self.chains]
            return x + self.merge(torch.cat(chains, dim=1))  # type: ignore[no-any-return]
        z = y
        for chain in self.chains:
            z = z + chain(z)  # skips over one, two and three blocks
        return x + self.merge(y + z)  # type: ignore[no-any-return]  # and one over all six


def _separable(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
        nn.Conv2d(channels, channels, 1),
        nn.LeakyReLU(0.2),
    )


class ParallelAttention(nn.Module):
    """Which channels matter, and which places, merged; (B, D, H, W) → (B, D, H, W)."""

    def __init__(self, config: MopaConfig) -> None:
        super().__init__()
        d = 3 * config.width
        quarter = d // 4
        self.cascade = config.attention == "cascade"
        # 1x1, where the paper says 3x3: on one pixel with zeros around, only the middle acts.
        self.channels = nn.Sequential(
            nn.Conv2d(2 * d, quarter, 1),
            nn.Conv2d(quarter, quarter, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(quarter, d, 1),
            nn.Sigmoid(),
        )
        self.places = SpatialGate()
        self.merge = convolved(2 * d, d)

    def forward(self, x: Tensor) -> Tensor:
        mean, peak = x.mean(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)
        by_channel = x * self.channels(torch.cat((mean, peak), dim=1))
        by_place = self.places(by_channel if self.cascade else x)
        return self.merge(torch.cat((by_channel, by_place), dim=1))  # type: ignore[no-any-return]
