"""Moves in the patient: from places in one examination to places in another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["rigid", "affine"]
KINDS: tuple[Kind, ...] = ("rigid", "affine")
ORTHONORMAL_TOLERANCE = 1e-5
MIN_DETERMINANT = 1e-6
MAX_STRETCH = (
    1.25  # along any direction, or 1 over it: no two examinations of one patient differ more
)
NEARLY_STRAIGHT = 1e-9  # the sine of an angle whose axis nobody can tell by it


@dataclass(frozen=True, eq=False)
class Transform:
    """From positions in the fixed image to positions in the moving one, in mm, LPS.

    Attributes:
        matrix: (4, 4), homogeneous; its last row is 0, 0, 0, 1.
        kind: "rigid" only when the matrix turns and shifts and does nothing else.

    Raises:
        ValueError: the matrix is not finite, cannot be undone, or is not of its kind.
    """

    matrix: NDArray[np.float64]
    kind: Kind = "rigid"

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError(f"a transform has (4, 4) finite numbers, not {matrix.tolist()}")
        if not np.array_equal(matrix[3], [0, 0, 0, 1]):
            raise ValueError(f"the last row of a transform is 0, 0, 0, 1, not {matrix[3].tolist()}")
        if abs(np.linalg.det(matrix)) < MIN_DETERMINANT:
            raise ValueError("a transform that flattens space cannot be undone")
        if self.kind == "rigid" and not is_rigid(matrix[:3, :3]):
            raise ValueError("a rigid transform neither stretches nor mirrors")
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    def apply(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Positions in the moving image of positions in the fixed one, (..., 3) → (..., 3)."""
        return np.asarray(positions) @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def compose(self, first: "Transform") -> "Transform":
        """`first`, and then this one."""
        rigid = self.kind == first.kind == "rigid"
        return Transform(self.matrix @ first.matrix, "rigid" if rigid else "affine")

    def inverse(self) -> "Transform":
        """From the moving image back to the fixed one."""
        return Transform(_undone(self.matrix), self.kind)

    @property
    def degrees(self) -> float:
        """How far it turns, 0…180; of an affine transform, its nearest rotation."""
        turn = nearest_rotation(self.matrix[:3, :3])
        # by sine and cosine: the arc cosine alone loses small angles to rounding
        sine = np.linalg.norm(
            [turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]
        )
        return float(np.degrees(np.arctan2(sine, np.trace(turn) - 1)))

    def shift_mm(self, at: ArrayLike) -> float:
        """How far it takes the place `at`, in mm."""
        return float(np.linalg.norm(self.apply(at) - np.asarray(at)))


def from_parts(
    linear: ArrayLike, center: ArrayLike, moved_center: ArrayLike, kind: Kind = "rigid"
) -> Transform:
    """The transform that turns (or stretches) by `linear` and takes `center` to `moved_center`."""
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = np.asarray(moved_center) - matrix[:3, :3] @ np.asarray(center)
    return Transform(matrix, kind)


def rotation(vector_degrees: ArrayLike) -> NDArray[np.float64]:
    """The (3, 3) rotation about the direction of a vector, by its length in degrees.

    Source: Rodrigues' formula; Dai 2015, doi:10.1016/j.mechmachtheory.2015.03.004, equation 1.
    """
    vector = np.radians(np.asarray(vector_degrees, dtype=np.float64))
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / angle if angle else vector
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across
    return np.asarray(turn)


def rotation_vector(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """What `rotation` makes a (3, 3) rotation of: its axis, as long as its angle of 0…180 degrees."""
    sides = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    sine, cosine = float(np.linalg.norm(sides)) / 2, (float(np.trace(turn)) - 1) / 2
    angle = float(np.degrees(np.arctan2(sine, cosine)))
    if sine > NEARLY_STRAIGHT:
        return np.asarray(sides / (2 * sine) * angle)
    if cosine > 0:
        return np.asarray(np.degrees(sides / 2))  # a small angle is its own sine
    halves = turn + np.eye(3)  # half a turn: twice the product of the axis with itself
    longest = halves[int(np.argmax(np.diag(halves)))]
    return np.asarray(longest / np.linalg.norm(longest) * angle)


def nearest_rotation(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation closest to a (3, 3) matrix, in the sum of squares.

    Source: Arun, Huang & Blostein 1987, doi:10.1109/TPAMI.1987.4767965.
    """
    u, _, v = np.linalg.svd(linear)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
    return np.asarray(u @ flip @ v)


def is_overstretched(linear: NDArray[np.float64]) -> bool:
    """Whether a (3, 3) matrix makes something longer, or shorter, than MAX_STRETCH allows."""
    stretch = np.linalg.svd(linear, compute_uv=False)
    most = MAX_STRETCH * (1 + ORTHONORMAL_TOLERANCE)  # what files round
    return bool(stretch.max() > most or stretch.min() < 1 / most)


def is_rigid(linear: NDArray[np.float64]) -> bool:
    """Whether a (3, 3) matrix turns and does nothing else."""
    straight = np.abs(linear @ linear.T - np.eye(3)).max() <= ORTHONORMAL_TOLERANCE
    return bool(straight and np.linalg.det(linear) > 0)


def _undone(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse, its last row exact."""
    inverse = np.eye(4)
    inverse[:3, :3] = np.linalg.inv(matrix[:3, :3])
    inverse[:3, 3] = -inverse[:3, :3] @ matrix[:3, 3]
    return inverse


IDENTITY = Transform(np.eye(4))
