"""What an end-to-end network says of two images: the fused one, or how to make it.

A network that answers with one plane answers with the fused image. One that answers with two tells
how much each pixel takes from the first image, and what is added to that; so where the pixels came
from is known exactly, and what the network adds can be left out. Edges that neither image has are
taken back.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.guard import guarded
from fusionviewer.fusion.options import Option, Value

Plane = NDArray[np.float32]  # (H, W)
Answer = NDArray[np.float32]  # (1, H, W) or (2, H, W)

CORRECTION = 0.1  # of the display range: the most that Clarus adds or takes away
RESIDUAL = Option(
    "Correction",
    1.0,
    "How much of the network's correction is added to the mixture.",
    high=1,
    lowest="off",
)


def fused_from(
    answer: Answer, a: Plane, b: Plane, options: Mapping[str, Value] = MappingProxyType({})
) -> tuple[Plane, Plane | None]:
    """The fused image, not clipped, and the share of `a` where the network tells, (H, W) each."""
    if len(answer) == 1:
        return answer[0], None
    weight, correction = answer
    residual = np.float32(cast(float, options.get("residual", RESIDUAL.default)))
    return guarded(a, b, b + weight * (a - b) + residual * correction, weight)
