"""Ends a conversation when nobody waits for it any more, or when it takes too long."""

import threading
import time
from collections.abc import Callable

from fusionviewer.errors import PacsError
from fusionviewer.texts import text as _

Check = Callable[[], None]
LOOK_S = 0.05


def pause(seconds: float, check: Check) -> None:
    """Before something is tried again. Raises: Exception: whatever `check` raises."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check()
        time.sleep(LOOK_S)


class Watch:
    """Looks at `check` and at the clock, from a thread of its own.

    When `check` raises, or time is up, `cut` is called until the conversation has ended, and
    `require_fine` raises why.
    """

    def __init__(self, check: Check, whole_s: float, title: str, cut: Callable[[], None]) -> None:
        self._check, self._title, self._cut = check, title, cut
        self._until = time.monotonic() + whole_s
        self._problem: Exception | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def require_fine(self) -> None:
        """Raises: PacsError: time is up; or whatever `check` raised."""
        if self._problem is not None:
            raise self._problem
        self._check()

    def _look(self) -> None:
        while not self._done.wait(LOOK_S):
            if self._problem is None:
                self._problem = self._found()
            if self._problem is not None:
                self._cut()

    def _found(self) -> Exception | None:
        try:
            self._check()
        except Exception as problem:  # noqa: BLE001 - it is raised where the conversation is
            return problem
        if time.monotonic() > self._until:
            return PacsError(_("“{title}” took too long, and was left.", title=self._title))
        return None
