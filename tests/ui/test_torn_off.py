"""The fused pane in a window of its own, and where the main window opens."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.window_place import place_window, placed
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import all_closed
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

Settled = Callable[[MainWindow], None]


@pytest.fixture
def torn(window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]) -> MainWindow:
    hands.drop(window, *pictures)
    settled(window)
    window.actions_by_name["tear-off"].trigger()
    return window


def test_the_fused_pane_goes_into_its_own_window_and_comes_back(torn: MainWindow) -> None:
    pane, frame = torn.grid.panes[FUSED], torn.torn_off.frame
    assert frame is not None and frame.isVisible()
    assert pane.window() is frame and pane.isVisible()
    assert torn.grid.panes["A"].window() is torn

    frame.close()
    assert torn.torn_off.frame is None
    assert pane.window() is torn and pane.isVisible()


def test_it_is_drawn_there_as_it_was_here(qtbot: QtBot, torn: MainWindow, settled: Settled) -> None:
    pane = torn.grid.panes[FUSED]
    before = pane.pixels
    torn.store.apply(change.with_method, "maximum")
    settled(torn)
    assert pane.pixels is not None and before is not None
    assert not np.array_equal(pane.pixels, before)
    assert "Maximum" in pane.overlay.captions.top_left[0]


def test_keys_work_there_as_well(qtbot: QtBot, torn: MainWindow) -> None:
    frame, pane = torn.torn_off.frame, torn.grid.panes[FUSED]
    assert frame is not None
    with qtbot.waitActive(frame):
        frame.activateWindow()
    pane.setFocus()
    qtbot.keyClick(pane.canvas, "z")
    assert torn.store.state.tool == "zoom"
    qtbot.keyClick(pane.canvas, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
    assert torn.torn_off.frame is None


def test_one_large_pane_is_never_the_one_that_is_elsewhere(torn: MainWindow) -> None:
    torn.store.apply(change.enlarged, FUSED)
    assert torn.grid.panes["A"].isVisible()
    torn.store.apply(change.enlarged, "A")
    assert not torn.grid.panes["B"].isVisible()
    assert torn.grid.panes[FUSED].isVisible()


def test_every_layout_works_without_it(torn: MainWindow, settled: Settled) -> None:
    for name, action in torn.actions_by_name.items():
        if name.startswith("layout"):
            action.trigger()
            settled(torn)
            assert torn.grid.panes[FUSED].window() is torn.torn_off.frame
    torn.torn_off.close()
    assert torn.grid.panes[FUSED].window() is torn


def test_with_nothing_open_its_window_closes(torn: MainWindow) -> None:
    torn.store.apply(all_closed)
    assert torn.torn_off.frame is None
    torn.store.undo()
    assert torn.grid.panes[FUSED].window() is torn


def test_both_windows_close_together(torn: MainWindow) -> None:
    frame = torn.torn_off.frame
    assert frame is not None
    torn.close()
    assert not frame.isVisible()


def test_the_window_opens_where_it_was(window: MainWindow) -> None:
    window.move(60, 70)
    window.resize(720, 500)
    kept = placed(window, Settings())
    assert (kept.left, kept.top, kept.width, kept.height) == (60, 70, 720, 500)
    assert kept.screen == QGuiApplication.primaryScreen().name()
    window.move(5, 5)
    place_window(window, kept)
    assert (window.x(), window.y()) == (60, 70)


@pytest.mark.parametrize(
    "changed", [{"screen": "gone"}, {"left": 90_000}, {"top": -50_000}, {"left": None}]
)
def test_a_screen_that_is_gone_does_not_hide_the_window(
    window: MainWindow, changed: dict[str, object]
) -> None:
    screen = QGuiApplication.primaryScreen()
    kept = Settings(left=60, top=70, screen=screen.name()).model_copy(update=changed)
    window.move(5, 5)
    place_window(window, kept)
    assert (window.x(), window.y()) == (5, 5)
    assert window.width() <= screen.availableGeometry().width()


SCREENS = [
    {"name": name, "x": x, "y": 0, "width": 1280, "height": 800, "logicalDpi": 96,
     "logicalBaseDpi": 96, "dpr": 1}
    for name, x in (("left", 0), ("right", 1280))
]  # fmt: skip
TWO_SCREENS = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
import numpy as np
from fusionviewer.imaging.image import Image
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.window_place import placed
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.settings import Settings
window = MainWindow(Settings(method="average", screen="right", left=1400, top=60))
window.show()
window.store.apply(opened, Image("one", np.zeros((2, 16, 16), np.float32)))
window.torn_off.toggle()
print(window.screen().name(), window.torn_off.frame.screen().name(), placed(window, window.settings).screen)
window.torn_off.toggle()
window.close()
"""


def test_with_two_screens_each_window_has_one(tmp_path: Path) -> None:
    """On Qt's own screens that nobody sees, of which there are two."""
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": SCREENS}))
    environment = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={screens}"}
    done = subprocess.run(
        [sys.executable, "-c", TWO_SCREENS],
        capture_output=True, text=True, timeout=120, check=True, env=environment,
    )  # fmt: skip
    assert done.stdout.split() == ["right", "left", "right"]
