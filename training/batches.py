"""Which images a step sees: a pure function of the seed and the step.

So the place in the data order needs no saving: a run that starts again at step 700 draws
what an uninterrupted one draws there.
"""

from collections import Counter
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

    def __init__(
        self, samples: Sequence[Sample], config: RunConfig, sides: tuple[int, int] = (1, 1)
    ) -> None:
        """
        Args:
            sides: what an image has to have at least, and a multiple of what; see `Task`.

        Raises:
            DataError: there are no images, they differ in size, or are too small.
        """
        if not samples:
            raise DataError("The training split is empty.")
        _require_sizes(samples, config, sides)
        self._samples = samples
        self._config = config
        kinds = [
            [i for i, s in enumerate(samples) if s.kind == kind]
            for kind in sorted({s.kind for s in samples})
        ]
        of_pairs = set(config.data.pairs)
        self._by_kind = [kind for kind in kinds if samples[kind[0]].kind in of_pairs] or kinds
        self._of_volumes = [kind for kind in kinds if samples[kind[0]].kind not in of_pairs]
        self._epoch, self._order = -1, np.arange(0)

    def at(self, step: int) -> tuple[Tensor, str]:
        """The batch (B, N, H, W) of one step, and its kind; "" where kinds may be mixed."""
        data = self._config.data
        rng = np.random.default_rng((self._config.seed, 0, step))
        chosen = [self._samples[i] for i in self._indices(step, rng)]
        pixels = [augmented(s.pixels, data.crop, data.flips, rng) for s in chosen]
        return torch.stack(pixels), chosen[0].kind if data.sampling == "one kind" else ""

    def _indices(self, step: int, rng: np.random.Generator) -> list[int]:
        size = self._config.training.batch
        if self._config.data.sampling == "images":
            return [self._shuffled(step * size + k) for k in range(size)]
        data = self._config.data
        draws = 1 if data.sampling == "one kind" else size
        by_kind = self._by_kind
        if self._of_volumes and draws == 1 and rng.random() < data.volume_share:
            by_kind = self._of_volumes
        kinds = [by_kind[int(rng.integers(len(by_kind)))] for _ in range(draws)]
        kinds *= size // draws
        return [kind[int(rng.integers(len(kind)))] for kind in kinds]

    def _shuffled(self, position: int) -> int:
        """The image at a position of the endless sequence of shuffled epochs."""
        epoch, place = divmod(position, len(self._samples))
        if epoch != self._epoch:
            rng = np.random.default_rng((self._config.seed, _ORDER, epoch))
            self._epoch, self._order = epoch, rng.permutation(len(self._samples))
        return int(self._order[place])


def _require_sizes(samples: Sequence[Sample], config: RunConfig, sides: tuple[int, int]) -> None:
    """
    Raises:
        DataError: after cropping, images differ in size, or are not of a size to train on.
    """
    least, multiple = sides
    sizes = [_cropped_size(sample, config.data.crop) for sample in samples]
    usual = Counter(sizes).most_common(1)[0][0]
    for sample, size in zip(samples, sizes, strict=True):
        told = f"“{sample.name}” ({sample.kind}) is trained on as {_words(size)} pixels"
        if size != usual and config.training.batch > 1:
            raise DataError(
                f"{told}, most others as {_words(usual)}.",
                "A crop that fits into the smallest image makes them alike.",
            )
        if min(size) < least:
            raise DataError(f"{told}; {config.task} needs {least} at least.", _LARGER_CROP)
        if any(side % multiple for side in size):
            raise DataError(
                f"{told}; {config.task} needs multiples of {multiple}.", "Set such a crop."
            )


_LARGER_CROP = "Set a larger crop in the recipe, or use larger images."


def _cropped_size(sample: Sample, crop: int) -> tuple[int, int]:
    height, width = sample.pixels.shape[-2:]
    return min(height, crop or height), min(width, crop or width)


def _words(size: tuple[int, int]) -> str:
    height, width = size
    return f"{width}×{height}"
