"""The settings dialog: found, seen at once, taken back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox
from pytestqt.qtbot import QtBot

from fusionviewer.ui.actions import ACTIONS
from fusionviewer.ui.key_choice import keys_of, user_of, with_key, with_own_keys, without_keys
from fusionviewer.ui.keys import keys_page
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.preferences import apply_looks, apply_mouse, ask_settings
from fusionviewer.ui.settings_dialog import SettingsDialog
from fusionviewer.ui.settings_rows import ROWS
from fusionviewer.workspace.settings import Settings, load_settings

Settled = Callable[[MainWindow], None]


@pytest.fixture(autouse=True)
def _as_at_first(qapp: QApplication) -> Iterator[None]:
    yield
    apply_looks(Settings())
    apply_mouse(Settings())


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow) -> SettingsDialog:
    return ask_settings(window)


def pick(dialog: SettingsDialog, name: str, text: str) -> None:
    field = dialog.fields[name]
    assert isinstance(field, QComboBox)
    field.setCurrentIndex(field.findText(text))
    field.activated.emit(field.currentIndex())


def test_every_row_is_a_setting_and_offers_its_default() -> None:
    plain = Settings()
    for row in ROWS:
        value = getattr(plain, row.name)
        if row.choices is None:
            assert isinstance(value, bool)
        else:
            assert value in [choice for _, choice in row.choices(plain)]


def test_every_choice_of_every_row_is_accepted(dialog: SettingsDialog) -> None:
    for row in ROWS:
        for text, value in row.choices(dialog.settings) if row.choices else ():
            pick(dialog, row.name, text)
            assert getattr(dialog.settings, row.name) == value


def test_every_yes_and_no_is_kept_when_it_is_clicked(dialog: SettingsDialog) -> None:
    for row in (row for row in ROWS if row.choices is None):
        for _ in range(2):
            before = getattr(dialog.settings, row.name)
            dialog.fields[row.name].click()
            assert getattr(dialog.settings, row.name) is not before


def test_a_choice_shows_at_once_and_cancel_takes_it_back(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog
) -> None:
    size = QApplication.font().pointSizeF()
    pick(dialog, "theme", "Light")
    pick(dialog, "text_size", "150 %")
    pick(dialog, "texts", "Few")
    assert window.settings.theme == "light"
    assert QApplication.font().pointSizeF() == pytest.approx(1.5 * size)
    assert window.store.state.texts == "short"
    assert window.palette().window().color().lightness() > 128

    dialog.reject()
    assert window.settings.theme == "dark"
    assert QApplication.font().pointSizeF() == pytest.approx(size)
    assert window.store.state.texts == "full"
    assert window.palette().window().color().lightness() < 128


def test_fields_and_columns_grow_with_the_texts(window: MainWindow) -> None:
    table = window.inspector.table
    widths = [table.columnWidth(i) for i in range(table.horizontalHeader().count())]
    slider = window.comparison_bar.slider.width()
    window.follow_settings(window.settings.model_copy(update={"text_size": 200}))
    assert window.comparison_bar.slider.maximumWidth() == 2 * slider
    assert [table.columnWidth(i) for i in range(len(widths))] == [2 * width for width in widths]
    window.follow_settings(window.settings.model_copy(update={"text_size": 100}))
    assert window.comparison_bar.slider.maximumWidth() == slider


def test_ok_keeps_it_for_the_next_start(window: MainWindow, dialog: SettingsDialog) -> None:
    pick(dialog, "start_method", "EH-DRAN")
    assert dialog.settings.start_strategy != ""  # one that the method has
    pick(dialog, "wheel", "Previous slices")
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    button.click()
    window.close()
    kept = load_settings()
    assert (kept.start_method, kept.wheel) == ("eh-dran", "previous")


def test_a_search_leaves_what_it_is_about(dialog: SettingsDialog) -> None:
    dialog.search.setText("wheel")
    assert [name for name, field in dialog.fields.items() if not field.isHidden()] == ["wheel"]
    dialog.search.setText("ctrl+e")
    assert all(field.isHidden() for field in dialog.fields.values())
    assert not dialog.keys.isHidden()
    assert dialog.keys.commands.currentItem().text(0) == "Export"
    dialog.search.setText("flux capacitor")
    assert not dialog.nothing.isHidden()
    dialog.search.setText("")
    assert not any(field.isHidden() for field in dialog.fields.values())


def test_defaults_come_back_and_the_window_stays(window: MainWindow) -> None:
    window.settings = Settings(theme="light", wheel="previous", width=1111, keys={"invert": ("J",)})
    dialog = ask_settings(window)
    dialog.defaults.click()
    assert window.settings == Settings(width=1111)
    assert window.actions_by_name["invert"].shortcuts() == [QKeySequence("V")]


def test_the_wheel_and_the_buttons_do_what_is_chosen(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    from builders import make_image

    from fusionviewer.workspace.arrangement import opened

    window.store.apply(opened, make_image((9, 32, 32)))
    pane = window.grid.panes["A"]
    hands.wheel(pane, 2)
    assert window.store.state.slice_index == 6
    window.follow_settings(Settings(method="average", wheel="previous", middle_drag="window"))
    hands.wheel(pane, 2)
    assert window.store.state.slice_index == 4

    before = window.store.state.slots[0].look.window
    middle = pane.canvas.viewport().rect().center()
    hands.drag(qtbot, pane, middle, middle * 1.2, Qt.MouseButton.MiddleButton)
    assert window.store.state.slots[0].look.window != before


def test_a_key_that_is_taken_says_by_whom(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog
) -> None:
    editor = dialog.keys
    editor.commands.setCurrentItem(editor._items["invert"])
    editor.key.setKeySequence(QKeySequence("W"))
    assert "W is the key of “Window”" in editor.said.text()
    editor.give.click()
    assert window.actions_by_name["invert"].shortcuts() == [QKeySequence("W")]
    assert window.actions_by_name["tool-window"].shortcuts() == []
    assert "<b>W</b>" in keys_page(ACTIONS, window.settings)
    assert keys_of("tool-window", window.settings.keys) == ()

    dialog.reject()
    assert window.actions_by_name["tool-window"].shortcuts() == [QKeySequence("W")]
    assert window.actions_by_name["invert"].shortcuts() == [QKeySequence("V")]


def test_a_remapped_key_does_its_new_work(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    window.follow_settings(window.settings.model_copy(update={"keys": {"invert": ("J",)}}))
    qtbot.keyClick(window.grid.panes["A"].canvas, "j")
    assert window.store.state.slots[0].look.inverted
    qtbot.keyClick(window.grid.panes["A"].canvas, "v")
    assert window.store.state.slots[0].look.inverted


def test_no_two_commands_have_one_key_whatever_is_chosen() -> None:
    chosen: dict[str, tuple[str, ...]] = {}
    for name, key in (("invert", "W"), ("open", "W"), ("tool-pan", "Ctrl+O"), ("invert", "V")):
        chosen = with_key(chosen, name, key)
    for name in ACTIONS:
        for key in keys_of(name, chosen):
            assert user_of(key, chosen, name) == ""
    chosen = with_own_keys(with_own_keys(with_own_keys(chosen, "open"), "tool-window"), "tool-pan")
    assert with_own_keys(chosen, "invert") == {}
    assert keys_of("open", without_keys({}, "open")) == ()


def test_another_device_is_used_from_the_next_picture_on(window: MainWindow) -> None:
    before = window.engine.runtimes
    window.follow_settings(window.settings.model_copy(update={"device": "cpu"}))
    assert window.engine.runtimes is not before
