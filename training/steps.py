"""What one step of a training is to the loop; tasks make them."""

from typing import Protocol

from torch import Tensor, nn

Parts = dict[str, Tensor]  # the terms of a loss by name, for the log


class Step(Protocol):
    """The loss of a network over a batch (B, N, H, W), and its parts.

    `kind` is the pair of modalities of all of the batch, or "" where it is mixed.
    """

    def __call__(
        self, network: nn.Module, batch: Tensor, kind: str = "", /
    ) -> tuple[Tensor, Parts]: ...
