"""Two pictures in one, over the fused pane: curtain, checkerboard, flicker and the rest."""

from dataclasses import replace
from weakref import ref

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QRectF, QTimer, Signal

from fusionviewer.engine.engine import Answer, Engine
from fusionviewer.imaging.compare import MODES, Pixels, Spot, compared
from fusionviewer.texts import text as _
from fusionviewer.ui import theme
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_overlay import ColourBar
from fusionviewer.ui.pictures import fused_pixels, windowed_pixels
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.slice_feed import SliceFeed
from fusionviewer.ui.store import Store
from fusionviewer.workspace import comparing
from fusionviewer.workspace.captions import Captions
from fusionviewer.workspace.state import (
    FUSED,
    PaneName,
    Party,
    Place,
    ViewState,
    linked,
    pane_slice,
    pane_slot,
)

CURTAIN = "curtain"
FLICKER = "flicker"


class ComparisonLayer(QObject):
    """Draws the comparison of the state over the fused picture, once both sides are there.

    A side that is still being fused is waited for: nothing older is shown in its place.
    """

    said = Signal(Notice)
    changed = Signal()  # the words in the corners

    def __init__(
        self,
        store: Store,
        feed: FusionFeed,
        pane: Pane,
        engine: Engine,
        slices: SliceFeed,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._feed, self._slices = store, feed, slices
        self._pictures: dict[Party, tuple[object, Pixels]] = {}  # and what they were made of
        self._other: Answer | None = None
        self._asked = ""  # the key of the request that runs, or that failed
        self._failed_key = ""
        self._spot = Spot()
        self._dragging = False
        self._drawn: object = None  # what is on the pane
        self._worded = False  # whether the corners say anything of it
        self.picture: Pixels | None = None
        self.image = pg.ImageItem()
        self.image.setZValue(-8)  # over the fused picture, under regions and lines
        pen = pg.mkPen(theme.ACCENT, width=2)
        self.line = pg.InfiniteLine(
            angle=90, pen=pen, hoverPen=pg.mkPen("w", width=3), movable=True
        )
        for item in (self.image, self.line):
            pane.box.addItem(item, ignoreBounds=True)
            item.setVisible(False)
        self._clock = QTimer(self)
        self._runner = NewestOnlyRunner(engine.fuse, self)
        self._connect()
        self._follow()

    def _connect(self) -> None:
        self.line.sigPositionChanged.connect(self._dragged)
        self.line.sigPositionChangeFinished.connect(self._released)
        self._clock.timeout.connect(self._flick)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._fault)
        self._store.changed.connect(lambda _before, _now: self._follow())
        self._feed.changed.connect(lambda _status: self._follow())
        self._slices.arrived.connect(self._draw)

    def close_threads(self) -> None:
        self._clock.stop()
        self._runner.close()

    def hover(self, place: Place | None, pane: PaneName = FUSED) -> None:
        """The cursor is at `place`; what follows it stays where it was when the cursor leaves."""
        mode = MODES.get(self._store.state.comparison.mode)
        if place is not None and linked(self._store.state, pane):
            self._spot = replace(self._spot, row=place.row, col=place.col)
            if mode is not None and mode.follows:
                self._draw()

    def described(
        self, captions: Captions, bar: ColourBar | None, _at: tuple[float, float] | None
    ) -> tuple[Captions, ColourBar | None]:
        """The words of the fused pane, which say what is shown where."""
        state = self._store.state
        if not state.comparison.mode or state.pair is None:
            return captions, bar
        label = _(MODES[state.comparison.mode].label)
        if self.picture is not None:
            legend = comparing.legend(state, self._spot.second)
            return replace(captions, top_left=(_("{name} · display only", name=label), legend)), bar
        name = comparing.party_name(state, "other")
        failed = self._failed_key and self._failed_key == self._asked
        wait = _("{name} gave no picture", name=name) if failed else _("waiting for both pictures…")
        return replace(captions, top_left=(*captions.top_left, f"{label}: {wait}")), bar

    def _follow(self) -> None:
        self._ask()
        self._draw()

    def _ask(self) -> None:
        """For the other method's picture, when it is one of the two and not there yet."""
        request = comparing.other_request(self._store.state)
        known = self._other is not None and request is not None
        if request is None or (known and self._other.request.key == request.key):  # type: ignore[union-attr]
            if self._asked:
                self._asked = ""
                self._runner.cancel()
        elif request.key != self._asked:
            self._asked = request.key
            self._runner.start(request)

    def _received(self, answer: Answer) -> None:
        self._asked, self._other = "", answer
        self._follow()

    def _fault(self, error: Exception) -> None:
        self._failed_key = self._asked
        self.said.emit(notice(error))
        self.changed.emit()

    def _draw(self) -> None:
        state = self._store.state
        self._run_clock(state)
        drawn = self._made_of(state)
        if drawn != self._drawn:
            self._drawn = drawn
            self._show(self._compared(state))
            self._place_line(state)
        if state.comparison.mode or self._worded:  # else there is nothing to say, as before
            self._worded = bool(state.comparison.mode)
            self.changed.emit()

    def _made_of(self, state: ViewState) -> object:
        """Everything that the picture depends on; None for none."""
        comparison = state.comparison
        if not comparison.mode or not {comparison.first, comparison.second} <= {
            *comparing.parties(state)
        }:
            return None
        sides = tuple(self._side(state, p) for p in (comparison.first, comparison.second))
        if None in sides:
            return None
        follows = MODES[comparison.mode].follows
        spot = self._spot if follows else self._spot.second
        return comparison.mode, comparing.setting(comparison), sides, spot

    def _side(self, state: ViewState, party: Party) -> object:
        """What the picture of one side is made of; None while it is not there."""
        if party == FUSED:
            asked, status = state.request, self._feed.status
            current = asked and status.request and asked.key == status.request.key
            return asked.key if asked and current and status.kind == "done" else None
        if party == "other":
            asked = comparing.other_request(state)
            there = asked and self._other and asked.key == self._other.request.key
            return asked.key if asked and there else None
        slot = pane_slot(state, party)
        if slot is None:
            return None
        index = pane_slice(state, party)
        ready = self._slices.ready((self, party), slot.drawn, index, slot.look.slab)
        return (ref(slot.drawn), index, slot.look) if ready else None

    def _compared(self, state: ViewState) -> Pixels | None:
        if self._drawn is None:
            return None
        comparison = state.comparison
        first, second = (self._pixels(state, p) for p in (comparison.first, comparison.second))
        if first.shape[:2] != second.shape[:2]:
            return None
        return compared(first, second, comparison.mode, comparing.setting(comparison), self._spot)

    def _pixels(self, state: ViewState, party: Party) -> Pixels:
        made_of = self._side(state, party)
        known = self._pictures.get(party)
        if known is None or known[0] != made_of:
            known = self._pictures[party] = (made_of, self._new_pixels(state, party))
        return known[1]

    def _new_pixels(self, state: ViewState, party: Party) -> Pixels:
        if party == FUSED:
            assert self._feed.status.fused is not None
            return fused_pixels(self._feed.status.fused)
        if party == "other":
            assert self._other is not None
            return fused_pixels(self._other.fused)
        slot = pane_slot(state, party)
        assert slot is not None
        pixels = self._slices.pixels(slot.drawn, pane_slice(state, party), slot.look.slab)
        return windowed_pixels(pixels, slot.look)

    def _show(self, picture: Pixels | None) -> None:
        self.picture = picture
        self.image.setVisible(picture is not None)
        if picture is None:
            self.image.clear()
            return
        height, width = picture.shape[:2]
        self.image.setImage(np.ascontiguousarray(picture), autoLevels=False, levels=None)
        self.image.setRect(QRectF(-0.5, -0.5, width, height))

    def _place_line(self, state: ViewState) -> None:
        """Where the curtain ends; moved without being told that it moved."""
        picture, comparison = self.picture, state.comparison
        visible = picture is not None and comparison.mode == CURTAIN
        self.line.setVisible(visible)
        if not visible or picture is None:
            return
        width = picture.shape[1]
        self.line.blockSignals(True)
        self.line.setBounds((-0.5, width - 0.5))
        self.line.setValue(comparing.setting(comparison) * width - 0.5)
        self.line.blockSignals(False)

    def _dragged(self) -> None:
        if self.picture is not None and self._store.state.comparison.mode == CURTAIN:
            if not self._dragging:
                self._dragging = True
                self._store.settle()
            share = (self.line.value() + 0.5) / self.picture.shape[1]
            self._store.apply(comparing.with_setting, share)

    def _released(self) -> None:
        self._dragging = False
        self._store.settle()

    def _run_clock(self, state: ViewState) -> None:
        if state.comparison.mode != FLICKER:
            self._clock.stop()
            self._spot = replace(self._spot, second=False)
            return
        interval = round(1000 / comparing.setting(state.comparison))
        if not self._clock.isActive() or self._clock.interval() != interval:
            self._clock.start(interval)

    def _flick(self) -> None:
        self._spot = replace(self._spot, second=not self._spot.second)
        self._draw()
