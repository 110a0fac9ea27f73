"""Every way in which the marks on the images can change: regions, distances, angles."""

from collections.abc import Callable
from dataclasses import replace

from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.roi import Point, Region
from fusionviewer.imaging.roi_drawing import Canvas
from fusionviewer.imaging.roi_mark import (
    COLOURS,
    Form,
    Mark,
    frames_apart,
    on_slice,
    seen,
    shifted,
    stretched,
)
from fusionviewer.texts import text as _
from fusionviewer.workspace.state import (
    FUSED,
    PaneName,
    ViewState,
    at_slice,
    linked,
    pane_slice,
    pane_slot,
)

MAX_NAME = 60


def canvas_of(state: ViewState, pane: PaneName) -> Canvas | None:
    """The slice that a pane draws on; None while it shows no picture."""
    if state.pair is not None and linked(state, pane):
        return Canvas(state.slice_index, state.pair.grid, _shared_frame(state.pair))
    if pane == FUSED:
        return None
    slot = pane_slot(state, pane)
    if slot is None:
        return None
    return Canvas(
        pane_slice(state, pane), slot.drawn.grid, slot.native.source.frame_of_reference_uid
    )


def _shared_frame(pair: Pair) -> str:
    """The frame of reference of both images; "" where they have two and lie as placed."""
    frames = {image.source.frame_of_reference_uid for image in pair.native} - {""}
    return frames.pop() if len(frames) == 1 else ""


def reaches(state: ViewState, mark: Mark, pane: PaneName) -> bool:
    """Whether it is known where `mark` lies in the image of a source pane."""
    slot = pane_slot(state, pane)
    if slot is None:
        return False
    if not frames_apart(mark.canvas.frame, slot.native.source.frame_of_reference_uid):
        return True
    together = [s.native for s in state.slots if s.placed is not None]  # as the reader wants them
    frames = {image.source.frame_of_reference_uid for image in together}
    return state.pair is not None and linked(state, pane) and mark.canvas.frame in frames


def chosen_mark(state: ViewState) -> Mark | None:
    """The mark whose numbers are shown in full."""
    return next((mark for mark in state.marks if mark.number == state.chosen), None)


def chosen_region(state: ViewState) -> Region | None:
    """The chosen region in the pixels of the shown grid, whatever slice is shown."""
    mark, canvas = chosen_mark(state), canvas_of(state, FUSED)
    index = None if mark is None else slice_of(state, mark)
    if mark is None or canvas is None or index is None:
        return None
    form = seen(mark, replace(canvas, slice_index=index))
    return None if isinstance(form, Ruler | Angle) else form


def drawn_regions(state: ViewState) -> tuple[tuple[str, Region, int], ...]:
    """Name, region and slice of everything that encloses voxels of the pair: what exports carry."""
    found = ((mark.name, _on_pair(state, mark)) for mark in _enclosing(state))
    return tuple((name, *there) for name, there in found if there is not None)


def undrawn_regions(state: ViewState) -> tuple[str, ...]:
    """The names of the other regions: drawn in another plane, or in another frame of reference."""
    return tuple(mark.name for mark in _enclosing(state) if _on_pair(state, mark) is None)


def _enclosing(state: ViewState) -> tuple[Mark, ...]:
    return tuple(mark for mark in state.marks if not isinstance(mark.form, Ruler | Angle))


def _on_pair(state: ViewState, mark: Mark) -> tuple[Region, int] | None:
    """A region in the pixels of the pair, and its slice; None where it is on none of them."""
    canvas, index = canvas_of(state, FUSED), slice_of(state, mark)
    if canvas is None or index is None:
        return None
    form = seen(mark, replace(canvas, slice_index=index))
    return None if form is None or isinstance(form, Ruler | Angle) else (form, index)


def with_form(state: ViewState, number: int, form: Form, canvas: Canvas) -> ViewState:
    """With mark `number` of this form and chosen; a new mark where there is none of that number."""
    old = next((mark for mark in state.marks if mark.number == number), None)
    if old is not None:
        new = replace(old, form=form, canvas=canvas)
        marks = tuple(new if mark is old else mark for mark in state.marks)
        return replace(state, marks=marks, chosen=number)
    new = Mark(number, _free_name(state, form), _free_colour(state), form, canvas)
    return replace(state, marks=(*state.marks, new), chosen=number)


def next_number(state: ViewState) -> int:
    return max((mark.number for mark in state.marks), default=0) + 1


def _free_name(state: ViewState, form: Form) -> str:
    kind = {Ruler: _("Distance"), Angle: _("Angle"), Point: _("Point")}.get(type(form), _("Region"))
    taken = {mark.name for mark in state.marks}
    return next(name for i in range(1, 10_000) if (name := f"{kind} {i}") not in taken)


def _free_colour(state: ViewState) -> str:
    """The colour that the fewest marks have."""
    used = [mark.colour for mark in state.marks]
    return min(COLOURS.values(), key=used.count)


def with_chosen(state: ViewState, number: int) -> ViewState:
    """With mark `number` chosen, and its slice shown where it lies on the shown grid."""
    mark = next((mark for mark in state.marks if mark.number == number), None)
    if mark is None:
        return replace(state, chosen=0)
    index = slice_of(state, mark)
    return replace(state if index is None else at_slice(state, index), chosen=number)


def slice_of(state: ViewState, mark: Mark) -> int | None:
    """The shown slice that a mark is on, the middle one of a ball; None in another plane."""
    for pane in (FUSED, "A"):
        canvas = canvas_of(state, pane)
        if canvas is not None:
            return _slice_on(mark, canvas)
    return None


def _slice_on(mark: Mark, canvas: Canvas) -> int | None:
    old, new = mark.canvas.grid, canvas.grid
    form = mark.form
    middle = getattr(form, "slice", mark.canvas.slice_index)
    if old is None or new is None or old is new:
        return round(middle)
    index = round(float(new.index(old.position((middle, *form.center)))[0]))
    reached = seen(mark, replace(canvas, slice_index=index)) is not None
    return index if reached and 0 <= index < new.shape[0] else None


def renamed(state: ViewState, number: int, name: str) -> ViewState:
    """With another name; an empty one changes nothing."""
    name = " ".join(name.split())[:MAX_NAME]
    return _changed(state, number, lambda mark: replace(mark, name=name or mark.name))


def recoloured(state: ViewState, number: int, colour: str) -> ViewState:
    return _changed(state, number, lambda mark: replace(mark, colour=colour))


def brought_here(state: ViewState, number: int) -> ViewState:
    """With mark `number` on the slice that is shown, where that lies on its grid."""
    mark = next((mark for mark in state.marks if mark.number == number), None)
    canvas = _shown_canvas(state)
    there = None if mark is None else _on_shown_grid(state, mark)
    if canvas is None or there is None:
        return state
    here = on_slice(there, canvas.slice_index)
    return _changed(state, number, lambda _mark: here)


def _shown_canvas(state: ViewState) -> Canvas | None:
    return canvas_of(state, FUSED) or canvas_of(state, "A")


def _on_shown_grid(state: ViewState, mark: Mark) -> Mark | None:
    """The same on its slice of the shown grid; None where it is not seen on that."""
    canvas, index = _shown_canvas(state), slice_of(state, mark)
    if canvas is None or index is None:
        return None
    canvas = replace(canvas, slice_index=index)
    form = seen(mark, canvas)
    return None if form is None else replace(mark, form=form, canvas=canvas)


def nudged_mark(state: ViewState, down: float, right: float) -> ViewState:
    """The chosen mark a little further down and right on the screen."""
    step = state.view.on_slice(down, right)
    return _changed(state, state.chosen, lambda mark: shifted(_as_seen(state, mark), *step))


def stretched_mark(state: ViewState, taller: float, wider: float) -> ViewState:
    """The chosen mark a little taller and wider on the screen; smaller where they are below 0.

    The end of a distance or an angle goes down and right.
    """

    def change(mark: Mark) -> Mark:
        if isinstance(mark.form, Ruler | Angle):
            return stretched(_as_seen(state, mark), *state.view.on_slice(taller, wider))
        sizes = (wider, taller) if state.view.turns % 2 else (taller, wider)
        return stretched(_as_seen(state, mark), *sizes)

    return _changed(state, state.chosen, change)


def _as_seen(state: ViewState, mark: Mark) -> Mark:
    """On the shown grid, for its rows may run another way; as it is where it has no place on that."""
    canvas = _shown_canvas(state)
    if canvas is None or canvas.grid is None or mark.canvas.grid is None:
        return mark
    return _on_shown_grid(state, mark) or mark


def without_mark(state: ViewState, number: int) -> ViewState:
    """Without mark `number`; the last of the others is chosen."""
    marks = tuple(mark for mark in state.marks if mark.number != number)
    return replace(state, marks=marks, chosen=marks[-1].number if marks else 0)


def without_marks(state: ViewState) -> ViewState:
    return replace(state, marks=(), chosen=0)


def _changed(state: ViewState, number: int, change: Callable[[Mark], Mark]) -> ViewState:
    marks = tuple(change(mark) if mark.number == number else mark for mark in state.marks)
    return replace(state, marks=marks)
