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
from fusionviewer.ui.runner import UnawaitedRunner
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
        self.runner = UnawaitedRunner(_asked, self)
        self.runner.finished.connect(self._tell)
        self.runner.failed.connect(self._note)

    def start(self, settings: Settings) -> None:
        self.runner.start(settings)

    def close_threads(self) -> None:
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


def _asked(settings: Settings, cancel: CancelToken, _progress: Progress) -> Newer | None:
    """The day is noted first: whatever happens, the address is asked once."""
    if not save_settings(settings):
        raise NoAnswer("the day could not be noted, and it would be asked again and again")
    return newer_version(Question(settings.update_address), cancel.check)
