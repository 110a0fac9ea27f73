"""The window in the language of whoever sits before it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from fusionviewer import texts
from fusionviewer.ui.keys import key_in_words
from fusionviewer.ui.language import language_at_the_start, speak
from fusionviewer.workspace.settings import Settings, save_settings


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    speak(qapp, "de")
    yield
    speak(qapp, "en")


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
