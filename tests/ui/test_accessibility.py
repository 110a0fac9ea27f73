"""What a screen reader finds, and whether one sees where the keys go."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QDialog,
    QDockWidget,
    QLineEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.preferences import apply_looks

Settled = Callable[[MainWindow], None]
ROLES = QAccessible.Role
CONTROLS = {
    ROLES.Button, ROLES.ButtonMenu, ROLES.ButtonDropDown, ROLES.CheckBox, ROLES.RadioButton,
    ROLES.ComboBox, ROLES.EditableText, ROLES.SpinBox, ROLES.Slider, ROLES.Dial, ROLES.Table,
    ROLES.Tree, ROLES.List, ROLES.MenuItem, ROLES.PageTab, ROLES.ProgressBar, ROLES.Client,
}  # fmt: skip
INSIDE = {ROLES.Table, ROLES.Tree, ROLES.List, ROLES.SpinBox, ROLES.ComboBox}  # made by Qt
DIALOGS = ("export", "register", "settings", "keys", "about", "layers-help")


def controls(widget: QWidget) -> Iterator[tuple[str, QAccessible.Role, str]]:
    """Name, role and class of every control that can be seen below `widget`."""
    waiting = [QAccessible.queryAccessibleInterface(widget)]
    while waiting:
        here = waiting.pop()
        if here is None or not here.isValid():
            continue
        role, owner = here.role(), here.object()
        if isinstance(owner, QWidget) and not owner.isVisible():
            continue
        if isinstance(owner, QWidget) and isinstance(owner.parent(), QAbstractScrollArea):
            continue  # its area has the name and the focus
        if role in CONTROLS and (role != ROLES.Client or here.state().focusable):
            kind = owner.metaObject().className() if owner is not None else ""
            yield here.text(QAccessible.Text.Name), role, kind
        if role not in INSIDE:
            waiting += [here.child(i) for i in range(here.childCount())]


@pytest.fixture
def full(window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]) -> MainWindow:
    """Two images, every panel open, and a comparison with its bar."""
    apply_looks(window.settings)
    window.resize(1600, 1000)
    hands.drop(window, *pictures)
    settled(window)
    window.actions_by_name["compare"].trigger()
    for dock in window.findChildren(QDockWidget):
        dock.show()
    settled(window)
    return window


def test_no_control_is_without_a_name(full: MainWindow) -> None:
    found = list(controls(full))
    assert len(found) > 50
    assert [one for one in found if not one[0].strip()] == []


def test_each_panel_has_named_controls_when_it_is_in_front(
    full: MainWindow, settled: Settled
) -> None:
    for dock in full.findChildren(QDockWidget):
        dock.raise_()
        settled(full)
        assert [one for one in controls(dock) if not one[0].strip()] == [], dock.objectName()


@pytest.mark.parametrize("name", DIALOGS)
def test_no_control_of_a_dialog_is_without_a_name(
    qtbot: QtBot, full: MainWindow, name: str
) -> None:
    if not full.actions_by_name[name].isEnabled():
        pytest.skip("needs images with a place in the patient")
    full.actions_by_name[name].trigger()
    (dialog,) = [one for one in full.findChildren(QDialog) if one.isVisible()]
    found = list(controls(dialog))
    assert found
    assert [one for one in found if not one[0].strip()] == []
    dialog.reject()


def test_every_command_is_in_a_menu_or_has_a_key(full: MainWindow) -> None:
    in_menus = {
        action
        for menu in full.menuBar().actions()
        for action in menu.menu().actions()  # type: ignore[attr-defined]
    }
    for name, action in full.actions_by_name.items():
        assert action in in_menus or action.shortcuts(), name


def test_one_sees_which_control_has_the_focus(full: MainWindow) -> None:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QSlider)
    unseen = []
    for widget in [w for kind in kinds for w in full.findChildren(kind)]:
        usable = widget.isVisible() and widget.isEnabled()
        if not usable or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        with_focus = widget.grab().toImage()
        widget.clearFocus()
        if widget.grab().toImage() == with_focus:
            unseen.append(widget.accessibleName() or getattr(widget, "text", str)())
    assert unseen == []
