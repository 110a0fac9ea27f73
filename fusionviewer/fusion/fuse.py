"""One slice: run the method, keep black black, put the colour back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import FusionError
from fusionviewer.fusion.colouring import Colours, with_colour
from fusionviewer.fusion.limits import graded
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.options import Value
from fusionviewer.fusion.rules import RULES
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from fusionviewer.imaging.structures import Structures, check_structures
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _

Plane = NDArray[np.float32]  # (H, W)

FALLBACK = "maximum"  # what fuses pairs that are too far from what a network was trained on


@dataclass(frozen=True, eq=False)
class Fused:
    """A fused slice: display values, no unit.

    Attributes:
        grey: (H, W) within 0…1.
        rgb: (H, W, 3) within 0…1 when a source is in colour, else None.
        share_of_a: (H, W) within 0…1, how much of each pixel came from the first image; None where
            the method does not tell.
        note: what must be known about how it was fused; a sentence, or "".
    """

    grey: Plane
    rgb: NDArray[np.float32] | None = None
    share_of_a: Plane | None = None
    note: str = ""

    @property
    def nbytes(self) -> int:
        return sum(x.nbytes for x in (self.grey, self.rgb, self.share_of_a) if x is not None)


def fuse_slice(
    a: Shown,
    b: Shown,
    method: str,
    strategy: str,
    runtimes: Runtimes,
    options: Mapping[str, Value] = MappingProxyType({}),
    check: Callable[[], None] = lambda: None,
    weight: NDArray[np.float64] | None = None,
    colours: Colours = "kept",
) -> Fused:
    """The fused slice of two that lie pixel on pixel.

    A pair far outside the limits of a network is fused by `FALLBACK`; the note says so. A pair with an
    image in colour is taken for one with PET or SPECT. Where both are
    background the result is exactly 0. The colour of a coloured source stays: only
    luminance is fused, and in uptake only as far as `colours` says; when both are in colour, the
    colour of the second image stays.

    Args:
        options: of the method and of the strategy, as `methods.options_of` has them.
        check: called between steps; raises to stop.
        weight: of `a`, in place of the strategy's own; see `volume_weights`.
        colours: one of `colouring.COLOURS`.

    Raises:
        ValueError: an unknown method or strategy, or slices of different sizes.
        WeightsError: the network cannot be loaded.
        FusionError: a value that is not a number came in or out.
    """
    _require(a, b, method, strategy)
    note = ""
    if METHODS[method].kind == "rule":
        grey, share = RULES[method].fuse(a.grey, b.grey, **options)
    else:
        network = runtimes.get(method)
        check()
        verdict = graded(a.grey, b.grey, network.limits)
        note = verdict.reason
        if verdict.level == "red":
            grey, share = RULES[FALLBACK].fuse(a.grey, b.grey)
            swap = in_english(
                "{rule} in place of {method}.",
                rule=RULES[FALLBACK].label,
                method=METHODS[method].label,
            )
            note = f"{swap} {note}"
        else:
            functional = a.rgb is not None or b.rgb is not None
            grey, share = network.fused(
                a.grey, b.grey, strategy, options, check, weight, functional
            )
    check()
    if not np.isfinite(grey).all():
        raise FusionError(
            _("{method} gave values that are not numbers.", method=_(METHODS[method].label))
        )
    if not METHODS[method].keeps_colours:
        colours = "luminance"
    return replace(_finished(a, b, grey, share, colours), note=note)


def checked(a: Shown, b: Shown, fused: Fused) -> Structures:
    """Edges that `fused` has and `a` and `b` have not, or the other way round, in colour where it is."""
    functional = b.rgb if b.rgb is not None else a.rgb
    if functional is None or fused.rgb is None:
        return check_structures(a.grey, b.grey, fused.grey)
    return check_structures(a.grey, b.grey, fused.grey, (functional, fused.rgb))


def _require(a: Shown, b: Shown, method: str, strategy: str) -> None:
    if method not in METHODS:
        raise ValueError(f"no method is called {method!r}; there are {', '.join(METHODS)}")
    allowed = METHODS[method].strategies or ("",)
    if strategy not in allowed:
        raise ValueError(f"{method} takes no strategy {strategy!r}; there are {', '.join(allowed)}")
    if a.grey.shape != b.grey.shape:
        raise ValueError(f"slices of {a.grey.shape} and {b.grey.shape} cannot be fused")
    if not (np.isfinite(a.grey).all() and np.isfinite(b.grey).all()):
        raise FusionError(_("An image has values that are not numbers, so it cannot be fused."))


def _finished(a: Shown, b: Shown, grey: Plane, share: Plane | None, colours: Colours) -> Fused:
    grey = np.clip(grey, 0, 1).astype(np.float32)
    empty = a.background & b.background
    grey[empty] = 0
    coloured = b if b.rgb is not None else a
    if coloured.rgb is None:
        return Fused(grey, None, share)
    grey, rgb, changed = with_colour(grey, coloured.rgb, colours)
    grey[empty] = 0
    rgb[empty] = 0
    if share is not None:
        # What was taken back of the change is the coloured image's own.
        share = changed * share if coloured is b else 1 - changed * (1 - share)
    return Fused(grey, rgb, share)
