"""Which keys a command has: those of its table, or those that the user has given it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QKeySequence

from fusionviewer.ui.actions import ACTIONS

Chosen = Mapping[str, tuple[str, ...]]  # by command; only what differs from the table


def keys_of(name: str, chosen: Chosen) -> tuple[str, ...]:
    return tuple(chosen.get(name, ACTIONS[name].keys))


def user_of(key: str, chosen: Chosen, other_than: str = "") -> str:
    """The command that has `key`, wherever it works; "" when it is free."""
    wanted = QKeySequence(key)
    for name in ACTIONS:
        taken = (QKeySequence(one) for one in keys_of(name, chosen))
        if name != other_than and any(one == wanted for one in taken):
            return name
    return ""


def with_key(chosen: Chosen, name: str, key: str) -> dict[str, tuple[str, ...]]:
    """With `key` as the only key of the command `name`, taken away from the one that had it."""
    changed = dict(chosen)
    user = user_of(key, chosen, name)
    if user:
        wanted = QKeySequence(key)
        changed[user] = tuple(k for k in keys_of(user, chosen) if QKeySequence(k) != wanted)
    changed[name] = (key,)
    return _only_differences(changed)


def without_keys(chosen: Chosen, name: str) -> dict[str, tuple[str, ...]]:
    return _only_differences({**chosen, name: ()})


def with_own_keys(chosen: Chosen, name: str) -> dict[str, tuple[str, ...]]:
    """With the keys of its table again, taken back from whoever has them now."""
    changed = {other: keys for other, keys in chosen.items() if other != name}
    for key in ACTIONS[name].keys:
        user = user_of(key, changed, name)
        if user:
            wanted = QKeySequence(key)
            changed[user] = tuple(k for k in keys_of(user, changed) if QKeySequence(k) != wanted)
    return _only_differences(changed)


def _only_differences(chosen: Chosen) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(keys)
        for name, keys in chosen.items()
        if name in ACTIONS and tuple(keys) != ACTIONS[name].keys
    }
