"""A rigid transform from places that a person found in both images."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import Registration, measured
from fusionviewer.imaging.registration_verdict import SURE_DEGREES, Doubts, too_little_shared
from fusionviewer.imaging.transform import Transform, from_parts, nearest_rotation
from fusionviewer.texts import in_english, plural
from fusionviewer.texts import text as _

MIN_PAIRS = 3
MAX_RESIDUAL_MM = 5.0
MIN_WIDTH_MM = 1.0  # how far landmarks must lie off a line, as root mean square


def by_landmarks(
    fixed: Image, moving: Image, fixed_points: ArrayLike, moving_points: ArrayLike
) -> Registration:
    """The registration that landmarks give, with their residuals and the doubts about them.

    Three pairs fit however they were exchanged, where two sides of their triangle are equal: only a
    fourth can show that one of them is wrong.

    Raises:
        GeometryMismatch: as `from_landmarks` and `registration.measured`.
    """
    transform, residuals = from_landmarks(fixed_points, moving_points)
    found = measured(fixed, moving, transform, how="landmarks")
    return replace(found, residuals_mm=residuals, doubts=_doubts(found, residuals))


def _doubts(found: Registration, residuals: tuple[float, ...]) -> Doubts:
    """Why landmarks that may even fit exactly can be wrong; the gravest first."""
    worst, degrees = max(residuals), found.degrees
    reasons = []
    if worst > MAX_RESIDUAL_MM:
        reasons.append(in_english("A landmark is off by {mm:.0f} mm.", mm=worst))
    if degrees > SURE_DEGREES:
        reasons.append(
            in_english(
                "The landmarks turn the patient by {degrees:.0f}°: perhaps two were exchanged.",
                degrees=degrees,
            )
        )
    reasons += found.doubts or too_little_shared(found.after)
    if found.after.shared < found.before.shared:
        reasons.append(in_english("The images share less than as placed."))
    if len(residuals) == MIN_PAIRS:
        reasons.append(in_english("Three pairs of landmarks cannot contradict each other."))
    return tuple(reasons)


def from_landmarks(
    fixed_points: ArrayLike, moving_points: ArrayLike
) -> tuple[Transform, tuple[float, ...]]:
    """The rigid transform that brings the landmarks together, and what is left of each, in mm.

    Args:
        fixed_points, moving_points: (N, 3) positions in mm, of the same places in the same order.

    Raises:
        GeometryMismatch: fewer than three pairs, or all of them on one line.

    Source: Arun, Huang & Blostein 1987, doi:10.1109/TPAMI.1987.4767965.
    """
    fixed, moving = np.asarray(fixed_points, float), np.asarray(moving_points, float)
    if fixed.shape != moving.shape or fixed.ndim != 2 or fixed.shape[1] != 3:
        raise ValueError(f"landmarks are (N, 3) twice, not {fixed.shape} and {moving.shape}")
    if len(fixed) < MIN_PAIRS:
        raise GeometryMismatch(
            plural(
                "{count} pair of landmarks leave the turn open.",
                "{count} pairs of landmarks leave the turn open.",
                len(fixed),
            ),
            _("Mark at least {count} places in both images.", count=MIN_PAIRS),
        )
    a, b = fixed - fixed.mean(axis=0), moving - moving.mean(axis=0)
    for points in (a, b):
        widths = np.linalg.svd(points, compute_uv=False) / np.sqrt(len(points))
        if widths[1] < MIN_WIDTH_MM:
            raise GeometryMismatch(
                _("The landmarks lie on one line, so the turn about it stays open."),
                _("Mark another place, away from that line."),
            )
    turn = nearest_rotation(b.T @ a)
    found = from_parts(turn, fixed.mean(axis=0), moving.mean(axis=0))
    left = np.linalg.norm(found.apply(fixed) - moving, axis=1)
    return found, tuple(float(one) for one in left)
