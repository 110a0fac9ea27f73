"""Two pictures with structure, and a short way to ask for one score."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter

from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.table import METRICS

Levels = NDArray[np.float64]


@pytest.fixture
def score() -> Callable[[str, ArrayLike, ArrayLike, ArrayLike], float]:
    def of(name: str, a: ArrayLike, b: ArrayLike, fused: ArrayLike) -> float:
        return METRICS[name].function(Sources(Picture(a), Picture(b)), Picture(fused))

    return of


@pytest.fixture(scope="session")
def a() -> Levels:
    """A bright ring on black, as bone in CT. (192, 192), whole levels."""
    y, x = np.mgrid[:192, :192] - 95.5
    radius = np.hypot(x, y * 1.2)
    inside = 60 + 8 * _texture(1)
    return _whole(np.where((radius > 70) & (radius < 80), 230, np.where(radius < 70, inside, 0)))


@pytest.fixture(scope="session")
def b() -> Levels:
    """Soft tissue on black, as in MR. (192, 192), whole levels."""
    y, x = np.mgrid[:192, :192] - 95.5
    return _whole(np.where(np.hypot(x, y * 1.2) < 85, 110 + 40 * _texture(2), 0))


def _texture(seed: int) -> Levels:
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal((192, 192)), 3)
    return np.asarray(noise / noise.std())


def _whole(levels: Levels) -> Levels:
    return np.asarray(np.clip(np.rint(levels), 0, 255))
