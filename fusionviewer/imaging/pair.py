"""Two images on one grid."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Literal

from fusionviewer.errors import DifferentFrames, DifferentPatients, GeometryMismatch
from fusionviewer.imaging.alignment import AlignmentCard, AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.overlap import overlap, shared_box
from fusionviewer.imaging.registration import Registration, placed
from fusionviewer.imaging.resample import Check, resampled
from fusionviewer.imaging.slice_places import lie_alike, require_slice_on_slice
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _


class Alignment(StrEnum):
    """What is known about how two images lie to each other."""

    SAME_GRID = in_english("same grid")
    SAME_FRAME = in_english("same frame of reference")
    UNVERIFIED = in_english("placed by coordinates, not verified")
    AS_PLACED = in_english("different frames of reference, as placed")
    NO_GEOMETRY = in_english("equal size, no geometry")
    REGISTERED = in_english("registered")


@dataclass(frozen=True, eq=False)
class Pair:
    """Two images, pixel on pixel.

    Attributes:
        a, b: on one grid, of one shape.
        native: the two images as they were read; numbers are read from these.
        alignment: what is known about how they lie to each other.
        notes: what must be said on the fused image, one sentence each.
    """

    a: Image
    b: Image
    native: tuple[Image, Image]
    alignment: Alignment
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.a.shape

    @property
    def grid(self) -> Grid | None:
        return self.a.grid or self.b.grid

    @cached_property
    def card(self) -> AlignmentCard:
        """How the two came to lie on each other."""
        told = _registered(*self.native)
        if told is not None:
            return told
        state = _STATES[self.alignment]
        if self.alignment is Alignment.SAME_GRID and _relation(*self.native) != "same":
            state = AlignmentState.UNVERIFIED
        return AlignmentCard(state, overlap=_overlap(*self.native))

    @property
    def key(self) -> str:
        """A fingerprint of everything a fused image depends on."""
        return f"{self.a.key}:{self.b.key}"

    def cut(self, a: Image, b: Image, *notes: str) -> "Pair":
        """The same two images in other slices; how they lie to each other is not worked out again."""
        other = replace(self, a=a, b=b, notes=(*self.notes, *notes))
        vars(other)["card"] = self.card
        return other


_STATES = {
    Alignment.SAME_GRID: AlignmentState.SAME_FRAME,
    Alignment.SAME_FRAME: AlignmentState.SAME_FRAME,
    Alignment.UNVERIFIED: AlignmentState.UNVERIFIED,
    Alignment.AS_PLACED: AlignmentState.OVERLAP_ONLY,
    Alignment.NO_GEOMETRY: AlignmentState.UNVERIFIED,
    Alignment.REGISTERED: AlignmentState.REGISTERED,
}


def _overlap(a: Image, b: Image) -> float:
    """The share of the smaller box that both have in common; 0 where nobody knows."""
    if a.grid is None or b.grid is None:
        return 1.0 if lie_alike(a, b) else 0.0
    return shared_box(a.grid, b.grid)


def make_pair(
    a: Image,
    b: Image,
    *,
    confirmed: bool = False,
    as_placed: bool = False,
    registration: Registration | None = None,
    check: Check = lambda: None,
) -> Pair:
    """`a` and `b` on one grid: the finer of the two when they differ.

    Coordinates of different frames of reference say nothing of each other (DICOM PS3.3 C.7.4.1.1.1). Where
    a frame is not given (NIfTI, some DICOM), they are believed and said to be unverified. Pictures without
    geometry lie pixel on pixel, and so do series with a gap whose slices lie at the same places.

    Args:
        confirmed: the user has seen that the patients differ, and wants the pair all the same.
        as_placed: the user has seen that the frames of reference differ, and wants them as placed.
        registration: of `b` to `a`; moves `b` before anything else.
        check: called now and then while one is resampled; may raise to stop.

    Raises:
        DifferentPatients: the identities contradict each other and nobody confirmed.
        DifferentFrames: the frames of reference differ, nothing was registered and nobody confirmed.
        GeometryMismatch: pictures of different sizes, series that nowhere overlap, or slices at other
            places where a gap leaves no grid to resample by.
        InputError: what was to be resampled does not fit in memory.
    """
    notes = _identity_notes(a, b, confirmed)
    if registration is not None:
        b = placed(b, a, registration, check)
    if a.grid is None or b.grid is None:
        require_slice_on_slice(a, b)
    if frames_differ(a, b) and not as_placed:
        raise DifferentFrames(
            _("Different frames of reference: how these series lie to each other is not known.")
        )
    if a.grid is None or b.grid is None:
        return _pixel_on_pixel(a, b, notes)
    if a.grid.matches(b.grid):
        return Pair(a, b, (a, b), _alignment(a, b, Alignment.SAME_GRID), notes + _frame_notes(a, b))
    return _resampled_pair(a, b, a.grid, b.grid, notes + _frame_notes(a, b), check)


def whose_grid(a: Image, b: Image) -> Image:
    """The one whose voxels a pair of both has, as it is stored: the finer, or the only one with geometry."""
    if a.grid is None or b.grid is None:
        return b if a.grid is None and b.grid is not None else a
    finer = a.grid.voxel_volume_mm3 <= b.grid.voxel_volume_mm3
    return a if finer or a.grid.matches(b.grid) else b


def frames_differ(a: Image, b: Image) -> bool:
    """Whether their frames of reference are known to be two, and no registration joins them."""
    return _registered(a, b) is None and _relation(a, b) == "different"


def _relation(a: Image, b: Image) -> Literal["same", "different", "unknown"]:
    """What the frames of reference say."""
    frames = (a.source.frame_of_reference_uid, b.source.frame_of_reference_uid)
    if not all(frames):
        return "unknown"
    return "same" if frames[0] == frames[1] else "different"


def _identity_notes(a: Image, b: Image, confirmed: bool) -> tuple[str, ...]:
    if a.patient.contradicts(b.patient):
        if not confirmed:
            raise DifferentPatients(
                _("“{a}” and “{b}” belong to different patients.", a=a.name, b=b.name)
            )
        return (in_english("Different patients."),)
    if a.patient.known != b.patient.known:
        return (in_english("One of the two images does not say whose it is."),)
    if a.patient.known and not a.patient.comparable(b.patient):
        return (in_english("What the two images say of their patients cannot be compared."),)
    return ()


def _frame_notes(a: Image, b: Image) -> tuple[str, ...]:
    if (card := _registered(a, b)) is not None:
        return (card.sentence(),)
    relation = _relation(a, b)
    if (elsewhere := _registered_elsewhere(a, b)) is None:
        return _FRAME_NOTES[relation]
    said = in_english(
        "{kind} was placed by its registration to another series.", kind=elsewhere.kind
    )
    return (said, *(_FRAME_NOTES[relation] if relation == "different" else ()))


_FRAME_NOTES: dict[str, tuple[str, ...]] = {
    "same": (),
    "different": (in_english("Different frames of reference, not registered; fused as placed."),),
    "unknown": (in_english("Alignment not verified."),),
}


def _registered(a: Image, b: Image) -> AlignmentCard | None:
    """The card of a registration of the one to the other."""
    for fixed, moved in ((a, b), (b, a)):
        card = moved.placed_by
        if card is not None and card.fixed_key == fixed.key:
            return card
    return None


def _registered_elsewhere(a: Image, b: Image) -> Image | None:
    """One that a registration has placed, where that says nothing of the other."""
    moved = [one for one in (a, b) if one.placed_by is not None]
    return None if not moved or _registered(a, b) is not None else moved[0]


def _alignment(a: Image, b: Image, otherwise: Alignment) -> Alignment:
    if (card := _registered(a, b)) is not None:
        sure = card.state is AlignmentState.REGISTERED
        return Alignment.REGISTERED if sure else Alignment.UNVERIFIED
    if _relation(a, b) == "different":
        return Alignment.AS_PLACED
    return otherwise if _registered_elsewhere(a, b) is None else Alignment.UNVERIFIED


def _pixel_on_pixel(a: Image, b: Image, notes: tuple[str, ...]) -> Pair:
    """Of two images of one size, one or both without a grid."""
    if lie_alike(a, b):
        said, alignment = _frame_notes(a, b), _alignment(a, b, Alignment.SAME_GRID)
        return Pair(a, b, (a, b), alignment, notes + said)
    if (a.grid is None) != (b.grid is None):
        notes += (
            in_english("One of the two images has no geometry; they were laid pixel on pixel."),
        )
    else:
        notes += (in_english("Pictures without geometry, laid pixel on pixel."),)
    if frames_differ(a, b):
        notes += _FRAME_NOTES["different"]
    return Pair(a, b, (a, b), _alignment(a, b, Alignment.NO_GEOMETRY), notes)


def _resampled_pair(
    a: Image, b: Image, ga: Grid, gb: Grid, notes: tuple[str, ...], check: Check
) -> Pair:
    if overlap(ga, gb) == 0:
        raise _nowhere(a, b)
    kept = whose_grid(a, b)
    on_a = a if kept is a else resampled(a, gb, check=check)
    on_b = b if kept is b else resampled(b, ga, check=check)
    moved, brought = (b, on_b) if kept is a else (a, on_a)
    if moved.padding is None and brought.padding is not None and brought.padding.all():
        raise _nowhere(a, b)  # it lies between the slices of the other
    same = _relation(a, b) == "same"
    alignment = _alignment(a, b, Alignment.SAME_FRAME if same else Alignment.UNVERIFIED)
    return Pair(
        on_a,
        on_b,
        (a, b),
        alignment,
        (*notes, in_english("{kind} was resampled.", kind=moved.kind)),
    )


def _nowhere(a: Image, b: Image) -> GeometryMismatch:
    return GeometryMismatch(
        _("“{a}” and “{b}” show different places: they overlap nowhere.", a=a.name, b=b.name),
        _("Check that both series show the same part of the same patient."),
    )
