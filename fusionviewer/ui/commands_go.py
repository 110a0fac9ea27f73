"""Slices, the crosshair, and window presets by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fusionviewer.ui.commands import Action, active_place, any_open, applied
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.presets import presets
from fusionviewer.workspace.state import ViewState

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def _slices(label: str, steps: int, *keys: str) -> Action:
    return Action(label, "&Go", applied(_scrolled, steps), keys, True, any_open)


def _scrolled(state: ViewState, steps: int) -> ViewState:
    return change.scrolled_in(state, state.active, steps)


def preset_chosen(state: ViewState, place: int, number: int) -> ViewState:
    """With preset `number` (from 1) of an image; unchanged when it has fewer."""
    windows = presets(state.slots[place].native)
    if number > len(windows):
        return state
    return looks.with_window(state, place, windows[number - 1].window)


def _preset(number: int) -> Action:
    def run(window: MainWindow) -> None:
        window.store.apply(lambda s: preset_chosen(s, active_place(s), number))

    return Action(
        "Window preset {number}",
        "",
        run,
        (str(number),),
        True,
        any_open,
        values={"number": number},
    )


def _nudge(state: ViewState, down: int, right: int) -> ViewState:
    """The crosshair one pixel on, as it is seen; at first in the middle of the slice.

    A pane that has no place in common with the others has no crosshair to be moved.
    """
    if not change.linked(state, state.active):
        return state
    height, width = change.drawn_shape(state, state.active)[1:]
    rows, cols = state.view.on_slice(down, right)
    here = state.crosshair or change.Place(state.slice_index, height // 2, width // 2)
    row = min(max(here.row + rows, 0), height - 1)
    col = min(max(here.col + cols, 0), width - 1)
    return change.pointed(state, change.Place(state.slice_index, row, col))


def _move(label: str, down: int, right: int, key: str) -> Action:
    return Action(label, "", applied(_nudge, down, right), (key,), True, any_open)


GO_COMMANDS: dict[str, Action] = {
    "previous": _slices("&Previous slice", -1, "Up", "PgUp"),
    "next": _slices("&Next slice", 1, "Down", "PgDown"),
    "ten-back": _slices("&Ten slices back", -10, "Shift+Up"),
    "ten-on": _slices("Ten slices &on", 10, "Shift+Down"),
    "first": Action("&First slice", "&Go", applied(_scrolled, -(2**31)), ("Home",), True, any_open),
    "last": Action("&Last slice", "&Go", applied(_scrolled, 2**31), ("End",), True, any_open),
    "crosshair-left": _move("Crosshair left", 0, -1, "Left"),
    "crosshair-right": _move("Crosshair right", 0, 1, "Right"),
    "crosshair-up": _move("Crosshair up", -1, 0, "Ctrl+Up"),
    "crosshair-down": _move("Crosshair down", 1, 0, "Ctrl+Down"),
    **{f"preset-{n}": _preset(n) for n in range(1, 10)},
}
