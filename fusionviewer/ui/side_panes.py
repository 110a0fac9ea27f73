"""The other two planes, beside the pane whose plane is the one of the state.

What a side pane shows is what the main pane would show if the state were in its plane; what is done
in it is done to that state, which is then turned back.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QWidget

from fusionviewer.engine.request import FuseRequest
from fusionviewer.imaging.planes import PLANES, PlaneName
from fusionviewer.texts import text as _
from fusionviewer.ui.fusion_feed import FusedStatus, FusionFeed
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_painter import PanePainter, Spot
from fusionviewer.ui.slice_feed import SliceFeed
from fusionviewer.ui.store import Store
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.layouts import shows_planes, subject
from fusionviewer.workspace.planes import seen_in, shown_plane, through, with_plane
from fusionviewer.workspace.state import FUSED, Place, ViewState, pane_place, pane_slice, pane_slot


class SidePanes(QObject):
    """Two panes for the planes that the main pane does not show."""

    hovered = Signal(object)  # the Place under the cursor, in the voxels of the main pane, or None
    menu_asked = Signal(str, object)

    def __init__(self, store: Store, feed: FusionFeed, slices: SliceFeed, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._sides = [_Side(store, feed, slices, parent) for _ in range(2)]
        for side in self._sides:
            side.hovered.connect(self.hovered)
            side.pane.menu_asked.connect(self._ask_menu)

    @property
    def shown(self) -> bool:
        return shows_planes(self._store.state)

    @property
    def panes(self) -> tuple[Pane, ...]:
        return tuple(side.pane for side in self._sides)

    def pane_of(self, plane: PlaneName) -> Pane | None:
        """The side pane that shows `plane` now."""
        return next((s.pane for s in self._sides if self.shown and s.plane == plane), None)

    def arranged(self, main: Pane) -> list[Pane]:
        """Axial, coronal, sagittal, with `main` for the plane of the state."""
        here = shown_plane(self._store.state)
        others = iter(self._sides)
        found = []
        for plane in PLANES.values():
            if plane.name == here:
                found.append(main)
                continue
            side = next(others)
            side.plane = plane.name
            found.append(side.pane)
        return found

    def draw(self) -> None:
        for side in self._sides:
            if self.shown:
                side.draw()
            else:
                side.forget()

    def scale(self, main: Pane) -> None:
        """As many screen pixels for a mm in all three planes."""
        state = self._store.state
        fits = [(main, main.full_fit / _across_mm(state))]
        fits += [(s.pane, s.pane.full_fit / _across_mm(s.seen)) for s in self._sides]
        smallest = min(per_mm for _, per_mm in fits)
        for pane, per_mm in fits:
            pane.set_fit(smallest / per_mm)
        for side in self._sides:
            side.draw_texts()

    def _ask_menu(self, at: QPoint) -> None:
        self.menu_asked.emit(subject(self._store.state), at)


def _across_mm(state: ViewState) -> float:
    """How wide a pixel of the shown slices is."""
    name = subject(state)
    slot = pane_slot(state, name)
    grid = state.place_grid if slot is None else slot.drawn.grid or state.place_grid
    return 1.0 if grid is None else float(grid.spacing[2])


class _Side(QObject):
    """One pane that shows `plane`."""

    hovered = Signal(object)

    def __init__(self, store: Store, feed: FusionFeed, slices: SliceFeed, parent: QWidget) -> None:
        super().__init__(parent)
        self._store, self._main_feed = store, feed
        self._feed: FusionFeed | None = None  # made when it is needed: it has a thread
        self._cursor: Spot | None = None
        self._turned: tuple[tuple[ViewState, PlaneName, ViewState], ...] = ()
        self.plane: PlaneName = "coronal"
        self._fed: PlaneName = "coronal"  # the plane that the feed was last asked for
        self.pane = Pane(FUSED, parent)
        self.pane.hide()
        self._painter = PanePainter(self.pane, slices, _("Plane beside:"))
        self._connect()

    def _connect(self) -> None:
        pane, store = self.pane, self._store
        pane.scrolled.connect(partial(self._apply, change.scrolled))
        pane.zoomed.connect(lambda factor, _at: self._apply(change.zoomed, factor))
        pane.pointed.connect(self._point)
        pane.window_dragged.connect(self._drag_window)
        pane.hovered.connect(self._hover)
        pane.gesture_ended.connect(store.settle)
        pane.enlarge_asked.connect(self._enlarge)
        pane.placed.connect(self.draw_texts)

    def _apply(self, function: Callable[..., ViewState], *args: object) -> None:
        """Do `function` to what this pane shows."""
        self._store.apply(through, self.plane, lambda state: function(state, *args))

    def _point(self, row: float, col: float) -> None:
        self._apply(lambda s: change.pointed(s, Place(pane_slice(s, subject(s)), row, col)))

    def _drag_window(self, dx: float, dy: float) -> None:
        state = self._store.state
        place = pane_place(state, subject(state))
        if place < len(state.slots):
            self._store.apply(looks.dragged_window, place, dx, dy)

    def _enlarge(self) -> None:
        """Large in its own plane; the same again gives all planes back."""
        plane = self.plane
        self._store.apply(lambda state: change.enlarged(with_plane(state, plane), subject(state)))

    def _hover(self, at: Spot | None) -> None:
        self._cursor = at
        self.draw_texts()
        if at is None:
            self.hovered.emit(None)
            return
        state = self._store.state
        here = Place(pane_slice(self.seen, subject(state)), *at)
        there = with_plane(replace(self.seen, crosshair=here), state.plane)
        self.hovered.emit(there.crosshair)

    @property
    def seen(self) -> ViewState:
        """As if this pane were the main one, with the texts that it has room for."""
        state = self._in_plane(self._store.state)
        return replace(state, texts="short") if state.texts == "full" else state

    def _asked(self, state: ViewState) -> FuseRequest | None:
        wanted = shows_planes(state) and subject(state) == FUSED
        return self._in_plane(state).request if wanted else None

    def _in_plane(self, state: ViewState) -> ViewState:
        """`seen_in` of the last two states: each is asked for many times while the panes are drawn."""
        for known, plane, seen in self._turned:
            if known is state and plane == self.plane:
                return seen
        seen = seen_in(state, self.plane)
        self._turned = (*self._turned[-1:], (state, self.plane, seen))
        return seen

    def _follow_plane(self) -> None:
        if self._feed is None:
            self._feed = self._main_feed.beside(self._asked)
            self._feed.changed.connect(lambda _status: self._draw_fused())
        elif self._fed != self.plane:  # the state is the same, but another plane is asked for
            self._feed.refresh()
        self._fed = self.plane

    @property
    def _status(self) -> FusedStatus:
        return FusedStatus("empty") if self._feed is None else self._feed.status

    def draw(self) -> None:
        """All but the words, which name the zoom that `SidePanes.scale` gives."""
        state = self.seen
        if subject(state) == FUSED:
            self._follow_plane()
        self.pane.set_tool(state.tool)
        self._painter.draw(state, subject(state), self._status)

    def forget(self) -> None:
        """Nothing is drawn: closed images are not kept for it."""
        self._turned = ()

    def _draw_fused(self) -> None:
        state = self._store.state
        if shows_planes(state) and subject(state) == FUSED:
            self._painter.draw(self.seen, FUSED, self._status)
            self.draw_texts()

    def draw_texts(self) -> None:
        if shows_planes(self._store.state):
            state = self.seen
            self._painter.draw_texts(state, subject(state), self._status, self._cursor)
