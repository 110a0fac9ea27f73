"""One weight for a whole volume: the strategies' rules, taken over all of its slices.

Slice by slice, a strategy looks at one picture and weighs it anew, so that grey levels jump where
anatomy comes and goes. Here every slice's features are seen once, only sums are kept, and the weight
that follows is the same for all slices: memory does not grow with the volume.

The papers name the third dimension as future work and give no formula. Ours are the rules themselves,
with the slices laid below each other: for one slice they give the rule's own weight.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.arrays import Array, as_double, as_numpy, namespace, softmax
from fusionviewer.fusion.nuclear import nuclear_norms_of_grams
from fusionviewer.fusion.sfnn import pooled, ratio

Doubles = NDArray[np.float64]


class VolumeWeight(Protocol):
    """Sums over the slices of two volumes."""

    def add(self, fa: Array, fb: Array) -> None:
        """The features of one slice of each, (1, C, H, W)."""

    def share(self) -> Doubles:
        """The weight of the first volume, (1, 1, 1, 1) or (1, C, 1, 1); a half of nothing."""


@dataclass
class NuclearWeight:
    """SFNN over a volume: the nuclear norm of a channel is that of its slices as one tall matrix.

    With X the matrix of (S·H, W), XᵀX is the sum of the slices' own, and its eigenvalues are the
    squared singular values; so (C, W, W) numbers stand for any number of slices.

    Source: after Zhou et al. 2022, arXiv:2212.04661, equations of `sfnn.share`.
    """

    reduction: str
    power: float = 1
    max_size: int = 0
    _grams: list[Doubles] = field(default_factory=list)

    def add(self, fa: Array, fb: Array) -> None:
        here = [_gram(softmax(pooled(f, self.max_size), 1)) for f in (fa, fb)]
        before = self._grams or [np.zeros(())] * 2
        self._grams = [total + one for total, one in zip(before, here, strict=True)]

    def share(self) -> Doubles:
        if not self._grams:
            return np.full((1, 1, 1, 1), 0.5)
        ma, mb = (_REDUCED[self.reduction](nuclear_norms_of_grams(gram)) for gram in self._grams)
        return ratio(ma**self.power, mb**self.power).reshape(1, -1, 1, 1)


def _gram(maps: Array) -> Doubles:
    """XᵀX of each channel, (1, C, H, W) → (C, W, W), in float64."""
    doubles = as_double(maps)[0]
    product: Doubles = as_numpy(namespace(doubles).matrix_transpose(doubles) @ doubles)
    return product


_REDUCED: dict[str, Callable[[Doubles], Doubles]] = {
    "max": lambda norms: norms.max(keepdims=True),
    "mean": lambda norms: norms.mean(keepdims=True),
    "sum": lambda norms: norms.sum(keepdims=True),
    "identity": lambda norms: norms,
}


@dataclass
class SummedWeight:
    """Sums of a measure of the features: one for all channels, or one for each.

    FER becomes each channel's share of the energy in the volume (its own rule is one of each element,
    and nothing that could change from slice to slice would be left). FL1N keeps its single weight.

    Source: after Fu et al. 2021, doi:10.1016/j.bspc.2021.102488, and Li et al. 2022,
    doi:10.1016/j.compbiomed.2021.105005.
    """

    measure: Callable[[Doubles], Doubles]
    by_channel: bool
    _sums: list[Doubles] = field(default_factory=lambda: [np.zeros(1), np.zeros(1)])

    def add(self, fa: Array, fb: Array) -> None:
        for i, f in enumerate((fa, fb)):
            channels = self.measure(as_numpy(as_double(f))[0]).sum(axis=(1, 2))
            self._sums[i] = self._sums[i] + (channels if self.by_channel else channels.sum())

    def share(self) -> Doubles:
        return ratio(*self._sums).reshape(1, -1, 1, 1)


def _nuclear(reduction: str) -> Callable[..., VolumeWeight]:
    return lambda **options: NuclearWeight(reduction, **options)


# The strategies that have a weight of a volume; the others weigh each place by itself.
VOLUME_WEIGHTS: dict[str, Callable[..., VolumeWeight]] = {
    **{f"sfnn-{reduction}": _nuclear(reduction) for reduction in _REDUCED},
    "fer": lambda **_options: SummedWeight(np.square, by_channel=True),
    "fl1n": lambda **_options: SummedWeight(np.abs, by_channel=False),
}


def weight_of_volume(strategy: str, **options: Any) -> VolumeWeight:
    """An empty sum for `strategy`, a name in VOLUME_WEIGHTS; `options` are those of the strategy."""
    return VOLUME_WEIGHTS[strategy](**options)
