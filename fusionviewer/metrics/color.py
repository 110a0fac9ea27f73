"""Whether the colours of the functional image survived fusion.

Both scores compare the fused colours with those of the one source that has colours (PET,
SPECT), where it has uptake: where its brightest channel is at least 26 of 255, a tenth. They
are undefined without colours, with two coloured sources, or without uptake. A region restricts
them to its pixels. Colours are sRGB under D65.
"""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.metrics.picture import RGB, Picture, Sources, Undefined
from fusionviewer.texts import in_english

Lab = NDArray[np.float64]  # (N, 3): lightness, green to red, blue to yellow
PerPixel = NDArray[np.float64]  # (N,)

_UPTAKE = 26
_COLOURED = 5.0  # least chroma for which a hue can be seen
_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def colour_difference(sources: Sources, fused: Picture) -> float:
    """Mean CIEDE2000 against the functional image, where it has uptake. 0 is the same colour.

    About 1 is just visible; brightening counts as well as a change of hue.

    Source: Sharma, Wu & Dalal 2005, doi:10.1002/col.20070.
    """
    functional, seen = _where_uptake(sources, fused)
    return float(ciede2000(_lab(functional), _lab(seen)).mean())


def hue_shift(sources: Sources, fused: Picture) -> float:
    """Mean absolute change of CIELAB hue in degrees, 0 to 180, where there is uptake.

    Over pixels whose chroma is at least 5 in the functional and in the fused image; undefined
    where none is. Blue turned lilac shows here, a change of brightness does not.

    Source: CIE 15:2004, section 8.2.1.3, for the hue angle.
    """
    functional, seen = (_lab(rgb) for rgb in _where_uptake(sources, fused))
    coloured = np.minimum(_chroma(functional), _chroma(seen)) >= _COLOURED
    if not coloured.any():
        raise Undefined(in_english("no pixel with uptake has a hue in both images"))
    turn = _hue(seen[coloured]) - _hue(functional[coloured])
    return float(np.abs((turn + 180) % 360 - 180).mean())


def ciede2000(x: Lab, y: Lab) -> PerPixel:
    """Colour difference of CIELAB values, (N, 3) and (N, 3) → (N,).

    Source: Sharma, Wu & Dalal 2005, doi:10.1002/col.20070, equations 2 to 22.
    """
    x, y = _less_grey(x, y)
    lightness, (chroma_x, chroma_y) = (x[:, 0] + y[:, 0]) / 2, (_chroma(x), _chroma(y))
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


def _where_uptake(sources: Sources, fused: Picture) -> tuple[RGB, RGB]:
    coloured = [x.rgb for x in (sources.a, sources.b) if x.rgb is not None]
    if not coloured:
        raise Undefined(in_english("neither source has colour"))
    if len(coloured) == 2:
        raise Undefined(in_english("both sources have colour"))
    if fused.rgb is None:
        raise Undefined(in_english("the fused image has no colour"))
    where = coloured[0].max(axis=2) >= _UPTAKE
    if sources.region is not None:
        where &= sources.region
    if not where.any():
        raise Undefined(in_english("the functional image has no uptake here"))
    return coloured[0][where], fused.rgb[where]


def _lab(rgb: RGB) -> Lab:
    """Source: IEC 61966-2-1 (sRGB to XYZ) and CIE 15:2004, section 8.2.1."""
    unit = rgb / 255
    linear = np.where(unit > 0.04045, ((unit + 0.055) / 1.055) ** 2.4, unit / 12.92)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def _chroma(lab: Lab) -> PerPixel:
    return np.hypot(lab[:, 1], lab[:, 2])


def _hue(lab: Lab) -> PerPixel:
    """Degrees, 0…360."""
    return np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360


def _less_grey(x: Lab, y: Lab) -> tuple[Lab, Lab]:
    """With a stretched, so that greys count as they are seen."""
    stretch = 1.5 - 0.5 * _seventh((_chroma(x) + _chroma(y)) / 2)
    a, b = (np.stack([c[:, 0], c[:, 1] * stretch, c[:, 2]], axis=1) for c in (x, y))
    return a, b


def _seventh(chroma: PerPixel) -> PerPixel:
    power = chroma**7
    return np.asarray(np.sqrt(power / (power + 25.0**7)))


def _hue_difference(x: Lab, y: Lab, grey: NDArray[np.bool_]) -> tuple[PerPixel, PerPixel]:
    """Turn from x to y within ±180°, and the hue half-way; grey has neither."""
    hue_x, hue_y = _hue(x), _hue(y)
    turn = hue_y - hue_x
    turn -= 360 * np.sign(turn) * (np.abs(turn) > 180)
    middle = (hue_x + turn / 2) % 360
    return np.where(grey, 0, turn), np.where(grey, hue_x + hue_y, middle)


def _hue_weight(hue: PerPixel) -> PerPixel:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(w * np.cos(np.radians(n * hue + shift)) for w, n, shift in terms))
