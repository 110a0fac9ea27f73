"""A, B, C and fused side by side, all showing the same place."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import number
from fusionviewer.ui.fusion_feed import FusedStatus, FusionFeed
from fusionviewer.ui.pane import Pane, Pixels
from fusionviewer.ui.pane_overlay import ColourBar, Message
from fusionviewer.ui.pictures import fused_pixels, palette_bytes, preview_pixels, source_pixels
from fusionviewer.ui.store import Store
from fusionviewer.workspace import state as change
from fusionviewer.workspace.captions import Captions, fused_captions, source_captions, title
from fusionviewer.workspace.state import (
    FUSED,
    SOURCE_PANES,
    PaneName,
    Place,
    Slot,
    ViewState,
    pane_slice,
    pane_slot,
)

# What else is to be said on the fused pane: (captions, bar, place under the cursor) → both again.
Describe = Callable[
    [Captions, ColourBar | None, tuple[float, float] | None], tuple[Captions, ColourBar | None]
]
ROW_PREFERRED = 1.15  # side by side, unless another arrangement gives pictures this much larger


class PaneGrid(QWidget):
    """All panes, drawn from the store's state and the feed's status, which the mouse changes."""

    hovered = Signal(object)  # the Place under the cursor, in shared voxels, or None
    menu_asked = Signal(str, object)  # pane, where on the screen
    drawn = Signal(
        str, float, float, float, float, bool
    )  # pane, row, column to row, column; finished

    def __init__(self, store: Store, feed: FusionFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self._cursor: tuple[PaneName, tuple[float, float]] | None = None
        self.describers: list[Describe] = []  # of layers over the fused picture
        self._shown: dict[PaneName, object] = {}  # what each pane's picture was made of
        self.panes: dict[PaneName, Pane] = {n: Pane(n, self) for n in (*SOURCE_PANES, FUSED)}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._arranged: tuple[tuple[PaneName, ...], int] = ((), 0)
        for pane in self.panes.values():
            self._connect(pane)
        store.changed.connect(self._follow)
        feed.changed.connect(self._draw_fused)
        self._follow(None, store.state)

    @property
    def visible_panes(self) -> tuple[PaneName, ...]:
        """Those that the state shows, in reading order."""
        state = self._store.state
        if state.large:
            return (state.large,)
        return (*SOURCE_PANES[: len(state.slots)], FUSED)

    def focus_active(self) -> None:
        self.panes[self._store.state.active].setFocus()

    def _connect(self, pane: Pane) -> None:
        store, name = self._store, pane.name
        pane.activated.connect(lambda: store.apply(change.with_active, name))
        pane.scrolled.connect(lambda steps: store.apply(change.scrolled, steps))
        pane.zoomed.connect(lambda factor, at: store.apply(change.zoomed, factor, at))
        pane.panned.connect(lambda rows, cols: store.apply(change.panned, rows, cols))
        pane.window_dragged.connect(lambda dx, dy: self._drag_window(name, dx, dy))
        pane.pointed.connect(lambda row, col: self._point(name, row, col))
        pane.hovered.connect(lambda at: self._hover(name, at))
        pane.gesture_ended.connect(store.settle)
        pane.enlarge_asked.connect(lambda: store.apply(change.enlarged, name))
        pane.menu_asked.connect(lambda at: self.menu_asked.emit(name, at))
        pane.drawn.connect(lambda *drag: self.drawn.emit(name, *drag))
        pane.resized.connect(lambda: self._draw_texts(name))

    def _drag_window(self, name: PaneName, dx: float, dy: float) -> None:
        """On the fused pane, the window of its base: it shows what its sources show."""
        state = self._store.state
        place = state.fused_slots[0] if name == FUSED else SOURCE_PANES.index(name)
        if place < len(state.slots):
            self._store.apply(change.dragged_window, place, dx, dy)

    def _point(self, name: PaneName, row: float, col: float) -> None:
        state = self._store.state
        self._store.apply(change.pointed, Place(pane_slice(state, name), row, col))

    def _hover(self, name: PaneName, at: tuple[float, float] | None) -> None:
        self._cursor = at and (name, at)
        for pane in self.visible_panes:
            self._draw_texts(pane)
        state = self._store.state
        self.hovered.emit(at and Place(pane_slice(state, name), *at))

    def _follow(self, before: ViewState | None, now: ViewState) -> None:
        self._arrange()
        if before is None or before.tool != now.tool:
            for pane in self.panes.values():
                pane.set_tool(now.tool)
        for name in self.visible_panes:
            if name != FUSED:
                self._draw_source(name)
        if FUSED in self.visible_panes:
            self._draw_fused(self._feed.status)
        for name in self.visible_panes:
            self._draw_place(self.panes[name])

    def _draw_source(self, name: PaneName) -> None:
        state, slot = self._store.state, pane_slot(self._store.state, name)
        pane = self.panes[name]
        if slot is None:
            pane.draw_picture(None)
            return
        index = pane_slice(state, name)
        made_of = (id(slot.drawn), index, slot.look)
        if self._shown.get(name) != made_of:
            self._shown[name] = made_of
            pane.draw_picture(source_pixels(slot.drawn, index, slot.look), tallness(slot.drawn))
        pane.describe(f"Pane {name}: {title(slot.native)}, slice {index + 1}")

    def _draw_fused(self, status: FusedStatus) -> None:
        """Only what answers the state as it is now, or a preview of it; else the pane is empty."""
        state, pane = self._store.state, self.panes[FUSED]
        made_of = (status.kind, self._request_key(status))
        if self._shown.get(FUSED) != made_of:
            self._shown[FUSED] = made_of
            pair = state.pair
            picture = self._fused_picture(status)
            pane.draw_picture(picture, 1.0 if pair is None else tallness(pair.a))
        pane.describe(f"Fused pane: {status.title or f'slice {state.slice_index + 1}'}")
        self._draw_texts(FUSED)

    def _request_key(self, status: FusedStatus) -> str:
        """Of the status, when it belongs to the state; else nothing."""
        asked = self._store.state.request
        if asked is None or status.request is None or asked.key != status.request.key:
            return ""
        return asked.key

    def _fused_picture(self, status: FusedStatus) -> Pixels | None:
        request = status.request
        if request is None or not self._request_key(status):
            return None
        if status.fused is not None:
            return fused_pixels(status.fused)
        if status.kind == "pending":
            return preview_pixels(request.pair, request.slice_index, request.looks)
        return None

    def _draw_place(self, pane: Pane) -> None:
        state = self._store.state
        pane.draw_view(state.view)
        here = state.crosshair if change.linked(state, pane.name) else None
        pane.draw_crosshair((here.row, here.col) if here else None)
        pane.draw_active(pane.name == state.active and len(self.visible_panes) > 1)
        self._draw_texts(pane.name)

    def redraw_fused_texts(self) -> None:
        """A layer over the fused picture has something else to say."""
        self._draw_texts(FUSED)

    def _draw_texts(self, name: PaneName) -> None:
        pane, state = self.panes[name], self._store.state
        if name == FUSED:
            status = self._feed.status
            at = self._cursor_in(name)
            captions = self._fused_captions(status, pane.zoom, at)
            bar: ColourBar | None = None
            for describe in self.describers:
                captions, bar = describe(captions, bar, at)
            pane.draw_texts(captions, bar, _message(status), notice=state.pair is not None)
            return
        slot = pane_slot(state, name)
        at = self._cursor_in(name)
        captions = source_captions(state, name, pane.zoom, at) if slot else Captions()
        pane.draw_texts(captions, _bar(slot) if state.texts != "none" else None, None, notice=False)

    def _fused_captions(
        self, status: FusedStatus, zoom: float, at: tuple[float, float] | None
    ) -> Captions:
        state, waiting = self._store.state, status.kind == "pending"
        if status.kind != "done" and not waiting:  # there is no picture that could be described
            return Captions(warnings=() if state.pair is None else state.pair.notes)
        return fused_captions(state, zoom, at, _fused_value(status, at), preview=waiting)

    def _cursor_in(self, name: PaneName) -> tuple[float, float] | None:
        """The place under the cursor, for a pane that has the same pixels as the one it is in."""
        if self._cursor is None:
            return None
        where, at = self._cursor
        state = self._store.state
        same = where == name or (change.linked(state, where) and change.linked(state, name))
        return at if same else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        names = self.visible_panes
        columns = best_columns(len(names), self.width(), self.height())
        if self._arranged == (names, columns):
            return
        self._arranged = (names, columns)
        for pane in self.panes.values():
            self._grid.removeWidget(pane)
            pane.setVisible(pane.name in names)
        for i, name in enumerate(names):
            self._grid.addWidget(self.panes[name], i // columns, i % columns)
        for i in range(len(self.panes)):
            self._grid.setColumnStretch(i, int(i < columns))
            self._grid.setRowStretch(i, int(i < -(-len(names) // columns)))


def best_columns(count: int, width: int, height: int) -> int:
    """How many panes go side by side so that pictures are large; one row where that is fair."""

    def side(columns: int) -> float:
        return min(width / columns, height / -(-count // columns))

    best = max(range(1, count + 1), key=side)
    return best if side(best) > ROW_PREFERRED * side(count) else count


def tallness(image: Image) -> float:
    """How tall a pixel is for its width; 1 without geometry."""
    return 1.0 if image.grid is None else float(image.grid.spacing[1] / image.grid.spacing[2])


def _fused_value(status: FusedStatus, at: tuple[float, float] | None) -> float | None:
    if status.fused is None or at is None:
        return None
    grey = status.fused.grey
    row, col = (int(np.floor(x + 0.5)) for x in at)
    inside = 0 <= row < grey.shape[0] and 0 <= col < grey.shape[1]
    return float(grey[row, col]) if inside else None


def _message(status: FusedStatus) -> Message | None:
    if status.kind == "done":
        return None
    return Message(status.title, status.hint, badge=status.kind in ("pending", "pairing"))


def _bar(slot: Slot | None) -> ColourBar | None:
    """For an image with a palette: what its colours stand for."""
    if slot is None or not slot.look.palette:
        return None
    colours = palette_bytes(slot.look.palette)
    window = slot.look.window
    return ColourBar(
        colours[::-1] if slot.look.inverted else colours,
        number(window.low),
        f"{number(window.high)} {slot.native.unit}",
    )
