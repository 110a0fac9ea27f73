"""Python's collector of reference cycles, between two events of the window's thread and nowhere else.

As it comes, it runs in whatever thread has just made an object, in the middle of anything. In a worker's
thread it would delete widgets, which Qt forbids; inside of one of Qt's own calls it has waited for a lock
that this very call held, and the program stood still; and looking through all that was loaded at the
start takes longer than a picture may.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000
LONG_S = 0.02  # a collection that took longer looked through libraries that were loaded meanwhile


class Tidying(QObject):
    """Collects from `begin` on, and nothing before that: a start is a tenth shorter so. `stop` gives the
    collector back to Python.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.tidy)

    def begin(self) -> None:
        """What is loaded by now stays, and is never looked through."""
        gc.freeze()
        self._timer.start()

    def tidy(self) -> None:
        """Collect the oldest generation whose turn has come; at most one, for the window waits."""
        counted = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [age for age, (count, most) in enumerate(counted) if count > most]
        if not due:
            return
        begun = time.perf_counter()
        gc.collect(due[-1])
        if time.perf_counter() - begun > LONG_S:
            gc.freeze()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
