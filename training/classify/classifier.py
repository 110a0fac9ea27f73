"""Train a classifier on slices and keep the epoch that validates best."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.classify.focal import focal_loss
from training.classify.scores import scores
from training.classify.settings import Settings
from training.classify.slices import Patient
from training.errors import RunError

_DECIDES = {"slice": "auc", "patient": "patient_auc"}  # by Settings.level


@dataclass(frozen=True, eq=False)
class Examples:
    """Slices (N, C, S, S), their labels (N, 1), and whose they are."""

    pixels: Tensor
    labels: Tensor
    patients: list[str]


def examples(patients: Sequence[Patient], which: str) -> Examples:
    """The slices of all patients as the input `which`."""
    counts = [len(p.t2) for p in patients]
    return Examples(
        torch.from_numpy(np.concatenate([p.channels(which) for p in patients])),
        torch.from_numpy(np.repeat([float(p.grade) for p in patients], counts)).float()[:, None],
        [p.name for p, count in zip(patients, counts, strict=True) for _ in range(count)],
    )


def fit(
    network: nn.Module,
    training: Examples,
    validation: Examples,
    settings: Settings,
    *,
    seed: int,
    device: str,
    tell: Callable[[str], None],
) -> int:
    """Train `network`, leave it as it was after its best epoch, and say which that was.

    Of epochs with the same AUC the one with the lower validation loss is kept.

    Raises:
        RunError: the loss is no longer a number, or memory ran out.
    """
    network.to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.rate)
    best, best_epoch, kept = (-math.inf, -math.inf), 0, network.state_dict()
    for epoch in range(1, settings.epochs + 1):
        loss = _epoch(network, optimiser, training, settings, seed=(seed, epoch), device=device)
        logits = predict(network, validation, settings.batch, device)
        held = float(focal_loss(logits, validation.labels, settings.alpha, settings.gamma))
        reached = judged(logits, validation)[_DECIDES[settings.level]]
        tell(f"epoch {epoch}/{settings.epochs}  loss {loss:.4f}  validation AUC {reached:.3f}")
        if (reached, -held) > best:
            best, best_epoch = (reached, -held), epoch
            kept = copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)
    return best_epoch


@torch.no_grad()
def predict(network: nn.Module, given: Examples, batch: int, device: str) -> Tensor:
    """The logits (N, 1), in evaluation mode, on the CPU."""
    network.eval()
    parts = [network(pixels.to(device)).cpu() for pixels in torch.split(given.pixels, batch)]
    return torch.cat(parts)


def judged(logits: Tensor, given: Examples) -> dict[str, float]:
    """The scores of logits (N, 1)."""
    return scores(_numbers(logits.sigmoid()), _numbers(given.labels), given.patients)


def _epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    given: Examples,
    settings: Settings,
    *,
    seed: tuple[int, int],
    device: str,
) -> float:
    """One pass in random order; the mean loss."""
    network.train()
    rng = np.random.default_rng(seed)
    order = torch.from_numpy(rng.permutation(len(given.labels)))
    batches = [b for b in torch.split(order, settings.batch) if len(b) > 1]  # one has no statistics
    losses = []
    for chosen in batches:
        pixels, labels = given.pixels[chosen], given.labels[chosen]
        if settings.flips:
            pixels = _flipped(pixels, rng)
        optimiser.zero_grad(set_to_none=True)
        try:
            logits = network(pixels.to(device))
            loss = focal_loss(logits, labels.to(device), settings.alpha, settings.gamma)
            loss.backward()
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise RunError(
                f"Memory ran out with batches of {len(chosen)}.",
                f"Try --batch {max(len(chosen) // 2, 2)}.",
            ) from error
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise RunError("The loss is no longer a number.", "Try a lower --rate.")
        optimiser.step()
    return sum(losses) / max(len(losses), 1)


def _flipped(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Each image mirrored at random, left to right and top to bottom."""
    for axis in (2, 3):
        mirrored = torch.from_numpy(rng.random(len(pixels)) < 0.5)[:, None, None, None]
        pixels = torch.where(mirrored, pixels.flip(axis), pixels)
    return pixels


def _numbers(x: Tensor) -> NDArray[np.float64]:
    return np.asarray(x[:, 0].double().numpy())
