"""Saving what is open, opening it again, and what a crash leaves."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from fusionviewer.formats import zips
from fusionviewer.imaging.windowing import Window
from fusionviewer.paths import session_folder
from fusionviewer.ui import app, sessions
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import all_closed
from fusionviewer.workspace.comparing import with_mode
from fusionviewer.workspace.session import read_session
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import View, ViewState

Settled = Callable[[MainWindow], None]
Pictures = tuple[Path, Path]


def look(window: MainWindow) -> None:
    window.store.apply(change.with_method, "laplacian")
    window.store.apply(looks.with_window, 0, Window(100, 50))
    window.store.apply(change.zoomed, 2.0)


def seen(state: ViewState) -> object:
    looks = [slot.look for slot in state.slots]
    return [image.key for image in state.natives], looks, state.method, state.view


def test_a_saved_session_opens_as_it_was(
    qtbot: QtBot, window: MainWindow, make_window, hands, settled: Settled, pictures: Pictures,
    tmp_path: Path,
) -> None:  # fmt: skip
    hands.drop(window, *pictures)
    settled(window)
    look(window)
    path = tmp_path / "mine.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)
    assert window.messages.text == "The session is saved as “mine.fvsession”."

    other = make_window()
    hands.drop(other, path)
    settled(other)
    assert seen(other.store.state) == seen(window.store.state)
    assert other.feed.status.kind == "done"
    assert other.messages.text == ""


def test_images_out_of_an_archive_come_back_out_of_it(
    qtbot: QtBot, window: MainWindow, make_window, hands, settled: Settled, pictures: Pictures,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    archive = tmp_path / "case.zip"
    with zipfile.ZipFile(archive, "w") as whole:
        for path in pictures:
            whole.write(path, f"{path.parent.name}/{path.name}")
    hands.drop(window, archive)
    settled(window)
    look(window)
    assert len(window.store.state.slots) == 2
    path = tmp_path / "mine.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)
    monkeypatch.setattr(zips, "_unpacked", {})  # as at the next start

    other = make_window()
    hands.drop(other, path)
    settled(other)
    assert other.messages.text == ""
    assert seen(other.store.state) == seen(window.store.state)


def test_opening_a_session_can_be_undone(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: Pictures, tmp_path: Path
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    path = tmp_path / "mine.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)
    look(window)
    before = seen(window.store.state)
    hands.drop(window, path)
    settled(window)
    assert window.store.state.view == View()
    window.store.undo()
    assert seen(window.store.state) == before


def test_a_missing_image_and_a_damaged_session_are_said(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: Pictures, tmp_path: Path
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    path = tmp_path / "mine.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)
    pictures[1].unlink()
    window.store.apply(all_closed)
    hands.drop(window, path)
    settled(window)
    assert len(window.store.state.slots) == 1
    assert "is no longer where it was" in window.messages.text

    before = window.store.state
    path.write_text(path.read_text()[:200])
    hands.drop(window, path)
    settled(window)
    assert "damaged" in window.messages.text
    assert window.store.state is before


def test_a_session_that_cannot_be_written_says_so(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: Pictures, tmp_path: Path
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    with qtbot.waitSignal(window.sessions.failed):
        window.sessions.save_to(tmp_path / "nowhere" / "mine.fvsession")
    assert "its folder does not exist" in window.messages.text
    window.sessions.save()
    assert window.findChild(QFileDialog) is not None  # it asks again, and not for ever in vain


def test_who_saves_and_closes_at_once_has_saved(
    window: MainWindow, hands, settled: Settled, pictures: Pictures, tmp_path: Path
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    path = tmp_path / "mine.fvsession"
    hands.drop(window, tmp_path)  # is cancelled, and the session behind it written
    window.sessions.save_to(path)
    window.close()
    assert len(read_session(path).images) == 2


def test_a_session_is_not_overwritten_with_what_was_open_before_it(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: Pictures, tmp_path: Path
) -> None:
    hands.drop(window, pictures[0])
    settled(window)
    path = tmp_path / "mine.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)
    saved = path.read_text()
    window.store.apply(all_closed)
    hands.drop(window, pictures[1])
    settled(window)
    hands.drop(window, path)
    settled(window)
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save()  # into the file that was opened
    window.store.undo()
    settled(window)
    window.sessions.save()
    assert window.findChild(QFileDialog) is not None
    settled(window)
    assert path.read_text() == saved


def test_a_copy_with_another_header_is_not_taken_for_a_file_that_changed(
    qtbot: QtBot, window: MainWindow, make_window, hands, settled: Settled, pictures: Pictures,
    tmp_path: Path,
) -> None:  # fmt: skip
    hands.drop(window, pictures[0])
    settled(window)
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(tmp_path / "first.fvsession")
    window.store.apply(all_closed)
    copy = tmp_path / "copy.png"
    said = PngInfo()
    said.add_text("Comment", "the same pixels")
    Picture.open(pictures[0]).save(copy, pnginfo=said)
    hands.drop(window, copy)
    settled(window)
    path = tmp_path / "second.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)

    other = make_window()
    hands.drop(other, path)
    settled(other)
    assert other.store.state.natives[0].source.paths == (copy,)
    assert other.messages.text == ""


@pytest.mark.parametrize(
    "odd",
    [
        {"mode": "swirl"},
        {"last": "swirl"},
        {"strategy": "telepathy", "second": "other"},
        {"mode": "flicker", "settings": [["flicker", 0.0]]},
    ],
    ids=str,
)
def test_a_comparison_that_makes_no_sense_is_left_out(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: Pictures, tmp_path: Path,
    odd: dict[str, object],
) -> None:  # fmt: skip
    hands.drop(window, *pictures)
    settled(window)
    window.store.apply(with_mode, "checkerboard")
    path = tmp_path / "mine.fvsession"
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(path)
    data = json.loads(path.read_text())
    data["state"]["comparison"] |= odd
    path.write_text(json.dumps(data))
    window.store.apply(with_mode, "")
    hands.drop(window, path)
    settled(window)
    assert "comparison" in window.messages.text
    window.actions_by_name["compare"].trigger()
    assert window.store.state.comparison.mode == "checkerboard"


def kept_file(window: MainWindow) -> Path:
    return session_folder() / "here" / sessions.NOW


def test_what_is_open_is_kept_for_its_user_alone_and_goes_with_the_window(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, pictures: Pictures,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    window.sessions._soon.setInterval(0)
    assert window.sessions.keep_in(session_folder() / "here") is None
    hands.drop(window, *pictures)
    settled(window)
    file = kept_file(window)
    qtbot.waitUntil(file.exists)
    if sys.platform != "win32":
        assert file.parent.stat().st_mode & 0o077 == 0

    window.store.apply(all_closed)
    qtbot.waitUntil(lambda: not file.exists())
    window.store.undo()
    qtbot.waitUntil(file.exists)
    window.close()
    assert list(file.parent.iterdir()) == []


def test_with_a_folder_that_cannot_be_written_the_window_opens_all_the_same(
    window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert window.sessions.keep_in(tmp_path / "file" / "below") is None
    assert window.isVisible()


OPEN_AND_WAIT = """
import os, pathlib, signal, sys
from fusionviewer.ui import app, sessions
from fusionviewer.workspace import state as change
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fusionviewer.ui.main_window import MainWindow
sessions.SOON_MS = 50
def look():
    for window in QApplication.topLevelWidgets():
        if isinstance(window, MainWindow) and window.store.state.pair is not None:
            if window.store.state.method != "laplacian":
                window.store.apply(change.with_method, "laplacian")
                window.store.apply(change.zoomed, 2.0)
            files = list(pathlib.Path(sys.argv[1]).rglob("open.fvsession"))
            if files and '"laplacian"' in files[0].read_text():
                print("kept", flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
application = QApplication([])
timer = QTimer(interval=20)
timer.timeout.connect(look)
timer.start()
app.run([pathlib.Path(p) for p in sys.argv[2:]])
"""


def test_after_a_crash_one_is_offered_to_reopen_where_one_was(
    qtbot: QtBot, window: MainWindow, settled: Settled, pictures: Pictures, tmp_path: Path
) -> None:
    arguments = [sys.executable, "-c", OPEN_AND_WAIT, str(session_folder()), *map(str, pictures)]
    with tempfile.TemporaryDirectory() as run:  # the name of a socket has to be short
        environment = os.environ | {"XDG_RUNTIME_DIR": run, "QT_QPA_PLATFORM": "offscreen"}
        child = subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment, text=True)
        said, _ = child.communicate(timeout=60)
    assert (child.returncode, said) == (-signal.SIGKILL, "kept\n")

    (folder,) = [path for path in session_folder().iterdir() if path.is_dir()]
    app.keep_session(window, folder)
    assert (
        window.messages.text
        == (
            "The viewer did not close as it should. "
            "Image + Image and how you looked at it can be reopened."
        )
        or "CT" in window.messages.text
    )
    assert window.store.state.slots == ()  # offered, not forced

    button = next(b for b in window.messages.findChildren(QPushButton) if "Reopen" in b.text())
    button.click()
    settled(window)
    assert len(window.store.state.slots) == 2
    assert window.store.state.method == "laplacian"
    assert window.store.state.view.zoom == 2.0


def test_who_closes_the_offer_is_not_asked_again(
    window: MainWindow, make_window, hands, settled: Settled, qtbot: QtBot, pictures: Pictures
) -> None:
    folder = session_folder() / "here"
    hands.drop(window, *pictures)
    settled(window)
    folder.mkdir(parents=True)
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(folder / sessions.NOW)

    other = make_window()
    app.keep_session(other, folder)
    close = next(b for b in other.messages.findChildren(QPushButton) if b.text() == "Close")
    close.click()
    assert list(folder.iterdir()) == []


def test_an_offer_that_nobody_answered_is_made_again(
    window: MainWindow, make_window, hands, settled: Settled, qtbot: QtBot, pictures: Pictures
) -> None:
    folder = session_folder() / "here"
    hands.drop(window, *pictures)
    settled(window)
    folder.mkdir(parents=True)
    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(folder / sessions.NOW)

    other = make_window()
    app.keep_session(other, folder)
    hands.drop(other, pictures[0])  # something else came first
    settled(other)
    other.close()
    third = make_window()
    app.keep_session(third, folder)
    assert "did not close" in third.messages.text

    third.follow_settings(third.settings.model_copy(update={"reopening": False}))
    assert list(folder.iterdir()) == []


def test_nothing_is_kept_where_the_settings_say_so(make_window) -> None:
    window = make_window(settings=Settings(method="average", reopening=False))
    app.keep_session(window, session_folder() / "here")
    assert not session_folder().exists()
