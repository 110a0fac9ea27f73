"""Where voxels are in the patient."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from itertools import product
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

ORTHONORMAL_TOLERANCE = 1e-3
MAX_SPACING_MM = 1000.0


@dataclass(frozen=True, eq=False)
class Grid:
    """The voxels of one volume, placed in the patient.

    Indices are (slice, row, column). Positions are (x, y, z) in mm: +x to the patient's left,
    +y to the back, +z to the head (LPS, as in DICOM; NIfTI files are turned when read).

    Attributes:
        shape: voxels along each index.
        spacing: mm between neighbouring voxel centres, in the order of `shape`.
        origin: position of the centre of voxel (0, 0, 0), in mm.
        axes: (3, 3); row i is the unit vector in which index i grows.

    Raises:
        ValueError: a spacing that is not finite and above 0, an origin that is not finite, or axes
            that are not at right angles (beyond 1e-3).

    Source: DICOM PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1.
    """

    shape: tuple[int, int, int]
    spacing: NDArray[np.float64]
    origin: NDArray[np.float64]
    axes: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name, size in (("spacing", (3,)), ("origin", (3,)), ("axes", (3, 3))):
            value = np.array(getattr(self, name), dtype=np.float64)
            if value.shape != size or not np.isfinite(value).all():
                raise ValueError(f"{name} must be {size} finite numbers, not {value.tolist()}")
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        if (self.spacing <= 0).any() or (self.spacing > MAX_SPACING_MM).any():
            raise ValueError(f"spacing must be above 0 and plausible, not {self.spacing.tolist()}")
        if np.abs(self.axes @ self.axes.T - np.eye(3)).max() > ORTHONORMAL_TOLERANCE:
            raise ValueError(f"axes must be unit vectors at right angles, not {self.axes.tolist()}")

    def position(self, index: ArrayLike) -> NDArray[np.float64]:
        """Positions in mm of voxel indices, (..., 3) → (..., 3). Fractions are fine."""
        return self.origin + (np.asarray(index) * self.spacing) @ self.axes

    def index(self, position: ArrayLike) -> NDArray[np.float64]:
        """The inverse of `position`: neither rounded nor clipped to the volume."""
        return (np.asarray(position) - self.origin) @ self.axes.T / self.spacing

    def matches(self, other: "Grid", tolerance_mm: float = 1e-2) -> bool:
        """Whether all voxels of both lie at the same places, within `tolerance_mm`."""
        if self.shape != other.shape:
            return False
        corners = self.corners()
        return bool(np.abs(self.position(corners) - other.position(corners)).max() <= tolerance_mm)

    def reorders(self, other: "Grid", tolerance_mm: float = 1e-2) -> bool:
        """Whether both are the same voxels at the same places, whichever way they are counted."""
        facing = np.abs(self.axes @ other.axes.T)
        along = facing.argmax(axis=1)  # which index of the other each index is
        if sorted(along) != [0, 1, 2] or tuple(np.array(other.shape)[along]) != self.shape:
            return False
        if np.abs(other.spacing[along] - self.spacing).max() > tolerance_mm:
            return False
        mine, theirs = (one.position(one.corners()) for one in (self, other))
        apart = np.linalg.norm(mine[:, None] - theirs, axis=2)
        return bool(apart.min(axis=1).max() <= tolerance_mm)

    def corners(self) -> NDArray[np.float64]:
        """Indices of the eight corner voxels, (8, 3)."""
        return np.array(list(product(*((0, n - 1) for n in self.shape))), dtype=np.float64)

    @property
    def voxel_volume_mm3(self) -> float:
        return float(np.prod(self.spacing))


Asked = ParamSpec("Asked")
Found = TypeVar("Found")


def remembered(
    work: Callable[Concatenate[Grid, Asked], Found],
) -> Callable[Concatenate[Grid, Asked], Found]:
    """`work`, done once for a grid and each of the names that come with it: every pane asks at every step."""
    known: WeakKeyDictionary[Grid, dict[object, Found]] = WeakKeyDictionary()

    @wraps(work)
    def answer(grid: Grid, /, *args: Asked.args, **named: Asked.kwargs) -> Found:
        found = known.setdefault(grid, {})
        asked = (*args, *named.items())
        if asked not in found:
            found[asked] = work(grid, *args, **named)
        return found[asked]

    return answer


def letters(direction: ArrayLike) -> str:
    """The patient letters for a direction in LPS: "L", "AR", … strongest first.

    Components below sin(11.25°) of the direction are left out, so that a plain axial slice says "L"
    and an oblique one "LA".

    Source: DICOM PS3.3 C.7.6.1.1.1 (Patient Orientation).
    """
    vector = np.asarray(direction, dtype=np.float64)
    vector = vector / (np.linalg.norm(vector) or 1.0)
    names = ("LR", "PA", "HF")
    order = np.argsort(-np.abs(vector), kind="stable")
    strong = [axis for axis in order if abs(vector[axis]) > 0.195]
    return "".join(names[axis][0 if vector[axis] > 0 else 1] for axis in strong)


def sides(grid: Grid) -> str:
    """Which sides of the patient the edges of a slice are: "R left, L right, A up, P down"."""
    ways = {"left": -grid.axes[2], "right": grid.axes[2], "up": -grid.axes[1], "down": grid.axes[1]}
    return ", ".join(f"{letters(way)} {edge}" for edge, way in ways.items())
