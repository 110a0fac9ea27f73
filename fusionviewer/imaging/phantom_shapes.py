"""Shapes and smooth noise in patient space, for the digital head phantom.

A shape answers with a distance in mm: below 0 inside, above 0 outside, close to true near the
surface. Points are three arrays x, y, z of one shape, in mm, LPS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Plane = NDArray[np.floating[Any]]  # float32 throughout
Point = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Points:
    """Places in the patient, in mm."""

    x: Plane
    y: Plane
    z: Plane

    def mirrored(self) -> "Points":
        """The right half folded onto the left: for structures that exist on both sides."""
        return Points(np.abs(self.x), self.y, self.z)

    def moved(self, dx: Plane | float, dy: Plane | float, dz: Plane | float) -> "Points":
        return Points(*(np.float32(1) * a for a in (self.x + dx, self.y + dy, self.z + dz)))


def ellipsoid(p: Points, center: Point, radii: Point, turn: float = 0.0) -> Plane:
    """Distance to an ellipsoid, turned by `turn` degrees in the axial plane (x towards y)."""
    x, y, z = p.x - center[0], p.y - center[1], p.z - center[2]
    if turn:
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        x, y = c * x + s * y, c * y - s * x
    a, b, c = x / radii[0], y / radii[1], z / radii[2]
    reach = np.sqrt(a * a + b * b + c * c)
    slope = np.sqrt((a / radii[0]) ** 2 + (b / radii[1]) ** 2 + (c / radii[2]) ** 2)
    return np.asarray(reach * (reach - 1) / np.maximum(slope, 1e-6), dtype=np.float32)


def tube(p: Points, path: Sequence[tuple[float, float, float, float]], flat: float = 1) -> Plane:
    """Distance to a chain of cones through (x, y, z, radius); `flat` above 1 makes it higher."""
    nearest = np.full(p.x.shape, np.inf, dtype=np.float32)
    for (ax, ay, az, ra), (bx, by, bz, rb) in pairwise(path):
        along = np.array([bx - ax, by - ay, (bz - az) / flat], dtype=np.float32)
        dx, dy, dz = p.x - ax, p.y - ay, (p.z - az) / flat
        share = (dx * along[0] + dy * along[1] + dz * along[2]) / float(along @ along)
        share = np.clip(share, 0, 1)
        gap = np.sqrt(sum((d - share * v) ** 2 for d, v in zip((dx, dy, dz), along, strict=True)))
        nearest = np.minimum(nearest, gap - (ra + share * (rb - ra)))
    return nearest


def joined(a: Plane, b: Plane, round_mm: float = 6.0) -> Plane:
    """Either shape, with the seam rounded. Source: the polynomial smooth minimum, I. Quilez."""
    share = np.clip(0.5 + (b - a) / (2 * round_mm), 0, 1)
    return b + share * (a - b) - round_mm * share * (1 - share)


@dataclass(frozen=True, eq=False)
class Noise:
    """A smooth random function of place, of mean 0 and deviation 1, that repeats far away."""

    lattice: NDArray[np.float32]
    step_mm: float

    def at(self, p: Points) -> Plane:
        index = np.stack([p.x, p.y, p.z]) / self.step_mm
        out = scipy.ndimage.map_coordinates(
            self.lattice, index, order=1, mode="grid-wrap", output=np.float32
        )
        return np.asarray(out, dtype=np.float32)


def band_noise(rng: np.random.Generator, wavelength_mm: float, size: int = 64) -> Noise:
    """Noise in which lengths around `wavelength_mm` prevail; `size` lattice points per axis."""
    step = wavelength_mm / 8
    frequency = np.fft.fftfreq(size, step)
    kx, ky, kz = np.meshgrid(frequency, frequency, frequency[: size // 2 + 1], indexing="ij")
    k = np.sqrt(kx**2 + ky**2 + np.abs(kz) ** 2) * wavelength_mm
    spectrum = np.fft.rfftn(rng.standard_normal((size, size, size)))
    band = np.exp(-(((k - 1) / 0.35) ** 2))
    values = np.fft.irfftn(spectrum * band, s=(size, size, size), axes=(0, 1, 2))
    return Noise((values / values.std()).astype(np.float32), step)


def sheets(noise: Noise, limit_mm: float = 9.0) -> Noise:
    """Distance in mm to the surfaces where `noise` is zero: a maze of curved sheets."""
    n = noise.lattice
    wrapped = np.pad(n, 1, mode="wrap")
    slopes = np.gradient(wrapped, noise.step_mm)
    slope = np.sqrt(sum(s * s for s in slopes))[1:-1, 1:-1, 1:-1]
    distance = n / np.maximum(slope, 1e-3)
    return Noise(np.clip(distance, -limit_mm, limit_mm).astype(np.float32), noise.step_mm)
