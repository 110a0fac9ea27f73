"""The region of the state, on every pane: drawn, moved and resized on any of them."""

from collections.abc import Iterable

from PySide6.QtCore import QObject

from fusionviewer.imaging.roi import Region
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas, Spot, box_on
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.region_item import BoxItem, CornersItem, item_for
from fusionviewer.ui.store import Store
from fusionviewer.workspace.state import (
    FUSED,
    PaneName,
    ViewState,
    pane_slice,
    pane_slot,
    with_region,
)


def canvas_of(state: ViewState, pane: PaneName) -> Canvas | None:
    """The slice that a pane draws on; None while it shows no picture."""
    if pane == FUSED:
        return None if state.pair is None else Canvas(state.slice_index, state.pair.grid)
    slot = pane_slot(state, pane)
    return None if slot is None else Canvas(pane_slice(state, pane), slot.drawn.grid)


class RegionLayer(QObject):
    """Draws the region of the state on every pane, and turns what the hand does into states.

    `shape` is the entry of SHAPES that the next drag with the region tool draws.
    """

    def __init__(self, store: Store, panes: Iterable[Pane], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shape = "rectangle"
        self._store = store
        self._panes = {pane.name: pane for pane in panes}
        self.items: dict[PaneName, BoxItem | CornersItem] = {}
        self._path: list[Spot] = []
        self._held: PaneName | None = None  # the pane whose item the hand moves just now
        for name, pane in self._panes.items():
            pane.drawn.connect(
                lambda row, col, to_row, to_col, done, name=name: self._draw(
                    name, (row, col), (to_row, to_col), done
                )
            )
        store.changed.connect(self._follow)
        self._show(store.state)

    def _draw(self, pane: PaneName, start: Spot, end: Spot, done: bool) -> None:
        canvas = canvas_of(self._store.state, pane)
        if canvas is None:
            return
        if self._path[:1] != [start]:
            self._path = [start]
            self._store.settle()
        self._path.append(end)
        region = SHAPES[self.shape].draw(self._path, canvas)
        if region is not None:
            self._store.apply(with_region, region)
        if done:
            self._path = []
            self._store.settle()

    def _follow(self, before: ViewState, now: ViewState) -> None:
        same_place = before.slots == now.slots and before.pair is now.pair
        if before.region == now.region and before.slice_index == now.slice_index and same_place:
            return
        self._show(now)

    def _show(self, state: ViewState) -> None:
        for name, pane in self._panes.items():
            canvas = canvas_of(state, name)
            if state.region is None or canvas is None:
                self._remove(name, pane)
                continue
            box = box_on(state.region, canvas)
            if box is None:
                self._remove(name, pane)
            elif name != self._held:  # an item in the hand is where it should be
                self._item(name, pane, state.region).show_region(state.region, box)

    def _item(self, name: PaneName, pane: Pane, region: Region) -> "BoxItem | CornersItem":
        item = self.items.get(name)
        if item is not None and item.fits(region):
            return item
        self._remove(name, pane)
        item = item_for(region)
        item.sigRegionChanged.connect(lambda: self._moved(name))
        item.sigRegionChangeFinished.connect(lambda: self._released(name))
        pane.box.addItem(item, ignoreBounds=True)
        self.items[name] = item
        return item

    def _remove(self, name: PaneName, pane: Pane) -> None:
        item = self.items.pop(name, None)
        if item is not None:
            pane.box.removeItem(item)
            self._held = None if self._held == name else self._held

    def _moved(self, name: PaneName) -> None:
        state = self._store.state
        canvas, item = canvas_of(state, name), self.items.get(name)
        if state.region is None or canvas is None or item is None or item.following:
            return
        self._held = name
        self._store.apply(with_region, item.region(state.region, canvas))

    def _released(self, name: PaneName) -> None:
        item = self.items.get(name)
        if item is None or item.following:
            return
        self._held = None
        self._store.settle()
        self._show(self._store.state)
