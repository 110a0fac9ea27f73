"""The card of every method, one click from its name."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser

from fusionviewer.fusion import weights
from fusionviewer.fusion.methods import METHODS, NETWORKS
from fusionviewer.ui.method_card import CardButton, card_page
from fusionviewer.ui.method_panel import MethodPanel
from fusionviewer.ui.store import Store
from fusionviewer.workspace.state import ViewState, with_method


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_card_with_its_source(name: str) -> None:
    method = METHODS[name]
    for strategy in method.strategies or ("",):
        page = card_page(name, strategy)
        assert method.label in page and method.description[:20] in page
        assert ("Licence" in page) == (method.has_network or strategy == "learned")


def test_a_network_says_where_its_weights_come_from_and_what_they_reach() -> None:
    page = card_page("mfinet")
    about = weights.read_card("mfinet").about
    assert about["licence"] in page and about["command"] in page
    assert "CT-MRI: 88 train, 18 val, 37 test" in page
    scores = about["scores"]["test"]
    assert f"{scores['CT-MRI qabf']:.4g}" in page and "37 images" in page
    assert all(note in page for note in about["notes"])


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"name": "mopa"})])
def test_a_card_that_is_damaged_is_said(content: str, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "mopa.json").write_text(content)
    monkeypatch.setattr(weights, "resources", lambda: tmp_path)
    page = card_page("mopa")
    assert NETWORKS["mopa"].source in page
    assert "mopa" in page.lower() and "Licence" not in page


def test_it_is_one_click_from_the_name_of_the_method(qtbot) -> None:  # type: ignore[no-untyped-def]
    panel = MethodPanel(Store(with_method(ViewState(), "eh-dran")))
    qtbot.addWidget(panel)
    panel.show()
    button = panel.findChild(CardButton)
    assert button is not None and button.accessibleName()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    page = panel.findChild(QTextBrowser)
    assert page is not None and "arXiv:2411.11799" in page.toPlainText()
