"""From a start to the optimum near it: the most information, by its slope, at one level."""

from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.imaging.registration_information import (
    Samples,
    information,
    samples_of,
    volume_of,
)
from fusionviewer.imaging.registration_levels import Level, body_box
from fusionviewer.imaging.transform import Kind, Transform, from_parts, rotation

Check = Callable[[], object]
Floats = NDArray[np.float64]

SAMPLES = 40_000  # places looked at, at most
ITERATIONS = 60
ENOUGH = 1e-7  # bits: a step that gains less is the last
LEAST_BITS = 1e-4  # what is less is nothing in common


def refined(
    fixed: Level,
    moving: Level,
    start: Transform,
    kind: Kind = "rigid",
    *,
    step_mm: float,
    samples: int = SAMPLES,
    seed: int = 1,
    check: Check = lambda: None,
) -> Transform | None:
    """The optimum near `start`; None when the images lose each other on the way.

    Args:
        step_mm: the length of the first step.
        samples: how many places are looked at.
        seed: chooses them.

    Raises:
        Exception: whatever `check`, called at every step, raises.
    """
    seen, volume = samples_of(fixed, samples, seed), volume_of(moving)
    course = Course(start, kind, body_box(fixed), step_mm)

    def loss(steps: Floats) -> tuple[float, Floats]:
        check()
        told = information(seen, volume, course.transform(steps).apply(seen.positions))
        return -told.bits, -course.slope(steps, seen, told.slopes)

    end = scipy.optimize.minimize(
        loss,
        np.zeros(course.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "ftol": ENOUGH, "gtol": ENOUGH},
    )
    return course.transform(end.x) if -end.fun > LEAST_BITS else None


class Course:
    """Transforms near a start by 6 numbers, or 12 when affine; each moves the body by alike lengths.

    The first three shift; the others turn, or stretch, about the middle of the body.
    """

    def __init__(self, start: Transform, kind: Kind, box: Floats, step_mm: float) -> None:
        self._kind, self._step = kind, step_mm
        self._center = box.mean(axis=0)
        self._radius = max(float(np.linalg.norm(box - self._center, axis=1).mean()) / 2, step_mm)
        self._linear, self._place = start.matrix[:3, :3], start.apply(self._center)
        self.size = 6 if kind == "rigid" else 12

    def transform(self, steps: Floats) -> Transform:
        shift = self._place + steps[:3] * self._step
        return from_parts(self._turned(steps), self._center, shift, self._kind)

    def _turned(self, steps: Floats) -> Floats:
        share = steps[3:] * (self._step / self._radius)
        if self._kind == "rigid":
            return rotation(np.degrees(share)) @ self._linear
        return self._linear + share.reshape(3, 3)

    def slope(self, steps: Floats, seen: Samples, slopes: Floats) -> Floats:
        """By each number, from the slope at each sample."""
        shift, beside = slopes.sum(axis=0), seen.positions - self._center
        outer = slopes.T @ beside  # by each entry of the linear part
        if self._kind == "rigid":
            around = outer @ self._turned(steps).T
            torque = np.array([around[j, i] - around[i, j] for i, j in ((1, 2), (2, 0), (0, 1))])
            outer = torque @ _jacobian(steps[3:] * (self._step / self._radius))
        return self._step * np.concatenate([shift, outer.ravel() / self._radius])


def _jacobian(vector: Floats) -> Floats:
    """How a rotation turns further when its vector, in radians, grows: (3, 3).

    Source: Solà, Deray & Atchuthan 2018, arXiv:1812.01537, equation 145.
    """
    angle = float(np.linalg.norm(vector))
    x, y, z = vector
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    if angle < 1e-6:
        return np.asarray(np.eye(3) + across / 2)
    once, twice = (1 - np.cos(angle)) / angle**2, (angle - np.sin(angle)) / angle**3
    return np.asarray(np.eye(3) + once * across + twice * across @ across)
