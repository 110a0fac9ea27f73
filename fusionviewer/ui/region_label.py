"""The words at a mark on an image: its name, and what a distance or angle measures."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from fusionviewer.imaging.measure import Angle, Ruler, degrees, length
from fusionviewer.imaging.roi import Rectangle
from fusionviewer.imaging.roi_drawing import Canvas
from fusionviewer.imaging.roi_mark import Form, Mark

ROOM = 0.2  # of the pane's width, that words need to the right of a form
_GROUND = (0, 0, 0, 170)  # behind the words, so that they can be read on white as well


def words(mark: Mark, form: Form, canvas: Canvas) -> str:
    """What stands at the mark."""
    return size(form, canvas) or mark.name


def size(form: Form, canvas: Canvas) -> str:
    """ "34.2 mm" or "57.3°"; "" for a region, whose size its voxels tell."""
    if isinstance(form, Ruler):
        far, unit = length(form, canvas.grid)
        return f"{far:.1f} {unit}"
    if isinstance(form, Angle):
        wide = degrees(form, canvas.grid)
        return "–" if wide is None else f"{wide:.1f}°"
    return ""


class RegionLabel(pg.TextItem):  # type: ignore[misc]  # pyqtgraph has no types
    """As large on every zoom, and no obstacle to the mouse."""

    def __init__(self) -> None:
        super().__init__(fill=_GROUND)
        self.setZValue(20)

    def show_words(self, text: str, colour: str, form: Form, box: Rectangle, view: QRectF) -> None:
        """Beside the form, on the side that is on the screen; `view` is what the pane shows."""
        self.setText(text, colour)
        row, column, anchor = _place(form, box)
        if column > view.right() - ROOM * view.width() and not isinstance(form, Angle):
            column, anchor = min(column, view.right()), (1.05, anchor[1])
        self.setAnchor(anchor)
        self.setPos(column, row)


def _place(form: Form, box: Rectangle) -> tuple[float, float, tuple[float, float]]:
    """Row and column, and which corner of the words lies there, so that they cover no line."""
    if isinstance(form, Ruler):
        first, last = sorted((form.start, form.end), key=lambda spot: spot[1])
        return (*last, (-0.1, 1.1 if last[0] <= first[0] else -0.1))
    if isinstance(form, Angle):
        below = form.apex[0] >= (form.first[0] + form.last[0]) / 2
        return (*form.apex, (0.5, -0.3 if below else 1.3))
    return (box.top, box.right, (-0.05, 1.05))
