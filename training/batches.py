"""Which images a step sees: a pure function of the seed and the step.

So the place in the data order needs no saving: a run that starts again at step 700 draws
what an uninterrupted one draws there.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from training.augment import augmented
from training.config import RunConfig
from training.datasets import Sample
from training.errors import DataError

_ORDER = 1  # keeps the generators of epochs apart from those of steps


class Batches:
    """The training images, ready to be drawn by step."""

    def __init__(self, samples: Sequence[Sample], config: RunConfig) -> None:
        if not samples:
            raise DataError("The training split is empty.")
        self._samples = samples
        self._config = config
        self._by_kind = [
            [i for i, s in enumerate(samples) if s.kind == kind]
            for kind in sorted({s.kind for s in samples})
        ]
        self._epoch, self._order = -1, np.arange(0)

    def at(self, step: int) -> Tensor:
        """The batch (B, N, H, W) of one step.

        Raises:
            DataError: the images of the batch differ in size.
        """
        data = self._config.data
        rng = np.random.default_rng((self._config.seed, 0, step))
        chosen = [self._samples[i] for i in self._indices(step, rng)]
        pixels = [augmented(s.pixels, data.crop, data.flips, rng) for s in chosen]
        if len({tuple(p.shape) for p in pixels}) > 1:
            raise DataError("Images of different sizes need a crop that fits into the smallest.")
        return torch.stack(pixels)

    def _indices(self, step: int, rng: np.random.Generator) -> list[int]:
        size = self._config.training.batch
        if self._config.data.sampling == "images":
            return [self._shuffled(step * size + k) for k in range(size)]
        kinds = [self._by_kind[int(rng.integers(len(self._by_kind)))] for _ in range(size)]
        return [kind[int(rng.integers(len(kind)))] for kind in kinds]

    def _shuffled(self, position: int) -> int:
        """The image at a position of the endless sequence of shuffled epochs."""
        epoch, place = divmod(position, len(self._samples))
        if epoch != self._epoch:
            rng = np.random.default_rng((self._config.seed, _ORDER, epoch))
            self._epoch, self._order = epoch, rng.permutation(len(self._samples))
        return int(self._order[place])
