"""A blinded reading from the first question to the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from fusionviewer.ui.reader_dialog import ReaderDialog
from fusionviewer.ui.reader_setup import ReaderSetup
from fusionviewer.workspace.reader import Reading

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def start_reading(window: MainWindow) -> None:
    """Ask what is to be read, then show it over the whole window."""
    state = window.store.state
    setup = ReaderSetup(state, window)

    def read(reading: Reading, path: Path) -> None:
        dialog = ReaderDialog(reading, path, window.engine, state, window)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.resize(window.size())
        dialog.showMaximized()

    setup.chosen.connect(read)
    setup.open()
