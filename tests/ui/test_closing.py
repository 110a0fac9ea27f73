"""Closing the window over exports that are not finished."""

from pathlib import Path
from threading import Event, Timer

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from fusionviewer.errors import ExportError
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.runner import Job


@pytest.fixture
def go_on() -> Event:
    return Event()


def working(window: MainWindow, go_on: Event, path: Path, *, fails: bool = False) -> None:
    """As an export that takes as long as we want, by the queue that exports go through."""

    def work(cancel: object, _progress: object) -> None:
        go_on.wait(20)
        cancel.check()  # type: ignore[attr-defined]
        if fails:
            raise ExportError("The disk is full.")
        path.write_text("done")

    failed = window.exporter.failed.emit
    window.queue.add(Job("Exporting “a”", work, lambda _done: None, failed, asks=True))


def press(window: MainWindow, words: str) -> None:
    box = window.findChild(QMessageBox, "closing")
    assert box is not None
    next(b for b in box.buttons() if b.text().replace("&", "") == words).click()


def test_with_nothing_to_lose_it_closes_without_a_question(window: MainWindow) -> None:
    window.close()
    assert not window.isVisible()
    assert window.findChild(QMessageBox, "closing") is None


def test_it_says_what_is_not_finished_once_and_stays_if_wanted(
    window: MainWindow, go_on: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    working(window, go_on, tmp_path / "a")
    for _ in range(2):
        window.close()
        assert window.isVisible()
    boxes = window.findChildren(QMessageBox, "closing")
    assert [box.informativeText() for box in boxes] == ["Exporting “a”"]
    press(window, "Stay")
    go_on.set()
    qtbot.waitUntil(lambda: not window.queue.busy)
    assert window.isVisible()
    assert (tmp_path / "a").read_text() == "done"


def test_it_closes_when_all_is_written(
    window: MainWindow, go_on: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("a", "b"):
        working(window, go_on, tmp_path / name)
    window.close()
    press(window, "Close when finished")
    assert window.isVisible()
    go_on.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert {path.name for path in tmp_path.iterdir()} >= {"a", "b"}


def test_it_closes_now_and_writes_nothing(window: MainWindow, go_on: Event, tmp_path: Path) -> None:
    working(window, go_on, tmp_path / "a")
    window.close()
    Timer(0.2, go_on.set).start()  # closing waits for the step that runs
    press(window, "Close now")
    assert not window.isVisible()
    assert not (tmp_path / "a").exists()


def test_it_stays_where_an_export_failed_so_that_it_can_be_read(
    window: MainWindow, go_on: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    working(window, go_on, tmp_path / "a", fails=True)
    window.close()
    press(window, "Close when finished")
    go_on.set()
    qtbot.waitUntil(lambda: not window.queue.busy)
    assert window.isVisible()
    assert "full" in window.messages.text
    window.close()
    assert not window.isVisible()


def test_an_export_that_ends_while_the_question_is_open_lets_the_window_close(
    window: MainWindow, go_on: Event, tmp_path: Path, qtbot: QtBot
) -> None:
    working(window, go_on, tmp_path / "a")
    window.close()
    go_on.set()
    qtbot.waitUntil(lambda: not window.queue.busy)
    assert window.isVisible()
    press(window, "Close when finished")
    assert not window.isVisible()
