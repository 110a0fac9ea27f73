"""The help page with all keys and what the mouse does."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fusionviewer.ui.commands import Action

MOUSE = (
    ("Left drag", "the tool: window at first; sideways is width, up is brighter"),
    ("Ctrl + left drag", "the window, twice as fast"),
    ("Middle drag", "pan"),
    ("Right drag", "zoom"),
    ("Wheel", "slices"),
    ("Ctrl + wheel", "zoom at the cursor"),
    ("Click, or Shift + move", "crosshair in all panes"),
    ("Right click", "presets, palette, invert, reset"),
    ("Double click", "one large pane, and back"),
)


def keys_page(actions: Mapping[str, Action]) -> str:
    """Two tables as rich text."""
    keys = [
        (" or ".join(action.keys), action.label.replace("&", "").rstrip("…"))
        for name, action in actions.items()
        if action.keys and not name.startswith("preset-")
    ]
    keys.append(("1 to 9", "Windows of the active image, as in its right click menu"))
    return f"<h3>Mouse</h3>{_table(MOUSE)}<h3>Keys</h3>{_table(keys)}"


def _table(rows: object) -> str:
    cells = "".join(
        f"<tr><td><b>{escape(key)}</b>&nbsp;&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for key, text in rows  # type: ignore[attr-defined]
    )
    return f"<table cellpadding='2'>{cells}</table>"
