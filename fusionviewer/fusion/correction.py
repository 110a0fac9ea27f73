"""What a network adds to the mixture of its sources."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.fuse import Fused
from fusionviewer.imaging.display import Shown

Plane = NDArray[np.float32]  # (H, W)


@dataclass(frozen=True, eq=False)
class Correction:
    """How much brighter each fused pixel is than the mixture, (H, W) in display range."""

    added: Plane


def correction_of(a: Shown, b: Shown, fused: Fused) -> Correction:
    """What `fused` has beyond w·a + (1 − w)·b.

    It is what is seen: where a correction was taken back, for an edge that nobody has or for a
    colour, or ended at black or white, no more than what is left of it.

    Args:
        fused: by a method that mixes pixels and corrects them (`Method.corrects`); weights of
            features do not say what the mixture of the pixels is.

    Raises:
        ValueError: `fused` tells no weights.
    """
    if fused.share_of_a is None:
        raise ValueError("no weights are known, so neither is the mixture")
    mixture = fused.share_of_a * a.grey + (1 - fused.share_of_a) * b.grey
    added = (fused.grey - mixture).astype(np.float32)
    added[a.background & b.background] = 0
    return Correction(added)
