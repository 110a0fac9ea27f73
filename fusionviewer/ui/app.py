"""Starting up: application, splash, last-resort error handler, window."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QSettings,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from fusionviewer.logs import start_log
from fusionviewer.paths import resources, session_folder
from fusionviewer.texts import text as _
from fusionviewer.ui.language import language_at_the_start, speak
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.single_instance import first_instance
from fusionviewer.ui.splash import show_splash
from fusionviewer.ui.theme import apply_theme
from fusionviewer.ui.tidying import Tidying

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

log = logging.getLogger(__name__)
INTERRUPTED = 130  # as a shell says of a program that Ctrl+C has ended
APP_ID = "org.fusionviewer.FusionViewer"  # the desktop entry's name, for the icon under Wayland

UPDATE_DELAY_MS = 5_000


def run(paths: Sequence[Path]) -> int:
    """Open the window on `paths`; the exit code once it is closed.

    A window that is open already takes them over.
    """
    start_log()
    interrupted = note_interrupts()
    with tempfile.TemporaryDirectory(prefix="fusionviewer-") as scratch:
        keep_qt_settings_out_of_the_home(Path(scratch))
        app = _application()
        taken, first = first_instance(paths)
        if taken:
            return 0
        splash = show_splash(app)
        tidying = Tidying(app)
        window = _window(app)
        install_last_resort(window)
        _quit_on_interrupt(app)
        if interrupted():
            tidying.stop()
            window.close()
            return INTERRUPTED
        if first is not None:
            first.handed.connect(lambda handed: _bring(window, handed))
            first.attend()
        window.showMaximized() if window.settings.maximized else window.show()
        splash.close()
        if first is not None:
            keep_session(window, session_folder() / first.key)
        if paths:
            QTimer.singleShot(0, window, lambda: window.open(paths))
        else:
            _offer_tour(window)
        _look_for_update(window)
        tidying.begin()
        code = app.exec()
        tidying.stop()
        if first is not None:
            first.close()
        return code


def _application() -> QApplication:
    handler = qInstallMessageHandler(say_why_no_window)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    qInstallMessageHandler(handler)
    assert isinstance(app, QApplication)
    app.setApplicationName("FusionViewer")
    app.setDesktopFileName(APP_ID)
    icon = QIcon()
    for picture in (resources() / "icons").glob("fusionviewer-*.png"):
        icon.addFile(str(picture))
    app.setWindowIcon(icon)
    speak(app, language_at_the_start())
    apply_theme(app)
    return app


def say_why_no_window(kind: QtMsgType, _context: QMessageLogContext, _message: str) -> None:
    """While Qt looks for a screen: where it gives up, it would abort, and explain at length."""
    if kind != QtMsgType.QtFatalMsg:
        return
    log.error("No screen")
    sys.stderr.write(
        "FusionViewer cannot open a window: there is no screen that it can reach. Check DISPLAY or "
        "WAYLAND_DISPLAY, or use “fusionviewer fuse”, which needs none.\n"
    )
    sys.stderr.flush()
    os._exit(1)  # Qt aborts when this returns


def _window(app: QApplication) -> MainWindow:
    from fusionviewer.ui.main_window import MainWindow  # what takes long, behind the splash
    from fusionviewer.ui.preferences import apply_looks, fit_to_texts
    from fusionviewer.workspace.settings import load_settings

    settings = load_settings()
    apply_looks(settings)  # before there are docks: their titles keep the size that they begin with
    window = MainWindow(settings)
    fit_to_texts(window, window.settings.text_size / 100)
    if sys.platform == "darwin":
        app.installEventFilter(FileOpener(window))
    return window


def _offer_tour(window: MainWindow) -> None:
    from fusionviewer.ui.tour import offer_tour

    offer_tour(window)


def _look_for_update(window: MainWindow) -> None:
    """Where the user wants it, and later: what was opened comes first."""
    from fusionviewer.ui.update_look import look_for_update

    QTimer.singleShot(UPDATE_DELAY_MS, window, lambda: look_for_update(window))


def _bring(window: MainWindow, paths: Sequence[Path]) -> None:
    """To the front, with the files of a second start."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    if paths:
        window.open(paths)


def keep_session(window: MainWindow, folder: Path) -> None:
    """Keep what is open from now on; what was open when the program ended badly is offered."""
    if not window.settings.reopening:
        return
    crashed = window.sessions.keep_in(folder)
    if crashed is None:
        return
    window.messages.offer(
        Notice(
            _("The viewer did not close as it should."),
            _("{kinds} and how you looked at it can be reopened.", kinds=" + ".join(crashed.kinds)),
        ),
        _("Reopen where you were"),
        lambda: window.sessions.reopen(crashed),
        lambda: window.sessions.forget(crashed),
    )


class FileOpener(QObject):
    """Files that were dropped on the icon of macOS, which come as events and not as words."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QFileOpenEvent) or not event.file():
            return False
        self._window.open([Path(event.file())])
        return True


def keep_qt_settings_out_of_the_home(folder: Path) -> None:
    """Qt's own file dialog writes the names of visited folders to a settings file, and those may
    name patients; and what such a file holds is unpickled. It gets an empty folder for a while.
    """
    for style in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(style, QSettings.Scope.UserScope, str(folder))


def install_last_resort(window: MainWindow) -> None:
    """What nobody caught is said in the window, which stays usable."""

    def say(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
        elif isinstance(error, Exception):
            window.say_error(error)
        else:
            sys.__excepthook__(kind, error, _trace)

    sys.excepthook = say


def note_interrupts() -> Callable[[], bool]:
    """Whether Ctrl+C was pressed since. While the window is being made nothing can be interrupted:
    an exception would come up inside of Qt, and be printed.
    """
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    return lambda: bool(pressed)


def _quit_on_interrupt(app: QApplication) -> None:
    """Ctrl+C in the terminal closes the window: Python looks for signals only while it runs."""
    signal.signal(signal.SIGINT, lambda _signal, _frame: app.closeAllWindows())
    heartbeat = QTimer(app, interval=500)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
