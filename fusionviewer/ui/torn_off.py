"""The fused pane in a window of its own, on the second monitor where there is one."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.workspace.state import FUSED, ViewState

SHARE = 0.6  # of a screen that has to hold both windows


class TornOff(QObject):
    """Takes the fused pane out of the grid, and gives it back when its window is closed."""

    def __init__(self, window: QMainWindow, grid: PaneGrid) -> None:
        super().__init__(window)
        self._window, self._grid = window, grid
        self.frame: PaneFrame | None = None

    def toggle(self) -> None:
        if self.frame is None:
            self._tear()
        else:
            self.frame.close()

    def follow(self, now: ViewState) -> None:
        """With nothing open, there is nothing that a second window could show."""
        if self.frame is not None and not now.slots:
            self.frame.close()

    def close(self) -> None:
        if self.frame is not None:
            self.frame.close()

    def _tear(self) -> None:
        actions = [*self._window.actions(), *self._grid.actions()]
        self.frame = frame = PaneFrame(self._grid.lent(FUSED), actions)
        frame.closed.connect(self._take_back)
        self._place(frame)
        frame.activateWindow()

    def _place(self, frame: PaneFrame) -> None:
        """All of another screen, or a part of the only one."""
        here = self._window.screen()
        others = [screen for screen in QGuiApplication.screens() if screen is not here]
        if others:
            frame.setGeometry(others[0].availableGeometry())
            frame.showMaximized()
            return
        room = here.availableGeometry()
        side = int(min(room.width(), room.height()) * SHARE)
        frame.setGeometry(room.right() - side, room.top() + 40, side, side)
        frame.show()

    def _take_back(self) -> None:
        if self.frame is None:
            return
        frame, self.frame = self.frame, None
        self._grid.take_back()
        frame.deleteLater()


class PaneFrame(QWidget):
    """A window around one pane; the commands of the main window have their keys here as well."""

    closed = Signal()

    def __init__(self, pane: QWidget, actions: list[QAction]) -> None:
        super().__init__()
        self.setWindowTitle(_("Fused – FusionViewer"))
        self.setAccessibleName(_("Fused pane in a window of its own"))
        self.addActions(actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(pane)
        pane.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()
