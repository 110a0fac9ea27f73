"""Sobel derivatives and windows, shared by several scores."""

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.metrics.picture import GreyLevels, Map

_STEP, _SMOOTH = (-1.0, 0.0, 1.0), (1.0, 2.0, 1.0)


def sobel(
    levels: GreyLevels, border: str = "nearest", smooth: Sequence[float] = _SMOOTH
) -> tuple[Map, Map]:
    """Derivatives across and down, weights 1-2-1 and not normalised, each (H, W).

    `border` is a mode of `scipy.ndimage`; `smooth` = (3, 10, 3) makes it Scharr's operator.
    """
    across = scipy.ndimage.correlate1d(
        scipy.ndimage.correlate1d(levels, _STEP, 1, mode=border), smooth, 0, mode=border
    )
    down = scipy.ndimage.correlate1d(
        scipy.ndimage.correlate1d(levels, _STEP, 0, mode=border), smooth, 1, mode=border
    )
    return across, down


def gaussian(size: int, sigma: float) -> NDArray[np.float64]:
    """Weights (size,) that sum to 1; the outer product is MATLAB's `fspecial('gaussian')`."""
    x = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(x**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum())


def windowed(values: Map, weights: NDArray[np.float64]) -> Map:
    """Weighted means in all windows that lie wholly inside, (H, W) → (H − n + 1, W − n + 1)."""
    n = len(weights)
    before, after = n // 2, n - 1 - n // 2
    rows, columns = values.shape
    down = scipy.ndimage.correlate1d(values, weights, axis=0)[before : rows - after]
    return np.ascontiguousarray(
        scipy.ndimage.correlate1d(down, weights, axis=1)[:, before : columns - after]
    )
