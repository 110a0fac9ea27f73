"""Clarus: which source each pixel comes from, and a small, bounded correction.

Our own network, the program's answer to one model for CT-MRI, PET-MRI and SPECT-MRI. It answers
with a weight and not with an image, so that the contribution map is exact, and the correction can
be shown, limited and switched off:

    fused = w·a + (1 − w)·b + r        w in 0…1, |r| at most `CORRECTION`

One network looks at (a, b) and at (b, a), and the two answers are compared. So exchanged sources
get exchanged weights and the same correction, by construction and not by training.

Pairs with a functional image, PET or SPECT, which are seen in colours, have a second set of weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion.answers import CORRECTION
from fusionviewer.fusion.blocks import configured


@dataclass(frozen=True)
class ClarusConfig:
    """What can be chosen about the network.

    Attributes:
        width: channels at half resolution, where most of the work is done.
        fine: channels at full resolution.
        dilations: of the 3x3 convolutions at half resolution, one after the other.
        closer: channels of a second look, at full resolution, at the sources beside what the first
            made of them; 0 for none.
        residual: with the correction; without, the answer is a weight alone.
        functional: with a second network of the same kind, for pairs with PET or SPECT.
    """

    width: int = 24
    fine: int = 8
    dilations: tuple[int, ...] = (1, 2, 4, 8, 4, 2, 1)
    closer: int = 0
    residual: bool = True
    functional: bool = False


def build(options: Mapping[str, object] | None = None) -> "Clarus":
    """The network for the options of a card or a recipe; see `ClarusConfig`."""
    options = dict(options or {})
    if isinstance(dilations := options.get("dilations"), list):
        options["dilations"] = tuple(dilations)
    return Clarus(configured(ClarusConfig, options))


class Clarus(nn.Module):
    """Two images (B, 1, H, W) within 0…1, H and W even, → weight and correction (B, 2, H, W).

    38,779 parameters, 40,309 with a second look of 8 channels. The weight is that of `a`. Where both
    images are 0 the correction is 0.

    Attributes:
        functional: answers for pairs with PET or SPECT; None where this one does.
    """

    def __init__(self, config: ClarusConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ClarusConfig()
        self.look = nn.Conv2d(2, config.fine, 3, padding=1)
        self.shrink = nn.Conv2d(4 * config.fine, config.width, 1)
        self.around = nn.ModuleList(
            nn.Conv2d(config.width, config.width, 3, padding=d, dilation=d)
            for d in config.dilations
        )
        self.grow = nn.Conv2d(config.width, config.fine, 1)
        self.mix = nn.Conv2d(2 * config.fine, config.fine, 3, padding=1)
        self.answer = nn.Conv2d(config.fine, 2, 1)
        # How much the brighter pixel is preferred before anything was learned about it.
        self.brighter = nn.Parameter(torch.tensor(8.0))
        self.closer = _Closer(config) if config.closer else None
        self.functional = Clarus(replace(config, functional=False)) if config.functional else None

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        of_each, seen_there = self._opinion(_both_orders(a, b))
        lean, bend = _compared(of_each)
        lean = lean + self.brighter * (a - b)
        if self.closer is not None:
            first = fused(self._answer(lean, bend, a, b), a, b)
            shown = torch.cat((_both_orders(a, b), first.repeat_interleave(2, dim=0)), dim=1)
            more_lean, more_bend = _compared(self.closer(shown, seen_there))
            lean, bend = lean + more_lean, bend + more_bend
        return self._answer(lean, bend, a, b)

    def _answer(self, lean: Tensor, bend: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """Weight and correction (B, 2, H, W) from numbers without bounds, (B, 1, H, W) each."""
        weight = torch.sigmoid(lean)
        if not self.config.residual:
            return torch.cat((weight, torch.zeros_like(weight)), dim=1)
        seen = ((a > 0) | (b > 0)).to(bend.dtype)
        return torch.cat((weight, CORRECTION * torch.tanh(bend) * seen), dim=1)

    def _opinion(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """For own and other: how much own counts, and half of the correction; (2B, 2, H, W).

        And what was seen on the way, (2B, fine, H, W).
        """
        fine = F.leaky_relu(self.look(x), 0.2)
        wide = F.leaky_relu(self._shrunk(fine), 0.2)  # 2B C H/2 W/2
        for layer in self.around:
            wide = wide + F.leaky_relu(layer(wide), 0.2)
        coarse = F.interpolate(self.grow(wide), scale_factor=2, mode="bilinear")
        mixed = F.leaky_relu(self.mix(torch.cat((fine, coarse), dim=1)), 0.2)
        return self.answer(mixed), mixed

    def _shrunk(self, fine: Tensor) -> Tensor:
        """`shrink` after `pixel_unshuffle`, as one convolution: moving pixels about takes longer."""
        weight, config = self.shrink.weight, self.config
        return F.conv2d(
            fine, weight.view(config.width, config.fine, 2, 2), self.shrink.bias, stride=2
        )


class _Closer(nn.Sequential):
    """Own, other and fused (2B, 3, H, W), and what was seen, → what to change (2B, 2, H, W).

    Nothing, untrained. The same as its layers one after the other over all of that, in an order of
    the work that onnxruntime is a fifth faster at.
    """

    def __init__(self, config: ClarusConfig) -> None:
        last = nn.Conv2d(config.closer, 2, 3, padding=1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]
        super().__init__(
            nn.Conv2d(3 + config.fine, config.closer, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(config.closer, config.closer, 3, padding=1),
            nn.LeakyReLU(0.2),
            last,
        )

    def forward(self, shown: Tensor, seen: Tensor) -> Tensor:  # type: ignore[override]
        first, rectify, *middle, last = cast(list[nn.Module], list(self))
        assert isinstance(first, nn.Conv2d)
        assert isinstance(last, nn.Conv2d)
        # Slices, for what splits the weights stays in a graph, and is done again for every image.
        of_shown, of_seen = first.weight[:, : shown.shape[1]], first.weight[:, shown.shape[1] :]
        x = F.conv2d(seen, of_seen, first.bias, padding=1) + F.conv2d(shown, of_shown, padding=1)
        x = rectify(x)
        for layer in middle:
            x = layer(x)
        return _in_fours(x, last)


def _in_fours(x: Tensor, layer: nn.Conv2d) -> Tensor:
    """A 3x3 convolution to few channels, four pixels of each at once; sides even.

    Channels are worked on eight at a time, so two alone would waste the rest.
    """
    windows = [
        F.pad(layer.weight, (right, 1 - right, down, 1 - down))
        for down in (0, 1)
        for right in (0, 1)
    ]
    weight = torch.stack(windows, dim=1).flatten(0, 1)  # 4n C 4 4
    assert layer.bias is not None
    fours = F.conv2d(x, weight, layer.bias.repeat_interleave(4), stride=2, padding=1)
    return F.pixel_shuffle(fours, 2)


def _both_orders(a: Tensor, b: Tensor) -> Tensor:
    """(a, b) and (b, a) of each pair, one after the other: (2B, 2, H, W)."""
    both = torch.stack((torch.cat((a, b), dim=1), torch.cat((b, a), dim=1)), dim=1)
    return both.flatten(0, 1)


def _compared(of_each: Tensor) -> tuple[Tensor, Tensor]:
    """What speaks for `a` against `b`, and what both orders want corrected, (B, 1, H, W) each."""
    both = of_each.unflatten(0, (-1, 2))  # B 2 2 H W
    of_ab, of_ba = both[:, 0], both[:, 1]
    return of_ab[:, :1] - of_ba[:, :1], of_ab[:, 1:] + of_ba[:, 1:]


def fused(answer: Tensor, a: Tensor, b: Tensor, residual: float = 1.0) -> Tensor:
    """The image that an answer (B, 2, H, W) stands for, (B, 1, H, W); not clamped."""
    weight, correction = answer[:, :1], answer[:, 1:]
    return b + weight * (a - b) + residual * correction
