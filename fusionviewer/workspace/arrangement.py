"""Opening images, giving them their places, and bringing two of them onto one grid."""

from dataclasses import dataclass, replace
from typing import Literal

from fusionviewer.errors import DifferentFrames, DifferentPatients, InputError
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, frames_differ, make_pair
from fusionviewer.imaging.resample import Check, resampled
from fusionviewer.imaging.roi_mark import Mark
from fusionviewer.imaging.slice_places import lie_alike
from fusionviewer.workspace.planes import in_its_plane, slab_of, turned_alone
from fusionviewer.workspace.state import Refusal, Slot, View, ViewState

MAX_IMAGES = 3
_ORDER = {"CT": 0, "OT": 1, "MR": 2, "PT": 3, "NM": 3}
_FUNCTIONAL = 3


@dataclass(frozen=True, eq=False)
class Paired:
    """The answer to “do these go together?”, for exactly these images.

    Attributes:
        natives, fused_slots: what was asked.
        pair: two of them on one grid, or None.
        placed: every image on that grid; None where it is drawn as it was read.
    """

    natives: tuple[Image, ...]
    fused_slots: tuple[int, int]
    pair: Pair | None = None
    placed: tuple[Image | None, ...] = ()
    refusal: Refusal | None = None


def pane_rank(image: Image) -> int:
    """Structure comes first: CT, other grey images, MR, then what is shown in colour."""
    return _FUNCTIONAL if image.functional else modality_rank(image.modality)


def modality_rank(modality: str) -> int:
    """The same by DICOM's code alone."""
    return _ORDER.get(modality, _ORDER["OT"])


def opened(state: ViewState, image: Image) -> ViewState:
    """With one more image, in the pane that its modality gives it.

    With three images open, it takes the place of the one of its modality, else of the last. Which
    two are fused stays as it was; a third image is only shown.
    """
    if any(slot.native.key == image.key for slot in state.slots):
        return state
    slots, fused = (
        list(state.slots),
        [state.slots[i] for i in state.fused_slots if i < len(state.slots)],
    )
    new = Slot(image, replace(opening_look(image), slab=slab_of(state)))
    if len(slots) >= MAX_IMAGES:
        old = slots[replaced_place(state, image)]
        slots[slots.index(old)] = new
        fused = [new if slot is old else slot for slot in fused]
    else:
        slots.append(new)
        fused = fused if len(fused) == 2 else [*fused, new]
    slots.sort(key=lambda slot: pane_rank(slot.native))
    return _rearranged(state, tuple(slots), tuple(sorted(slots.index(slot) for slot in fused)))


def opened_at(state: ViewState, place: int, image: Image) -> ViewState:
    """With `image` in the pane where the user put it; beside the others in one that was empty."""
    if any(slot.native.key == image.key for slot in state.slots):
        return state
    new = Slot(image, replace(opening_look(image), slab=slab_of(state)))
    slots = list(state.slots)
    slots[place : place + 1] = [new]
    return _rearranged(state, tuple(slots), state.fused_slots)


def replaced_place(state: ViewState, image: Image) -> int:
    """Which of the open images `image` takes the place of when all panes are full."""
    same = [i for i, slot in enumerate(state.slots) if slot.native.modality == image.modality]
    return same[-1] if same else len(state.slots) - 1


def closed(state: ViewState, place: int) -> ViewState:
    """Without the image at `place`."""
    slots = tuple(slot for i, slot in enumerate(state.slots) if i != place)
    return _rearranged(state, slots, (0, 1))


def all_closed(state: ViewState) -> ViewState:
    return _rearranged(state, (), (0, 1))


def with_fused_slots(state: ViewState, first: int, second: int) -> ViewState:
    """With another two of the open images fused.

    Raises:
        ValueError: not two different open images.
    """
    if first == second or not {first, second} <= set(range(len(state.slots))):
        raise ValueError(f"cannot fuse the images {first} and {second} of {len(state.slots)}")
    return _rearranged(state, state.slots, (first, second))


def with_image(state: ViewState, place: int, image: Image) -> ViewState:
    """With `image` in the place of another, such as itself after a registration."""
    slots = list(state.slots)
    slots[place] = replace(slots[place], native=image, placed=None, turned=None)
    return _rearranged(state, tuple(slots), state.fused_slots)


def confirmed(state: ViewState) -> ViewState:
    """The user has seen that the patients differ, and wants the pair all the same."""
    return replace(state, confirmed=True, refusal=None)


def taken_as_placed(state: ViewState) -> ViewState:
    """The user has seen that the frames of reference differ, and wants this pair as it is placed.

    It is remembered for these two images, whatever is opened or fused in between.
    """
    return replace(state, as_placed=state.as_placed | {_two(state)}, refusal=None)


def is_as_placed(state: ViewState) -> bool:
    """Whether the user wants the fused images as they are placed."""
    return bool(state.as_placed) and _two(state) in state.as_placed


def _two(state: ViewState) -> tuple[str, str]:
    first, second = sorted(state.natives[i].key for i in state.fused_slots)
    return first, second


def _rearranged(state: ViewState, slots: tuple[Slot, ...], fused: tuple[int, ...]) -> ViewState:
    """With other images or another pair; whether they go together is to be found out again."""
    same_images = {id(slot.native) for slot in slots} == {id(slot.native) for slot in state.slots}
    changed = replace(
        state,
        slots=slots,
        fused_slots=(fused[0], fused[1]) if len(fused) == 2 else (0, 1),
        pair=None,
        stored_pair=None,
        refusal=None,
        confirmed=state.confirmed and same_images,
        marks=_kept_marks(state, slots),
        crosshair=state.crosshair if same_images or state.place_grid is not None else None,
        large=state.large if same_images else "",
        comparison=state.comparison.among(len(slots)),
    )
    if not state.slots and slots:
        return in_its_plane(_first_shown(changed))
    return _alone(changed) if len(slots) == 1 else turned_alone(changed)


def _kept_marks(state: ViewState, slots: tuple[Slot, ...]) -> tuple[Mark, ...]:
    """All of them while an image stays that they can lie on; a mark without geometry needs them all."""
    same = {id(slot.native) for slot in state.slots} <= {id(slot.native) for slot in slots}
    stays = any(slot.native is old.native for slot in slots for old in state.slots)
    return tuple(m for m in state.marks if same or (stays and m.canvas.grid is not None))


def _first_shown(state: ViewState) -> ViewState:
    """In the middle of the first image."""
    image = state.slots[0].native
    middle = image.shape[0] // 2
    return replace(
        state,
        slice_index=middle,
        view=View(),
        crosshair=None,
        active="A",
        place_grid=image.grid,
        plane="",
    )


def _alone(state: ViewState) -> ViewState:
    """The only image left is drawn as it was read."""
    alone = replace(state, slots=(replace(state.slots[0], placed=None),), active="A")
    return in_its_plane(alone)


def find_pair(
    natives: tuple[Image, ...],
    fused_slots: tuple[int, int],
    confirmed: bool = False,
    as_placed: bool = False,
    check: Check = lambda: None,
) -> Paired:
    """Two of the images on one grid and the others brought along, or why not. May take seconds.

    Args:
        check: called now and then; may raise to stop.
    """
    a, b = (natives[i] for i in fused_slots)
    try:
        pair = make_pair(a, b, confirmed=confirmed, as_placed=as_placed, check=check)
    except InputError as error:
        asks = _ASKS.get(type(error), "")
        return Paired(natives, fused_slots, refusal=Refusal(str(error), error.hint, asks))
    # These take time too: here, and not when the window asks.
    _ = pair.key, pair.card, [image.lowest for image in natives]
    ready = {id(a): pair.a, id(b): pair.b}
    placed = tuple(ready.get(id(image)) or _placed(image, pair, check) for image in natives)
    return Paired(natives, fused_slots, pair, placed)


_ASKS: dict[type, Literal["", "patients", "frames"]] = {
    DifferentPatients: "patients",
    DifferentFrames: "frames",
}


def _placed(image: Image, pair: Pair, check: Check) -> Image | None:
    """A third image on the grid of the pair; as it was read where nobody knows how it lies to that."""
    if all(frames_differ(image, one) for one in pair.native):
        return None
    if image.grid is None or pair.grid is None:
        elsewhere = any(lie_alike(image, one) is False for one in (pair.a, pair.b))
        return image if image.shape == pair.shape and not elsewhere else None
    if image.grid.matches(pair.grid):
        return image
    try:
        return resampled(image, pair.grid, check=check)
    except InputError:  # too large to be brought along: it is still shown
        return None


def with_pairing(state: ViewState, found: Paired) -> ViewState:
    """With the answer of `find_pair`; unchanged when the answer is to an older question."""
    asked = (found.natives, found.fused_slots)
    if not state.pairing_due or not _same(asked, (state.natives, state.fused_slots)):
        return state
    if found.pair is None:
        return replace(state, refusal=found.refusal)
    slots = tuple(
        replace(slot, placed=placed) for slot, placed in zip(state.slots, found.placed, strict=True)
    )
    return in_its_plane(replace(state, slots=slots, stored_pair=found.pair))


def _same(
    one: tuple[tuple[Image, ...], tuple[int, int]], other: tuple[tuple[Image, ...], tuple[int, int]]
) -> bool:
    return one[1] == other[1] and [*map(id, one[0])] == [*map(id, other[0])]
