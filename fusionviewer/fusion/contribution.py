"""Where each fused pixel came from: the share of the first image, for every method.

Two definitions, and the answer says which one it is:

* *weights*: the method's own weight of the first image. Strategies and most rules have one.
* *fading*: what the pixel loses when one source fades. End-to-end networks, pyramids and sums have
  no weights, so each source is darkened by an eighth while the other stays, and the two losses are
  compared: share = |F(a, b) − F((1−s)a, b)| over the sum of that and the same for b. Where an
  eighth changes nothing, as where the result is clipped to white, the whole source is taken away.

Fading is the derivative of the output along the input (“gradient × input”), taken as a finite
difference. For every method that scales with its inputs, such as a network of convolutions and
rectifiers without offsets, both derivatives together are the fused pixel itself (Euler), so the
shares divide what is seen. A difference, not backpropagation, because it is per *fused* pixel
(backpropagation from all pixels at once tells what each *source* pixel did), because it is the same
on onnxruntime, which has no gradients, and because its sentence can be understood: “if CT were an
eighth darker, this pixel would …”. It is deterministic. It says nothing about neighbours: a source
whose pixel is black here but whose surroundings steer the network is seen only as far as fading
those surroundings changes this pixel.

Source: gradient × input, Shrikumar et al. 2017, arXiv:1605.01713, section 2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.colouring import Colours
from fusionviewer.fusion.fuse import Fused, fuse_slice
from fusionviewer.fusion.options import Value
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from fusionviewer.texts import marked

Plane = NDArray[np.float32]  # (H, W)
Basis = Literal["weights", "fading"]

STEPS = (1 / 8, 1.0)  # how much of a source is taken away; the next where the last told nothing
SILENT = 0.25 / 255  # of the display range: less than a quarter of a grey level tells nothing

BASES: dict[Basis, str] = {
    "weights": marked("the method's own weights"),
    "fading": marked("estimated, each source darkened by ⅛"),
}


@dataclass(frozen=True, eq=False)
class Contribution:
    """How much of each fused pixel came from the first image.

    Attributes:
        share_of_a: (H, W) within 0…1; NaN where nobody can tell: both sources are background, or
            the pixel follows neither of them.
        basis: a key of BASES.
    """

    share_of_a: Plane
    basis: Basis


def contribution(
    a: Shown,
    b: Shown,
    fused: Fused,
    method: str,
    strategy: str,
    runtimes: Runtimes,
    options: Mapping[str, Value] = MappingProxyType({}),
    check: Callable[[], None] = lambda: None,
    colours: Colours = "kept",
) -> Contribution:
    """Where the pixels of `fused` came from, which `method` made of `a` and `b`.

    Where the method does not tell its weights, it runs two to four times more.

    Raises:
        WeightsError, FusionError: as `fuse_slice`.
    """
    if fused.share_of_a is not None:
        return from_weights(a, b, fused.share_of_a)

    def fused_grey(x: Shown, y: Shown) -> Plane:
        return fuse_slice(x, y, method, strategy, runtimes, options, check, colours=colours).grey

    share = np.full(fused.grey.shape, np.nan, dtype=np.float32)
    for step in STEPS:
        lost_a, lost_b = (
            np.abs(fused.grey - fused_grey(x, y))
            for x, y in ((_faded(a, step), b), (a, _faded(b, step)))
        )
        share = np.where(np.isnan(share), _divided(lost_a, lost_b, SILENT * step), share)
        share = _without_background(a, b, share)
        if not (np.isnan(share) & ~(a.background & b.background)).any():
            break
    return Contribution(share, "fading")


def from_weights(a: Shown, b: Shown, share_of_a: Plane) -> Contribution:
    """The weights that a method told, without the background."""
    return Contribution(_without_background(a, b, share_of_a), "weights")


def _faded(image: Shown, step: float) -> Shown:
    """Darker by `step`, by which nothing becomes background that was none."""
    rgb = None if image.rgb is None else image.rgb * np.float32(1 - step)
    return replace(image, grey=image.grey * np.float32(1 - step), rgb=rgb)


def _divided(loss_a: Plane, loss_b: Plane, silent: float) -> Plane:
    total = loss_a + loss_b
    unknown = total < silent
    return np.where(unknown, np.nan, loss_a / np.where(unknown, 1, total)).astype(np.float32)


def _without_background(a: Shown, b: Shown, share: Plane) -> Plane:
    return np.where(a.background & b.background, np.nan, share).astype(np.float32)
