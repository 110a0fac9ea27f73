"""Undo and redo: a list of states."""

from dataclasses import dataclass, fields, replace

from fusionviewer.workspace.state import ViewState

LIMIT = 200
LIMIT_BYTES = 512 * 2**20  # of images that are no longer open, and only kept to be undone
_FOUND_OUT = frozenset(
    {"pair", "refusal"}
)  # answers to the user's change, never a change of theirs
# What the user changes that makes the pair another one.
_ASKED = frozenset({"fused_slots", "plane", "layout", "confirmed", "as_placed"})
_PASSING = frozenset({"active", "chosen"})
# Through the slices, which nobody counts.
_MOVES = frozenset({"slice_index", "own_slices", "crosshair"})


@dataclass(frozen=True)
class History:
    """The state now, those before it (oldest first) and those undone (next first).

    Attributes:
        kind: the fields that the last step changed; empty when the next change starts a new step.
    """

    now: ViewState
    past: tuple[ViewState, ...] = ()
    future: tuple[ViewState, ...] = ()
    kind: frozenset[str] = frozenset()

    @property
    def settled(self) -> "History":
        """With a new step for the next change; moving on through the slices stays one, key by key."""
        return self if self.kind <= _MOVES else replace(self, kind=frozenset())


def recorded(history: History, state: ViewState) -> History:
    """With `state` as the newest.

    A change of the same fields as the one before joins it, so that a drag or a run of scrolling is
    one step; opening and closing never do. What was found out about the open images, such as their
    pair, is no step of its own.
    """
    kind = _changed(history.now, state) - _PASSING
    if not kind or _found_out(kind, history.now, state):
        return replace(history, now=state)
    if kind == history.kind and history.now.natives == state.natives:
        return replace(history, now=state, future=())
    past = (*history.past, history.now)[-LIMIT:]
    return History(state, _bounded(past, state) if "slots" in kind else past, (), kind)


def _bounded(past: tuple[ViewState, ...], now: ViewState) -> tuple[ViewState, ...]:
    """Without the oldest states whose closed images would take too much memory."""
    seen = {id(image) for image in now.natives}
    total = 0
    for kept, state in enumerate(reversed(past)):
        new = [image for image in state.natives if id(image) not in seen]
        seen |= {id(image) for image in new}
        total += sum(image.values.nbytes for image in new)
        if total > LIMIT_BYTES:
            return past[len(past) - kept :]
    return past


def _found_out(kind: frozenset[str], before: ViewState, after: ViewState) -> bool:
    asked_anew = before.natives != after.natives or bool(_ASKED & kind)
    return bool(kind & _FOUND_OUT) and not asked_anew


def undone(history: History) -> History:
    if not history.past:
        return history
    return History(history.past[-1], history.past[:-1], (history.now, *history.future))


def redone(history: History) -> History:
    if not history.future:
        return history
    return History(history.future[0], (*history.past, history.now), history.future[1:])


def _changed(before: ViewState, after: ViewState) -> frozenset[str]:
    names = (field.name for field in fields(ViewState))
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))
