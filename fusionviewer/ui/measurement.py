"""What the numbers of a region depend on, and how they are found: no widget, so any thread may."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.roi import Region
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas
from fusionviewer.imaging.roi_statistics import fused_statistics, statistics
from fusionviewer.ui.fusion_feed import FusedStatus
from fusionviewer.ui.roi_table import Row
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.state import SOURCE_PANES, ViewState, pane_slice


@dataclass(frozen=True, eq=False)
class SourceSlice:
    """One image to measure in: as it was read, and the slice and grid that the region lies on."""

    label: str
    image: Image
    slice_index: int
    shown_grid: Grid | None


@dataclass(frozen=True, eq=False)
class Measurement:
    """What the numbers in the table depend on. `fused` is None while it is pending."""

    region: Region
    sources: tuple[SourceSlice, ...]
    slice_index: int
    shown_grid: Grid | None
    fused: NDArray[np.float32] | None


def measure(asked: Measurement, cancel: CancelToken, progress: Progress) -> tuple[Row, ...]:
    """One row per source, then one for the fused image when there is one.

    Raises:
        Cancelled: between native slices.
    """
    rows = []
    for i, source in enumerate(asked.sources):
        found = statistics(
            source.image, asked.region, source.slice_index, source.shown_grid, cancel.check
        )
        rows.append(Row(source.label, found))
        progress(i + 1, len(asked.sources) + 1)
    if asked.fused is not None:
        found = fused_statistics(asked.fused, asked.region, asked.slice_index, asked.shown_grid)
        rows.append(Row("Fused", found))
    return tuple(rows)


def measurement(state: ViewState, status: FusedStatus) -> Measurement | None:
    """What is to be measured in `state`; None without a region or an image."""
    if state.region is None or not state.slots:
        return None
    asked = state.request
    current = asked and status.request and asked.key == status.request.key
    fused = status.fused.grey if current and status.fused is not None else None
    sources = tuple(
        SourceSlice(label, slot.native, pane_slice(state, pane), slot.drawn.grid)
        for label, pane, slot in zip(labels(state), SOURCE_PANES, state.slots, strict=False)
    )
    grid = None if state.pair is None else state.pair.grid
    return Measurement(state.region, sources, state.slice_index, grid, fused)


def labels(state: ViewState) -> list[str]:
    """The rows of the table: A, B, C with what they are, and the fused image if there is a pair."""
    names = [
        f"{pane} {kind(slot.native)}" for pane, slot in zip(SOURCE_PANES, state.slots, strict=False)
    ]
    return [*names, "Fused"] if state.pair is not None else names


def around(shape: str, row: float, col: float, size: float, canvas: Canvas) -> Region | None:
    """A region of `shape` in SHAPES, `size` pixels across, around (row, col)."""
    half = max(size / 2, 1.0)
    turns = np.linspace(0, 2 * np.pi, 33)[:-1]
    circle = [(row + half * float(np.sin(t)), col + half * float(np.cos(t))) for t in turns]
    diagonal = [(row - half, col - half), (row + half, col + half)]
    paths = {"polygon": circle, "freehand": circle, "point": [(row, col)]}
    paths["sphere"] = [(row, col), (row, col + half)]
    return SHAPES[shape].draw(paths.get(shape, diagonal), canvas)
