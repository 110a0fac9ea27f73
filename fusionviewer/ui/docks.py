"""The panels around the panes: where they are, how large, and whether they are wanted."""

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from fusionviewer.texts import text as _

INSPECTOR_SHARE = 0.28  # of the window's height
MATRIX_WIDTH = 390  # two pictures side by side


class Docks(QObject):
    """Panels that are there only while there is something to show in them.

    The inspector is below and there from the start; the others are on the right, as tabs, from top
    to bottom, and there when they are asked for.
    """

    def __init__(self, window: QMainWindow, inspector: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._filled = False  # whether there is anything to show
        self._wanted, self._sized = True, False
        self._inspector = self._added("inspector", _("Inspector"), inspector)
        self._right: dict[str, QDockWidget] = {}
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self._inspector)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._inspector.visibilityChanged.connect(self._note_inspector)

    def add(self, name: str, title: str, widget: QWidget) -> None:
        """A panel on the right, hidden at first."""
        dock = self._added(name, title, widget)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        for other in self._right.values():
            self._window.tabifyDockWidget(other, dock)
        self._right[name] = dock

    def show_for(self, filled: bool) -> None:
        """With images open, or without any."""
        self._filled = filled
        self._show_inspector(filled and self._wanted)
        for dock in self._right.values():
            dock.setVisible(filled and not dock.isHidden())

    def toggle_inspector(self) -> None:
        self._wanted = not self._wanted
        self._show_inspector(self._wanted)

    def toggle(self, name: str, width: int = 0) -> None:
        """Show or hide a panel on the right; `width` when it needs one."""
        dock = self._right[name]
        dock.setVisible(dock.isHidden())
        if not dock.isHidden():
            dock.raise_()
            if width:
                self._window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)

    def _added(self, name: str, title: str, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(widget)
        dock.hide()
        return dock

    def _show_inspector(self, visible: bool) -> None:
        before = self._window.size()
        self._inspector.setVisible(visible)
        if visible and not self._sized:
            self._sized = True
            # once the window has its layout
            QTimer.singleShot(0, self, lambda: self._size_inspector(before))

    def _size_inspector(self, before: QSize) -> None:
        """The window stays as large as it was: until it knows its width, the inspector is high."""
        if not self._window.isMaximized() and not self._window.isFullScreen():
            self._window.resize(before)
        height = int(self._window.height() * INSPECTOR_SHARE)
        self._window.resizeDocks([self._inspector], [height], Qt.Orientation.Vertical)

    def _note_inspector(self, visible: bool) -> None:
        """Closed by the user, while there is something to inspect."""
        if self._filled and self._window.isVisible() and not self._window.isMinimized():
            self._wanted = visible
