from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fusionviewer.fusion.arrays import one_torch_thread, softmax
from fusionviewer.fusion.nuclear import largest_nuclear_norms, nuclear_norms

BACKENDS: dict[str, Callable[[Any], Any]] = {"numpy": np.asarray, "torch": torch.from_numpy}


def random(shape: tuple[int, ...], seed: int = 0) -> Any:
    return np.random.default_rng(seed).random(shape)


def one_hot(shape: tuple[int, ...]) -> Any:
    winner = np.random.default_rng(1).integers(shape[1], size=(shape[0], *shape[2:]))
    return np.moveaxis(np.eye(shape[1])[winner], -1, 1)


def rank_one(shape: tuple[int, ...]) -> Any:
    return random((*shape[:3], 1)) * random((*shape[:2], 1, shape[3]), seed=1)


MAPS: dict[str, Callable[[tuple[int, ...]], Any]] = {
    "random": random,
    "constant": lambda shape: np.full(shape, 0.25),
    "zero": np.zeros,
    "one-hot": one_hot,
    "rank one": rank_one,
    "signed": lambda shape: random(shape) - 0.5,
    "columns that cancel": lambda shape: random(shape) * [1, -1, *[0] * (shape[3] - 2)],
}
FEATURES = {**MAPS, "wild": lambda shape: 300 * (random(shape) - 0.5)}
SHAPES = [(2, 6, 16, 16), (1, 4, 9, 31), (3, 3, 31, 9), (1, 1, 2, 2)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", FEATURES)
def test_norms_of_shares_never_vanish_all_at_once(
    kind: str, shape: tuple[int, ...], backend: str
) -> None:
    """The maps of shares sum to all ones, whose norm is √(HW); so do their norms, at least."""
    features = BACKENDS[backend](np.asarray(FEATURES[kind](shape), np.float32))
    norms = np.asarray(nuclear_norms(softmax(features, 1)))
    least = np.sqrt(shape[2] * shape[3]) * (1 - 1e-6)
    assert (norms.sum(axis=1) >= least).all()
    assert (norms.max(axis=1) >= least / shape[1]).all()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", MAPS)
class TestAgainstSingularValues:
    def test_norms_are_exact(self, kind: str, shape: tuple[int, ...], backend: str) -> None:
        maps = np.asarray(MAPS[kind](shape), np.float64)
        expected = np.linalg.svd(maps, compute_uv=False).sum(-1)
        norms = np.asarray(nuclear_norms(BACKENDS[backend](maps)))
        np.testing.assert_allclose(norms, expected, rtol=2e-6, atol=1e-12)

    def test_pruning_finds_the_maximum(
        self, kind: str, shape: tuple[int, ...], backend: str
    ) -> None:
        maps = np.asarray(MAPS[kind](shape), np.float64)
        expected = np.linalg.svd(maps, compute_uv=False).sum(-1).max(1)
        largest, evaluated = largest_nuclear_norms(BACKENDS[backend](maps))
        np.testing.assert_allclose(largest, expected, rtol=2e-6, atol=1e-12)
        assert evaluated <= shape[0] * shape[1]


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, (2, 4, 5, 7), elements=st.floats(0, 1)))
def test_pruning_changes_nothing_whatever_the_maps(maps: Any) -> None:
    largest, _ = largest_nuclear_norms(maps)
    np.testing.assert_allclose(largest, np.asarray(nuclear_norms(maps)).max(1), rtol=1e-9)


def test_float32_maps_get_norms_in_float64() -> None:
    maps = random((1, 3, 20, 20)).astype(np.float32)
    expected = np.linalg.svd(maps.astype(np.float64), compute_uv=False).sum(-1)
    for convert in BACKENDS.values():
        np.testing.assert_allclose(np.asarray(nuclear_norms(convert(maps))), expected, rtol=1e-9)


def test_one_dominant_channel_is_the_only_one_factorised() -> None:
    maps = random((1, 64, 24, 24)) * 0.02
    maps[:, 40] += 0.5
    assert largest_nuclear_norms(maps)[1] == 1


@pytest.fixture
def two_torch_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_torch_threads")
class TestThreadsOfTorch:
    def test_are_the_same_afterwards_however_many_callers_there_are(self) -> None:
        maps = torch.from_numpy(random((2, 4, 16, 16)))

        def work(_: int) -> int:
            nuclear_norms(maps)
            return torch.get_num_threads()

        with ThreadPoolExecutor(8) as pool:
            seen = set(pool.map(work, range(64)))
        assert seen | {torch.get_num_threads()} == {2}

    def test_are_one_inside_and_the_same_after_a_failure(self) -> None:
        inside = 0

        def fail() -> None:
            nonlocal inside
            with one_torch_thread(torch.zeros(1)):
                inside = torch.get_num_threads()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert inside == 1
        assert torch.get_num_threads() == 2
