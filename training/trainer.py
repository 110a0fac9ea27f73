"""One step: what turns a batch into better weights, and what can go wrong in it."""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from traceback import clear_frames

import torch
from torch import Tensor, nn

from training.config import RunConfig, Training
from training.errors import RunError
from training.steps import Step
from training.workers import Workers


@dataclass(frozen=True)
class Trainer:
    """What turns a batch into better weights."""

    network: nn.Module
    optimiser: torch.optim.Optimizer
    loss_of: Step
    config: RunConfig
    workers: Workers

    def step(self, batch: Tensor, kind: str, number: int) -> tuple[float, dict[str, float]]:
        """The loss and its parts before this step changed the weights."""
        training = self.config.training
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(number, training)
        self.network.train()
        self.optimiser.zero_grad(set_to_none=True)
        self.workers.seed(self.config.seed, number)
        share = self.workers.share(batch)
        try:
            loss, parts = self._taught(share, kind, number)
        except (MemoryError, RuntimeError) as error:  # torch's own for GPUs is a RuntimeError
            if not _is_out_of_memory(error):
                raise
            clear_frames(error.__traceback__)  # which hold what did not fit
            raise self._too_large(batch, kind, number) from error
        self.workers.average(self.network.parameters())
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), training.clip or math.inf)
        value = self.workers.mean(float(loss.detach()))
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            raise RunError(
                f"The loss is no longer a number at step {number}.",
                "The last checkpoint is good; resume from it with a lower rate or a clip.",
            )
        self.optimiser.step()
        return value, {
            name: self.workers.mean(float(part.detach())) for name, part in parts.items()
        }

    def _taught(self, batch: Tensor, kind: str, number: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss and its parts; gradients are in the parameters."""
        batch = batch.to(self.workers.device)
        with _precision(number, self.config.training, batch.device.type):
            loss, parts = self.loss_of(self.network, batch, kind)
        loss.backward()
        return loss, parts

    def _too_large(self, batch: Tensor, kind: str, number: int) -> RunError:
        """The error for a batch that does not fit, which says what does."""
        size = len(self.workers.share(batch))
        processes, fits = len(batch) // size, size // 2
        while fits and not self._fits(batch[:fits], kind, number):
            fits //= 2
        problem = f"Memory ran out at step {number} with batches of {len(batch)}"
        if not fits:
            return RunError(f"{problem}; not even one image fits.", "Use a smaller crop.")
        return RunError(
            f"{problem}; {fits * processes} fit.",
            f"Set batch = {fits * processes} or a smaller crop in the recipe.",
        )

    def _fits(self, batch: Tensor, kind: str, number: int) -> bool:
        self.optimiser.zero_grad(set_to_none=True)
        try:
            self._taught(batch, kind, number)
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            return False
        return True


def rate_at(step: int, training: Training) -> float:
    """The learning rate of one step: a linear rise, then constant, half a cosine, or stairs.

    What is to move on by epochs stands still within one.
    """
    if step < training.warmup:
        return training.rate * (step + 1) / training.warmup
    if training.schedule == "constant":
        return training.rate
    if training.schedule == "staircase":
        every = training.decay_epochs * training.epoch_steps or training.decay_every
        return training.rate * training.decay ** ((step - training.warmup) // every)
    if training.rate_per == "epoch":
        step = max(step - step % training.epoch_steps, training.warmup)
    done = (step - training.warmup) / max(training.steps - training.warmup, 1)
    middle = (training.rate - training.final_rate) / 2
    return training.final_rate + middle * (1 + math.cos(math.pi * done))


def _is_out_of_memory(error: Exception) -> bool:
    """On the CPU torch has no kind of its own for it, only “can't allocate memory”."""
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or "allocate" in str(error).lower()


def _precision(step: int, training: Training, device: str) -> AbstractContextManager[object]:
    early = step < training.steps * (1 - training.float32_share)
    if training.precision == "bfloat16" and early:
        return torch.autocast(device, torch.bfloat16)
    return nullcontext()
