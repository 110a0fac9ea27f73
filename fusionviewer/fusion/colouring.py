"""Put the colour of PET or SPECT back onto a fused luminance.

With Cb and Cr kept, as the papers do, a colour that gets brighter is not the same colour any more: a
saturated blue cannot be bright, so it turns into a light blue or lilac, which on the colour bar is
another uptake. Here the brightness gives way: each pixel lies between the functional image and the
fused one, as near to the fused one as its colour allows; grey, which has none, is the fused one. But
what is brightest, and often white, is the highest uptake: it keeps most of its brightness, or a hot
spot could turn grey.

    shown = y + k·(fused − y)        y the functional luminance, k in 0…1

Of the change, what is broad (the other image's general brightness) may use half of the range that a
colour has, so that what is fine (its edges and sulci) still shows on top.
"""

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.color import luminance, to_rgb, to_ycbcr
from fusionviewer.imaging.color_difference import chromatic_difference, cielab

Plane = NDArray[np.float32]  # (H, W)
Rgb = NDArray[np.float32]  # (H, W, 3) within 0…1
Colours = Literal["kept", "luminance"]

COLOURS: tuple[Colours, ...] = get_args(Colours)  # brightness gives way, or colour as in the papers
TOLERANCE = 5.0  # CIEDE2000 without lightness that a pixel may change by
UPTAKE = 0.1  # of the brightest channel; below, the limit fades out
PALE = (
    0.2  # between the brightest and the darkest channel; below, towards grey, the limit fades out
)
HOT = (0.6, 0.85)  # luminance between which a colour begins to count as the top of its palette
BRIGHT = 0.65  # of its luminance that the top of a palette keeps
BROAD = 12.0  # pixels, the standard deviation of the Gaussian that tells broad from fine
UNLIMITED = 2.0  # what a colour may become brighter by that no brightness turns into another
_NODES, _STEPS = 17, 24  # of the table: colours along each channel, brightnesses tried


def with_colour(grey: Plane, rgb: Rgb, colours: Colours) -> tuple[Plane, Rgb, Plane]:
    """The luminance that is shown, the coloured image, and k for each pixel.

    Args:
        grey: the fused luminance within 0…1.
        rgb: the functional image.
        colours: one of COLOURS.
    """
    kept = np.ones_like(grey)
    if colours == "kept":
        own = luminance(rgb)
        kept = _share_of_change(grey - own, rgb, own)
        grey = own + kept * (grey - own)
    ycbcr = to_ycbcr(rgb)
    ycbcr[..., 0] = grey
    return grey, to_rgb(ycbcr), kept


def ranges(rgb: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much darker and how much brighter a colour may become, (N, 3) → (N,) twice.

    In luminance, at least 0 each, interpolated between the colours of a table.
    """
    place = np.asarray(rgb, dtype=np.float64).T * (_NODES - 1)  # 3 N
    darker, brighter = (
        scipy.ndimage.map_coordinates(table, place, order=1, mode="nearest") for table in _tables()
    )
    return darker, brighter


def _share_of_change(change: Plane, rgb: Rgb, own: Plane) -> Plane:
    """How much of a `change` of luminance the colours of (H, W, 3) allow, 0…1; `own` is theirs."""
    uptake = np.clip(rgb.max(axis=2) / np.float32(UPTAKE), 0, 1)
    seen = uptake > 0
    share = np.ones_like(change)
    if not seen.any():
        return share
    broad = _mean_around(change * uptake, BROAD) / np.maximum(_mean_around(uptake, BROAD), 1e-3)
    wanted, base = change[seen], broad[seen]
    darker, brighter = ranges(rgb[seen])
    slow = _softly(base, darker / 2, brighter / 2)
    given = _softly(slow + wanted - base, darker, brighter)
    part = np.clip(given / np.where(wanted == 0, 1, wanted), 0, 1)
    held = _colourfulness(rgb[seen]) * (1 - part)
    held = np.maximum(held, _held_by_heat(wanted, own[seen]))
    share[seen] = 1 - uptake[seen] * held
    return share


def _held_by_heat(wanted: NDArray[np.floating], own: NDArray[np.floating]) -> NDArray[np.float64]:
    """How much of a change the top of a palette does not go along with, (N,) each: 0…1."""
    cold, hot = HOT
    heat = _smoothly((own.astype(np.float64) - cold) / (hot - cold))
    given = _softly(wanted, (1 - BRIGHT) * own.astype(np.float64), np.full(own.shape, UNLIMITED))
    part = np.clip(given / np.where(wanted == 0, 1, wanted), 0, 1)
    return np.asarray(np.where(wanted < 0, heat * (1 - part), 0))


def _colourfulness(rgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) → (N,): 0 for grey, smoothly up to 1 from PALE on."""
    return _smoothly(np.ptp(rgb, axis=1).astype(np.float64) / PALE)


def _smoothly(part: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 up to 0, 1 from 1 on, and without a kink between."""
    part = np.clip(part, 0, 1)
    return np.asarray(part * part * (3 - 2 * part))


def _mean_around(plane: Plane, sigma: float) -> Plane:
    return np.asarray(scipy.ndimage.gaussian_filter(plane, sigma, mode="nearest", truncate=3.0))


def _softly(
    change: NDArray[np.floating], darker: NDArray[np.float64], brighter: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`change` as it is when small, and never more than the range when large."""
    room = np.maximum(np.where(change > 0, brighter, darker), 1e-4)
    return np.asarray(change / np.sqrt(1 + (change / room) ** 2))


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What `ranges` interpolates: (17, 17, 17) by red, green and blue, for darker and brighter."""
    along = np.linspace(0, 1, _NODES)
    colours = np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(-1, 3)
    ycbcr, before = to_ycbcr(colours.astype(np.float32)), cielab(colours)
    darker, brighter = (
        _reach(ycbcr, before, target).reshape((_NODES,) * 3) for target in (0.0, 1.0)
    )
    return darker, brighter


def _reach(ycbcr: Rgb, before: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """How far each luminance may go towards `target` before its colour is another, (N,)."""
    reached = np.zeros(len(ycbcr))
    going = np.ones(len(ycbcr), dtype=bool)
    changed = ycbcr.copy()
    for part in np.linspace(0, 1, _STEPS + 1)[1:]:
        changed[:, 0] = ycbcr[:, 0] + part * (target - ycbcr[:, 0])
        going &= chromatic_difference(before, cielab(to_rgb(changed))) <= TOLERANCE
        reached[going] = part
    return np.where(reached == 1, UNLIMITED, reached * np.abs(target - ycbcr[:, 0]))
