"""Fusing images band by band: Laplacian pyramid and wavelets.

Both take the stronger of two details at every place and scale, and the average of what is
left at the coarsest scale. Images are float planes (H, W) of equal size.
"""

import numpy as np
import pywt
import scipy
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_KERNEL = np.array([1, 4, 6, 4, 1]) / 16


def laplacian_fusion(a: Doubles, b: Doubles, levels: int = 4) -> Doubles:
    """Stronger details of two Laplacian pyramids over their averaged base, (H, W) → (H, W).

    Args:
        levels: how often the size is halved; fewer when the image becomes one pixel wide first.

    Source: Burt & Adelson 1983, doi:10.1109/TCOM.1983.1095851.
    """
    details = []
    for _ in range(levels):
        if min(a.shape) < 2:
            break
        small_a, small_b = _reduced(a), _reduced(b)
        detail_a = a - _expanded(small_a, a.shape)
        detail_b = b - _expanded(small_b, b.shape)
        details.append(_stronger(detail_a, detail_b))
        a, b = small_a, small_b
    fused = (a + b) / 2
    for detail in reversed(details):
        fused = _expanded(fused, detail.shape) + detail
    return fused


def wavelet_fusion(a: Doubles, b: Doubles, wavelet: str = "sym4", levels: int = 4) -> Doubles:
    """Stronger details of two wavelet transforms over their averaged base, (H, W) → (H, W).

    Args:
        wavelet: any discrete wavelet that PyWavelets knows.
        levels: how many scales; fewer where the image is too small for the wavelet.

    Source: Li, Manjunath & Mitra 1995, doi:10.1006/gmip.1995.1022.
    """
    levels = min(int(levels), pywt.dwt_max_level(min(a.shape), wavelet))
    base_a, *details_a = pywt.wavedec2(a, wavelet, level=levels)
    base_b, *details_b = pywt.wavedec2(b, wavelet, level=levels)
    details = [
        tuple(_stronger(x, y) for x, y in zip(bands_a, bands_b, strict=True))
        for bands_a, bands_b in zip(details_a, details_b, strict=True)
    ]
    fused: Doubles = pywt.waverec2([(base_a + base_b) / 2, *details], wavelet)
    return fused[: a.shape[0], : a.shape[1]]  # odd sizes come back one pixel larger


def _stronger(a: Doubles, b: Doubles) -> Doubles:
    return np.where(np.abs(a) >= np.abs(b), a, b)


def _reduced(image: Doubles) -> Doubles:
    """Smoothed, then every other pixel: half the size, rounded up."""
    return _smoothed(image)[::2, ::2]


def _expanded(image: Doubles, shape: tuple[int, ...]) -> Doubles:
    """Back to twice the size by interpolation with the same kernel."""
    spread = np.zeros(shape)
    spread[::2, ::2] = image
    return 4 * _smoothed(spread)  # a quarter of the pixels carry all the weight


def _smoothed(image: Doubles) -> Doubles:
    for axis in (0, 1):
        image = scipy.ndimage.correlate1d(image, _KERNEL, axis=axis, mode="mirror")
    return image
