"""How well two images lie on each other."""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.registration_levels import Level
from fusionviewer.imaging.transform import Transform

BINS = 24


@dataclass(frozen=True)
class Agreement:
    """Two images under one transform.

    Attributes:
        overlap: the share of the smaller image that the two have in common, 0…1.
        mutual_information: in bits, of 24 × 24 grey levels in the overlap, corrected for chance.
        ncc: normalised cross-correlation, −1…1; near 0 or below for images of different contrast.
    """

    overlap: float
    mutual_information: float
    ncc: float

    @property
    def shared(self) -> float:
        """Information of the whole overlap, per voxel of the smaller image: what is maximised.

        By itself, mutual information is largest where a few voxels happen to match.
        """
        return self.mutual_information * self.overlap


NOTHING = Agreement(0.0, 0.0, 0.0)


def agreement(fixed: Level, moving: Level, transform: Transform) -> Agreement:
    """How well `moving` lies on `fixed`, sampled at the voxels of `fixed`."""
    a, b = _common(fixed, moving, transform)
    least = min(
        fixed.inside.sum() * fixed.grid.voxel_volume_mm3,
        moving.inside.sum() * moving.grid.voxel_volume_mm3,
    )
    overlap = min(a.size * fixed.grid.voxel_volume_mm3 / max(least, 1e-9), 1.0)
    if a.size < BINS:
        return NOTHING
    return Agreement(float(overlap), _mutual_information(a, b), _correlation(a, b))


def _common(
    fixed: Level, moving: Level, transform: Transform
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The values of both where both were measured, (N,) each."""
    voxels = np.stack(np.nonzero(fixed.inside), axis=-1)
    index = moving.grid.index(transform.apply(fixed.grid.position(voxels)))
    size = np.array(moving.grid.shape) - 0.5
    within = ((index >= -0.5) & (index <= size)).all(axis=-1)
    where = index[within].T
    seen = (
        scipy.ndimage.map_coordinates(
            moving.inside.astype(np.float32), where, order=1, mode="nearest"
        )
        > 0.5
    )
    b = scipy.ndimage.map_coordinates(moving.values, where[:, seen], order=1, mode="nearest")
    return fixed.values[fixed.inside][within][seen], b


def _mutual_information(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """In bits; what so few samples would share by chance is taken off.

    Source: Miller 1955; Roulston 1999, doi:10.1016/S0167-2789(98)00269-3, equation 12.
    """
    counts, _, _ = np.histogram2d(a, b, bins=BINS, range=((0, 1), (0, 1)))
    joint = counts / counts.sum()
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    seen = joint > 0
    bits = (joint[seen] * np.log2(joint[seen] / np.outer(rows, columns)[seen])).sum()
    cells = seen.sum() - (rows > 0).sum() - (columns > 0).sum() + 1
    return float(max(bits - cells / (2 * counts.sum() * np.log(2)), 0.0))


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float((a * b).sum()) / scale if scale else 0.0
