"""Inspector and scores in the real window."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.roi import Ellipse, Rectangle
from fusionviewer.imaging.roi_drawing import Canvas
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.regions import chosen_region, with_form

Settled = Callable[[MainWindow], None]


def test_two_pictures_are_dropped_measured_and_scored(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    window.resize(1280, 800)
    hands.drop(window, *pictures)
    qtbot.waitUntil(lambda: len(window.store.state.slots) == 2)
    settled(window)

    # a region on the fused pane, by its tool
    qtbot.keyClick(window.grid, Qt.Key.Key_R)
    pane = window.grid.panes["fused"]
    middle = pane.canvas.viewport().rect().center()
    hands.drag(qtbot, pane, middle, middle * 1.2)
    region = chosen_region(window.store.state)
    assert isinstance(region, Rectangle)
    rows = window.inspector.model.rows
    qtbot.waitUntil(lambda: all(row.statistics for row in window.inspector.model.rows))
    rows = window.inspector.model.rows
    assert [row.label[:1] for row in rows] == ["A", "B", "F"]
    ct = window.store.state.slots[0].native
    inside = ct.values[0][region.mask((48, 64))]
    assert rows[0].statistics is not None
    assert rows[0].statistics.maximum == inside.max()
    assert rows[0].statistics.unit == "grey level"

    # its scores, by their key
    assert not window.scores.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F8)
    assert window.scores.isVisible()
    lines = window.scores.model.lines
    qtbot.waitUntil(lambda: all(line.value for line in window.scores.model.lines), timeout=20_000)
    lines = window.scores.model.lines
    assert sum(line.value.value is not None for line in lines if line.value) > 20
    qtbot.keyClick(window, Qt.Key.Key_F8)
    assert not window.scores.isVisible()


def test_the_chosen_shape_is_what_the_next_drag_draws(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, *pictures)
    qtbot.waitUntil(lambda: len(window.store.state.slots) == 2)
    settled(window)
    shapes = window.inspector.shapes
    shapes.setCurrentIndex(shapes.findData("ellipse"))
    shapes.activated.emit(shapes.currentIndex())
    assert window.store.state.tool == "region"
    pane = window.grid.panes["A"]
    middle = pane.canvas.viewport().rect().center()
    hands.drag(qtbot, pane, middle * 0.8, middle)
    assert isinstance(chosen_region(window.store.state), Ellipse)


def test_with_all_images_closed_there_is_nothing_to_inspect(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, *pictures)
    qtbot.waitUntil(lambda: len(window.store.state.slots) == 2)
    settled(window)
    window.store.apply(with_form, 1, Rectangle(2, 2, 9, 9), Canvas())
    window.toggle_scores()
    window.actions_by_name["close-all"].trigger()
    assert not window.inspector.isVisible()
    assert not window.scores.isVisible()
    assert window.inspector.model.rows == ()
    assert window.regions.items == {}
