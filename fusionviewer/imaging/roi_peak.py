"""SUVpeak: the highest mean that a small sphere finds in a region."""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import Check, Places

PEAK_MM3 = 1000.0  # 1 cm³
PEAK_RADIUS_MM = (3 * PEAK_MM3 / (4 * np.pi)) ** (1 / 3)  # 6.2 mm
LARGEST = 2**24  # voxels around the region; beyond, there is no answer


def suv_peak(image: Image, places: Places, check: Check = lambda: None) -> float | None:
    """The highest mean within a sphere of 1 cm³ around any of the voxels at `places`.

    The sphere takes the native voxels whose centres are within 6.2 mm, and may reach beyond the
    region; voxels outside the image, padding and what is not a number count for nothing.

    Args:
        check: called between steps; may raise to stop.

    Returns:
        None without geometry, without voxels, or for regions within a box of more than 16 million voxels.

    Source: Wahl et al. 2009 (PERCIST), doi:10.2967/jnumed.108.057307; which voxels count, and that
    the centre stays in the region: IBSI reference manual, global intensity peak (0F91).
    """
    if image.grid is None or len(places) == 0:
        return None
    index = np.stack(np.unravel_index(places, image.shape))  # 3 N
    reach = np.ceil(PEAK_RADIUS_MM / image.grid.spacing).astype(int)
    low = np.maximum(index.min(axis=1) - reach, 0)
    high = np.minimum(index.max(axis=1) + reach + 1, image.shape)
    if np.prod((high - low).astype(np.float64)) > LARGEST:
        return None
    box = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    values, usable = _usable(image, box)
    ball = _ball(image.grid.spacing, reach)
    check()
    total = _convolved(values, ball)
    check()
    count = np.rint(_convolved(usable.astype(np.float64), ball))
    at = tuple(index - low[:, None])
    means = np.where(usable[at] & (count[at] > 0), total[at] / np.maximum(count[at], 1), -np.inf)
    best = float(means.max())
    return best if np.isfinite(best) else None


def _usable(image: Image, box: tuple[slice, ...]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The values with 0 for those that count for nothing, and which do count."""
    values = np.asarray(image.values[box], dtype=np.float64)
    usable = np.isfinite(values)
    if image.padding is not None:
        usable &= ~image.padding[box]
    return np.where(usable, values, 0.0), usable


def _ball(spacing: NDArray[np.float64], reach: NDArray[np.intp]) -> NDArray[np.float64]:
    """1 at every voxel whose centre is within the radius of the middle one."""
    away = np.meshgrid(
        *(np.arange(-r, r + 1) * mm for r, mm in zip(reach, spacing, strict=True)), indexing="ij"
    )
    within = sum(x**2 for x in away) <= PEAK_RADIUS_MM**2 * (1 + 1e-12)
    return np.asarray(within, dtype=np.float64)


def _convolved(values: NDArray[np.float64], ball: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of the values in the ball around each voxel.

    By NumPy's own transform: scipy.signal takes seconds to import, and stops the window meanwhile.
    """
    shape = tuple(n + k - 1 for n, k in zip(values.shape, ball.shape, strict=True))
    axes = range(values.ndim)
    spectrum = np.fft.rfftn(values, shape, axes) * np.fft.rfftn(ball, shape, axes)
    whole = np.fft.irfftn(spectrum, shape, axes)
    middle = (slice(k // 2, k // 2 + n) for n, k in zip(values.shape, ball.shape, strict=True))
    return np.asarray(whole[tuple(middle)])
