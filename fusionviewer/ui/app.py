"""Starting up: application, last-resort error handler, window."""

import logging
import logging.handlers
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from fusionviewer.paths import log_folder
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.theme import apply_theme

log = logging.getLogger(__name__)
LOG_BYTES = 500_000


def run(paths: Sequence[Path]) -> int:
    """Open the window on `paths`; the exit code once it is closed."""
    start_log()
    with tempfile.TemporaryDirectory(prefix="fusionviewer-") as scratch:
        keep_qt_settings_out_of_the_home(Path(scratch))
        app = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(app, QApplication)
        app.setApplicationName("FusionViewer")
        apply_theme(app)
        window = MainWindow()
        install_last_resort(window)
        _quit_on_interrupt(app)
        window.showMaximized() if window.settings.maximized else window.show()
        if paths:
            QTimer.singleShot(0, window, lambda: window.open(paths))
        return app.exec()


def keep_qt_settings_out_of_the_home(folder: Path) -> None:
    """Qt's own file dialog writes the names of visited folders to a settings file, and those may
    name patients; and what such a file holds is unpickled. It gets an empty folder for a while.
    """
    for style in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(style, QSettings.Scope.UserScope, str(folder))


def start_log() -> None:
    """Warnings and faults to a small file: types and places, never values, paths or names."""
    folder = log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "fusionviewer.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return  # a full disk or a home without permission is no reason not to start
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    ours = logging.getLogger("fusionviewer")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)


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


def _quit_on_interrupt(app: QApplication) -> None:
    """Ctrl+C in the terminal closes the window: Python looks for signals only while it runs."""
    signal.signal(signal.SIGINT, lambda _signal, _frame: app.closeAllWindows())
    heartbeat = QTimer(app, interval=500)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
