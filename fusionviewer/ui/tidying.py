"""Python's collector of reference cycles, between two events of the window's thread and nowhere else.

As it comes, it runs in whatever thread has just made an object, in the middle of anything. In a worker's
thread it would delete widgets, which Qt forbids; inside of one of Qt's own calls it has waited for a lock
that this very call held, and the program stood still; and looking through all that was loaded at the
start takes longer than a picture may.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 100  # workers that read headers make ten thousand objects in this time
MANY = 700  # objects made since, as in Python's own threshold
MANY_OLD = 50_000  # objects, or a quarter of all, before the old ones are looked through again


class Tidying(QObject):
    """Collects from `begin` on, and nothing before that: a start is a tenth shorter so. `stop` gives the
    collector back to Python.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._old = self._added = 0  # objects after the latest full collection, and since
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.tidy)

    def begin(self) -> None:
        """What is loaded by now stays, and is never looked through."""
        gc.freeze()
        self._timer.start()

    def tidy(self) -> None:
        """Look through what was made since; through everything only in a quiet moment, and seldom."""
        made = gc.get_count()[0]
        if made > MANY:
            gc.collect(1)
            self._added += made
        elif self._added > max(MANY_OLD, self._old // 4):
            gc.collect()
            self._old, self._added = len(gc.get_objects()), 0

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
