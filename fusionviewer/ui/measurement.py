"""What the numbers of the marks depend on, and how they are found: no widget, so any thread may."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.measure_profile import Profile, profile
from fusionviewer.imaging.native import Check
from fusionviewer.imaging.roi import Sphere
from fusionviewer.imaging.roi_drawing import LINES, SHAPES, Canvas
from fusionviewer.imaging.roi_mark import Form, Mark, seen
from fusionviewer.imaging.roi_statistics import (
    FUSED_UNIT,
    Statistics,
    fused_image,
    fused_statistics,
    statistics,
    statistics_of,
)
from fusionviewer.texts import in_english, marked
from fusionviewer.ui.fusion_feed import FusedStatus
from fusionviewer.ui.roi_table import Row
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.regions import canvas_of, reaches
from fusionviewer.workspace.state import FUSED, SOURCE_PANES, ViewState

FUSED_LABEL = marked("Fused")
ELSEWHERE = in_english(
    "The fused image is measured on the slice that is shown, and this lies on another."
)
OTHER_FRAME = in_english(
    "It lies in another frame of reference: where the region is in it is not known."
)
Measured = Mapping[int, tuple[Row, ...]]  # the rows of each mark, by its number


@dataclass(frozen=True, eq=False)
class FusedSlice:
    """The fused picture on the screen.

    Attributes:
        share_of_a: (H, W), how much of each pixel came from the first image, or None.
        names: of the two fused images.
    """

    grey: NDArray[np.float32]
    canvas: Canvas
    share_of_a: NDArray[np.float32] | None = None
    names: tuple[str, str] = ("A", "B")


@dataclass(frozen=True, eq=False)
class Question:
    """What the numbers depend on.

    Attributes:
        sources: what each is called, and as it was read.
        fused: None while it is pending, and without a pair.
        apart: number and label of marks and images that lie in different frames of reference.
    """

    marks: tuple[Mark, ...]
    sources: tuple[tuple[str, Image], ...]
    fused: FusedSlice | None = None
    apart: frozenset[tuple[int, str]] = frozenset()


class _Known(WeakKeyDictionary[Image, dict[object, Row]]):
    """By the image itself, which it does not keep: its `id` would soon be that of another one."""


@dataclass
class Measurer:
    """Answers questions; remembers what the sources said, which no scrolling changes."""

    _known: _Known = field(default_factory=_Known)

    def __call__(self, asked: Question, cancel: CancelToken, progress: Progress) -> Measured:
        """For every mark one row per source, then one for the fused image when there is one.

        Raises:
            Cancelled: between native slices.
        """
        found: dict[int, tuple[Row, ...]] = {}
        known = _Known()
        for done, mark in enumerate(asked.marks):
            rows = []
            for label, image in asked.sources if not isinstance(mark.form, Angle) else ():
                if (mark.number, label) in asked.apart:
                    rows.append(Row(label, Statistics(image.unit, count=0, reason=OTHER_FRAME)))
                    continue
                said = self._known.get(image, {})
                key = (mark.form, mark.canvas, label)
                row = said.get(key) or _source_row(label, image, mark, cancel.check)
                known.setdefault(image, {})[key] = row
                rows.append(row)
            if asked.fused is not None and not isinstance(mark.form, Angle):
                rows.append(_fused_row(asked.fused, mark))
            found[mark.number] = tuple(rows)
            progress(done + 1, len(asked.marks))
        self._known = known
        return found


def _source_row(label: str, image: Image, mark: Mark, check: Check) -> Row:
    form, canvas = mark.form, mark.canvas
    assert not isinstance(form, Angle)
    if isinstance(form, Ruler):
        along = profile(image, form, canvas.slice_index, canvas.grid)
        return Row(label, statistics_of(image, along.voxels), along)
    return Row(label, statistics(image, form, canvas.slice_index, canvas.grid, check))


def _fused_row(fused: FusedSlice, mark: Mark) -> Row:
    form = seen(mark, fused.canvas)
    if form is None or isinstance(form, Angle):
        return Row(FUSED_LABEL, Statistics(FUSED_UNIT, count=0, reason=ELSEWHERE))
    index, grid = fused.canvas.slice_index, fused.canvas.grid
    if isinstance(form, Ruler):
        return _fused_line(fused, form, index, grid)
    found = fused_statistics(fused.grey, form, index, grid)
    return Row(FUSED_LABEL, found, share=share_in(fused, form), names=fused.names)


def _fused_line(fused: FusedSlice, form: Ruler, index: int, grid: Grid | None) -> Row:
    image = fused_image(fused.grey, index, grid)
    along: Profile = profile(image, form, 0 if grid is None else index, grid)
    return Row(FUSED_LABEL, statistics_of(image, along.voxels), along)


def share_in(fused: FusedSlice, form: Form) -> float | None:
    """The mean share 0…1 that the first image has in a region of the fused picture.

    None where nobody can tell: the method has no weights, or all of it is background.
    """
    if fused.share_of_a is None or isinstance(form, Ruler | Angle):
        return None
    flat = form
    if isinstance(form, Sphere):
        grid = fused.canvas.grid
        cut = None if grid is None else form.cut(fused.canvas.slice_index, grid.spacing)
        if cut is None:
            return None
        flat = cut
    assert not isinstance(flat, Sphere)
    shares = fused.share_of_a[flat.mask(fused.share_of_a.shape)]
    known = shares[np.isfinite(shares)].astype(np.float64)
    return float(known.mean()) if known.size else None


def question(
    state: ViewState, status: FusedStatus, share: NDArray[np.float32] | None
) -> Question | None:
    """What is to be measured in `state`; None without a mark or an image.

    Args:
        share: of the first image in each fused pixel, where it is known already.
    """
    if not state.marks or not state.slots:
        return None
    sources = tuple(
        (label, slot.native) for label, slot in zip(labels(state), state.slots, strict=False)
    )
    apart = _apart(state)
    asked = state.request
    current = asked and status.request and asked.key == status.request.key
    if not current or status.fused is None or state.pair is None:
        return Question(state.marks, sources, apart=apart)
    names = labels(state)
    a, b = (names[i] for i in state.fused_slots)
    canvas = canvas_of(state, FUSED) or Canvas(state.slice_index, state.pair.grid)
    fused = FusedSlice(status.fused.grey, canvas, share, (a, b))
    return Question(state.marks, sources, fused, apart)


def _apart(state: ViewState) -> frozenset[tuple[int, str]]:
    panes = list(zip(SOURCE_PANES, labels(state), strict=False))[: len(state.slots)]
    return frozenset(
        (mark.number, label)
        for mark in state.marks
        for pane, label in panes
        if not reaches(state, mark, pane)
    )


def labels(state: ViewState) -> list[str]:
    """The rows of the table: A, B, C with what they are, and the fused image if there is a pair."""
    names = [
        f"{pane} {kind(slot.native)}" for pane, slot in zip(SOURCE_PANES, state.slots, strict=False)
    ]
    return [*names, FUSED_LABEL] if state.pair is not None else names


def around(shape: str, row: float, col: float, size: float, canvas: Canvas) -> Form | None:
    """Of SHAPES or LINES, `size` pixels across, around (row, col)."""
    half = max(size / 2, 1.0)
    turns = np.linspace(0, 2 * np.pi, 33)[:-1]
    circle = [(row + half * float(np.sin(t)), col + half * float(np.cos(t))) for t in turns]
    diagonal = [(row - half, col - half), (row + half, col + half)]
    level = [(row, col - half), (row, col + half)]
    paths = {"polygon": circle, "freehand": circle, "point": [(row, col)]}
    paths |= {"sphere": [(row, col), (row, col + half)], "distance": level, "angle": level}
    return (SHAPES | LINES)[shape].draw(paths.get(shape, diagonal), canvas)
