"""Pictures of what a network makes of a few validation images, for the run folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from training.datasets import Sample, spread
from training.fusion_tasks import as_levels, shipped_mopa
from training.tasks import Task

FOLDER = "samples"


def write_samples(
    task: Task, network: nn.Module, samples: Sequence[Sample], folder: Path, step: int
) -> Path:
    """`samples/step-000300.png`: a row for one sample of each kind, sources first; its path.

    Pictures of real images stay in the run folder: they are not to be published.
    """
    network.eval()
    with torch.no_grad():
        rows = [_row(task, network, sample) for sample in spread(samples, 1)]
    path = folder / FOLDER / f"step-{step:06}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    Image.fromarray(_stacked(rows)).save(beside, format="png")
    beside.replace(path)
    return path


def _row(task: Task, network: nn.Module, sample: Sample) -> NDArray[np.uint8]:
    shown = sample.pixels[:2]  # masks, if there are any, come last
    tiles = [*shown[:, None, None], _answer(task, network, sample)]
    return np.concatenate([as_levels(tile) for tile in tiles], axis=1)


def _answer(task: Task, network: nn.Module, sample: Sample) -> Tensor:
    """The image that the network gives, (1, 1, H, W): the same again, or the fused one."""
    if task.reads == "images":
        again: Tensor = network(sample.pixels[None])
        return again
    fused: Tensor = shipped_mopa(network)(*sample.pixels[:, None, None])
    return fused


def _stacked(rows: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Rows below each other, narrower ones filled with black."""
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in rows])
