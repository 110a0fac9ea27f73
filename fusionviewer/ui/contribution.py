"""Over the fused pane: where each pixel came from, what was added, which edges were made up or lost."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyqtgraph as pg
from PySide6.QtCore import QObject, QRectF, Signal

from fusionviewer.engine.engine import Engine
from fusionviewer.fusion.contribution import Contribution
from fusionviewer.fusion.correction import Correction
from fusionviewer.fusion.methods import METHODS
from fusionviewer.imaging.structures import Structures
from fusionviewer.texts import text as _
from fusionviewer.ui.contribution_outlines import Outline
from fusionviewer.ui.contribution_texts import (
    FAILED,
    Said,
    of_contribution,
    of_correction,
    of_structures,
)
from fusionviewer.ui.contribution_work import Explorer, Findings, Question
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_overlay import ColourBar
from fusionviewer.ui.pictures import Pixels
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.captions import Captions, kind
from fusionviewer.workspace.state import MAPS, ViewState

MADE_UP, LOST = "#f0e442", "#ffffff"


@dataclass(frozen=True)
class _Shown:
    """What the items on the pane were drawn from."""

    contribution: Contribution | None = None
    correction: Correction | None = None
    structures: Structures | None = None
    map: Pixels | None = None


class ContributionLayer(QObject):
    """Draws what the state asks for, when it is there and belongs to the picture that is shown."""

    said = Signal(Notice)
    changed = Signal()  # the words in the corners

    def __init__(
        self,
        store: Store,
        feed: FusionFeed,
        pane: Pane,
        engine: Engine,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self._found = Findings()
        self._asked: Question | None = None
        self._failed_key = ""  # the slice for which there is no answer
        self._drawn = _Shown()
        self.map = pg.ImageItem()
        self.map.hide()
        self.map.setZValue(-9)  # over the picture, under regions and lines
        pane.box.addItem(self.map, ignoreBounds=True)
        self.unsupported = Outline(pane.box, MADE_UP)
        self.lost = Outline(pane.box, LOST, broken=True)
        self._runner = NewestOnlyRunner(Explorer(engine.runtimes), self)
        self._runner.finished.connect(self._received)
        self._runner.failed.connect(self._failed)
        store.changed.connect(lambda _before, _now: self._follow())
        feed.changed.connect(lambda _status: self._follow())
        self._follow()

    @property
    def contribution(self) -> Contribution | None:
        """What is on the pane."""
        return self._drawn.contribution

    @property
    def correction(self) -> Correction | None:
        return self._drawn.correction

    @property
    def structures(self) -> Structures | None:
        return self._drawn.structures

    def close_threads(self) -> None:
        self._runner.close()

    def described(
        self, captions: Captions, bar: ColourBar | None, at: tuple[float, float] | None
    ) -> tuple[Captions, ColourBar | None]:
        """The words and the colour bar of the fused pane, with what this layer has to say."""
        state = self._store.state
        if not state.overlays or state.request is None or not self._current:
            return captions, bar
        if self._failed_key == self._found.key:
            return replace(captions, top_left=(*captions.top_left, _(FAILED))), bar
        above, below, room = captions.top_left, captions.bottom_right, captions.room
        for said in self._said(state, at):
            above, below, room = above + said.above, said.below + below, said.room + room
            bar = said.bar or bar
        return replace(captions, top_left=above, bottom_right=below, room=room), bar

    def _said(self, state: ViewState, at: tuple[float, float] | None) -> Iterator[Said]:
        drawn = self._drawn
        if "contribution" in state.overlays:
            yield of_contribution(drawn.contribution, source_names(state), at)
        if "correction" in state.overlays:
            yield of_correction(drawn.correction, METHODS[state.method], at)
        if "structures" in state.overlays:
            yield of_structures(drawn.structures)

    @property
    def _current(self) -> bool:
        """Whether the picture on the pane is the fused one that the state asks for."""
        asked, status = self._store.state.request, self._feed.status
        return (
            status.kind == "done"
            and asked is not None
            and status.request is not None
            and asked.key == status.request.key
        )

    def _follow(self) -> None:
        state, status = self._store.state, self._feed.status
        if not state.overlays or not self._current:
            self._stop()
            self._draw(_Shown())
            return
        assert status.request is not None and status.fused is not None
        key, wanted = status.request.key, _wanted(state)
        if self._found.key != key:
            self._found = Findings(key)
        missing = wanted - self._found.names
        if not missing or key == self._failed_key:
            self._stop()
        elif self._asked is None or (self._asked.key, self._asked.wanted) != (key, missing):
            self._asked = Question(status.request, status.fused, missing)
            self._runner.start(self._asked)
        self._draw(
            _Shown(
                self._found.contribution if "contribution" in wanted else None,
                self._found.correction if "correction" in wanted else None,
                self._found.structures if "structures" in wanted else None,
                next((self._found.maps.get(name) for name in MAPS if name in wanted), None),
            )
        )

    def _stop(self) -> None:
        if self._asked is not None:
            self._asked = None
            self._runner.cancel()

    def _received(self, found: Findings) -> None:
        self._asked = None
        if found.key == self._found.key:
            self._found = self._found.joined(found)
            self._follow()

    def _failed(self, error: Exception) -> None:
        """Said once; another slice or method asks again."""
        self._failed_key = self._found.key
        self._asked = None
        self.changed.emit()
        self.said.emit(notice(error))

    def _draw(self, shown: _Shown) -> None:
        if shown != self._drawn:
            self._drawn = shown
            self._draw_map(shown.map)
            found = shown.structures
            self.unsupported.draw(None if found is None else found.unsupported)
            self.lost.draw(None if found is None else found.lost)
        elif not self._store.state.overlays:
            return  # nothing is said, as before
        self.changed.emit()

    def _draw_map(self, pixels: Pixels | None) -> None:
        self.map.setVisible(pixels is not None)
        if pixels is None:
            self.map.clear()
            return
        height, width = pixels.shape[:2]
        self.map.setImage(pixels, autoLevels=False, levels=None)
        self.map.setRect(QRectF(-0.5, -0.5, width, height))


def _wanted(state: ViewState) -> frozenset[str]:
    """What is to be found out for the layers that are asked for."""
    nothing = set() if METHODS[state.method].corrects else {"correction"}
    return frozenset(state.overlays) - nothing


def source_names(state: ViewState) -> tuple[str, str]:
    """What the two fused images are called: ("A CT", "B MR")."""
    a, b = (f"{'ABC'[i]} {kind(state.slots[i].native)}" for i in state.fused_slots)
    return a, b
