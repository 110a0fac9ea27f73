"""Where the scale bars of a pane go: along its edges, off the picture and off the words."""

from dataclasses import dataclass

from PySide6.QtCore import QLineF

from fusionviewer.ui.pane_texts import MARGIN, Space, Text, free_height, free_row
from fusionviewer.ui.ruler import SHARE, horizontal, ruler, vertical

EDGE = 5  # pixels from the edge of the pane to a ruler
LEAST = 24  # pixels of what lies along an edge


@dataclass(frozen=True)
class Rulers:
    """Lines to be drawn, and one label for them, with its upper left corner."""

    lines: list[QLineF]
    label: str
    left: float
    top: float


def rulers(mm_per_pixel: float, texts: tuple[Text, ...], space: Space) -> Rulers | None:
    """Along the lower and the left edge; without room there, one above all words; else none."""
    return _at_edges(mm_per_pixel, texts, space) or _above_words(mm_per_pixel, texts, space)


def _at_edges(mm_per_pixel: float, texts: tuple[Text, ...], space: Space) -> Rulers | None:
    free = free_height(texts, space.height, space.line) - 2 * space.line  # the label is below
    bar = ruler(mm_per_pixel, min(space.width, space.height, free / SHARE))
    if bar is None or bar.pixels < LEAST:
        return None
    foot = (space.height + bar.pixels) / 2
    lines = horizontal(bar, (space.width - bar.pixels) / 2, space.height - EDGE)
    lines += vertical(bar, EDGE, foot - bar.pixels)
    return Rulers(lines, bar.label, EDGE, foot + 2)


def _above_words(mm_per_pixel: float, texts: tuple[Text, ...], space: Space) -> Rulers | None:
    bar = ruler(mm_per_pixel, min(space.width, space.height))
    if bar is None:
        return None
    left, words = (space.width - bar.pixels) / 2, space.measure(bar.label) + MARGIN
    reach = (left - words, left + bar.pixels + words)
    bottom = free_row(texts, reach, space.height, space.line, space.measure)
    if bottom <= space.height / 2:
        return None
    lines = horizontal(bar, left, bottom)
    return Rulers(lines, bar.label, left + bar.pixels + MARGIN, bottom - space.line + 3)
