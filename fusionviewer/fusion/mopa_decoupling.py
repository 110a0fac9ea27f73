"""What teaches MOPA: a second network that recovers both sources from the fused image.

Source: as `mopa`. Only training runs it.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from fusionviewer.fusion.blocks import one_of
from fusionviewer.fusion.mopa import Mopa, MopaConfig, convolved

Feedback = Literal["on", "detach", "off"]


class Decoupled(NamedTuple):
    """The fused image and both sources as recovered from it, (B, 1, H, W) each."""

    fused: Tensor
    a: Tensor
    b: Tensor


class MopaInTraining(nn.Module):
    """The fusion network with its decoupling network. 231,562 parameters by default.

    Args:
        feedback: whether a source's features help to recover it: as in the paper ("on"), without
            teaching those features ("detach"), or not at all ("off").
    """

    def __init__(self, config: MopaConfig | None = None, feedback: Feedback = "on") -> None:
        super().__init__()
        one_of("feedback", feedback, ("on", "detach", "off"))
        self.fusion = Mopa(config)
        self.feedback = feedback
        features = 0 if feedback == "off" else self.fusion.config.width
        self.recover_a = _branch(1 + features, self.fusion.config.width)
        self.recover_b = _branch(1 + features, self.fusion.config.width)

    def forward(self, a: Tensor, b: Tensor, mask_a: Tensor, mask_b: Tensor) -> Decoupled:
        fused, fa, fb = self.fusion.fuse(a, b, mask_a, mask_b)
        return Decoupled(
            fused,
            self._recovered(self.recover_a, fused, fa),
            self._recovered(self.recover_b, fused, fb),
        )

    def _recovered(self, branch: nn.Module, fused: Tensor, features: Tensor) -> Tensor:
        known = {
            "on": lambda: torch.cat((fused, features), dim=1),
            "detach": lambda: torch.cat((fused, features.detach()), dim=1),
            "off": lambda: fused,
        }[self.feedback]()
        return (torch.tanh(branch(known)) + 1) / 2


def _branch(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        Segment(inputs, width),
        Segment(width, width),
        Segment(width, width),
        nn.Conv2d(width, 1, 3, padding=1),
    )


class Segment(nn.Module):
    """A 1x1 and a 3x3 convolution around a skip, (B, inputs, H, W) → (B, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolved(inputs, outputs, 1), convolved(outputs, outputs))
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.body(x)  # type: ignore[no-any-return]
