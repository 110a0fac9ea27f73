"""The borders of masks as lines that stay thin at every zoom."""

import numpy as np
import pyqtgraph as pg
import scipy
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from fusionviewer.ui.image_box import ImageBox

MARGIN = 2  # pixels of the slice between an edge and its outline
DASH = 3  # pixels


class Outline:
    """The border of a mask on a box, with a dark rim, so that it shows on every picture."""

    def __init__(self, box: ImageBox, colour: str, *, broken: bool = False) -> None:
        self._broken = broken
        self._items = tuple(QGraphicsPathItem() for _ in range(2))
        for item, pen in zip(self._items, (_pen("#000000", 4.0), _pen(colour, 2.0)), strict=True):
            item.setPen(pen)
            box.addItem(item, ignoreBounds=True)

    def draw(self, mask: NDArray[np.bool_] | None) -> None:
        if mask is not None:
            mask = scipy.ndimage.binary_dilation(
                mask, iterations=MARGIN
            )  # around an edge, not over it
        path = outlined(mask, broken=self._broken)
        for item in self._items:
            item.setPath(path)


def outlined(mask: NDArray[np.bool_] | None, *, broken: bool = False) -> QPainterPath:
    """Along the pixels' borders where `mask` (H, W) changes, x = column and y = row.

    Args:
        broken: with gaps; the dashes of a pen would begin anew on each side of a pixel.
    """
    if mask is None or not mask.any():
        return QPainterPath()
    starts, ends = _sides(mask)
    if broken:
        kept = starts.sum(axis=1) // DASH % 2 == 0
        starts, ends = starts[kept], ends[kept]
    points = np.stack([starts, ends], axis=1).reshape(-1, 2).astype(np.float64) - 0.5
    path: QPainterPath = pg.arrayToQPath(points[:, 0], points[:, 1], connect="pairs")
    return path


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _sides(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each side of a border pixel starts and ends, (N, 2) as x, y of pixel corners."""
    wide = np.pad(mask, 1)
    rows, cols = np.nonzero(wide[1:, 1:-1] != wide[:-1, 1:-1])  # a side above row
    flat = np.stack([cols, rows], axis=1)
    rows, cols = np.nonzero(wide[1:-1, 1:] != wide[1:-1, :-1])  # a side left of col
    upright = np.stack([cols, rows], axis=1)
    starts = np.concatenate([flat, upright])
    ends = np.concatenate([flat + np.array([1, 0]), upright + np.array([0, 1])])
    return starts, ends
