"""Stopping work politely."""

from threading import Event

from fusionviewer.errors import Cancelled


class CancelToken:
    """A flag that one thread raises and another looks at."""

    def __init__(self) -> None:
        self._raised = Event()

    def cancel(self) -> None:
        self._raised.set()

    @property
    def cancelled(self) -> bool:
        return self._raised.is_set()

    def check(self) -> None:
        """Call where stopping leaves nothing half done: between slices, files, pairs.

        Raises:
            Cancelled: somebody called `cancel`.
        """
        if self._raised.is_set():
            raise Cancelled
