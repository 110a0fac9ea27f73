"""The window as a whole: it lasts, it remembers, and it closes."""

import gc
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import make_grid, make_image
from PySide6.QtCore import QEvent, QPoint, QSettings, QThread
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from fusionviewer.paths import settings_file
from fusionviewer.ui.app import install_last_resort, keep_qt_settings_out_of_the_home
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.messages import Notice
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.layouts import with_layout
from fusionviewer.workspace.settings import Settings, load_settings

Settled = Callable[[MainWindow], None]


def open_pair(window: MainWindow, shape: tuple[int, int, int] = (6, 64, 64)) -> None:
    grid = make_grid(shape)
    ct = make_image(shape, name="ct", modality="CT", unit="HU", seed=1, grid=grid)
    window.store.apply(opened, ct)
    window.store.apply(opened, make_image(shape, name="mr", seed=2, grid=grid))


def test_an_empty_window_says_what_to_do(window: MainWindow) -> None:
    buttons = {b.accessibleName() for b in window.welcome.findChildren(QPushButton)}
    assert buttons == {"Open the sample patient", "Open files…", "Open a folder…"}
    assert window.welcome.isVisible()
    assert not window.grid.isVisible()


def test_five_thousand_repaints_lose_no_reference_to_none(
    make_window: Callable[..., MainWindow], settled: Settled, qapp: QApplication
) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one per call, until the process aborts."""
    window = make_window(settings=Settings(method="average", width=640, height=480))
    open_pair(window)
    settled(window)
    pane = window.grid.panes["A"]
    for _ in range(20):
        pane.overlay.repaint()
    before = sys.getrefcount(None)
    for i in range(5000):
        if i % 500 == 0:
            window.store.apply(change.scrolled, 1 if i % 1000 else -1)
        pane.overlay.repaint()
        window.panel.device.setText(str(i))
    qapp.sendPostedEvents()

    lost = before - sys.getrefcount(None)
    assert lost < 100
    assert lost > -500  # PySide6 6.11.3 gains one for each painted table, which harms nobody


def test_closing_in_the_middle_of_fusing_stops_the_threads(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held
) -> None:
    window = make_window(held)
    open_pair(window)
    qtbot.waitUntil(held.started.is_set)
    release = threading.Timer(0.2, held.released.set)
    release.start()

    window.close()
    release.join()

    threads = [t for t in window.findChildren(QThread) if t.isRunning()]
    assert threads == []
    assert not window.isVisible()


def test_closing_while_files_are_opened_leaves_nothing_running(
    window: MainWindow, hands, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, *pictures)
    window.close()

    assert window.store.state.slots == ()


def test_the_window_can_be_opened_and_closed_many_times_without_leaving_widgets(
    qapp: QApplication,
) -> None:
    def once() -> int:
        window = MainWindow(Settings(method="average"))
        window.show()
        open_pair(window, (2, 16, 16))
        window.close()
        window.deleteLater()
        del window
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()  # pyqtgraph's items hold each other
        qapp.processEvents()
        # a plot of pyqtgraph makes its menu without a parent, and keeps it (PlotItem.ctrlMenu)
        return sum(not isinstance(widget, QMenu) for widget in qapp.allWidgets())

    first = once()
    assert [once() for _ in range(5)][-1] <= first


def test_size_texts_and_method_are_remembered(make_window: Callable[..., MainWindow]) -> None:
    window = make_window()
    window.resize(1000, 700)
    window.store.apply(change.with_texts, "short")
    window.store.apply(change.with_method, "laplacian")
    window.close()

    settings = load_settings()
    assert (settings.width, settings.height) == (1000, 700)
    assert (settings.texts, settings.method) == ("short", "laplacian")
    assert settings.recent_methods[0] == "laplacian"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"width": -5}', '{"method": 7}', "\x00\xff", '{"width": 1e999}']
)
def test_damaged_settings_do_not_keep_the_window_from_opening(
    make_window: Callable[..., MainWindow], content: str
) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(content)

    window = make_window(settings=load_settings())

    assert window.isVisible()
    assert settings_file().with_name("settings.json.damaged").read_text() == content


def test_settings_name_no_file_and_no_patient(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    window.close()

    text = settings_file().read_text()
    assert "30001" not in text and str(pictures[0].parent) not in text
    assert json.loads(text)["version"] == 1


def test_what_nobody_caught_is_said_and_the_window_goes_on(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_last_resort(window)
    error = RuntimeError("DOE^JANE")
    sys.excepthook(RuntimeError, error, None)

    assert "inside the viewer" in window.messages.text
    assert "JANE" not in window.messages.text
    assert window.isVisible()


def test_qt_keeps_no_folder_names_in_the_home(tmp_path: Path) -> None:
    keep_qt_settings_out_of_the_home(tmp_path / "scratch")
    written = QSettings("QtProject", "FileDialog")
    written.setValue("lastVisited", "folder of a patient")
    written.sync()

    assert written.fileName().startswith(str(tmp_path / "scratch"))


@pytest.mark.parametrize("size", [(1280, 800), (1000, 640)])
def test_no_text_of_the_panels_is_cut(
    make_window: Callable[..., MainWindow], settled: Settled, size: tuple[int, int]
) -> None:
    window = make_window(settings=Settings(method="eh-dran", width=size[0], height=size[1]))
    open_pair(window)

    for field in (window.panel.method, window.panel.strategy):
        assert field.width() >= field.minimumSizeHint().width()
    assert window.panel.width() >= window.panel.minimumSizeHint().width()
    for button in window.statusBar().findChildren(QPushButton):
        assert button.width() >= button.minimumSizeHint().width()


def test_a_message_moves_nothing_and_covers_no_words(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    pane = window.grid.panes["A"]
    before, picture = pane.geometry(), pane.box.viewRect()
    window.messages.say(Notice("Two files did not open.", "They are damaged. " * 20), "warning")

    assert window.messages.isVisible()
    assert (pane.geometry(), pane.box.viewRect()) == (before, picture)
    bar = window.messages.rect().translated(window.messages.mapTo(window, QPoint(0, 0)))
    assert bar.bottom() > pane.mapTo(window, QPoint(0, 0)).y()  # it lies over the panes
    assert bar.height() > 2 * window.messages.fontMetrics().lineSpacing()  # and is read whole
    for one in window.grid.panes.values():
        top = one.mapTo(window, QPoint(0, 0)).y()
        tops = [text.top + top for text in one.overlay._texts()]
        assert not one.isVisible() or min(tops) > bar.bottom()

    window.resize(window.width() + 80, window.height())
    assert window.messages.width() == window.centralWidget().width()
    window.messages.hide()
    assert min(text.top for text in pane.overlay._texts()) < 20


def test_panes_in_a_second_row_keep_their_words_where_they_are(
    window: MainWindow, settled: Settled
) -> None:
    open_pair(window)
    settled(window)
    window.store.apply(with_layout, "quad")
    window.grid.layout().activate()
    window.messages.say(Notice("Saved."), "good")
    low = window.grid.panes["fused"]
    assert low.y() > window.messages.height() and low.overlay.covered == 0
    assert window.grid.panes["A"].overlay.covered > 0
