"""What a hand does to a registration: shifts and turns of the moving image, each a new value."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fusionviewer.imaging.registration import Registration
from fusionviewer.imaging.transform import (
    IDENTITY,
    Transform,
    from_parts,
    rotation,
    rotation_vector,
)


def _nothing() -> NDArray[np.float64]:
    return np.zeros(3)


@dataclass(frozen=True, eq=False)
class Placing:
    """Where the moving image is laid: as something found it, and then as the hand left it.

    Attributes:
        center: what the hand turns about, in the fixed image, in mm.
        found: what gave the place before the hand; None where the files did.
        shift: of the hand, in mm along x, y, z (LPS).
        turn: of the hand, a rotation vector in degrees.
    """

    center: NDArray[np.float64]
    found: Registration | None = None
    shift: NDArray[np.float64] = field(default_factory=_nothing)
    turn: NDArray[np.float64] = field(default_factory=_nothing)

    @property
    def by_hand(self) -> bool:
        return bool(self.shift.any() or self.turn.any())

    @property
    def transform(self) -> Transform:
        """From places in the fixed image to places in the moving one."""
        found = IDENTITY if self.found is None else self.found.transform
        if not self.by_hand:
            return found
        # the moving image goes where the hand takes it: places are looked up the other way round
        hand = from_parts(rotation(self.turn), self.center, self.center + self.shift)
        return found.compose(hand.inverse())

    def set_by_hand(self, shift: ArrayLike, turn: ArrayLike) -> "Placing":
        """With these shifts and turns in the place of those before."""
        return replace(self, shift=np.array(shift, float), turn=np.array(turn, float))

    def shifted(self, mm: ArrayLike) -> "Placing":
        """With the moving image further along."""
        return replace(self, shift=self.shift + np.asarray(mm, float))

    def turned(self, degrees: ArrayLike) -> "Placing":
        """With the moving image turned further, by a rotation vector, about where its middle is."""
        both = rotation(degrees) @ rotation(self.turn)
        return replace(self, turn=rotation_vector(both))
