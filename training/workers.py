"""The processes that share a run: one device here, or many on many machines.

Each holds the whole network and takes its share of every batch; gradients are averaged before the
optimiser sees them. So a run with N processes does what one process does with the same batches, up
to rounding. Only batch normalisation differs: each process normalises by its own share.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from training.errors import RunError


class Workers(Protocol):
    """What the loop asks of the processes that share its run.

    Attributes:
        rank: the number of this process; 0 writes the files.
        device: where this process computes.
    """

    rank: int
    device: str

    def seed(self, seed: int, step: int) -> None:
        """Make the random numbers of one step follow from seed, step and rank."""

    def share(self, batch: Tensor) -> Tensor:
        """This process's part of a batch (B, N, H, W)."""

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace gradients by their means over all processes."""

    def mean(self, value: float) -> float:
        """The mean of a number over all processes."""

    def agree(self, scores: dict[str, float]) -> dict[str, float]:
        """What the first process has, on every process; waits for all."""


@dataclass
class Alone:
    """One process: everything stays as it is, and dropout draws from torch's own generator."""

    device: str
    rank: int = 0

    def seed(self, seed: int, step: int) -> None:
        pass

    def share(self, batch: Tensor) -> Tensor:
        return batch

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        pass

    def mean(self, value: float) -> float:
        return value

    def agree(self, scores: dict[str, float]) -> dict[str, float]:
        return scores


class Team:
    """Several processes, started and connected by lightning-fabric."""

    def __init__(self, fabric: Any) -> None:
        self._fabric = fabric
        self.rank: int = fabric.global_rank
        self.count: int = fabric.world_size
        self.device = str(fabric.device)

    def seed(self, seed: int, step: int) -> None:
        torch.manual_seed((seed * 1_000_003 + step) * self.count + self.rank)

    def share(self, batch: Tensor) -> Tensor:
        """
        Raises:
            RunError: the images cannot be dealt out evenly.
        """
        if len(batch) % self.count:
            raise RunError(
                f"{self.count} processes cannot share batches of {len(batch)} evenly.",
                f"Set batch to a multiple of {self.count} in the recipe.",
            )
        return batch[self.rank :: self.count]

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """In one message, for networks here are small."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        mean = self._fabric.all_reduce(flat, reduce_op="mean")
        for gradient, part in zip(
            gradients, mean.split([g.numel() for g in gradients]), strict=True
        ):
            gradient.copy_(part.view_as(gradient))

    def mean(self, value: float) -> float:
        return float(self._fabric.all_reduce(torch.tensor(value), reduce_op="mean"))

    def agree(self, scores: dict[str, float]) -> dict[str, float]:
        agreed: dict[str, float] = self._fabric.broadcast(scores, src=0)
        return agreed


def assemble(device: str, devices: int = 1, nodes: int = 1) -> Workers:
    """The processes for a run; with several, this starts the others, which run the same command.

    Raises:
        RunError: they are too many, or lightning-fabric is missing.
    """
    if devices * nodes == 1:
        return Alone(device)
    if ":" in device:
        raise RunError(f"“{device}” is one device.", "Name the kind alone: --device cuda.")
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise RunError(
            "Several devices need lightning-fabric.", "Install the extra: pip install -e .[train]"
        ) from error
    try:
        fabric = Fabric(accelerator=device, devices=devices, num_nodes=nodes, strategy="ddp")
        fabric.launch()
    except (RuntimeError, ValueError) as error:  # fabric's own kinds are these
        raise RunError(f"There are not {devices} devices of the kind “{device}” here.") from error
    return Team(fabric)
