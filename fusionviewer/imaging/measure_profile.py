"""The values of an image along a line."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.measure import Ruler, length
from fusionviewer.imaging.native import Voxels, inside, nearest_voxels

PER_PIXEL = 4  # samples, so that a step of the shown pixels has its place to a quarter
MOST = 4096


@dataclass(frozen=True, eq=False)
class Profile:
    """Values along a line, from its start.

    Attributes:
        distances: (N,) from 0 to the length of the line, in `distance_unit` ("mm" or "px").
        values: (N,) of the native voxel at each place, in `unit`; NaN outside and on padding.
        voxels: the native voxels that the line meets, each once.
    """

    distances: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str
    distance_unit: str
    voxels: Voxels


def profile(
    image: Image, ruler: Ruler, slice_index: int, shown_grid: Grid | None = None
) -> Profile:
    """What `image` has along `ruler`, drawn on slice `slice_index` of `shown_grid`.

    Each place reads the native voxel that it lies in: a coarse image gives steps, not slopes that
    nobody measured.
    """
    spots = _samples(ruler)
    index = np.column_stack([np.full(len(spots), slice_index), spots])  # N 3
    where = nearest_voxels(image, index, shown_grid)
    there = inside(image, where)
    places = np.ravel_multi_index(tuple(where[there].T), image.shape)
    values = np.full(len(spots), np.nan)
    values[there] = _values(image, places)
    far, unit = length(ruler, shown_grid)
    distances = np.linspace(0.0, far, len(spots))
    return Profile(distances, values, image.unit, unit, Voxels(np.unique(places)))


def _samples(ruler: Ruler) -> NDArray[np.float64]:
    """(N, 2) places from start to end, both included."""
    pixels = float(np.hypot(*np.subtract(ruler.end, ruler.start)))
    count = int(min(np.ceil(pixels * PER_PIXEL) + 1, MOST))
    return np.linspace(ruler.start, ruler.end, max(count, 2))


def _values(image: Image, places: NDArray[np.intp]) -> NDArray[np.float64]:
    values = image.values.ravel()[places].astype(np.float64)
    if image.padding is not None:
        values[image.padding.ravel()[places]] = np.nan
    return np.where(np.isfinite(values), values, np.nan)
