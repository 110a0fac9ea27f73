"""The help page with all keys and what the mouse does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from fusionviewer.texts import marked
from fusionviewer.texts import text as _

if TYPE_CHECKING:
    from fusionviewer.ui.commands import Action
    from fusionviewer.workspace.settings import Settings

MOUSE = (
    (marked("Left drag"), marked("the tool: {left_drag} at first")),
    (marked("Window drag"), marked("sideways is width, {brighter} is brighter")),
    (marked("Ctrl + left drag"), marked("the tool; the window twice as fast")),
    (marked("Middle drag"), "{middle_drag}"),
    (marked("Right drag"), "{right_drag}"),
    (marked("Wheel"), marked("slices; towards you the {wheel}")),
    (marked("Ctrl + wheel"), marked("zoom at the cursor")),
    (marked("Click, or Shift + move"), marked("crosshair in all panes")),
    (marked("Right click"), marked("presets, palette, invert, reset")),
    (marked("Double click"), marked("one large pane, and back")),
)
HABITS = {  # what the settings say, as it stands in these sentences
    "window": marked("window"),
    "zoom": marked("zoom"),
    "pan": marked("pan"),
    "scroll": marked("scroll"),
    "crosshair": marked("crosshair"),
    "region": marked("region"),
    "up": marked("up"),
    "down": marked("down"),
    "next": marked("next"),
    "previous": marked("previous"),
}


def keys_page(actions: Mapping[str, Action], settings: Settings) -> str:
    """Two tables as rich text, as the settings have it."""
    keys = [
        (keys_in_words(chosen), action.title)
        for name, action in actions.items()
        if (chosen := settings.keys.get(name, action.keys)) and not name.startswith("preset-")
    ]
    keys.append((_("1 to 9"), _("Windows of the active image, as in its right click menu")))
    values = settings.model_dump(
        include={"left_drag", "middle_drag", "right_drag", "brighter", "wheel"}
    )
    habits = {name: _(HABITS[value]) for name, value in values.items()}
    mouse = [(_(what), _(text, **habits)) for what, text in MOUSE]
    return f"<h3>{_('Mouse')}</h3>{_table(mouse)}<h3>{_('Keys')}</h3>{_table(keys)}"


def key_in_words(key: str | QKeySequence) -> str:
    """As the user's keyboard has it: "Ctrl+Home", "Strg+Pos1"."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def keys_in_words(keys: Sequence[str]) -> str:
    """ "Ctrl+Y or Ctrl+Shift+Z"."""
    return _(" or ").join(map(key_in_words, keys))


def _table(rows: object) -> str:
    cells = "".join(
        f"<tr><td><b>{escape(key)}</b>&nbsp;&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for key, text in rows  # type: ignore[attr-defined]
    )
    return f"<table cellpadding='2'>{cells}</table>"
