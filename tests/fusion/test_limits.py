import numpy as np
import pytest
from numpy.typing import NDArray

from fusionviewer.fusion.limits import FEATURES, SIDE, Verdict, graded, measured, read_limits

Plane = NDArray[np.float32]


def head(seed: int, level: float = 0.5, side: int = 64) -> Plane:
    """A textured disc on black."""
    rows, columns = np.mgrid[:side, :side] / side - 0.5
    texture = np.random.default_rng(seed).normal(level, 0.05, (side, side))
    radius = 0.3 + 0.1 * np.random.default_rng(seed + 999).random()
    return np.where(np.hypot(rows, columns) < radius, texture.clip(0.05, 1), 0).astype(np.float32)


@pytest.fixture(scope="module")
def limits() -> dict[str, tuple[float, float]]:
    """Of twenty pairs of a darker and a brighter head."""
    pairs = [(head(i, 0.3 + i / 100), head(i + 50, 0.6 + i / 100)) for i in range(20)]
    return measured(pairs) | {SIDE: (5.0, 7.0)}


def test_the_training_pairs_are_green(limits: dict[str, tuple[float, float]]) -> None:
    for i in range(20):
        pair = (head(i, 0.3 + i / 100), head(i + 50, 0.6 + i / 100))
        assert graded(*pair, limits) == Verdict("green")


def test_exchanged_images_get_the_same_verdict(limits: dict[str, tuple[float, float]]) -> None:
    for a, b in ((head(1), head(2, 0.95)), (head(1), np.zeros_like(head(1)))):
        assert graded(a, b, limits) == graded(b, a, limits)


@pytest.mark.parametrize(
    ("a", "b", "level", "why"),
    [
        (head(1), np.zeros((64, 64), np.float32), "red", "nearly empty"),
        (head(1), np.roll(head(2), 60, axis=1), "red", "do not lie on each other"),
        (head(1, side=512), head(2, side=512), "red", "larger"),
        (head(1, side=10), head(2, side=10), "red", "smaller"),
        (head(1), head(2, 0.85), "amber", "brighter"),
        (head(1), head(1), "red", "the same"),
        (head(1), np.where(head(1) > 0, 1 - head(1), 0), "red", "negative"),
    ],
    ids=["empty", "moved apart", "large", "small", "bright", "same twice", "negative"],
)
def test_other_pairs_are_not(
    limits: dict[str, tuple[float, float]], a: Plane, b: Plane, level: str, why: str
) -> None:
    verdict = graded(a, b, limits)
    assert verdict.level == level
    assert why in verdict.reason


def test_a_network_without_limits_is_never_doubted() -> None:
    assert graded(head(1), np.zeros((64, 64), np.float32), read_limits({})).level == "green"


def test_a_card_keeps_its_limits(limits: dict[str, tuple[float, float]]) -> None:
    assert read_limits({"limits": {k: list(v) for k, v in limits.items()}}) == limits
    assert set(limits) == set(FEATURES)


def test_heads_that_lie_on_each_other_better_than_any_in_training_are_no_reason_to_doubt(
    limits: dict[str, tuple[float, float]],
) -> None:
    apart = limits | {"overlap": (0.6, 0.9)}
    a = head(1)
    b = np.where(a > 0, head(2, 0.7), 0).astype(np.float32)
    b = np.where((a > 0) & (b == 0), 0.7, b).astype(np.float32)
    assert "overlap" not in graded(a, b, apart).reason
    assert "lie on each other" not in graded(a, b, apart).reason
