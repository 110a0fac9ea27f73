"""Looks for a newer version after the start, once a day, where the user wants it.

What comes of it is one line over the top of the panes, or one in the log.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fusionviewer import __version__
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.runner import NewestOnlyRunner, UnawaitedRunner
from fusionviewer.workspace.settings import Settings, save_settings
from fusionviewer.workspace.updates import Newer, NoAnswer, Question, is_due, newer_version

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

log = logging.getLogger(__name__)


class UpdateLook(QObject):
    """One look: emits what there is to say, if anything. Closing does not wait for it."""

    said = Signal(object)  # Notice

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._noter = NewestOnlyRunner(_noted, self)
        self.runner = UnawaitedRunner(_asked, self)
        self._noter.finished.connect(self.runner.start)
        self.runner.finished.connect(self._tell)
        for runner in (self._noter, self.runner):
            runner.failed.connect(self._note)

    def start(self, settings: Settings) -> None:
        self._noter.start(settings)

    def close_threads(self) -> None:
        """Waits for the day to be noted, for a moment, and for no answer."""
        self._noter.close()
        self.runner.close()

    def _tell(self, newer: Newer | None) -> None:
        if newer is not None:
            text = _(
                "FusionViewer {new} is there; this is {old}.", new=newer.version, old=__version__
            )
            self.said.emit(Notice(text, newer.page))

    def _note(self, error: Exception) -> None:
        why = str(error) if isinstance(error, NoAnswer) else type(error).__name__
        log.info("No newer version looked for: %s", why)


def look_for_update(window: MainWindow) -> UpdateLook | None:
    """Begin to look, if it is time to; None if it is not."""
    now_s = time.time()
    if not is_due(window.settings, now_s):
        return None
    window.settings = window.settings.model_copy(update={"update_asked_s": now_s})
    window.update_look = look = UpdateLook(window)
    look.said.connect(window.messages.say_next)
    look.start(window.settings)
    return look


def _noted(settings: Settings, _cancel: CancelToken, _progress: Progress) -> str:
    """The address to ask. The day is noted first: whatever happens, it is asked once."""
    if not save_settings(settings):
        raise NoAnswer("the day could not be noted, and it would be asked again and again")
    return settings.update_address


def _asked(address: str, cancel: CancelToken, _progress: Progress) -> Newer | None:
    return newer_version(Question(address), cancel.check)
