"""What is on the screen, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fusionviewer.fusion.methods import METHODS
from fusionviewer.ui.commands import Action, any_open, applied, on_active, paired
from fusionviewer.ui.theme_switch import switch_theme
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.layouts import shows_planes
from fusionviewer.workspace.state import ViewState

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def _texts(label: str, texts: str) -> Action:
    return Action(
        label,
        "&View",
        applied(change.with_texts, texts),
        checked=lambda state: state.texts == texts,
    )


def _overlay(
    label: str, name: str, key: str, enabled: Callable[[ViewState], bool] = paired
) -> Action:
    return Action(
        label,
        "&View",
        applied(change.with_overlay_toggled, name),
        (key,),
        enabled=enabled,
        checked=lambda state: name in state.overlays,
    )


def corrects(state: ViewState) -> bool:
    """Whether there is a correction to be shown, or to be taken away again."""
    return paired(state) and (METHODS[state.method].corrects or "correction" in state.overlays)


def _next_pane(window: MainWindow) -> None:
    panes = window.grid.choosable_panes
    here = panes.index(window.store.state.active) if window.store.state.active in panes else -1
    window.store.apply(change.turned_to, panes[(here + 1) % len(panes)])
    window.grid.focus_active()


def _enlarge(window: MainWindow) -> None:
    window.store.apply(change.enlarged, window.store.state.active)


VIEW_COMMANDS: dict[str, Action] = {
    "reset": Action("&Reset", "&View", applied(looks.view_reset), ("Esc",), enabled=any_open),
    "invert": Action("&Invert", "&View", on_active(looks.inverted), ("V",), enabled=any_open),
    "zoom-in": Action(
        "Zoom &in", "&View", applied(change.zoomed, 1.25), ("+", "="), True, any_open
    ),
    "zoom-out": Action("Zoom &out", "&View", applied(change.zoomed, 0.8), ("-",), True, any_open),
    "enlarge": Action("One &large pane", "&View", _enlarge, ("Return", "Enter"), True, any_open),
    "next-pane": Action("&Next pane", "&View", _next_pane, ("F6",), enabled=any_open),
    "hide-crosshair": Action(
        "Take the crosshair away",
        "&View",
        applied(change.pointed, None),
        ("H",),
        enabled=lambda state: any_open(state) and not shows_planes(state),  # it is their place
    ),
    "texts": Action("Fewer &texts", "&View", applied(change.fewer_texts), ("I",)),
    "texts-full": _texts("All texts", "full"),
    "texts-short": _texts("Few texts", "short"),
    "texts-none": _texts("No texts", "none"),
    "series": Action("S&eries", "&View", lambda w: w.browser.toggle(), ("F5",)),
    "inspector": Action(
        "I&nspector", "&View", lambda w: w.toggle_inspector(), ("F9",), enabled=any_open
    ),
    "matrix": Action(
        "All &methods at once", "&View", lambda w: w.toggle_matrix(), ("F7",), enabled=paired
    ),
    "scores": Action("Sc&ores", "&View", lambda w: w.toggle_scores(), ("F8",), enabled=any_open),
    "contribution": _overlay("C&ontribution of each source", "contribution", "O"),
    "correction": _overlay("Correction of the networ&k", "correction", "K", corrects),
    "structures": _overlay("Check str&uctures", "structures", "U"),
    "theme": Action("Li&ght or dark colours", "&View", switch_theme),
    "tear-off": Action(
        "Fuse&d pane in its own window, and back",
        "&View",
        lambda w: w.torn_off.toggle(),
        ("Shift+F11",),
        enabled=any_open,
    ),
    "full-screen": Action("&Full screen", "&View", lambda w: w.toggle_full_screen(), ("F11",)),
}
