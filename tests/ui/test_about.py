"""*About* names the program, and shows the licence of every part."""

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from fusionviewer import __version__
from fusionviewer.ui import about
from fusionviewer.ui.about import AboutDialog, build_line, licence_texts


def words(dialog: AboutDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def test_it_names_version_purpose_and_the_licence_of_qt(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    assert __version__ in words(dialog)
    assert "Not for diagnostic use" in words(dialog)
    assert "Lesser General Public License" in words(dialog)


def test_it_says_truly_what_leaves_the_computer(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    assert "unless you send them to an archive" in words(dialog)
    assert "update check" in words(dialog)


def test_each_part_shows_its_licence(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    names = dialog.licences.names
    assert names.count() > 5
    for row in range(names.count()):
        names.setCurrentRow(row)
        assert len(dialog.licences.text.toPlainText()) > 100, names.item(row).text()


def test_a_built_program_shows_what_was_shipped_with_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    licences = tmp_path / "licences"
    (licences / "numpy").mkdir(parents=True)
    (licences / "NOTICE.txt").write_text("what it is made of")
    (licences / "numpy" / "LICENSE.txt").write_text("the licence of numpy")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "fusionviewer"))
    assert list(licence_texts()) == ["Notice", "numpy"]
    shown = about.Licences()
    qtbot.addWidget(shown)
    assert shown.text.toPlainText() == "what it is made of"
    shown.names.setCurrentRow(1)
    assert shown.text.toPlainText() == "the licence of numpy"


@pytest.mark.parametrize("content", [None, "", "[]", "{}", "\x00"])
def test_damaged_build_data_is_no_reason_to_fail(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "resources", lambda: tmp_path)
    if content is not None:
        (tmp_path / "build.json").write_text(content)
    assert build_line() == "run from source"


def test_build_data_name_variant_and_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "resources", lambda: tmp_path)
    data = {"variant": "light", "date": "2026-01-02", "commit": "abc123", "system": "Linux x86_64"}
    (tmp_path / "build.json").write_text(json.dumps(data))
    assert build_line() == "light program of 2026-01-02, abc123, Linux x86_64"
