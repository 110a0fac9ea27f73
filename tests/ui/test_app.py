"""Starting and ending as the user does."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QFileOpenEvent, QFontDatabase
from PySide6.QtWidgets import QApplication, QDockWidget

from fusionviewer import logs
from fusionviewer.paths import log_folder
from fusionviewer.ui import app
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.theme import apply_theme
from fusionviewer.workspace.settings import Settings, save_settings


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    ours = logging.getLogger("fusionviewer")
    before = list(ours.handlers)
    with tempfile.TemporaryDirectory() as run:  # the name of a socket has to be short
        monkeypatch.setenv("XDG_RUNTIME_DIR", run)  # a real window must not answer
        yield
    for handler in [handler for handler in ours.handlers if handler not in before]:
        ours.removeHandler(handler)
        handler.close()


def when_still(then) -> QTimer:
    """Looks every 20 ms for a window that is done with its files, and calls `then` with it once."""
    timer = QTimer(interval=20)

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            still = isinstance(window, MainWindow) and window.isVisible() and not window.queue.busy
            if still and window.feed.status.kind in ("done", "refused", "failed"):
                timer.stop()
                then(window)

    timer.timeout.connect(look)
    timer.start()
    return timer


def test_files_on_the_command_line_are_open_when_the_window_is(
    qapp: QApplication, pictures: tuple[Path, Path]
) -> None:
    save_settings(Settings(method="average"))
    seen: list[int] = []

    def look(window: MainWindow) -> None:
        seen.append(len(window.store.state.slots))
        window.close()

    timer = when_still(look)
    assert app.run(list(pictures)) == 0
    assert seen == [2]
    assert not timer.isActive()


def test_titles_of_panels_are_as_large_as_the_texts_from_the_start(
    qapp: QApplication, pictures: tuple[Path, Path]
) -> None:
    save_settings(Settings(method="average", text_size=200))
    seen: list[set[float]] = []

    def look(window: MainWindow) -> None:
        seen.append({dock.font().pointSizeF() for dock in window.findChildren(QDockWidget)})
        window.close()

    size = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    timer = when_still(look)
    try:
        assert app.run(list(pictures)) == 0
    finally:
        apply_theme(qapp)
    assert seen == [{2 * size}]
    timer.stop()


def test_a_second_start_gives_its_files_to_the_window_that_is_open(
    qapp: QApplication, pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    save_settings(Settings(method="average"))
    started: list[subprocess.Popen[bytes]] = []
    seen: list[int] = []

    def start_again() -> None:
        command = [sys.executable, "-m", "fusionviewer", str(pictures[1])]
        started.append(subprocess.Popen(command))

    def look(window: MainWindow) -> None:
        seen.append(len(window.store.state.slots))
        window.close()

    QTimer.singleShot(0, start_again)
    timer = when_still(look)
    assert app.run([pictures[0]]) == 0
    assert seen == [2]
    assert started[0].wait(30) == 0
    assert not timer.isActive()


def test_a_file_dropped_on_the_icon_of_macos_is_opened(
    qapp: QApplication, pictures: tuple[Path, Path]
) -> None:
    window = MainWindow(Settings(method="average"))
    event = QFileOpenEvent(QUrl.fromLocalFile(str(pictures[0])))
    assert app.FileOpener(window).eventFilter(qapp, event)
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: window.queue.busy or qapp.exit())
    timer.start()
    qapp.exec()
    assert len(window.store.state.slots) == 1
    window.close()


def test_the_log_names_no_file_and_no_value(qapp: QApplication, tmp_path: Path) -> None:
    app.start_log()
    window = MainWindow(Settings(method="average"))
    try:
        raise ValueError("DOE^JANE 1970")
    except ValueError as error:
        window.say_error(error)
    window.open([tmp_path / "DOE_JANE.dcm"])
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: window.queue.busy or qapp.exit())
    timer.start()
    qapp.exec()
    window.close()

    text = (log_folder() / "fusionviewer.log").read_text()
    assert "ValueError" in text and "test_app.py" in text
    assert "JANE" not in text


def test_a_log_that_cannot_be_written_keeps_nothing_from_starting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(logs, "log_folder", lambda: tmp_path / "file" / "logs")
    app.start_log()


def test_slow_libraries_wait_until_the_window_is_on_the_screen() -> None:
    """torch alone takes more than a second, in which nobody would see anything."""
    program = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from fusionviewer.ui.main_window import MainWindow\n"
        "from fusionviewer.workspace.settings import Settings\n"
        "window = MainWindow(Settings())\n"
        "window.show()\n"
        "app.processEvents()\n"
        "slow = ('torch', 'onnxruntime', 'highdicom', 'scipy.ndimage')\n"
        "print([name for name in slow if name in sys.modules])\n"
        "window.close()\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout.strip() == "[]"


PRESSED = """
import signal, sys
from fusionviewer.ui import app
make = app._window
def pressed(application):
    signal.raise_signal(signal.SIGINT)
    return make(application)
app._window = pressed
sys.exit(app.run([]))
"""


def test_ctrl_c_while_the_window_is_made_ends_it_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == app.INTERRUPTED
    assert "Traceback" not in done.stderr and "KeyboardInterrupt" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have a screen")
def test_where_no_screen_can_be_reached_one_sentence_says_so() -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":4094"}
    environment.pop("WAYLAND_DISPLAY", None)
    done = subprocess.run(
        [sys.executable, "-m", "fusionviewer"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("FusionViewer cannot open a window")
    assert done.stderr.count("\n") == 1
