"""Every command of the window in one table, and the menus and keys that are made of it.

The menus, the tool bar, the help page and the tests walk through ACTIONS. To add a command: one
line in the `commands_*` file of its menu.

Source of the keys: IHE Basic Image Review, as marked in the table of Weasis.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.commands import Action
from fusionviewer.ui.commands_compare import COMPARE_COMMANDS
from fusionviewer.ui.commands_file import FILE_COMMANDS
from fusionviewer.ui.commands_go import GO_COMMANDS
from fusionviewer.ui.commands_help import HELP_COMMANDS
from fusionviewer.ui.commands_image import IMAGE_COMMANDS
from fusionviewer.ui.commands_layout import LAYOUT_COMMANDS
from fusionviewer.ui.commands_view import VIEW_COMMANDS
from fusionviewer.ui.keys import key_in_words
from fusionviewer.workspace.state import ViewState

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

HELP = marked("&Help")
ACTIONS: dict[str, Action] = {  # the menus come in this order
    **FILE_COMMANDS,
    **IMAGE_COMMANDS,
    **VIEW_COMMANDS,
    **LAYOUT_COMMANDS,
    **GO_COMMANDS,
    **COMPARE_COMMANDS,
    **HELP_COMMANDS,
}


def make_actions(window: MainWindow, panes: QWidget) -> dict[str, QAction]:
    """A QAction for each command; those that are `in_panes` have their keys only there."""
    made = {}
    for name, action in ACTIONS.items():
        made[name] = one = QAction(action.words, window)
        one.setObjectName(name)
        one.setCheckable(action.checked is not None)
        one.triggered.connect(partial(_trigger, action, window))
        if action.in_panes:
            one.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            panes.addAction(one)
        else:
            window.addAction(one)
    apply_keys(made, {})
    return made


def apply_keys(actions: dict[str, QAction], chosen: Mapping[str, tuple[str, ...]]) -> None:
    """The keys of each command: those that the user has given it, else those of the table."""
    for name, action in ACTIONS.items():
        keys = chosen.get(name, action.keys)
        words = action.words.replace("&", "")
        actions[name].setShortcuts([QKeySequence(key) for key in keys])
        if actions[name].toolTip().startswith((words, action.title)):
            shown = ", ".join(map(key_in_words, keys))
            actions[name].setToolTip(f"{words} ({shown})" if keys else words)


def _trigger(action: Action, window: MainWindow, _checked: bool = False) -> None:
    if action.enabled(window.store.state):
        window.store.settle()
        action.run(window)


def fill_menus(bar: QMenuBar, actions: dict[str, QAction]) -> None:
    """In the order of the table; Help comes last, whoever adds to it."""
    titles = dict.fromkeys(action.menu for action in ACTIONS.values() if action.menu)
    menus = {title: bar.addMenu(_(title)) for title in sorted(titles, key=lambda one: one == HELP)}
    for menu in menus.values():
        menu.setToolTipsVisible(True)  # some say what a picture means
    for name, action in ACTIONS.items():
        if action.menu:
            menus[action.menu].addAction(actions[name])


def show_state(actions: dict[str, QAction], state: ViewState) -> None:
    """Enable and check what the state says."""
    for name, action in ACTIONS.items():
        actions[name].setEnabled(action.enabled(state))
        if action.checked is not None:
            actions[name].setChecked(action.checked(state))
