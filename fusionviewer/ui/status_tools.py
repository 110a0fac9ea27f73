"""The tools of the left button, in the status bar."""

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton, QVBoxLayout, QWidget

from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.actions import ACTIONS

GROUPS = (
    ("tool-", marked("{name} tool")),
    ("plane-", marked("{name} plane")),
    ("layout-planes", marked("{name} layout")),
)
LEFT_OUT = ("plane-stored",)  # in the menu, for there is little room


class StatusTools(QWidget):
    """A button for each tool of the left button, and for each plane."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QToolBar(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 0)
        layout.addWidget(row)
        for group, said in GROUPS:
            names = [name for name in ACTIONS if name.startswith(group) and name not in LEFT_OUT]
            for name in names:
                row.addAction(actions[name])
                button = row.widgetForAction(actions[name])
                assert isinstance(button, QToolButton)
                button.setAccessibleName(_(said, name=ACTIONS[name].title))
            if group == "tool-":
                row.addSeparator()
