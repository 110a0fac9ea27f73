"""The help page with all keys and what the mouse does."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fusionviewer.ui.commands import Action
    from fusionviewer.workspace.settings import Settings

MOUSE = (
    ("Left drag", "the tool: {left_drag} at first"),
    ("Window drag", "sideways is width, {brighter} is brighter"),
    ("Ctrl + left drag", "the tool; the window twice as fast"),
    ("Middle drag", "{middle_drag}"),
    ("Right drag", "{right_drag}"),
    ("Wheel", "slices; towards you the {wheel}"),
    ("Ctrl + wheel", "zoom at the cursor"),
    ("Click, or Shift + move", "crosshair in all panes"),
    ("Right click", "presets, palette, invert, reset"),
    ("Double click", "one large pane, and back"),
)


def keys_page(actions: Mapping[str, Action], settings: Settings) -> str:
    """Two tables as rich text, as the settings have it."""
    keys = [
        (" or ".join(chosen), action.label.replace("&", "").rstrip("…"))
        for name, action in actions.items()
        if (chosen := settings.keys.get(name, action.keys)) and not name.startswith("preset-")
    ]
    keys.append(("1 to 9", "Windows of the active image, as in its right click menu"))
    mouse = [(what, text.format_map(settings.model_dump())) for what, text in MOUSE]
    return f"<h3>Mouse</h3>{_table(mouse)}<h3>Keys</h3>{_table(keys)}"


def _table(rows: object) -> str:
    cells = "".join(
        f"<tr><td><b>{escape(key)}</b>&nbsp;&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for key, text in rows  # type: ignore[attr-defined]
    )
    return f"<table cellpadding='2'>{cells}</table>"
