"""Teach the learned strategy: a frozen auto-encoder around a network that weighs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from fusionviewer.fusion import learned
from fusionviewer.fusion.blocks import even_padded
from fusionviewer.fusion.learned import LearnedShare
from fusionviewer.fusion.torch_backend import load_module
from fusionviewer.fusion.weights import read_card
from training.datasets import Sample
from training.errors import RunError
from training.fusion_tasks import fusion_scores

AUTOENCODER = "eh-dran"


class LearnedFusion(nn.Module):
    """Two images (B, 1, H, W) to one, of which only the weighing learns."""

    def __init__(self, autoencoder: nn.Module, share: LearnedShare) -> None:
        super().__init__()
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.share = share

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        height, width = a.shape[-2:]
        with torch.no_grad():
            fa, fb = (self.autoencoder.encode(even_padded(x)) for x in (a, b))  # type: ignore[operator]
        weight = self.share(fa, fb)  # B 1 H W
        fused: Tensor = self.autoencoder.decode(fb + weight * (fa - fb))  # type: ignore[operator]
        return fused[..., :height, :width]

    def train(self, mode: bool = True) -> "LearnedFusion":
        """Only the weighing: dropout and running statistics of the auto-encoder stay off."""
        super().train(mode)
        self.autoencoder.eval()
        return self


def build(options: Mapping[str, object]) -> LearnedFusion:
    """The network around the shipped auto-encoder.

    Raises:
        ValueError: an option that there is not.
        WeightsError: the weights of the auto-encoder are missing or altered.
    """
    card = read_card(AUTOENCODER)
    share = learned.build({**options, "autoencoder_sha256": card.sha256})
    return LearnedFusion(load_module(card), share)


def scores(network: nn.Module, samples: Sequence[Sample]) -> dict[str, float]:
    """As of a network that fuses; weights that shipped are put around the auto-encoder first."""
    if isinstance(network, LearnedShare):
        where = next(network.parameters()).device
        network = LearnedFusion(load_module(read_card(AUTOENCODER)).to(where), network)
    return fusion_scores(network, samples)


def shipped(network: nn.Module) -> nn.Module:
    """The part that weighs.

    Raises:
        RunError: it was trained around an auto-encoder that has since been replaced.
    """
    assert isinstance(network, LearnedFusion)
    card = read_card(AUTOENCODER)
    now = load_module(card).state_dict()
    then = network.autoencoder.state_dict()
    if any(not torch.equal(value.cpu(), now[name]) for name, value in then.items()):
        raise RunError(
            f"The learned strategy was trained around other weights of {AUTOENCODER}.",
            "Train it again.",
        )
    network.share.config = replace(network.share.config, autoencoder_sha256=card.sha256)
    return network.share
