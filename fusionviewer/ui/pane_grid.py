"""A, B, C and fused, all showing the same place, in one of several layouts."""

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.fusion_feed import FusedStatus, FusionFeed
from fusionviewer.ui.layout import cells
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_painter import Describe, PanePainter
from fusionviewer.ui.side_panes import SidePanes
from fusionviewer.ui.slice_feed import SliceFeed
from fusionviewer.ui.store import Store
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.layouts import shows_planes, subject
from fusionviewer.workspace.state import (
    FUSED,
    SOURCE_PANES,
    PaneName,
    Place,
    ViewState,
    pane_slice,
)


class PaneGrid(QWidget):
    """All panes, drawn from the store's state and the feed's status, which the mouse changes."""

    hovered = Signal(object, str)  # the Place under the cursor, or None; in the voxels of this pane
    menu_asked = Signal(str, object)  # pane, where on the screen
    drawn = Signal(
        str, float, float, float, float, bool
    )  # pane, row, column to row, column; finished

    def __init__(
        self, store: Store, feed: FusionFeed, slices: SliceFeed, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self._cursor: tuple[PaneName, tuple[float, float]] | None = None
        self.panes: dict[PaneName, Pane] = {n: Pane(n, self) for n in (*SOURCE_PANES, FUSED)}
        self._painters = {
            name: PanePainter(
                pane, slices, _("Fused pane:") if name == FUSED else _("Pane {name}:", name=name)
            )
            for name, pane in self.panes.items()
        }
        self.sides = SidePanes(store, feed, slices, self)
        self.sides.hovered.connect(lambda at: self.hovered.emit(at, subject(store.state)))
        self.sides.menu_asked.connect(self.menu_asked)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._arranged: object = None
        # Panes that appear would be painted three times, as their parts find their places.
        self._settling = QTimer(self, singleShot=True, interval=0)
        self._settling.timeout.connect(lambda: self.setUpdatesEnabled(True))
        self._covered = 0  # pixels at the top
        self._away: Pane | None = None  # in another window
        for pane in self.panes.values():
            self._connect(pane)
        for pane in self._every:
            pane.placed.connect(partial(self._cover, pane))
        store.changed.connect(self._follow)
        feed.changed.connect(self._draw_fused)
        slices.arrived.connect(self._redraw)
        self._follow(None, store.state)

    @property
    def describers(self) -> list[Describe]:
        """Of layers over the fused picture."""
        return self._painters[FUSED].describers

    @property
    def choosable_panes(self) -> tuple[PaneName, ...]:
        """Those that hold something, on the screen or not, in reading order."""
        return (*SOURCE_PANES[: len(self._store.state.slots)], FUSED)

    @property
    def visible_panes(self) -> tuple[PaneName, ...]:
        """Those of `choosable_panes` that the state shows."""
        state = self._store.state
        if state.large and self.panes[state.large] is not self._away:
            return (state.large,)
        return (subject(state),) if shows_planes(state) else self.choosable_panes

    def on_screen(self, name: PaneName) -> bool:
        """Whether a pane is drawn as the state is: what is hidden shows what was there before."""
        return name in self._drawn_panes

    @property
    def foremost(self) -> Pane:
        """The active pane; where it is not on the screen, the one that is."""
        active = self._store.state.active
        return self.panes[active if self.on_screen(active) else self.visible_panes[0]]

    @property
    def _drawn_panes(self) -> tuple[PaneName, ...]:
        names = self.visible_panes
        away = tuple(n for n, pane in self.panes.items() if pane is self._away and n not in names)
        return (*names, *away)

    def lent(self, name: PaneName) -> Pane:
        """A pane for another window; it is drawn there as it was here, until `take_back`."""
        self._away = self.panes[name]
        self._grid.removeWidget(self._away)
        self._arranged = None
        self._follow(self._store.state, self._store.state)
        return self._away

    def take_back(self) -> None:
        if self._away is not None:
            self._away.setParent(self)
        self._away, self._arranged = None, None
        self._follow(self._store.state, self._store.state)

    def cover(self, pixels: int) -> None:
        """Something lies over so many pixels at the top."""
        self._covered = pixels
        for pane in self._every:
            self._cover(pane)

    def _cover(self, pane: Pane) -> None:
        here = pane is not self._away
        pane.overlay.cover(max(self._covered - pane.y(), 0) if here else 0)

    @property
    def _every(self) -> tuple[Pane, ...]:
        return (*self.panes.values(), *self.sides.panes)

    def focus_active(self) -> None:
        self.panes[self._store.state.active].setFocus()

    def _connect(self, pane: Pane) -> None:
        store, name = self._store, pane.name
        pane.activated.connect(lambda: store.apply(change.with_active, name))
        pane.scrolled.connect(lambda steps: store.apply(change.scrolled_in, name, steps))
        pane.zoomed.connect(lambda factor, at: store.apply(change.zoomed, factor, at))
        pane.panned.connect(lambda rows, cols: store.apply(change.panned, rows, cols))
        pane.window_dragged.connect(lambda dx, dy: self._drag_window(name, dx, dy))
        pane.pointed.connect(lambda row, col: self._point(name, row, col))
        pane.hovered.connect(lambda at: self._hover(name, at))
        pane.gesture_ended.connect(store.settle)
        pane.enlarge_asked.connect(lambda: store.apply(change.enlarged, name))
        pane.menu_asked.connect(lambda at: self.menu_asked.emit(name, at))
        pane.drawn.connect(lambda *drag: self.drawn.emit(name, *drag))
        pane.placed.connect(lambda: self._draw_texts(name))

    def _drag_window(self, name: PaneName, dx: float, dy: float) -> None:
        """On the fused pane, the window of its base: it shows what its sources show."""
        place = change.pane_place(self._store.state, name)
        if place < len(self._store.state.slots):
            self._store.apply(looks.dragged_window, place, dx, dy)

    def _point(self, name: PaneName, row: float, col: float) -> None:
        """An image that lies nobody knows where says nothing of a place in the others."""
        state = self._store.state
        if change.linked(state, name):
            self._store.apply(change.pointed, Place(pane_slice(state, name), row, col))

    def _hover(self, name: PaneName, at: tuple[float, float] | None) -> None:
        self._cursor = at and (name, at)
        for pane in self._drawn_panes:
            self._draw_texts(pane)
        state = self._store.state
        self.hovered.emit(at and Place(pane_slice(state, name), *at), name)

    def _follow(self, before: ViewState | None, now: ViewState) -> None:
        self._arrange()
        if before is None or before.tool != now.tool:
            for pane in self.panes.values():
                pane.set_tool(now.tool)
        self._redraw()

    def _redraw(self) -> None:
        for name in self._drawn_panes:
            self._draw(name)
        self.sides.draw()
        self._scale()

    def _scale(self) -> None:
        """Planes of one image have one scale; images side by side each fit their pane."""
        shown = self.visible_panes
        for name, pane in self.panes.items():
            if name not in shown or not self.sides.shown:
                pane.set_fit(1.0)
        if self.sides.shown:
            self.sides.scale(self.panes[shown[0]])
            self._draw_texts(shown[0])  # they name the zoom

    def _draw_fused(self, _status: FusedStatus) -> None:
        if FUSED in self._drawn_panes:
            self._draw(FUSED)
            self._scale()

    def _draw(self, name: PaneName) -> None:
        state = self._store.state
        self._painters[name].draw(state, name, self._feed.status)
        several = len(self.visible_panes) > 1 or self.sides.shown
        self.panes[name].draw_active(name == state.active and several)
        self._draw_texts(name)

    def redraw_fused_texts(self) -> None:
        """A layer over the fused picture has something else to say."""
        self._draw_texts(FUSED)

    def _draw_texts(self, name: PaneName) -> None:
        state, at = self._store.state, self._cursor_in(name)
        self._painters[name].draw_texts(state, name, self._feed.status, at)

    def _cursor_in(self, name: PaneName) -> tuple[float, float] | None:
        """The place under the cursor, for a pane that has the same pixels as the one it is in."""
        if self._cursor is None:
            return None
        where, at = self._cursor
        return at if change.same_pixels(self._store.state, where, name) else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._scale()

    def _arrange(self) -> None:
        """Put every visible pane into its cell, and hide the others."""
        state = self._store.state
        shown = [self.panes[name] for name in self.visible_panes]
        if shows_planes(state):
            shown = self.sides.arranged(shown[0])
        shown = [pane for pane in shown if pane is not self._away]
        if not shown:
            return  # nothing is open, and the empty pane is in another window
        places = cells(len(shown), state.layout, self.width(), self.height())
        if self._arranged == (shown, places):
            return
        self._arranged = (shown, places)
        self.setUpdatesEnabled(False)
        self._settling.start()
        had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        every = [pane for pane in self._every if pane is not self._away]
        for pane in every:
            self._grid.removeWidget(pane)
        for pane, place in zip(shown, places, strict=True):
            self._grid.addWidget(pane, place.row, place.column, 1, place.columns)
        for pane in shown:
            pane.setVisible(True)
        if had_focus:
            self.focus_active()  # first: a pane that is hidden with the focus hands it to any other
        for pane in every:
            pane.setVisible(pane in shown)
        for i in range(len(every)):
            self._grid.setColumnStretch(i, int(any(i == p.column for p in places)))
            self._grid.setRowStretch(i, int(any(i == p.row for p in places)))
        self._grid.activate()
