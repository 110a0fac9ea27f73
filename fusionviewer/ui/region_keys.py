"""Drawing regions, distances and angles without a mouse: from crosshair to crosshair."""

from PySide6.QtCore import QObject, Signal

from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.region_layer import RegionLayer
from fusionviewer.ui.store import Store
from fusionviewer.workspace.regions import canvas_of
from fusionviewer.workspace.state import ViewState, drawn_shape, linked

Spot = tuple[float, float]  # row, column
OUTLINED = ("polygon", "freehand")
BEGUN = marked("Move the crosshair with the arrow keys, and press Space where it ends.")
NEXT_CORNER = marked("Press Space at each corner, and once more at the last one.")


class KeyDrawing(QObject):
    """The first `press` puts a corner at the crosshair, the next one that opposite it.

    Polygons and outlines take a corner from each; the same place twice ends them.
    """

    said = Signal(object, str)  # Notice and kind, for the message bar

    def __init__(self, store: Store, layer: RegionLayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._layer = store, layer
        self._corners: list[Spot] = []
        store.changed.connect(self._follow)

    def press(self) -> None:
        """What the tool draws begins, goes on or ends at the crosshair, else in the middle."""
        state, layer = self._store.state, self._layer
        here = _spot(state)
        outlined = state.tool == "region" and layer.shape in OUTLINED
        if here is None:
            return
        if layer.turning:
            layer.click(state.active, here)
        elif state.tool == "region" and layer.shape == "point":
            layer.draw(state.active, here, here, True)
        elif not self._corners:
            self._corners = [here]
            self.said.emit(Notice(_(NEXT_CORNER if outlined else BEGUN)), "good")
        elif outlined and here != self._corners[-1]:
            self._corners.append(here)
        else:
            self._draw(state.active, [*self._corners, here])

    def _draw(self, pane: str, corners: list[Spot]) -> None:
        """As a hand would have: one step of undo."""
        self._corners = []
        start, last = corners[0], len(corners) - 1
        for i, spot in enumerate(corners[1:], start=1):
            self._layer.draw(pane, start, spot, i == last)

    def _follow(self, before: ViewState, now: ViewState) -> None:
        """Another tool, pane, image, slice or plane: what was begun is forgotten."""
        if _ground(before) != _ground(now):
            self._corners = []


def _ground(state: ViewState) -> tuple[object, ...]:
    """What is drawn on, and by what."""
    return state.tool, state.active, state.natives, canvas_of(state, state.active)


def _spot(state: ViewState) -> Spot | None:
    """Where the crosshair is on the active pane; the middle where it has none of its own."""
    canvas = canvas_of(state, state.active)
    if canvas is None:
        return None
    if state.crosshair is not None and linked(state, state.active):
        return (state.crosshair.row, state.crosshair.col)
    height, width = drawn_shape(state, state.active)[1:]
    return (height // 2, width // 2)
