"""A digital head: one function of place, seen by five scanners.

No patient's data is in it. Everything is worked out in mm in the patient, so that each scanner can
have its own grid, and all of them show the same head.
"""

from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.phantom_brain import LESION, paint_brain
from fusionviewer.imaging.phantom_head import Textures, paint_head, skull_cavity
from fusionviewer.imaging.phantom_shapes import Plane, Points
from fusionviewer.imaging.phantom_tissues import CONTRASTS, TISSUES, Canvas

__all__ = ["CONTRASTS", "LESION", "TISSUES", "axial_grid", "head", "scanned"]

Progress = Callable[[int, int], None]  # slices done, slices in all

SEED = 7


def axial_grid(
    columns: int, pixel_mm: float, slices: int, step_mm: float, lowest_mm: float
) -> Grid:
    """A square axial grid around the head, feet first, with the midline in its middle."""
    corner = -(columns - 1) / 2 * pixel_mm
    return Grid(
        shape=(slices, columns, columns),
        spacing=np.array([step_mm, pixel_mm, pixel_mm]),
        origin=np.array([corner, corner, lowest_mm]),
        axes=np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]]),
    )


def head(
    grid: Grid,
    contrasts: tuple[str, ...] = CONTRASTS,
    check: Callable[[], None] = lambda: None,
    progress: Progress = lambda _done, _total: None,
    seed: int = SEED,
) -> NDArray[np.float32]:
    """The head on `grid` as a scanner without noise or blur would see it, (C, S, H, W).

    Args:
        contrasts: names from CONTRASTS, one channel each.
        check: called before every slice; raises to stop.
        seed: another seed, another head: other gyri, the same lesion.
    """
    textures = Textures.drawn(np.random.default_rng(seed))
    out = np.empty((len(contrasts), *grid.shape), dtype=np.float32)
    for s in range(grid.shape[0]):
        check()
        out[:, s] = _slice(_points(grid, s), contrasts, textures, float(grid.spacing[1]))
        progress(s + 1, grid.shape[0])
    return out


def scanned(
    clean: NDArray[np.float32], contrast: str, grid: Grid, rng: np.random.Generator
) -> NDArray[np.float32]:
    """One channel of `head` with the blur and noise of its scanner, (S, H, W)."""
    return _SCANNERS[contrast](clean, grid, rng)


def _points(grid: Grid, s: int) -> Points:
    rows, columns = np.mgrid[0 : grid.shape[1], 0 : grid.shape[2]]
    places = grid.position(np.stack([np.full_like(rows, s), rows, columns], axis=-1))
    x, y, z = np.moveaxis(places.astype(np.float32), -1, 0)
    return Points(x, y, z)


def _slice(p: Points, contrasts: tuple[str, ...], all_textures: Textures, pixel_mm: float) -> Plane:
    canvas = Canvas.empty(p.x.shape, contrasts, max(1.0, pixel_mm))
    p = all_textures.around(p).bent(0.7)
    t = all_textures.around(p)
    cavity = skull_cavity(p)
    paint_head(canvas, p, cavity, t)
    paint_brain(canvas, p, cavity, t)
    return canvas.values


def _blurred(values: NDArray[np.float32], grid: Grid, fwhm_mm: float) -> NDArray[np.float32]:
    sigma = fwhm_mm / 2.3548 / grid.spacing
    return np.asarray(
        scipy.ndimage.gaussian_filter(values, sigma, mode="nearest"), dtype=np.float32
    )


def _noise(rng: np.random.Generator, shape: tuple[int, ...], grain: float) -> NDArray[np.float32]:
    """White noise of deviation 1, or with `grain` above 0 a coarser one, within each slice."""
    white = rng.standard_normal(shape, dtype=np.float32)
    if grain == 0:
        return white
    coarse = scipy.ndimage.gaussian_filter(white, (0, grain, grain), mode="wrap")
    return np.asarray(coarse / coarse.std(), dtype=np.float32)


def _ct(values: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> NDArray[np.float32]:
    sharp = _blurred(values, grid, 0.9)
    noisy = sharp + 2.6 * _noise(rng, values.shape, 0.7)
    clipped: NDArray[np.float32] = np.clip(noisy, -1024, 3071)
    return clipped


def _mr(values: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> NDArray[np.float32]:
    """Magnitudes have Rician noise; the coil sees the front a little brighter."""
    tilt = 1 + 0.06 * np.linspace(1, -1, values.shape[1], dtype=np.float32)[:, None]
    real = _blurred(values, grid, 0.9) * tilt + 11 * _noise(rng, values.shape, 0)
    magnitude: NDArray[np.float32] = np.hypot(real, 11 * _noise(rng, values.shape, 0))
    return magnitude


def _pet(values: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> NDArray[np.float32]:
    seen = _blurred(values, grid, 4.5)
    return _counted(seen, 0.11 * np.sqrt(seen + 0.02) * _noise(rng, values.shape, 0.9))


def _spect(
    values: NDArray[np.float32], grid: Grid, rng: np.random.Generator
) -> NDArray[np.float32]:
    seen = _blurred(values, grid, 9.0)
    return _counted(seen, 0.45 * np.sqrt(seen + 0.5) * _noise(rng, values.shape, 1.0))


def _counted(seen: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.float32]:
    out: NDArray[np.float32] = np.maximum(seen + noise, 0)
    return out


_SCANNERS = {"CT": _ct, "T1": _mr, "T2": _mr, "PET": _pet, "SPECT": _spect}
