"""Where an MR was never measured, though its file does not say so.

An MR that was brought onto another series' lattice ends where its own slices ended, and what lies
beyond is filled with one value. Taken for air, it is an outline that nobody has.
"""

from dataclasses import replace

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.image import Image

Mask = NDArray[np.bool_]
Spacing = NDArray[np.float64]

LEAST_SHARE = 0.01  # of the volume: what is smaller changes little
MOST_SHARE = 0.7  # what leaves less is a mask, not the end of a scan
ROUGH_VOXELS = 1.0  # how far a plane that was cut into voxels strays to either side

_WIDE = np.ones((1, 3, 3), np.bool_)
_TOUCHING = np.ones((3, 3, 3), np.bool_)


def with_its_ends(image: Image) -> Image:
    """`image`, with what lies beyond the ends of its scan as padding.

    Beyond an end is a part of the lowest value alone, which a plane cuts off. Air is not: it follows
    the skin, which is round, and a brain without its skull has blank on all sides.
    """
    if image.grid is None or image.modality != "MR":
        return image
    blank = _blank(image)
    if not LEAST_SHARE < blank.mean() < MOST_SHARE:
        return image
    parts, count = scipy.ndimage.label(blank, _TOUCHING)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    large = np.flatnonzero(sizes > LEAST_SHARE * blank.size) + 1
    ends = [part for part in large if _cut_by_a_plane(parts == part, image.grid.spacing)]
    if not ends:
        return image
    beyond = np.isin(parts, ends)
    return replace(image, padding=beyond if image.padding is None else beyond | image.padding)


def _blank(image: Image) -> Mask:
    """Of the lowest value, without the specks that noise leaves in air."""
    lowest = min(float(one.min()) for one in image.values)
    blank = np.stack([np.asarray(one == lowest) for one in image.values])
    seed = scipy.ndimage.binary_erosion(blank, _WIDE, border_value=1)
    return np.asarray(scipy.ndimage.binary_dilation(seed, _WIDE) & blank)


def _cut_by_a_plane(part: Mask, spacing: Spacing) -> bool:
    edge = part & scipy.ndimage.binary_dilation(~part)
    places = np.argwhere(edge) * spacing
    if len(places) < 3:
        return False
    places -= places.mean(axis=0)
    normal = np.linalg.eigh(places.T @ places)[1][:, 0]
    voxel_mm = float(np.abs(normal) @ spacing)
    return bool(np.ptp(places @ normal) <= 2 * ROUGH_VOXELS * voxel_mm)
