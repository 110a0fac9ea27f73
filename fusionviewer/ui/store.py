"""The one object in the window that holds state."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from PySide6.QtCore import QObject, Signal

from fusionviewer.workspace.history import History, recorded, redone, undone
from fusionviewer.workspace.state import ViewState

P = ParamSpec("P")


class Store(QObject):
    """Holds the current state and its history, and says when it became another one.

    Panes read `state`, listen to `changed` and keep no copy:
    `pane.wheel_turned.connect(lambda steps: store.apply(scrolled, steps))`.
    """

    changed = Signal(object, object)  # the state before, the state now

    def __init__(self, state: ViewState | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = History(state or ViewState())

    @property
    def state(self) -> ViewState:
        return self._history.now

    @property
    def can_undo(self) -> bool:
        return bool(self._history.past)

    @property
    def can_redo(self) -> bool:
        return bool(self._history.future)

    def apply(
        self,
        change: Callable[Concatenate[ViewState, P], ViewState],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Make `change`. Changes of one kind in a row are one step of undo, until `settle`."""
        self._become(recorded(self._history, change(self.state, *args, **kwargs)))

    def settle(self) -> None:
        """A gesture has ended: what comes next is a new step of undo, even of the same kind."""
        self._history = self._history.settled

    def undo(self) -> None:
        self._become(undone(self._history))

    def redo(self) -> None:
        self._become(redone(self._history))

    def _become(self, history: History) -> None:
        before, self._history = self.state, history
        if self.state != before:
            self.changed.emit(before, self.state)
