"""The few pixels that the loupe shows, and their values."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.fuse import Fused
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import inside, nearest_voxels, number, value_at
from fusionviewer.texts import text as _
from fusionviewer.ui.pictures import Pixels, as_seen, eight_bits, source_pixels
from fusionviewer.workspace.state import View


@dataclass(frozen=True, eq=False)
class Magnified:
    """A square of pixels around one.

    Attributes:
        label: which image.
        text: the value of the middle pixel with its unit; "" where there is nothing.
        pixels: (N, N, 3), N odd; None where there is nothing.
        values: (N, N), NaN where there is nothing.
        tallness: how tall a pixel is for its width.
    """

    label: str
    text: str
    pixels: Pixels | None = None
    values: NDArray[np.float32] | None = None
    tallness: float = 1.0


def magnified_source(
    label: str,
    native: Image,
    look: Look,
    index: tuple[float, float, float],
    shown_grid: Grid | None,
    *,
    half: int,
) -> Magnified:
    """The native voxels behind the shown pixels around `index`: nothing is interpolated.

    Args:
        index: slice, row and column of the shown grid.
        half: pixels to each side of the middle.
    """
    patch = _patch(native, index, shown_grid, half)
    pixels = source_pixels(patch, 0, look)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)  # N N 3
    pixels[patch.padding[0] if patch.padding is not None else ...] = 0
    return Magnified(
        label,
        _with_colour(value_at(native, index, shown_grid).text, native, patch, half),
        pixels,
        patch.values[0],
        1.0 if shown_grid is None else float(shown_grid.spacing[1] / shown_grid.spacing[2]),
    )


def _patch(
    native: Image, index: tuple[float, float, float], shown_grid: Grid | None, half: int
) -> Image:
    """The nearest native voxel of every shown pixel; NaN and padding where there is none."""
    middle = np.floor(np.asarray(index) + 0.5)
    steps = np.arange(-half, half + 1)
    rows, columns = np.meshgrid(middle[1] + steps, middle[2] + steps, indexing="ij")
    shown = np.stack([np.full_like(rows, middle[0]), rows, columns], axis=-1)  # N N 3
    where = nearest_voxels(native, shown, shown_grid)
    outside = ~inside(native, where)
    voxels = tuple(np.moveaxis(np.where(outside[..., None], 0, where), -1, 0))
    values = native.values[voxels]
    values[outside] = np.nan
    padding = outside if native.padding is None else outside | native.padding[voxels]
    rgb = None if native.rgb is None else native.rgb[voxels][None]
    return Image(native.name, values[None], unit=native.unit, rgb=rgb, padding=padding[None])


def _with_colour(text: str, native: Image, patch: Image, half: int) -> str:
    if native.rgb is None or patch.rgb is None or np.isnan(patch.values[0, half, half]):
        return text
    return "R {} G {} B {}".format(*patch.rgb[0, half, half])


def magnified_fused(
    fused: Fused, spot: tuple[float, float], half: int, tallness: float
) -> Magnified:
    """The fused pixels around `spot` (row, column); their values are display only."""
    row, col = (int(np.floor(x + 0.5)) for x in spot)
    grey = _around(fused.grey, row, col, half)
    shades = fused.grey[..., None] if fused.rgb is None else fused.rgb
    pixels = eight_bits(np.nan_to_num(_around(shades, row, col, half)))
    pixels = np.repeat(pixels, 3 // pixels.shape[-1], axis=-1)  # N N 3
    value = float(grey[half, half])
    text = _("outside") if np.isnan(value) else _("{value:.3f} display", value=value)
    return Magnified(_("Fused"), text, pixels, grey, tallness)


def turned(seen: Magnified, view: View) -> Magnified:
    """As the panes show it."""
    if seen.pixels is None or seen.values is None:
        return seen
    return replace(
        seen,
        pixels=as_seen(seen.pixels, view),
        values=as_seen(seen.values, view),
        tallness=1 / seen.tallness if view.turns % 2 else seen.tallness,
    )


def _around(array: NDArray[np.float32], row: int, col: int, half: int) -> NDArray[np.float32]:
    """(H, W, …) → (N, N, …); NaN outside."""
    side = 2 * half + 1
    found = np.full((side, side, *array.shape[2:]), np.nan, dtype=np.float32)
    top, left = row - half, col - half
    rows = slice(max(top, 0), max(min(top + side, array.shape[0]), 0))
    cols = slice(max(left, 0), max(min(left + side, array.shape[1]), 0))
    piece = array[rows, cols]
    found[rows.start - top :, cols.start - left :][: piece.shape[0], : piece.shape[1]] = piece
    return found


def short(value: float) -> str:
    """A value in three digits, for a cell; "" where there is none."""
    return "" if np.isnan(value) else number(float(f"{value:.3g}"))
