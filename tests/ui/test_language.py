"""The window in the language of whoever sits before it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from fusionviewer import texts
from fusionviewer.formats.provenance import Provenance
from fusionviewer.imaging.pair import Alignment
from fusionviewer.ui.keys import key_in_words
from fusionviewer.ui.language import language_at_the_start, speak
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.preferences import apply_looks
from fusionviewer.ui.report_content import method_lines
from fusionviewer.workspace.captions import Captions
from fusionviewer.workspace.settings import Settings, save_settings


def test_the_language_of_the_settings_is_known_before_they_are_loaded(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert language_at_the_start(file) == "system"
    save_settings(Settings(language="de"), file)
    assert language_at_the_start(file) == "de"
    save_settings(Settings(), file)
    assert language_at_the_start(file) == "system"


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"language": 7}', '{"language": "xx"}', "null"]
)
def test_settings_that_are_damaged_leave_the_language_to_the_system(
    content: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings.json"
    file.write_text(content)
    assert language_at_the_start(file) == "system"


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [("de", "de"), ("de_AT", "de"), ("fr_FR:de_CH", "de"), ("fr_FR", "en"), ("en_GB:de", "en")],
)
def test_the_system_is_asked_for_the_language(wanted: str, spoken: str) -> None:
    ask = "from fusionviewer.ui.language import system_language; print(system_language())"
    told = os.environ | {"LANG": "fr_FR.UTF-8", "LANGUAGE": wanted}
    told.pop("LC_ALL")  # C there means English, whatever the others say
    run = [sys.executable, "-c", ask]  # Qt asks once
    said = subprocess.run(run, env=told, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == spoken


@pytest.mark.usefixtures("german")
def test_words_of_qt_are_german_too(qapp: QApplication) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    assert box.button(QDialogButtonBox.StandardButton.Cancel).text() == "Abbrechen"
    assert key_in_words("Ctrl+Home") == "Strg+Pos1"


@pytest.mark.usefixtures("german")
def test_numbers_keep_their_decimal_point() -> None:
    assert QLocale().toString(1.5) == "1.5"


def test_english_comes_back(qapp: QApplication) -> None:
    speak(qapp, "de")
    speak(qapp, "en")
    assert texts.text("Search the settings") == "Search the settings"
    assert QKeySequence("Ctrl+Home").toString(QKeySequence.SequenceFormat.NativeText) == "Ctrl+Home"


@pytest.fixture
def in_german(
    german: None, make_window: Callable[..., MainWindow], hands, settled, pictures
) -> MainWindow:
    """A window with two images, a comparison and every panel."""
    window = make_window(settings=Settings(method="average", width=1280, height=800))
    apply_looks(window.settings)
    hands.drop(window, *pictures)
    settled(window)
    window.inspector.new_region()
    window.actions_by_name["compare"].trigger()
    for dock in window.findChildren(QDockWidget):
        dock.show()
    settled(window)
    return window


def english_only() -> set[str]:
    """Messages without values that German says otherwise."""
    ids = {key for key in texts._catalogue if isinstance(key, str) and key and "\x04" not in key}
    return {plain(key) for key in ids if "{" not in key and plain(texts.text(key)) != plain(key)}


def plain(words: str) -> str:
    return words.replace("&", "").strip()


def said_by(widget: QWidget) -> Iterator[str]:
    """Everything that one reads or hears of a widget, and of what it holds."""
    yield from (widget.windowTitle(), widget.toolTip(), widget.accessibleName())
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(i) for i in range(widget.count()))
    elif isinstance(widget, QAbstractButton | QLabel):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(i) for i in range(widget.count()))
    elif isinstance(widget, QTableView | QTreeView):
        model, across = widget.model(), Qt.Orientation.Horizontal
        yield from (str(model.headerData(i, across) or "") for i in range(model.columnCount()))
    yield from (action.text() for action in widget.actions())


def left_in_english(top: QWidget) -> set[str]:
    known = english_only()
    widgets = [top, *top.findChildren(QWidget)]
    return {words for one in widgets for words in map(plain, said_by(one)) if words in known}


def test_nothing_of_the_window_is_left_in_english(in_german: MainWindow) -> None:
    assert len(english_only()) > 500
    assert left_in_english(in_german) == set()


@pytest.mark.parametrize("name", ["settings", "keys", "export", "about", "archive", "reader"])
def test_nothing_of_a_dialog_is_left_in_english(in_german: MainWindow, name: str) -> None:
    in_german.actions_by_name[name].trigger()
    (dialog,) = [one for one in in_german.findChildren(QDialog) if one.isVisible()]
    assert left_in_english(dialog) == set()
    dialog.reject()


def test_what_must_be_known_of_a_picture_is_heard_as_it_is_read(in_german: MainWindow) -> None:
    pane = in_german.grid.panes["A"]
    pane.draw_texts(Captions(warnings=("PET was resampled.",)), None, None, notice=False)
    assert pane.canvas.accessibleDescription() == "PET wurde neu abgetastet."


def test_no_button_and_no_word_in_a_bar_is_cut(in_german: MainWindow) -> None:
    bars = (in_german.panel, in_german.comparison_bar, in_german.tools, in_german.inspector)
    parts = [
        p for bar in bars for kind in (QAbstractButton, QLabel) for p in bar.findChildren(kind)
    ]
    cut = [
        part.text()
        for part in parts
        if part.isVisible()
        and not (isinstance(part, QLabel) and part.wordWrap())
        and part.text()
        and part.width() < part.minimumSizeHint().width()
    ]
    assert cut == []


def test_no_two_entries_of_a_menu_have_one_letter(in_german: MainWindow) -> None:
    for entry in in_german.menuBar().actions():
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        letters = [a.text().split("&")[1][0].lower() for a in menu.actions() if "&" in a.text()]
        assert len(letters) == len(set(letters)), (entry.text(), sorted(letters))


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("alignment", Alignment)
def test_a_report_says_in_german_how_the_sources_lie(alignment: Alignment) -> None:
    how = Provenance("Average", alignment=(alignment.value, "overlap 62 %", "NCC 0.41 → 0.52"))
    said = dict(method_lines(how))[texts.text("Alignment")]
    assert said == f"{texts.translated(alignment.value)}, Überlappung 62 %, NCC 0.41 → 0.52"
    assert texts.translated(alignment.value) != alignment.value
