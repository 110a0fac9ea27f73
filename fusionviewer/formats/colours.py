"""Pictures that come in colour: grey after all, or a luminance with its colours."""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.color import luminance


def grey_or_colour(
    rgb: NDArray[np.uint8],
) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None]:
    """(S, H, W, 3) → the luminance (S, H, W), 0…255, and the colours; None where R = G = B."""
    if (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 1] == rgb[..., 2]).all():
        return rgb[..., 0].astype(np.float32), None
    values = np.empty(rgb.shape[:3], dtype=np.float32)
    for s, picture in enumerate(rgb):
        values[s] = luminance(picture.astype(np.float32))
    return values, np.ascontiguousarray(rgb)


def to_8_bit(pixels: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    """Unsigned samples of `bits` bits → 0…255, by the 8 highest bits."""
    return np.asarray(pixels.astype(np.uint64) >> np.uint64(max(bits - 8, 0))).astype(np.uint8)
