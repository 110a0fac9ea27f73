"""Loads parts of SciPy right after the start, while nobody waits for them.

What uses them first would load them beside the painting of its answer, and the window would pause. It is
done in a thread: such a part writes documentation while it is loaded, 0.1 s in one go, which would hold
the window.
"""

import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.ui.runner import NewestOnlyRunner

log = logging.getLogger(__name__)
# What fusing, layers and scores use, in pieces, for closing waits for one. `optimize`, for registering, and
# `stats`, for a summary, would take four times as long and 40 MiB: they come where they are wanted.
SLOW_PARTS = ("scipy.special", "scipy.ndimage", "scipy.fft", "scipy.linalg")
DELAY_MS = 200  # the window is painted, and what was named at the start is asked for, first


class SlowParts(QObject):
    """Begins once, soon after `load_soon`; `loading` until all are there, or one cannot be had."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loading = not all(part in sys.modules for part in SLOW_PARTS)
        self._runner: NewestOnlyRunner | None = None
        self._soon = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._soon.timeout.connect(self._begin)

    def load_soon(self) -> None:
        if self.loading and self._runner is None:
            self._soon.start()

    def close_threads(self) -> None:
        self._soon.stop()
        self.loading = False
        if self._runner is not None:
            self._runner.close()

    def _begin(self) -> None:
        self._runner = NewestOnlyRunner(_imported, self)
        self._runner.finished.connect(self.close_threads)
        self._runner.failed.connect(self._note)
        self._runner.start(SLOW_PARTS)

    def _note(self, error: Exception) -> None:
        """What needs the part says so in the window; here it goes into the log."""
        log.warning("A part could not be loaded ahead: %s", type(error).__name__)
        self.close_threads()


def _imported(parts: Sequence[str], cancel: CancelToken, _progress: Progress) -> None:
    for part in parts:
        cancel.check()
        import_module(part)
