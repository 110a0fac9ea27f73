"""What the window shows, and every way it can change.

Each change is a function from one state to the next, so undo is a list and tests need no window.
`ui.store.Store` holds the current state. Opening, pairing and arranging are in `arrangement`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from fusionviewer.engine.request import FuseRequest, Options
from fusionviewer.fusion.methods import DEFAULT_METHOD, METHODS, default_strategy
from fusionviewer.fusion.rules import RULES
from fusionviewer.imaging.display import Look, opening_look
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.planes import PlaneName
from fusionviewer.imaging.windowing import Window

if TYPE_CHECKING:
    from fusionviewer.imaging.roi_mark import Mark

PaneName = Literal["A", "B", "C", "fused"]
SOURCE_PANES: tuple[PaneName, ...] = ("A", "B", "C")
FUSED: PaneName = "fused"
Party = Literal["A", "B", "C", "fused", "other"]  # what can be compared

Tool = Literal["window", "zoom", "pan", "scroll", "crosshair", "region", "distance", "angle"]
TEXT_LEVELS = ("none", "short", "full")
ZOOM_LIMITS = (0.25, 64.0)
OVERLAYS = ("contribution", "structures")


@dataclass(frozen=True)
class Slot:
    """One open image, in the pane of the same place.

    Attributes:
        native: as it was read; numbers come from here.
        placed: on the grid of the pair; None while, or where, it is drawn as it was read.
        turned: either of these with slices in the plane of the state; None where that is no other.
    """

    native: Image
    look: Look
    placed: Image | None = None
    turned: Image | None = None

    @property
    def stored(self) -> Image:
        """As it is drawn in the plane in which the slices were stored."""
        return self.native if self.placed is None else self.placed

    @property
    def drawn(self) -> Image:
        return self.stored if self.turned is None else self.turned


@dataclass(frozen=True)
class Refusal:
    """Why two images are not fused. `confirmable`: the user may overrule it."""

    text: str
    hint: str = ""
    confirmable: bool = False


@dataclass(frozen=True)
class View:
    """The part of a slice that all panes show.

    Attributes:
        zoom: 1 when the slice just fits its pane.
        row, col: what is in the middle of the pane, as a share 0…1 of the slice's extent, so that
            one view fits panes of every size.
        turns: quarter turns clockwise, 0…3, after `mirrored`: left and right exchanged.
    """

    zoom: float = 1.0
    row: float = 0.5
    col: float = 0.5
    turns: int = 0
    mirrored: bool = False


@dataclass(frozen=True)
class Place:
    """A place in the shared voxels: slice, row, column; a voxel's centre is a whole number."""

    slice: float
    row: float
    col: float


@dataclass(frozen=True)
class Comparison:
    """Two pictures in one, on the fused pane; changed by `comparing`.

    Attributes:
        mode: of `imaging.compare.MODES`; "" when the fused picture is shown as it is.
        last: the mode that was shown last.
        first, second: what is compared; "other" is fused with `method` and `strategy`.
        settings: what the reader has set, by mode.
    """

    mode: str = ""
    last: str = "curtain"
    first: Party = "A"
    second: Party = "B"
    method: str = "average"
    strategy: str = ""
    settings: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ViewState:
    """Everything that is on the screen, but for computed pixels.

    Attributes:
        slots: the open images in pane order A, B, C.
        fused_slots: which two are fused; the first is the base, the second the overlay.
        pair: those two on one grid, with slices in `plane`, or None.
        stored_pair: the same with slices as they were stored.
        plane: of `imaging.planes.PLANES`; "" for the one in which the slices were stored.
        refusal: why there is no pair; None as well while the pair is still being made.
        confirmed: the user has seen that the patients differ and wants the pair all the same.
        place_grid: what slice index and crosshair count in; None without geometry.
        options: settings of the methods by name; a method takes those it knows.
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
    plane: PlaneName | Literal[""] = ""
    refusal: Refusal | None = None
    confirmed: bool = False
    slice_index: int = 0
    place_grid: Grid | None = None
    crosshair: Place | None = None
    view: View = field(default_factory=View)
    method: str = DEFAULT_METHOD
    strategy: str = default_strategy(DEFAULT_METHOD)
    options: Options = (("alpha", 0.5),)
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
            self.pair, self.slice_index, (a, b), self.method, self.strategy, method_options(self)
        )


def method_options(state: ViewState) -> Options:
    """The options of the state that its method knows."""
    rule = RULES.get(state.method)
    return tuple(option for option in state.options if rule and option[0] in rule.options)


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
    return state.slice_index if slot is None else min(state.slice_index, slot.drawn.shape[0] - 1)


def linked(state: ViewState, pane: PaneName) -> bool:
    """Whether a pane's pixels are the shared ones: a place in it is the same in the others."""
    if pane == FUSED or len(state.slots) < 2:
        return True
    slot = pane_slot(state, pane)
    return state.pair is not None and slot is not None and slot.placed is not None


def scrolled(state: ViewState, steps: int) -> ViewState:
    """`steps` slices further; stops at either end."""
    return at_slice(state, state.slice_index + steps)


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


def with_look(state: ViewState, place: int, look: Look) -> ViewState:
    slot = replace(state.slots[place], look=look)
    return replace(state, slots=(*state.slots[:place], slot, *state.slots[place + 1 :]))


def with_window(state: ViewState, place: int, window: Window) -> ViewState:
    return with_look(state, place, replace(state.slots[place].look, window=window))


def dragged_window(state: ViewState, place: int, dx: float, dy: float) -> ViewState:
    """After a drag of (dx, dy) pixels: sideways is width, up (dy below 0) is brighter.

    The step grows with the window, so that a drag feels the same on 80 HU and on 4000.
    """
    window = state.slots[place].look.window
    step = window.width / 300
    width = max(window.width + dx * step, 1e-6)
    return with_window(state, place, Window(window.center + dy * step, width))


def inverted(state: ViewState, place: int) -> ViewState:
    look = state.slots[place].look
    return with_look(state, place, replace(look, inverted=not look.inverted))


def with_palette(state: ViewState, place: int, palette: str) -> ViewState:
    return with_look(state, place, replace(state.slots[place].look, palette=palette))


def look_reset(state: ViewState, place: int) -> ViewState:
    slot = state.slots[place]
    return with_look(state, place, replace(opening_look(slot.native), slab=slot.look.slab))


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


def view_reset(state: ViewState) -> ViewState:
    """Zoom, pan and every window as at first; slice, method and region stay."""
    for place in range(len(state.slots)):
        state = look_reset(state, place)
    return replace(state, view=View(), crosshair=None, large="")


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


def with_option(state: ViewState, name: str, value: float) -> ViewState:
    options = dict(state.options) | {name: value}
    return replace(state, options=tuple(sorted(options.items())))


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

    They belong to the fused picture, so a comparison that covers it ends.

    Raises:
        ValueError: not one of them.
    """
    if name not in OVERLAYS:
        raise ValueError(f"overlays are {', '.join(OVERLAYS)}, not {name!r}")
    shown = set(state.overlays) ^ {name}
    overlays = tuple(one for one in OVERLAYS if one in shown)
    return replace(state, overlays=overlays, comparison=replace(state.comparison, mode=""))


def with_active(state: ViewState, pane: PaneName) -> ViewState:
    return replace(state, active=pane)


def enlarged(state: ViewState, pane: PaneName) -> ViewState:
    """With `pane` filling the window, or all panes again when it already does."""
    return replace(state, active=pane, large="" if state.large == pane else pane)
