"""A slice as the reader chose to see it: what is drawn, and what goes into a network."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.color import coloured, luminance
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.slab import Slab, slice_pixels
from fusionviewer.imaging.windowing import Window, windowed


@dataclass(frozen=True)
class Look:
    """How an image is shown.

    Attributes:
        window: grey levels to 0…1.
        palette: a colour map by name, for PET and SPECT; "" for grey.
        inverted: bright becomes dark. Changes the pane; never what is fused.
        slab: how many neighbouring slices are shown as one.
    """

    window: Window
    palette: str = ""
    inverted: bool = False
    slab: Slab = field(default_factory=Slab)


def opening_look(image: Image) -> Look:
    """How `image` is shown at first."""
    plain_functional = image.functional and image.rgb is None
    return Look(image.window, palette="hot-iron" if plain_functional else "")


@dataclass(frozen=True, eq=False)
class Shown:
    """One slice in display values.

    Attributes:
        grey: (H, W) float32 within 0…1; the luminance where there is colour.
        rgb: (H, W, 3) float32 within 0…1, or None.
        background: (H, W) bool, True where there is nothing: padding, or black.
    """

    grey: NDArray[np.float32]
    rgb: NDArray[np.float32] | None
    background: NDArray[np.bool_]


def shown(
    image: Image, slice_index: int, look: Look, check: Callable[[], object] = lambda: None
) -> Shown:
    """Slice `slice_index` of `image` with `look`, without its inversion; `check` may raise to stop."""
    pixels = slice_pixels(image, slice_index, look.slab, check)
    rgb: NDArray[np.float32] | None
    if pixels.rgb is not None:
        rgb = windowed(pixels.rgb.astype(np.float32), look.window)
        grey = luminance(rgb)
    else:
        grey = windowed(np.nan_to_num(pixels.values, nan=look.window.low), look.window)
        rgb = coloured(grey, look.palette) if look.palette else None
        grey = luminance(rgb) if rgb is not None else grey
    background = grey == 0
    if pixels.padding is not None:
        background = background | pixels.padding
    return Shown(grey, rgb, background)
