"""A slice as the eight bits that go to the screen."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from fusionviewer.formats.provenance import as_levels
from fusionviewer.fusion.fuse import Fused
from fusionviewer.imaging.color import palette
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.slab import SlicePixels, slice_pixels
from fusionviewer.imaging.windowing import windowed
from fusionviewer.workspace.state import View

Pixels = NDArray[np.uint8]  # (H, W) or (H, W, 3)
LARGEST, MOST_TIMES = 4_000_000, 4  # bytes of an enlarged picture, and how often a pixel is in it


def source_pixels(image: Image, slice_index: int, look: Look) -> Pixels:
    """One slice with its window, palette and inversion."""
    return windowed_pixels(slice_pixels(image, slice_index, look.slab), look)


def windowed_pixels(pixels: SlicePixels, look: Look) -> Pixels:
    """The same of a slice that is made already."""
    if pixels.rgb is not None:
        rgb = eight_bits(windowed(pixels.rgb.astype(np.float32), look.window))
        return 255 - rgb if look.inverted else rgb
    values = np.fmax(pixels.values, np.float32(look.window.low))  # what is no number is black
    grey = eight_bits(windowed(values, look.window))
    if look.inverted:
        grey = 255 - grey
    return palette_bytes(look.palette)[grey] if look.palette else grey


def fused_pixels(fused: Fused) -> Pixels:
    """As an export stores them: what is on the screen is what is saved."""
    return as_levels(fused.grey if fused.rgb is None else fused.rgb)


def preview_pixels(sources: Iterable[SlicePixels], looks: tuple[Look, Look]) -> Pixels:
    """The mean of what both sources show: what can be had at once, while a method is at work."""
    a, b = (
        windowed_pixels(pixels, replace(look, inverted=False))
        for pixels, look in zip(sources, looks, strict=True)
    )
    if a.ndim != b.ndim:
        a, b = (x if x.ndim == 3 else x[..., None] for x in (a, b))
    return (a >> 1) + (b >> 1)


def enlarged(pixels: Pixels) -> Pixels:
    """With more pixels, by cubic interpolation, for what the screen interpolates linearly.

    Source: R. G. Keys 1981, doi:10.1109/TASSP.1981.1163711 (a = −0.5).
    """
    times = min(max(round((LARGEST / pixels.size) ** 0.5), 1), MOST_TIMES)
    if times == 1:
        return pixels
    picture = Picture.fromarray(pixels)
    size = (picture.width * times, picture.height * times)
    return np.asarray(picture.resize(size, Picture.Resampling.BICUBIC))


def eight_bits(values: NDArray[np.float32]) -> Pixels:
    """0…1 to 0…255, rounded."""
    return (values * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def palette_bytes(name: str) -> Pixels:
    """The table of a palette, (256, 3); grey for ""."""
    if not name:
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    return eight_bits(palette(name))


def as_seen(array: NDArray[Any], view: View) -> NDArray[Any]:
    """(H, W, …) mirrored and turned as panes show it; (W, H, …) after an odd number of turns."""
    return np.ascontiguousarray(np.rot90(array[:, ::-1] if view.mirrored else array, -view.turns))
