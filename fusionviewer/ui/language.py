"""The language of the window: what the settings say, else the system's."""

import json
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from fusionviewer import texts
from fusionviewer.paths import settings_file


def speak(app: QApplication, language: str) -> None:
    """Say everything in `language` from now on, or in the system's; Qt's own words too.

    Numbers stay as DICOM and other viewers write them, with a decimal point.
    """
    spoken = system_language() if language == "system" else language
    texts.use(spoken)
    QLocale.setDefault(QLocale.c())
    for before in app.findChildren(QTranslator):
        app.removeTranslator(before)
        before.deleteLater()
    words = QTranslator(app)
    if words.load(f"qtbase_{spoken}", _qt_folder()):
        app.installTranslator(words)


def system_language() -> str:
    """The first of the user's languages that the program speaks; English where it speaks none."""
    wanted = (name.partition("-")[0] for name in QLocale.system().uiLanguages())
    return next((name for name in wanted if name in texts.LANGUAGES), "en")


def language_at_the_start(path: Path | None = None) -> str:
    """What the settings file says, before anything is loaded that reads all of it."""
    try:
        kept = json.loads((path or settings_file()).read_text(encoding="utf-8"))["language"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "system"
    return kept if kept in texts.LANGUAGES else "system"


def _qt_folder() -> str:
    return QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
