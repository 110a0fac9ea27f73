"""Every command of the window: its words, its keys and its menu.

The menus, the tool bar, the help page and the tests walk through ACTIONS. To add a command: one
line here.

Source of the keys: IHE Basic Image Review, as marked in the table of Weasis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from fusionviewer.imaging.compare import MODES
from fusionviewer.ui.registration_dialog import ask_registration
from fusionviewer.ui.theme_switch import switch_theme
from fusionviewer.workspace import arrangement, comparing
from fusionviewer.workspace import state as change
from fusionviewer.workspace.presets import presets
from fusionviewer.workspace.state import FUSED, SOURCE_PANES, Tool, ViewState

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

Run = Callable[["MainWindow"], object]
When = Callable[[ViewState], bool]


def _always(_state: ViewState) -> bool:
    return True


def _any_open(state: ViewState) -> bool:
    return bool(state.slots)


def _confirmable(state: ViewState) -> bool:
    return state.refusal is not None and state.refusal.confirmable


def _paired(state: ViewState) -> bool:
    return state.pair is not None


@dataclass(frozen=True)
class Action:
    """One command.

    Attributes:
        menu: "" for a command that only has keys.
        keys: as QKeySequence writes them; the first is shown.
        in_panes: the keys work only while the images have the focus, for fields need them too.
        enabled: when the command makes sense.
        checked: whether it is on; None for a command that cannot be on.
    """

    label: str
    menu: str
    run: Run
    keys: tuple[str, ...] = ()
    in_panes: bool = False
    enabled: When = _always
    checked: When | None = None


def _apply(function: Callable[..., ViewState], *args: object) -> Run:
    return lambda window: window.store.apply(function, *args)


def _tool(label: str, tool: Tool, key: str) -> Action:
    return Action(
        label,
        "&Tools",
        _apply(change.with_tool, tool),
        (key,),
        enabled=_any_open,
        checked=lambda state: state.tool == tool,
    )


def _texts(label: str, texts: str) -> Action:
    return Action(
        label, "&View", _apply(change.with_texts, texts), checked=lambda state: state.texts == texts
    )


def _overlay(label: str, name: str, key: str) -> Action:
    return Action(
        label,
        "&View",
        _apply(change.with_overlay_toggled, name),
        (key,),
        enabled=_paired,
        checked=lambda state: name in state.overlays,
    )


def _comparing(state: ViewState) -> bool:
    return state.pair is not None and bool(state.comparison.mode)


def _comparison(name: str, label: str) -> Action:
    return Action(
        label,
        "&Compare",
        _apply(comparing.with_mode, name),
        enabled=_paired,
        checked=lambda state: state.comparison.mode == name,
    )


def _compared(label: str, function: Callable[..., ViewState], key: str, *args: object) -> Action:
    return Action(label, "&Compare", _apply(function, *args), (key,), True, _comparing)


def _slices(label: str, steps: int, *keys: str) -> Action:
    return Action(label, "&Go", _apply(change.scrolled, steps), keys, True, _any_open)


def _active_place(state: ViewState) -> int:
    """The image that keys act on; on the fused pane its base."""
    name = state.active
    place = state.fused_slots[0] if name == FUSED else SOURCE_PANES.index(name)
    return min(place, len(state.slots) - 1)


def _on_active(function: Callable[..., ViewState]) -> Run:
    return lambda window: window.store.apply(lambda s: function(s, _active_place(s)))


def preset_chosen(state: ViewState, place: int, number: int) -> ViewState:
    """With preset `number` (from 1) of an image; unchanged when it has fewer."""
    windows = presets(state.slots[place].native)
    if number > len(windows):
        return state
    return change.with_window(state, place, windows[number - 1].window)


def _preset(number: int) -> Action:
    def run(window: MainWindow) -> None:
        window.store.apply(lambda s: preset_chosen(s, _active_place(s), number))

    return Action(f"Window preset {number}", "", run, (str(number),), True, _any_open)


def _next_pane(window: MainWindow) -> None:
    panes = window.grid.visible_panes
    here = panes.index(window.store.state.active) if window.store.state.active in panes else -1
    window.store.apply(change.with_active, panes[(here + 1) % len(panes)])
    window.grid.focus_active()


def _enlarge(window: MainWindow) -> None:
    window.store.apply(change.enlarged, window.store.state.active)


def _nudge(state: ViewState, rows: int, cols: int) -> ViewState:
    """The crosshair one pixel on; at first in the middle of the slice."""
    slot = change.pane_slot(state, state.active) or state.slots[0]
    _, height, width = slot.drawn.shape
    here = state.crosshair or change.Place(state.slice_index, height // 2, width // 2)
    row = min(max(here.row + rows, 0), height - 1)
    col = min(max(here.col + cols, 0), width - 1)
    return change.pointed(state, change.Place(state.slice_index, row, col))


def _move(label: str, rows: int, cols: int, key: str) -> Action:
    return Action(label, "", _apply(_nudge, rows, cols), (key,), True, _any_open)


def _registrable(state: ViewState) -> bool:
    """Two placed images that may be fused, or may not only because of where they lie."""
    if len(state.slots) < 2 or state.pairing_due or _confirmable(state):
        return False
    return all(state.slots[i].native.grid is not None for i in state.fused_slots)


ACTIONS: dict[str, Action] = {
    "open": Action("&Open files…", "&File", lambda w: w.ask_files(), ("Ctrl+O",)),
    "open-folder": Action("Open f&older…", "&File", lambda w: w.ask_folder(), ("Ctrl+Shift+O",)),
    "sample": Action("Open the &sample patient", "&File", lambda w: w.opener.open_sample()),
    "export": Action(
        "&Export…", "&File", lambda w: w.ask_export(), ("Ctrl+E", "Ctrl+S"), enabled=_paired
    ),
    "copy": Action(
        "&Copy the picture", "&File", lambda w: w.copy_picture(), ("Ctrl+C",), True, _any_open
    ),
    "close-image": Action(
        "C&lose this image", "&File", _on_active(arrangement.closed), ("Ctrl+W",), enabled=_any_open
    ),
    "close-all": Action(
        "Close &all", "&File", _apply(arrangement.all_closed), ("Ctrl+Shift+W",), enabled=_any_open
    ),
    "quit": Action("&Quit", "&File", lambda w: w.close(), ("Ctrl+Q",)),
    "undo": Action("&Undo", "&Edit", lambda w: w.store.undo(), ("Ctrl+Z",)),
    "redo": Action("&Redo", "&Edit", lambda w: w.store.redo(), ("Ctrl+Y", "Ctrl+Shift+Z")),
    "confirm": Action(
        "Fuse different &patients…", "&Edit", lambda w: w.ask_patients(), enabled=_confirmable
    ),
    "register": Action(
        "&Register…",
        "&Image",
        lambda w: ask_registration(w.store, w),
        ("Ctrl+R",),
        enabled=_registrable,
    ),
    "tool-window": _tool("&Window", "window", "W"),
    "tool-zoom": _tool("&Zoom", "zoom", "Z"),
    "tool-pan": _tool("&Pan", "pan", "T"),
    "tool-scroll": _tool("&Scroll", "scroll", "S"),
    "tool-crosshair": _tool("&Crosshair", "crosshair", "C"),
    "tool-region": _tool("&Region", "region", "R"),
    "reset": Action("&Reset", "&View", _apply(change.view_reset), ("Esc",), enabled=_any_open),
    "invert": Action("&Invert", "&View", _on_active(change.inverted), ("V",), enabled=_any_open),
    "zoom-in": Action(
        "Zoom &in", "&View", _apply(change.zoomed, 1.25), ("+", "="), True, _any_open
    ),
    "zoom-out": Action("Zoom &out", "&View", _apply(change.zoomed, 0.8), ("-",), True, _any_open),
    "enlarge": Action("One &large pane", "&View", _enlarge, ("Return", "Enter"), True, _any_open),
    "next-pane": Action("&Next pane", "&View", _next_pane, ("F6",), enabled=_any_open),
    "hide-crosshair": Action(
        "Take the crosshair away", "&View", _apply(change.pointed, None), ("H",), enabled=_any_open
    ),
    "texts": Action("Fewer &texts", "&View", _apply(change.fewer_texts), ("I",)),
    "texts-full": _texts("All texts", "full"),
    "texts-short": _texts("Few texts", "short"),
    "texts-none": _texts("No texts", "none"),
    "inspector": Action(
        "I&nspector", "&View", lambda w: w.toggle_inspector(), ("F9",), enabled=_any_open
    ),
    "matrix": Action(
        "All &methods at once", "&View", lambda w: w.toggle_matrix(), ("F7",), enabled=_paired
    ),
    "scores": Action("Sc&ores", "&View", lambda w: w.toggle_scores(), ("F8",), enabled=_any_open),
    "contribution": _overlay("C&ontribution of each source", "contribution", "O"),
    "structures": _overlay("Check str&uctures", "structures", "U"),
    "theme": Action("Li&ght or dark colours", "&View", switch_theme),
    "full-screen": Action("&Full screen", "&View", lambda w: w.toggle_full_screen(), ("F11",)),
    "previous": _slices("&Previous slice", -1, "Up", "PgUp"),
    "next": _slices("&Next slice", 1, "Down", "PgDown"),
    "ten-back": _slices("&Ten slices back", -10, "Shift+Up"),
    "ten-on": _slices("Ten slices &on", 10, "Shift+Down"),
    "first": Action("&First slice", "&Go", _apply(change.at_slice, 0), ("Home",), True, _any_open),
    "last": Action("&Last slice", "&Go", _apply(change.at_slice, 2**31), ("End",), True, _any_open),
    "crosshair-left": _move("Crosshair left", 0, -1, "Left"),
    "crosshair-right": _move("Crosshair right", 0, 1, "Right"),
    "crosshair-up": _move("Crosshair up", -1, 0, "Ctrl+Up"),
    "crosshair-down": _move("Crosshair down", 1, 0, "Ctrl+Down"),
    **{f"preset-{n}": _preset(n) for n in range(1, 10)},
    "compare": Action(
        "&Compare two images",
        "&Compare",
        _apply(comparing.toggled),
        ("M",),
        enabled=_paired,
        checked=_comparing,
    ),
    **{f"compare-{mode.name}": _comparison(mode.name, mode.label) for mode in MODES.values()},
    "compare-next": _compared("&Next kind of comparison", comparing.next_mode, "N"),
    "compare-swap": _compared("S&wap both images", comparing.swapped, "X"),
    "compare-less": _compared("&Less: position, size, rate, opacity", comparing.nudged, ",", -1),
    "compare-more": _compared("&More: position, size, rate, opacity", comparing.nudged, ".", 1),
    "keys": Action("&Keys and mouse", "&Help", lambda w: w.show_keys(), ("F1",)),
    "layers-help": Action("Contribution and &structures", "&Help", lambda w: w.show_layers_help()),
    "report": Action("Copy &report", "&Help", lambda w: w.copy_report()),
    "about": Action("&About FusionViewer", "&Help", lambda w: w.show_about()),
}


def make_actions(window: MainWindow, panes: QWidget) -> dict[str, QAction]:
    """A QAction for each command; those that are `in_panes` have their keys only there."""
    made = {}
    for name, action in ACTIONS.items():
        made[name] = one = QAction(action.label, window)
        one.setObjectName(name)
        one.setShortcuts([QKeySequence(key) for key in action.keys])
        keys = ", ".join(action.keys)
        one.setToolTip(f"{action.label.replace('&', '')} ({keys})" if keys else "")
        one.setCheckable(action.checked is not None)
        one.triggered.connect(partial(_trigger, action, window))
        if action.in_panes:
            one.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            panes.addAction(one)
        else:
            window.addAction(one)
    return made


def _trigger(action: Action, window: MainWindow, _checked: bool = False) -> None:
    if action.enabled(window.store.state):
        window.store.settle()
        action.run(window)


def fill_menus(bar: QMenuBar, actions: dict[str, QAction]) -> None:
    menus = {}
    for name, action in ACTIONS.items():
        if not action.menu:
            continue
        if action.menu not in menus:
            menus[action.menu] = bar.addMenu(action.menu)
            menus[action.menu].setToolTipsVisible(True)  # some say what a picture means
        menus[action.menu].addAction(actions[name])


def show_state(actions: dict[str, QAction], state: ViewState) -> None:
    """Enable and check what the state says."""
    for name, action in ACTIONS.items():
        actions[name].setEnabled(action.enabled(state))
        if action.checked is not None:
            actions[name].setChecked(action.checked(state))
