"""One image: scroll, zoom, drag the window, crosshair.

A pane draws what it is given and keeps no state: what the mouse did leaves as a signal, in the pixels
of the slice or in shares of its extent, and comes back as a new state.
"""

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from fusionviewer.workspace.state import PaneName


class Pane(QWidget):
    """One pane; `box` is where items that belong to the image are added, x = column, y = row."""

    activated = Signal()  # any button was pressed in it
    scrolled = Signal(int)  # slices
    window_dragged = Signal(float, float)  # screen pixels to the right, downwards
    zoomed = Signal(float, object)  # factor, (row, column) that stays, as shares 0…1
    panned = Signal(float, float)  # rows, columns, as shares of the extent
    pointed = Signal(float, float)  # row, column of a click, in pixels of the slice
    hovered = Signal(object)  # (row, column) under the cursor, or None once it left
    drawn = Signal(float, float, float, float, bool)  # a drag with the region tool: from row, column to row, column; finished
    gesture_ended = Signal()
    enlarge_asked = Signal()  # double click
    menu_asked = Signal(QPoint)  # right click, in global screen pixels

    def __init__(self, name: PaneName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
