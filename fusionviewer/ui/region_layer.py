"""The marks of the state, on every pane: drawn, moved and resized on any of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal

from fusionviewer.imaging.measure import Angle
from fusionviewer.imaging.planes import PLANES
from fusionviewer.imaging.roi_drawing import LINES, SHAPES, Canvas, Spot, box_on
from fusionviewer.imaging.roi_mark import Mark, seen
from fusionviewer.texts import text as _
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.region_item import BoxItem, CornersItem, item_for
from fusionviewer.ui.region_label import RegionLabel, words
from fusionviewer.ui.side_panes import SidePanes
from fusionviewer.ui.store import Store
from fusionviewer.workspace.layouts import shows_planes, subject
from fusionviewer.workspace.planes import seen_in
from fusionviewer.workspace.regions import canvas_of, next_number, with_chosen, with_form
from fusionviewer.workspace.state import ViewState

Key = tuple[str, int]  # the pane, and the number of the mark


@dataclass(frozen=True)
class _Surface:
    """A pane, and the slice that it shows of a state; None while it shows none."""

    pane: Pane
    canvas: Callable[[ViewState], Canvas | None]


class RegionLayer(QObject):
    """Draws the marks of the state on every pane, and turns what the hand does into states.

    `shape` is the entry of SHAPES that the next drag with the region tool draws. The distance and
    angle tools draw those of LINES; the second leg of an angle is a drag or a click of its own.
    """

    menu_asked = Signal(int, QPoint)  # the number of the mark, in global screen pixels
    drew = Signal(str)  # what was drawn, for a word on what comes next

    def __init__(
        self,
        store: Store,
        panes: Iterable[Pane],
        parent: QObject | None = None,
        sides: SidePanes | None = None,
    ) -> None:
        super().__init__(parent)
        self.shape = "rectangle"
        self._store = store
        self._surfaces = {
            str(pane.name): _Surface(pane, partial(canvas_of, pane=pane.name)) for pane in panes
        }
        if sides is not None:
            for i, pane in enumerate(sides.panes):
                self._surfaces[f"side {i}"] = _Surface(pane, partial(_side_canvas, sides, pane))
        self.items: dict[Key, BoxItem | CornersItem] = {}
        self.labels: dict[Key, RegionLabel] = {}
        self._resting: dict[Key, tuple[BoxItem | CornersItem, RegionLabel]] = {}  # hidden
        self._drawn: dict[Key, object] = {}  # what each shows
        self._path: list[Spot] = []
        self._number = 0  # of the mark that is being drawn
        self._open = 0  # the angle whose second leg comes next
        self._held: Key | None = None  # the item that the hand moves just now
        for name, surface in self._surfaces.items():
            surface.pane.drawn.connect(
                lambda row, col, to_row, to_col, done, name=name: self.draw(
                    name, (row, col), (to_row, to_col), done
                )
            )
            surface.pane.pointed.connect(lambda row, col, name=name: self.click(name, (row, col)))
        store.changed.connect(self._follow)
        self._show(store.state)

    @property
    def turning(self) -> bool:
        """Whether the second leg of an angle comes next."""
        state = self._store.state
        return state.tool == "angle" and any(mark.number == self._open for mark in state.marks)

    def draw(self, pane: str, start: Spot, end: Spot, done: bool) -> None:
        """The hand, which went down at `start`, is at `end`; `done`: and has let go."""
        if self._path[:1] != [start]:
            self._path = [start]
            self._begin()
        self._path.append(end)
        if self._open:
            self._turn(pane, end)
        else:
            self._shape(pane)
        if done:
            self._finish()

    def _begin(self) -> None:
        """A new mark, or the second leg of the angle that was drawn last."""
        state = self._store.state
        known = any(mark.number == self._open for mark in state.marks)
        self._open = self._open if known and state.tool == "angle" else 0
        self._number = next_number(state)
        self._store.settle()

    def _shape(self, pane: str) -> None:
        state = self._store.state
        canvas = self._surfaces[pane].canvas(state)
        shape = LINES.get(state.tool) or SHAPES[self.shape]
        form = None if canvas is None else shape.draw(self._path, canvas)
        if form is not None and canvas is not None:
            self._store.apply(with_form, self._number, form, canvas)

    def _finish(self) -> None:
        self._path = []
        self._store.settle()
        drawn = next((m for m in self._store.state.marks if m.number == self._number), None)
        first_leg = drawn is not None and isinstance(drawn.form, Angle) and not self._open
        self._open = self._number if first_leg else 0
        if first_leg:
            self.drew.emit(_("Now drag, or click, where the second leg ends."))

    def click(self, pane: str, at: Spot) -> None:
        """Where the second leg of an angle ends."""
        if self._open and self._store.state.tool == "angle":
            self._begin()
            self._turn(pane, at)
            self._open = 0
            self._store.settle()

    def _turn(self, pane: str, end: Spot) -> None:
        state = self._store.state
        canvas = self._surfaces[pane].canvas(state)
        mark = next((mark for mark in state.marks if mark.number == self._open), None)
        form = None if canvas is None or mark is None else seen(mark, canvas)
        if isinstance(form, Angle) and canvas is not None:
            self._store.apply(with_form, self._open, replace(form, last=end), canvas)

    def _follow(self, before: ViewState, now: ViewState) -> None:
        same_marks = before.marks == now.marks and before.chosen == now.chosen
        same_place = before.slots == now.slots and before.pair is now.pair
        planes = shows_planes(before) or shows_planes(now)  # they follow the crosshair, too
        same_place = same_place and before.slice_index == now.slice_index and not planes
        same_place = same_place and before.own_slices == now.own_slices
        same_place = same_place and before.view == now.view and before.large == now.large
        if not (same_marks and same_place):
            self._show(now)

    def _show(self, state: ViewState) -> None:
        wanted: set[Key] = set()
        for name, surface in self._surfaces.items():
            canvas = surface.canvas(state) if state.marks else None
            if canvas is None:
                continue
            wanted |= {
                (name, mark.number)
                for mark in state.marks
                if self._show_mark(state, name, mark, canvas)
            }
        for key in self.items.keys() - wanted:
            self._rest(key)
        numbers = {mark.number for mark in state.marks}
        for key in [key for key in self._resting if key[1] not in numbers]:
            self._remove(key)

    def _show_mark(self, state: ViewState, name: str, mark: Mark, canvas: Canvas) -> bool:
        """Whether there is anything of it on that pane."""
        form = seen(mark, canvas)
        box = None if form is None else box_on(form, canvas)
        if form is None or box is None:
            return False
        key, view = (name, mark.number), self._surfaces[name].pane.box.viewRect()
        item = self._item(key, mark)
        drawn = (form, box, words(mark, form, canvas), mark.colour, view)
        if key == self._held:  # an item in the hand is where it should be
            self._drawn.pop(key, None)
            self.labels[key].show_words(drawn[2], mark.colour, form, box, view)
        elif self._drawn.get(key) != drawn:
            self._drawn[key] = drawn
            item.show_form(form, box)
            self.labels[key].show_words(drawn[2], mark.colour, form, box, view)
        item.show_chosen(mark.number == state.chosen)
        return True

    def _item(self, key: Key, mark: Mark) -> BoxItem | CornersItem:
        if key in self._resting:
            self.items[key], self.labels[key] = self._resting.pop(key)
            for part in (self.items[key], self.labels[key]):
                part.setVisible(True)
        item = self.items.get(key)
        if item is not None and item.fits(mark.form, mark.colour):
            return item
        self._remove(key)
        item, box = item_for(mark.form, mark.colour), self._surfaces[key[0]].pane.box
        item.sigRegionChanged.connect(lambda: self._moved(key))
        item.sigRegionChangeFinished.connect(lambda: self._released(key))
        item.menu_asked.connect(lambda at: self.menu_asked.emit(key[1], at))
        item.sigClicked.connect(lambda: self._store.apply(with_chosen, key[1]))
        self.items[key], self.labels[key] = item, RegionLabel()
        for part in (item, self.labels[key]):
            box.addItem(part, ignoreBounds=True)
        return item

    def _rest(self, key: Key) -> None:
        """Out of sight, for another slice: making an item takes far longer than hiding it."""
        self._resting[key] = (self.items.pop(key), self.labels.pop(key))
        for part in self._resting[key]:
            part.setVisible(False)
        self._held = None if self._held == key else self._held

    def _remove(self, key: Key) -> None:
        self._drawn.pop(key, None)
        if key in self.items:
            self._rest(key)
        for part in self._resting.pop(key, ()):
            self._surfaces[key[0]].pane.box.removeItem(part)

    def _moved(self, key: Key) -> None:
        state = self._store.state
        canvas, item = self._surfaces[key[0]].canvas(state), self.items.get(key)
        mark = next((mark for mark in state.marks if mark.number == key[1]), None)
        if mark is None or canvas is None or item is None or item.following:
            return
        form = seen(mark, canvas)
        if form is not None:
            self._held = key
            self._store.apply(with_form, key[1], item.form(form, canvas), canvas)

    def _released(self, key: Key) -> None:
        item = self.items.get(key)
        if item is None or item.following:
            return
        self._held = None
        self._store.settle()
        self._show(self._store.state)


def _side_canvas(sides: SidePanes, pane: Pane, state: ViewState) -> Canvas | None:
    """The slice of another plane that a pane beside the main one shows."""
    if not shows_planes(state):
        return None
    plane = next((p.name for p in PLANES.values() if sides.pane_of(p.name) is pane), None)
    return None if plane is None else canvas_of(seen_in(state, plane), subject(state))
