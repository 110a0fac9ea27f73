"""How different two colours look: CIELAB and CIEDE2000, with and without lightness."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Lab = NDArray[np.float64]  # (N, 3): lightness, green to red, blue to yellow
PerPixel = NDArray[np.float64]  # (N,)

_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def cielab(rgb: NDArray[np.floating[Any]]) -> Lab:
    """CIELAB under D65 of sRGB within 0…1, (N, 3).

    Source: IEC 61966-2-1 (sRGB to XYZ) and CIE 15:2004, section 8.2.1.
    """
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def chroma_of(lab: Lab) -> PerPixel:
    return np.hypot(lab[:, 1], lab[:, 2])


def hue_of(lab: Lab) -> PerPixel:
    """Degrees, 0…360."""
    return np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360


def ciede2000(x: Lab, y: Lab) -> PerPixel:
    """Colour difference of CIELAB values, (N, 3) and (N, 3) → (N,).

    Source: Sharma, Wu & Dalal 2005, doi:10.1002/col.20070, equations 2 to 22.
    """
    x, y = _less_grey(x, y)
    lightness, (chroma_x, chroma_y) = (x[:, 0] + y[:, 0]) / 2, (chroma_of(x), chroma_of(y))
    chroma = (chroma_x + chroma_y) / 2
    turn, hue = _hue_difference(x, y, chroma_x * chroma_y == 0)
    from_middle = (lightness - 50) ** 2
    scale_l = 1 + 0.015 * from_middle / np.sqrt(20 + from_middle)
    scale_h = 1 + 0.015 * chroma * _hue_weight(hue)
    dl = (y[:, 0] - x[:, 0]) / scale_l
    dc = (chroma_y - chroma_x) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(chroma_x * chroma_y) * np.sin(np.radians(turn) / 2) / scale_h
    blue = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * _seventh(chroma) * np.sin(np.radians(blue))
    return np.asarray(np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rotation * dc * dh, 0)))


def chromatic_difference(x: Lab, y: Lab) -> PerPixel:
    """CIEDE2000 as if both colours were as light as `x`, (N, 3) and (N, 3) → (N,).

    What is left is the change of hue and of chroma.
    """
    return ciede2000(x, np.column_stack([x[:, 0], y[:, 1:]]))


def _less_grey(x: Lab, y: Lab) -> tuple[Lab, Lab]:
    """With a stretched, so that greys count as they are seen."""
    stretch = 1.5 - 0.5 * _seventh((chroma_of(x) + chroma_of(y)) / 2)
    a, b = (np.stack([c[:, 0], c[:, 1] * stretch, c[:, 2]], axis=1) for c in (x, y))
    return a, b


def _seventh(chroma: PerPixel) -> PerPixel:
    power = chroma**7
    return np.asarray(np.sqrt(power / (power + 25.0**7)))


def _hue_difference(x: Lab, y: Lab, grey: NDArray[np.bool_]) -> tuple[PerPixel, PerPixel]:
    """Turn from x to y within ±180°, and the hue half-way; grey has neither."""
    hue_x, hue_y = hue_of(x), hue_of(y)
    turn = hue_y - hue_x
    turn -= 360 * np.sign(turn) * (np.abs(turn) > 180)
    middle = (hue_x + turn / 2) % 360
    return np.where(grey, 0, turn), np.where(grey, hue_x + hue_y, middle)


def _hue_weight(hue: PerPixel) -> PerPixel:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(w * np.cos(np.radians(n * hue + shift)) for w, n, shift in terms))
