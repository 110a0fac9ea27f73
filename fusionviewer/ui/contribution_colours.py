"""The colours of the maps of contribution and correction."""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.answers import CORRECTION

Colour = tuple[int, int, int]

# Okabe & Ito's blue and vermilion, told apart with every kind of colour vision, over a light grey.
FROM_A, FROM_BOTH, FROM_B = (86, 180, 233), (200, 200, 200), (213, 94, 0)
# Their purple and green for what is taken away and what is added, so that neither map is taken for the other.
DARKER, AS_MIXED, BRIGHTER = (204, 60, 190), (200, 200, 200), (60, 200, 60)
LIFTED = 1 / 4  # of the largest correction: from there on a black pixel is as bright as `DARKEST`
DARKEST = 0.3  # how much of a colour is left where the fused image is black


def contribution_colours() -> NDArray[np.uint8]:
    """From all of B, over both alike, to all of A, (256, 3)."""
    return _between(FROM_B, FROM_BOTH, FROM_A)


def correction_colours() -> NDArray[np.uint8]:
    """From as much darker as there is, over unchanged, to as much brighter, (256, 3)."""
    return _between(DARKER, AS_MIXED, BRIGHTER)


def correction_pixels(
    correction: NDArray[np.float32], grey: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The correction as hue and the fused image as brightness, (H, W) → (H, W, 3).

    What is not corrected is as bright as the image, so that air stays black; what is, is lifted
    so that its hue shows.
    """
    place = (correction / CORRECTION + 1) / 2
    entry = np.rint(np.clip(place, 0, 1) * 255).astype(np.uint8)
    hue = correction_colours()[entry].astype(np.float32)
    lifted = DARKEST * np.clip(np.abs(correction) / CORRECTION / LIFTED, 0, 1)
    brightness = lifted + (1 - lifted) * grey
    return np.asarray(np.rint(hue * brightness[..., None]), dtype=np.uint8)


def _between(low: Colour, middle: Colour, high: Colour) -> NDArray[np.uint8]:
    stops = np.array([low, middle, high], dtype=np.float64)
    place = np.linspace(0, 1, 256)
    columns = [np.interp(place, (0, 0.5, 1), stops[:, i]) for i in range(3)]
    return np.stack(columns, axis=1).round().astype(np.uint8)


def contribution_pixels(
    share_of_a: NDArray[np.float32], grey: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The share as hue and the fused image as brightness, (H, W) → (H, W, 3).

    Without colour where nobody can tell. The colours of PET and SPECT are left out: they would be
    taken for shares.
    """
    known = np.isfinite(share_of_a)
    entry = np.rint(np.where(known, share_of_a, 0) * 255).astype(np.uint8)
    hue = contribution_colours()[entry].astype(np.float32)
    brightness = np.where(known, DARKEST + (1 - DARKEST) * grey, grey)
    hue[~known] = 255
    return np.asarray(np.rint(hue * brightness[..., None]), dtype=np.uint8)
