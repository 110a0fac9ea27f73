"""A look at two images under a transform: one sheet through both, in a patient's plane."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import PLANES, PlaneName
from fusionviewer.imaging.registration_levels import Check, Level, shrunk
from fusionviewer.imaging.transform import IDENTITY, Transform
from fusionviewer.imaging.windowing import Window
from fusionviewer.texts import marked

Grey = NDArray[np.float32]  # (H, W), 0…1
Colours = NDArray[np.uint8]  # (H, W, 3)
Places = NDArray[np.float64]

SIDE = 360  # pixels of a sheet, at most
VOXELS = 256  # along the longest side of what is shown
FIELDS = 6  # of the checkerboard, along each side
EDGE_SHARE = 84.0  # percentile of steepness from which on there can be an edge
FAINTEST = 0.05
EDGE_MM = 1.5  # what is finer than about this is no edge
TAN_EIGHTH = float(np.tan(np.pi / 8))  # of a slope: flatter than this counts as level
EDGE_COLOUR = (255, 176, 32)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A plane through the patient, cut into square pixels.

    Attributes:
        corner: where the first pixel is, in mm.
        right, down, away: unit vectors along columns, rows and from the reader.
        step_mm: the size of a pixel.
        shape: rows, columns.
    """

    corner: Places
    right: Places
    down: Places
    away: Places
    step_mm: float
    shape: tuple[int, int]

    def place(self, row: float, column: float) -> Places:
        return self.corner + (self.right * column + self.down * row) * self.step_mm

    def pixel(self, place: Places) -> tuple[float, float, float]:
        """Row, column, and how many mm the place lies away from the sheet."""
        beside = place - self.corner
        return (
            float(beside @ self.down) / self.step_mm,
            float(beside @ self.right) / self.step_mm,
            float(beside @ self.away),
        )

    @property
    def places(self) -> Places:
        """(H, W, 3)"""
        rows, columns = (np.arange(n)[:, None] * self.step_mm for n in self.shape)
        across = self.corner + columns * self.right  # W 3
        return np.asarray(across + (rows * self.down)[:, None])


def reach(grid: Grid, plane: PlaneName) -> tuple[float, float]:
    """From where to where sheets cut the image, in mm along z (axial), y (coronal) or x."""
    ends = grid.position(grid.corners()) @ np.abs(PLANES[plane].away)
    return float(ends.min()), float(ends.max())


def sheet(grid: Grid, plane: PlaneName, at_mm: float) -> Sheet:
    """The one at `at_mm`, as wide and high as the image's box."""
    right, down, away = (
        np.array(way, float)
        for way in (PLANES[plane].right, PLANES[plane].down, PLANES[plane].away)
    )
    corners = grid.position(grid.corners())
    wide, high = corners @ right, corners @ down
    step = max(np.ptp(wide), np.ptp(high)) / (SIDE - 1)
    shape = (int(np.ptp(high) / step) + 1, int(np.ptp(wide) / step) + 1)
    corner = right * wide.min() + down * high.min() + np.abs(away) * at_mm
    return Sheet(corner, right, down, away, float(step), shape)


def shown(image: Image, window: Window, check: Check = lambda: None) -> Level:
    """The image for sheets: windowed, and small enough to be cut as fast as a hand moves.

    Raises:
        ValueError: it has no geometry.
    """
    grid = image.grid
    longest = 0.0 if grid is None else float((np.array(grid.shape) * grid.spacing).max())
    return shrunk(image, (window.low, window.high), longest / VOXELS, check)


def seen(image: Level, cut: Sheet, transform: Transform = IDENTITY) -> Grey:
    """The image on a sheet; NaN where it is not."""
    ends = cut.corner + np.array([np.zeros(3), cut.down, cut.right]) * cut.step_mm
    first, below, beside = image.grid.index(transform.apply(ends))
    steps = np.stack([np.zeros(3), below - first, beside - first], axis=1)  # from sheet to voxels
    values = scipy.ndimage.affine_transform(
        image.values, steps, first, (1, *cut.shape), np.float32, order=1, mode="nearest"
    )[0]
    rows, columns = (np.arange(count)[:, None] for count in cut.shape)
    down, right = first + rows * steps[:, 1], columns * steps[:, 2]  # H 3 and W 3
    within = np.ones(cut.shape, np.bool_)
    for axis, count in enumerate(image.grid.shape):
        index = down[:, None, axis] + right[None, :, axis]
        within &= (index >= -0.5) & (index <= count - 0.5)
    return np.where(within, values, np.float32(np.nan))


def edges(grey: Grey, step_mm: float) -> NDArray[np.bool_]:
    """One pixel thin, where the grey levels change most, faint skin as well as bone: (H, W).

    Source: Canny 1986, doi:10.1109/TPAMI.1986.4767851, section V (non-maximum suppression).
    """
    smooth = scipy.ndimage.gaussian_filter(np.sqrt(np.nan_to_num(grey)), EDGE_MM / step_mm)
    down, right = scipy.ndimage.sobel(smooth, 0), scipy.ndimage.sobel(smooth, 1)
    steep = np.hypot(down, right)
    across, along = np.abs(right), np.abs(down)
    level, upright = along < TAN_EIGHTH * across, across <= TAN_EIGHTH * along
    falling = ~level & ~upright & (down * right > 0)
    thin = np.zeros(grey.shape, np.bool_)
    for mask, step in (
        (level, (0, 1)),
        (falling, (1, 1)),
        (upright, (1, 0)),
        (~level & ~upright & ~falling, (1, -1)),
    ):
        before, behind = (np.roll(steep, (s * step[0], s * step[1]), (0, 1)) for s in (-1, 1))
        thin |= mask & (steep >= before) & (steep > behind)
    near_end = scipy.ndimage.binary_dilation(
        np.isnan(grey), iterations=round(2 * EDGE_MM / step_mm) + 1
    )
    near_end |= ~scipy.ndimage.binary_erosion(np.ones(grey.shape, np.bool_), iterations=2)
    least = max(float(np.percentile(steep, EDGE_SHARE)), FAINTEST)
    return np.asarray(thin & ~near_end & (steep > least))


def _with_edges(fixed: Grey, moving: Grey, step_mm: float) -> Colours:
    out = as_grey(fixed)
    lines = edges(moving, step_mm)
    out[lines | np.roll(lines, 1, axis=1)] = EDGE_COLOUR  # thick enough for a large screen
    return out


def _checkerboard(fixed: Grey, moving: Grey, _step_mm: float) -> Colours:
    """Every other field from `moving`."""
    rows, columns = np.indices(fixed.shape)
    field = max(fixed.shape) / FIELDS
    odd = ((rows // field).astype(int) + (columns // field).astype(int)) % 2 == 1
    return as_grey(np.where(odd, moving, fixed))


def _blend(fixed: Grey, moving: Grey, _step_mm: float) -> Colours:
    """Fixed in magenta, moving in green: grey where both are equally bright."""
    return (np.nan_to_num(np.stack([fixed, moving, fixed], axis=-1)) * 255).astype(np.uint8)


def as_grey(grey: Grey) -> Colours:
    return np.repeat((np.nan_to_num(grey) * 255).astype(np.uint8)[..., None], 3, axis=-1)


STYLES: dict[str, Callable[[Grey, Grey, float], Colours]] = {
    marked("Edges of the moving image"): _with_edges,
    marked("Checkerboard"): _checkerboard,
    marked("Magenta and green"): _blend,
}
