"""How panes are arranged, and how the picture lies in them."""

from dataclasses import replace

from fusionviewer.texts import marked
from fusionviewer.workspace.planes import has_planes, in_its_plane, with_crosshair
from fusionviewer.workspace.state import FUSED, PaneName, ViewState, pane_slot

LAYOUTS = {
    "row": marked("&Side by side"),
    "quad": marked("&Two by two"),
    "planes": marked("T&hree planes"),
}
PLANES_LAYOUT = "planes"
INTERPOLATIONS = {
    "off": marked("Interpolation o&ff"),
    "linear": marked("&Linear"),
    "cubic": marked("&Cubic"),
}


def with_layout(state: ViewState, layout: str) -> ViewState:
    """Another layout, with all its panes.

    Raises:
        ValueError: not one of LAYOUTS.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layouts are {', '.join(LAYOUTS)}, not {layout!r}")
    state = in_its_plane(replace(state, layout=layout, large=""))
    return with_crosshair(state) if shows_planes(state) else state


def toggled_layout(state: ViewState, layout: str) -> ViewState:
    """Another layout, or side by side when that layout is there already."""
    return with_layout(state, "row" if state.layout == layout else layout)


def shows_planes(state: ViewState) -> bool:
    """Whether one image is shown in all three planes; without geometry there are none."""
    return state.layout == PLANES_LAYOUT and not state.large and has_planes(state)


def subject(state: ViewState) -> PaneName:
    """The image that is shown in three planes: the active one, or the fused."""
    return FUSED if pane_slot(state, state.active) is None else state.active


def with_interpolation(state: ViewState, interpolation: str) -> ViewState:
    """Another way to enlarge pixels.

    Raises:
        ValueError: not one of INTERPOLATIONS.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"{interpolation!r} is none of {', '.join(INTERPOLATIONS)}")
    return replace(state, interpolation=interpolation)


def rotated(state: ViewState, turns: int) -> ViewState:
    """The picture turned by quarter turns clockwise as it is seen."""
    view = state.view
    return replace(state, view=replace(view, turns=(view.turns + turns) % 4))


def mirrored(state: ViewState, *, upright: bool = False) -> ViewState:
    """The picture as in a mirror: left and right exchanged, or up and down for `upright`."""
    view = state.view
    turns = (-view.turns + (2 if upright else 0)) % 4
    return replace(state, view=replace(view, turns=turns, mirrored=not view.mirrored))
