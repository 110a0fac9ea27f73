"""How each image is shown: window, palette, inversion; and all of it as at first."""

from dataclasses import replace

from fusionviewer.imaging.display import Look, opening_look
from fusionviewer.imaging.windowing import Window
from fusionviewer.workspace.layouts import shows_planes
from fusionviewer.workspace.state import View, ViewState


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


def view_reset(state: ViewState) -> ViewState:
    """Zoom, pan and every window as at first; slice, method and region stay.

    The crosshair goes, but for three planes: it says which slices they show.
    """
    for place in range(len(state.slots)):
        state = look_reset(state, place)
    state = replace(state, view=View(), large="")
    return state if shows_planes(state) else replace(state, crosshair=None)
