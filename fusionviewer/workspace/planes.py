"""The plane in which everything is shown, and how thick its slices are.

In another plane, every image on the screen is the same image with its axes in another order
(`imaging.planes`), or resliced to the patient's axes where it lies obliquely (`imaging.upright`). Until
a plane is chosen, stored slices are only turned and mirrored, so that the patient's right is on the left and
the nose is up; *As stored* shows them as they are in the file. So
fusing, measuring, comparing and exporting know nothing of planes: they get a pair whose slices happen to
be coronal.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.planes import (
    AS_STORED,
    PLANES,
    Order,
    PlaneName,
    facing_order,
    image_in_order,
    order_for,
    pair_in_order,
    stored_plane,
)
from fusionviewer.imaging.slab import Slab, SlabKind
from fusionviewer.imaging.upright import UPRIGHT, is_oblique, resliced, upright_grid
from fusionviewer.workspace.state import Place, Slot, ViewState, at_slice

Shown = PlaneName | Literal["", "stored"]
STORED: Literal["stored"] = "stored"
SLAB_STEPS_MM = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0)


def has_planes(state: ViewState) -> bool:
    """Whether there is a volume whose place in the patient is known."""
    return any(s.native.grid is not None and s.native.shape[0] > 1 for s in state.slots)


def shown_plane(state: ViewState) -> PlaneName | None:
    """The plane that the slices on the screen face, the nearest for oblique ones; None without geometry."""
    if state.plane and state.plane != STORED:
        return state.plane
    return None if state.place_grid is None else stored_plane(state.place_grid)


def is_as_stored(state: ViewState) -> bool:
    """Whether the slices on the screen lie as in their files."""
    return state.plane == STORED or (not state.plane and not turns(state))


def turns(state: ViewState) -> bool:
    """Whether stored slices have to be turned to lie as radiologists expect."""
    pair = state.stored_pair
    grids = [slot.stored.grid for slot in state.slots] + [None if pair is None else pair.grid]
    return any(grid is not None and not facing_order(grid).is_identity for grid in grids)


def is_shown_obliquely(state: ViewState) -> bool:
    """Whether the slices on the screen face none of the patient's planes."""
    return state.place_grid is not None and is_oblique(state.place_grid)


def with_plane(state: ViewState, plane: Shown) -> ViewState:
    """With every image in `plane`, at the place where it was.

    "" is the plane of storage, turned as radiologists look at it; "stored" is without that turn, and the
    same as "" where there is none.

    Raises:
        ValueError: no plane has that name.
    """
    if plane not in ("", STORED, *PLANES):
        raise ValueError(f"planes are {', '.join(PLANES)}, not {plane!r}")
    if plane == STORED and not turns(state):
        plane = ""
    if plane == state.plane or (plane in PLANES and not has_planes(state)):
        return state
    return _centred(in_its_plane(replace(state, plane=plane)))


def as_stored(state: ViewState) -> ViewState:
    """The slices as they are in the file; turned as radiologists look at them when they were so already."""
    return with_plane(state, "" if state.plane == STORED else STORED)


def seen_in(state: ViewState, plane: PlaneName) -> ViewState:
    """`state` as it looks in `plane`, upright, with the crosshair in the middle when enlarged."""
    seen = with_plane(state, plane)
    return replace(seen, view=replace(seen.view, turns=0, mirrored=False))


def through(
    state: ViewState, plane: PlaneName, function: Callable[[ViewState], ViewState]
) -> ViewState:
    """After `function` was done to what `plane` shows; the plane and the view of it stay."""
    after = function(with_plane(with_crosshair(state), plane))
    back = with_plane(after, state.plane)
    return replace(back, view=replace(state.view, zoom=after.view.zoom))


def with_crosshair(state: ViewState) -> ViewState:
    """With a crosshair, in the middle of the slice where there was none."""
    if state.crosshair is not None or state.place_grid is None:
        return state
    _, height, width = state.place_grid.shape
    return replace(state, crosshair=Place(state.slice_index, height // 2, width // 2))


def in_its_plane(state: ViewState) -> ViewState:
    """With images and pair turned into the plane of the state, at the place where it was."""
    pair, plane = state.stored_pair, _wanted_plane(state)
    slots = tuple(_turned(slot, pair, plane) for slot in state.slots)
    if pair is not None and pair.grid is not None:
        pair = _turned_pair(pair, pair.grid, plane)
    grid = pair.grid if pair is not None else next((s.drawn.grid for s in slots), None)
    return kept_in_place(replace(state, slots=slots, pair=pair), grid)


def turned_alone(state: ViewState) -> ViewState:
    """With images that nobody has placed yet in the plane of the state, each by its own geometry."""
    plane = _wanted_plane(state)
    slots = tuple(
        slot if slot.placed is not None or slot.turned is not None else _turned(slot, None, plane)
        for slot in state.slots
    )
    return replace(state, slots=slots)


def _wanted_plane(state: ViewState) -> Shown:
    """That of the state; three planes side by side are always the patient's."""
    if state.plane in PLANES or state.layout != "planes":
        return state.plane
    pair = state.stored_pair
    grid = pair.grid if pair is not None else next((s.stored.grid for s in state.slots), None)
    return stored_plane(grid) if grid is not None and is_oblique(grid) else state.plane


def _turned(slot: Slot, pair: Pair | None, plane: Shown) -> Slot:
    """As the pair, for an image that lies pixel on pixel on it."""
    on_pair = pair is not None and slot.placed is not None
    grid = pair.grid if pair is not None and on_pair else slot.stored.grid
    if grid is None:
        return replace(slot, turned=None)
    if plane in PLANES and is_oblique(grid):
        native = slot.native
        return replace(
            slot, turned=resliced(native, native.grid or grid, upright_grid(grid, plane))
        )
    order = _order(grid, plane)
    turned = None if order.is_identity else image_in_order(slot.stored, order)
    return replace(slot, turned=turned)


def _turned_pair(pair: Pair, grid: Grid, plane: Shown) -> Pair:
    if plane in PLANES and is_oblique(grid):
        return _upright(pair, grid, plane)
    return pair_in_order(pair, _order(grid, plane))


def _order(grid: Grid, plane: Shown) -> Order:
    """Of slices, rows and columns, where nothing is resampled."""
    if plane == STORED:
        return AS_STORED
    return order_for(grid, plane) if plane else facing_order(grid)


_UPRIGHT: WeakKeyDictionary[Pair, dict[PlaneName, Pair]] = WeakKeyDictionary()


def _upright(pair: Pair, grid: Grid, plane: PlaneName) -> Pair:
    """Both images as they were read, each resampled once, from its own voxels to the patient's axes."""
    known = _UPRIGHT.setdefault(pair, {})
    if plane not in known:
        target = upright_grid(grid, plane)
        a, b = (resliced(native, native.grid or grid, target) for native in pair.native)
        known[plane] = pair.cut(a, b, UPRIGHT)
    return known[plane]


def kept_in_place(state: ViewState, grid: Grid | None) -> ViewState:
    """On the slice of the new grid where the old one was, with the crosshair at the same place."""
    before = state.place_grid
    state = replace(state, place_grid=grid)
    if before is None or grid is None or before is grid or before.matches(grid):
        return at_slice(state, state.slice_index)
    place = moved(here_on(state, before), before, grid)
    crosshair = state.crosshair and place
    return replace(at_slice(state, round(place.slice)), crosshair=crosshair)


def here_on(state: ViewState, grid: Grid) -> Place:
    """The crosshair, or the middle of the slice where there is none."""
    middle = Place(state.slice_index, (grid.shape[1] - 1) / 2, (grid.shape[2] - 1) / 2)
    return state.crosshair or middle


def moved(place: Place, old: Grid, new: Grid) -> Place:
    """The same place in the patient, in the voxels of another grid."""
    index = new.index(old.position((place.slice, place.row, place.col)))
    return Place(*(float(x) for x in np.round(index, 9)))


def _centred(state: ViewState) -> ViewState:
    """The place of interest in the middle where the picture is larger than its pane."""
    row, col, grid = 0.5, 0.5, state.place_grid
    if state.view.zoom > 1 and state.crosshair is not None and grid is not None:
        row = (state.crosshair.row + 0.5) / grid.shape[1]
        col = (state.crosshair.col + 0.5) / grid.shape[2]
    row, col = (min(max(x, 0.0), 1.0) for x in (row, col))
    return replace(state, view=replace(state.view, row=row, col=col))


def slab_of(state: ViewState) -> Slab:
    """How thick the slices on the screen are: the same for all images."""
    return state.slots[0].look.slab if state.slots else Slab()


def with_slab(state: ViewState, slab: Slab) -> ViewState:
    slots = tuple(replace(s, look=replace(s.look, slab=slab)) for s in state.slots)
    return replace(state, slots=slots)


def with_slab_kind(state: ViewState, kind: SlabKind) -> ViewState:
    """The mean, maximum or minimum; of 10 mm where the slice was alone."""
    return with_slab(state, Slab(slab_of(state).mm or 10.0, kind))


def slab_step(state: ViewState, step: int) -> ViewState:
    """The next thicker (1) or thinner (−1) of SLAB_STEPS_MM."""
    slab = slab_of(state)
    thinner = [mm for mm in SLAB_STEPS_MM if mm < slab.mm]
    thicker = [mm for mm in SLAB_STEPS_MM if mm > slab.mm]
    steps = thicker[:1] if step > 0 else thinner[-1:]
    return with_slab(state, replace(slab, mm=steps[0])) if steps else state
