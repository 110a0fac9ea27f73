"""The tools of the left button, in the status bar."""

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton, QVBoxLayout, QWidget

from fusionviewer.ui.actions import ACTIONS


class StatusTools(QWidget):
    """A button for each command that is a tool."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QToolBar(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 0)
        layout.addWidget(row)
        for name, action in ACTIONS.items():
            if not name.startswith("tool-"):
                continue
            row.addAction(actions[name])
            button = row.widgetForAction(actions[name])
            assert isinstance(button, QToolButton)
            button.setAccessibleName(f"{action.label.replace('&', '')} tool")
