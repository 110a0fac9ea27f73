"""The colours of the contribution map."""

import numpy as np
from numpy.typing import NDArray

# Okabe & Ito's blue and vermilion, told apart with every kind of colour vision, over a light grey.
FROM_A, FROM_BOTH, FROM_B = (86, 180, 233), (200, 200, 200), (213, 94, 0)
DARKEST = 0.3  # how much of a colour is left where the fused image is black


def contribution_colours() -> NDArray[np.uint8]:
    """From all of B, over both alike, to all of A, (256, 3)."""
    stops = np.array([FROM_B, FROM_BOTH, FROM_A], dtype=np.float64)
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
