"""The other theme, now and from the next start on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def switch_theme(window: MainWindow) -> None:
    """Dark to light, and back; the window saves its settings when it closes."""
    name = "light" if window.settings.theme == "dark" else "dark"
    window.follow_settings(window.settings.model_copy(update={"theme": name}))
