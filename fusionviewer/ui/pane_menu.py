"""What a right click on an image offers."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from fusionviewer.imaging.color import palette_names
from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _
from fusionviewer.ui.store import Store
from fusionviewer.workspace import arrangement, looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.captions import title
from fusionviewer.workspace.layouts import PLANES_LAYOUT, shows_planes, toggled_layout
from fusionviewer.workspace.planes import has_planes
from fusionviewer.workspace.presets import presets
from fusionviewer.workspace.state import FUSED, SOURCE_PANES, PaneName, Slot, ViewState


def pane_menu(store: Store, pane: PaneName, parent: QWidget) -> QMenu:
    """Windows, palettes, invert, reset and close; on the fused pane, for both of its sources."""
    menu = QMenu(parent)
    state = store.state
    places = state.fused_slots if pane == FUSED else (SOURCE_PANES.index(pane),)
    for place in places:
        if place >= len(state.slots):
            continue
        slot = state.slots[place]
        below = menu.addMenu(title(slot.native)) if pane == FUSED else menu
        _add_windows(below, store, place, slot)
        _add_palettes(below, store, place, slot)
        _add(below, _("&Invert"), partial(store.apply, looks.inverted, place))
        _add(below, _("Reset the &window"), partial(store.apply, looks.look_reset, place))
    menu.addSeparator()
    _add(menu, _("Reset &all"), partial(store.apply, looks.view_reset))
    _add(menu, _("One &large pane, or all"), partial(store.apply, change.enlarged, pane))
    if has_planes(state):
        planes = _add(menu, _("Three &planes"), partial(store.apply, _in_planes, pane))
        planes.setCheckable(True)
        planes.setChecked(shows_planes(state))
    if pane != FUSED and places[0] < len(state.slots):
        _add(menu, _("&Close this image"), partial(store.apply, arrangement.closed, places[0]))
    return menu


def _in_planes(state: ViewState, pane: PaneName) -> ViewState:
    """What `pane` shows, in three planes; side by side when it is there already."""
    return toggled_layout(change.with_active(state, pane), PLANES_LAYOUT)


def _add_windows(menu: QMenu, store: Store, place: int, slot: Slot) -> None:
    below = menu.addMenu(_("&Presets"))
    for number, preset in enumerate(presets(slot.native), start=1):
        window = preset.window
        size = f"(W {window.width:.4g} L {window.center:.4g})"
        text = f"{translated(preset.label)}  {size}\t{number}"
        one = _add(below, text, partial(store.apply, looks.with_window, place, window))
        one.setCheckable(True)
        one.setChecked(window == slot.look.window)


def _add_palettes(menu: QMenu, store: Store, place: int, slot: Slot) -> None:
    if slot.native.rgb is not None:
        return  # its colours are in the picture
    below, group = menu.addMenu(_("Pa&lette")), QActionGroup(menu)
    grey = "grey" if slot.native.functional else ""  # uptake has a bar with its unit in grey, too
    others = {name: label for name, label in palette_names().items() if name != "grey"}
    for name, label in {grey: marked("Grey"), **others}.items():
        one = _add(below, _(label), partial(store.apply, looks.with_palette, place, name))
        one.setCheckable(True)
        one.setChecked(name == slot.look.palette or {name, slot.look.palette} <= {"", "grey"})
        group.addAction(one)


def _add(menu: QMenu, text: str, act: Callable[[], object]) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda _checked: act())
    return action
