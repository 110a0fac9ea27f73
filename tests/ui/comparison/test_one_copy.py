"""However many parts of the window ask for a network, its weights are read once."""

from collections.abc import Callable

import onnxruntime
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace import comparing
from fusionviewer.workspace import state as change

Settled = Callable[[MainWindow], None]


def test_fusing_scoring_explaining_and_comparing_share_one_network(
    qtbot: QtBot,
    fused_window: MainWindow,
    settled: Settled,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[int] = []

    class Counted(onnxruntime.InferenceSession):  # type: ignore[misc]
        def __init__(self, content: bytes, *args: object, **more: object) -> None:
            loaded.append(len(content))
            super().__init__(content, *args, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Counted)
    window = fused_window
    window.store.apply(change.with_method, "clarus")
    settled(window)
    window.toggle_scores()
    for key in (Qt.Key.Key_O, Qt.Key.Key_M):
        qtbot.keyClick(window.grid.panes["A"].canvas, key)
    window.store.apply(comparing.with_parties, "A", "other")
    window.store.apply(comparing.with_other, "clarus")
    window.store.apply(change.with_option, "alpha", 0.3)
    for step in (1, -2):
        window.store.apply(change.scrolled, step)
        settled(window)
    qtbot.waitUntil(lambda: window.comparison.picture is not None)
    assert len(loaded) == 1
