"""One weight for a volume: the strategy's own rule, with the slices laid below each other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fusionviewer.fusion.arrays import softmax
from fusionviewer.fusion.strategies import STRATEGIES
from fusionviewer.fusion.volume_weights import VOLUME_WEIGHTS, weight_of_volume

SLICES, SHAPE = 5, (1, 6, 9, 8)


def features(seed: int) -> NDArray[np.float32]:
    """(S, 1, C, H, W); the images differ in strength from slice to slice."""
    random = np.random.default_rng(seed)
    strength = random.uniform(0.2, 3, (SLICES, 1, 1, 1, 1))
    return (strength * random.normal(size=(SLICES, *SHAPE))).astype(np.float32)


A, B = features(1), features(2)


def weight(strategy: str, slices: list[int], **options: float) -> NDArray[np.float64]:
    into = weight_of_volume(strategy, **options)
    for s in slices:
        into.add(A[s], B[s])
    return into.share()


@pytest.mark.parametrize("strategy", [name for name in VOLUME_WEIGHTS if name != "fer"])
def test_for_one_slice_it_is_the_weight_of_the_slice(strategy: str) -> None:
    own = STRATEGIES[strategy].weights
    assert own is not None
    assert weight(strategy, [2]) == pytest.approx(np.asarray(own(A[2], B[2])), abs=1e-5)


def test_for_one_slice_fer_is_the_energy_of_each_channel() -> None:
    energies = [np.square(f[2].astype(np.float64)).sum(axis=(2, 3)) for f in (A, B)]
    expected = energies[0] / (energies[0] + energies[1])
    assert weight("fer", [2]).ravel() == pytest.approx(expected.ravel(), abs=1e-9)


@pytest.mark.parametrize("strategy", VOLUME_WEIGHTS)
def test_the_order_of_the_slices_does_not_matter(strategy: str) -> None:
    assert weight(strategy, [0, 1, 2, 3, 4]) == pytest.approx(weight(strategy, [4, 2, 0, 3, 1]))


def test_sfnn_of_a_volume_is_that_of_its_slices_as_one_tall_matrix() -> None:
    norms = []
    for f in (A, B):
        tall = np.concatenate([softmax(one.astype(np.float64), 1)[0] for one in f], axis=1)
        norms.append(np.linalg.svd(tall, compute_uv=False).sum(axis=1).max())
    expected = norms[0] / (norms[0] + norms[1])
    assert weight("sfnn-max", list(range(SLICES))).item() == pytest.approx(expected, abs=1e-6)


def test_the_settings_of_a_strategy_count_here_as_well() -> None:
    plain, squared = (weight("sfnn-max", [0, 1, 2], power=power).item() for power in (1, 2))
    assert squared == pytest.approx(plain**2 / (plain**2 + (1 - plain) ** 2))


@pytest.mark.parametrize("strategy", VOLUME_WEIGHTS)
def test_nothing_but_empty_slices_gives_a_half(strategy: str) -> None:
    into = weight_of_volume(strategy)
    assert (into.share() == 0.5).all()


@pytest.mark.parametrize("strategy", VOLUME_WEIGHTS)
def test_exchanging_the_volumes_exchanges_the_weights(strategy: str) -> None:
    turned = weight_of_volume(strategy)
    for s in range(SLICES):
        turned.add(B[s], A[s])
    assert turned.share() == pytest.approx(1 - weight(strategy, list(range(SLICES))))
