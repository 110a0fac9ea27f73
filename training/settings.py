"""Settings of methods and strategies, NAME=VALUE, for the rows of a table that take them."""

from collections.abc import Sequence
from dataclasses import replace

from fusionviewer.fusion.methods import options_of
from fusionviewer.fusion.options import name_and_text
from training.comparison import Way
from training.errors import DataError


def with_settings(chosen: Sequence[Way], said: Sequence[str]) -> list[Way]:
    """The ways with what is said in their names, where they take it; the others as they are.

    Raises:
        DataError: something that none of them takes, or no setting.
    """
    ways = list(chosen)
    for one in said:
        changed = [_with(way, one) for way in ways]
        if not any(changed):
            raise DataError(f"None of these methods takes the setting “{one}”.", _HINT)
        ways = [new or way for new, way in zip(changed, ways, strict=True)]
    return ways


_HINT = "`fusionviewer methods` lists the settings and what they take."


def _with(way: Way, said: str) -> Way | None:
    """The way with what is said; None where it does not take it."""
    try:
        name, text = name_and_text(said)
        value = options_of(way.method, way.strategy)[name].read(text)
    except (ValueError, KeyError):
        return None
    return replace(way, options=tuple(sorted((dict(way.options) | {name: value}).items())))
