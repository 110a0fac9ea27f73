"""What the window shows, and every way it can change.

Each change is a function from one state to the next, so undo is a list and tests need no window.
`ui.store.Store` holds the current state. Changes of one kind are in files of their own: `arrangement`
(opening and pairing), `looks` (windows, palettes), `planes`, `layouts`, `regions`, `comparing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.colouring import Colours
from fusionviewer.fusion.methods import DEFAULT_METHOD, METHODS, default_strategy
from fusionviewer.fusion.options import Chosen, Value
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.planes import PlaneName
from fusionviewer.workspace.method_options import chosen_of, with_chosen, without_choices
from fusionviewer.workspace.parts import (
    FUSED,
    MAPS,
    OVERLAYS,
    SOURCE_PANES,
    TEXT_LEVELS,
    ZOOM_LIMITS,
    Comparison,
    PaneName,
    Party,
    Place,
    Refusal,
    Slot,
    Tool,
    View,
)

if TYPE_CHECKING:
    from fusionviewer.imaging.roi_mark import Mark

# A state is taken together with its parts, so they are given out here too.
__all__ = [
    "FUSED",
    "MAPS",
    "OVERLAYS",
    "SOURCE_PANES",
    "TEXT_LEVELS",
    "ZOOM_LIMITS",
    "Comparison",
    "PaneName",
    "Party",
    "Place",
    "Refusal",
    "Slot",
    "Tool",
    "View",
    "ViewState",
]


@dataclass(frozen=True)
class ViewState:
    """Everything that is on the screen, but for computed pixels.

    Attributes:
        slots: the open images in pane order A, B, C.
        fused_slots: which two are fused; the first is the base, the second the overlay.
        pair: those two on one grid, with slices in `plane`, or None.
        stored_pair: the same with slices as they were stored.
        plane: of `imaging.planes.PLANES`; "" for the one in which the slices were stored, turned as
            radiologists look at it, and "stored" for slices as they are in the file.
        refusal: why there is no pair; None as well while the pair is still being made.
        confirmed: the user has seen that the patients differ and wants the pair all the same.
        as_placed: pairs of images, by their keys, whose frames of reference differ and that the user wants
            fused as they are placed.
        own_slices: those of images that scroll by themselves, by their keys; the middle one where
            there is none.
        place_grid: what slice index and crosshair count in; None without geometry.
        options: what was chosen about methods and strategies, as `method_options` keeps it.
        one_weight: all slices are fused with the weight of the whole volume, where the strategy has one.
        colours: what gives way in PET and SPECT, of `fusion.colouring.COLOURS`.
        layout: of `workspace.layouts.LAYOUTS`: how the panes are arranged.
        large: the pane that fills the window; "" for all of the layout.
        interpolation: of `workspace.layouts.INTERPOLATIONS`: how pixels are enlarged.
        active: the pane that keys act on.
        overlays: what is drawn over the fused picture, of OVERLAYS.
        marks: regions, distances and angles; changed by `regions`.
        chosen: the number of the mark whose numbers are shown in full; 0 for none.
    """

    slots: tuple[Slot, ...] = ()
    fused_slots: tuple[int, int] = (0, 1)
    pair: Pair | None = None
    stored_pair: Pair | None = None
    plane: PlaneName | Literal["", "stored"] = ""
    refusal: Refusal | None = None
    confirmed: bool = False
    as_placed: frozenset[tuple[str, str]] = frozenset()
    slice_index: int = 0
    own_slices: tuple[tuple[str, int], ...] = ()
    place_grid: Grid | None = None
    crosshair: Place | None = None
    view: View = field(default_factory=View)
    method: str = DEFAULT_METHOD
    strategy: str = default_strategy(DEFAULT_METHOD)
    options: Chosen = ()
    one_weight: bool = False
    colours: Colours = "kept"
    marks: tuple[Mark, ...] = ()
    chosen: int = 0
    texts: str = "full"
    tool: Tool = "window"
    active: PaneName = "A"
    layout: str = "row"
    large: PaneName | Literal[""] = ""
    interpolation: str = "linear"
    overlays: tuple[str, ...] = ()
    comparison: Comparison = field(default_factory=Comparison)

    @property
    def natives(self) -> tuple[Image, ...]:
        return tuple(slot.native for slot in self.slots)

    @property
    def pairing_due(self) -> bool:
        """Whether two images are there and nobody knows yet whether they go together."""
        return len(self.slots) > 1 and self.pair is None and self.refusal is None

    @property
    def slice_count(self) -> int:
        if self.pair is not None:
            return self.pair.shape[0]
        return max((slot.drawn.shape[0] for slot in self.slots), default=0)

    @property
    def request(self) -> FuseRequest | None:
        """What the fused pane should show; None while there is no pair."""
        if self.pair is None:
            return None
        a, b = (self.slots[i].look for i in self.fused_slots)
        return FuseRequest(
            self.pair,
            self.slice_index,
            (a, b),
            self.method,
            self.strategy,
            chosen_of(self.options, self.method, self.strategy),
            "volume" if self.one_weight else "slice",
            self.colours,
        )


def pane_slot(state: ViewState, pane: PaneName) -> Slot | None:
    """The image of a source pane; None for the fused pane and for an empty one."""
    if pane not in SOURCE_PANES:
        return None
    place = SOURCE_PANES.index(pane)
    return state.slots[place] if place < len(state.slots) else None


def pane_place(state: ViewState, pane: PaneName) -> int:
    """Which of the slots a pane's window and palette are of; the base for the fused pane."""
    return SOURCE_PANES.index(pane) if pane in SOURCE_PANES else state.fused_slots[0]


def pane_slice(state: ViewState, pane: PaneName) -> int:
    """The slice a pane shows: the shared one, or its own last where it has fewer."""
    slot = pane_slot(state, pane)
    if slot is None:
        return state.slice_index
    count, index = slot.drawn.shape[0], state.slice_index
    if alone(state, pane):
        index = dict(state.own_slices).get(slot.native.key, count // 2)
    return max(min(index, count - 1), 0)  # a session may say anything


def alone(state: ViewState, pane: PaneName) -> bool:
    """Whether a pane scrolls by itself: there is a pair, and its image lies nobody knows where."""
    slot = pane_slot(state, pane)
    return slot is not None and state.pair is not None and not linked(state, pane)


def linked(state: ViewState, pane: PaneName) -> bool:
    """Whether a pane's pixels are the shared ones: a place in it is the same in the others."""
    if pane == FUSED or len(state.slots) < 2:
        return True
    slot = pane_slot(state, pane)
    return state.pair is not None and slot is not None and slot.placed is not None


def same_pixels(state: ViewState, one: PaneName, other: PaneName) -> bool:
    """Whether a place in one pane is the same place in another."""
    return one == other or (linked(state, one) and linked(state, other))


def drawn_grid(state: ViewState, pane: PaneName) -> Grid | None:
    """What the pixels of a pane are placed by."""
    slot = pane_slot(state, pane)
    return state.place_grid if slot is None or linked(state, pane) else slot.drawn.grid


def drawn_shape(state: ViewState, pane: PaneName) -> tuple[int, int, int]:
    """Slices, rows and columns of a pane; for the fused one without a pair, of the first image."""
    slot = pane_slot(state, pane)
    if slot is not None:
        return slot.drawn.shape
    return state.slots[0].drawn.shape if state.pair is None else state.pair.shape


def scrolled(state: ViewState, steps: int) -> ViewState:
    """`steps` slices further; stops at either end."""
    return at_slice(state, state.slice_index + steps)


def scrolled_in(state: ViewState, pane: PaneName, steps: int) -> ViewState:
    """`steps` slices further in a pane, and in all that show the same place."""
    slot = pane_slot(state, pane)
    if slot is None or not alone(state, pane):
        return scrolled(state, steps)
    last = slot.drawn.shape[0] - 1
    index = min(max(pane_slice(state, pane) + steps, 0), last)
    own = dict(state.own_slices) | {slot.native.key: index}
    return replace(state, own_slices=tuple(own.items()))


def at_slice(state: ViewState, index: int) -> ViewState:
    """At slice `index`, or the nearest there is; the crosshair comes along."""
    index = min(max(index, 0), max(state.slice_count - 1, 0))
    crosshair = state.crosshair and replace(state.crosshair, slice=index)
    return replace(state, slice_index=index, crosshair=crosshair)


def pointed(state: ViewState, point: Place | None) -> ViewState:
    """With the crosshair at `point`, on its slice; None takes it away."""
    if point is None:
        return replace(state, crosshair=None)
    return replace(at_slice(state, round(point.slice)), crosshair=point)


def zoomed(state: ViewState, factor: float, anchor: tuple[float, float] | None = None) -> ViewState:
    """Closer by `factor`; the place `anchor` (row, column as shares 0…1) stays where it is."""
    view = state.view
    zoom = min(max(view.zoom * factor, ZOOM_LIMITS[0]), ZOOM_LIMITS[1])
    keep = view.zoom / zoom
    row, col = anchor or (view.row, view.col)
    return replace(
        state,
        view=_within(
            replace(
                view,
                zoom=zoom,
                row=row + (view.row - row) * keep,
                col=col + (view.col - col) * keep,
            )
        ),
    )


def panned(state: ViewState, rows: float, cols: float) -> ViewState:
    """Moved by shares of the slice's extent: positive shows what is further down and right."""
    view = state.view
    return replace(state, view=_within(replace(view, row=view.row + rows, col=view.col + cols)))


def _within(view: View) -> View:
    """The middle stays on the slice, so that a picture cannot get lost."""
    return replace(view, row=min(max(view.row, 0.0), 1.0), col=min(max(view.col, 0.0), 1.0))


def with_method(state: ViewState, method: str) -> ViewState:
    """Another method; the strategy stays where the method knows it.

    Raises:
        ValueError: no method has that name.
    """
    if method not in METHODS:
        raise ValueError(f"no method is called {method!r}; there are {', '.join(METHODS)}")
    known = state.strategy in METHODS[method].strategies
    strategy = state.strategy if known else default_strategy(method)
    return replace(state, method=method, strategy=strategy)


def with_strategy(state: ViewState, strategy: str) -> ViewState:
    """Another strategy.

    Raises:
        ValueError: the method of the state does not know it.
    """
    if strategy not in METHODS[state.method].strategies:
        raise ValueError(f"{state.method} takes no strategy {strategy!r}")
    return replace(state, strategy=strategy)


def with_option(state: ViewState, name: str, value: Value) -> ViewState:
    """With something chosen about the method or its strategy; where they do not take it, it is
    kept for one that does."""
    options = with_chosen(state.options, state.method, state.strategy, name, value)
    return replace(state, options=options)


def with_default_options(state: ViewState) -> ViewState:
    """With nothing chosen about the method and its strategy."""
    return replace(state, options=without_choices(state.options, state.method, state.strategy))


def with_tool(state: ViewState, tool: Tool) -> ViewState:
    return replace(state, tool=tool)


def with_texts(state: ViewState, texts: str) -> ViewState:
    """Corner texts at one of TEXT_LEVELS.

    Raises:
        ValueError: not one of them.
    """
    if texts not in TEXT_LEVELS:
        raise ValueError(f"corner texts are {', '.join(TEXT_LEVELS)}, not {texts!r}")
    return replace(state, texts=texts)


def fewer_texts(state: ViewState) -> ViewState:
    """The next density of corner texts: full, short, none, and round again."""
    return replace(state, texts=TEXT_LEVELS[TEXT_LEVELS.index(state.texts) - 1])


def with_overlay_toggled(state: ViewState, name: str) -> ViewState:
    """With one of OVERLAYS over the fused picture, or without it when it was there.

    Of those that cover the picture there is one at a time. They belong to the fused picture, so a
    comparison that covers it ends.

    Raises:
        ValueError: not one of them.
    """
    if name not in OVERLAYS:
        raise ValueError(f"overlays are {', '.join(OVERLAYS)}, not {name!r}")
    covered = {one for one in MAPS if name in MAPS and one != name}
    shown = (set(state.overlays) ^ {name}) - covered
    overlays = tuple(one for one in OVERLAYS if one in shown)
    return replace(state, overlays=overlays, comparison=replace(state.comparison, mode=""))


def with_active(state: ViewState, pane: PaneName) -> ViewState:
    return replace(state, active=pane)


def turned_to(state: ViewState, pane: PaneName) -> ViewState:
    """With `pane` active; where one pane fills the window, it is this one now."""
    return replace(state, active=pane, large=pane if state.large else "")


def enlarged(state: ViewState, pane: PaneName) -> ViewState:
    """With `pane` filling the window, or all panes again when it already does."""
    return replace(state, active=pane, large="" if state.large == pane else pane)
