"""What a pane shows of a state: its picture, its place in it, and the words over it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import number
from fusionviewer.texts import text as _
from fusionviewer.texts import translated
from fusionviewer.ui.fusion_feed import FusedStatus
from fusionviewer.ui.pane import Pane, Pixels
from fusionviewer.ui.pane_overlay import ColourBar, Message
from fusionviewer.ui.pictures import fused_pixels, palette_bytes, preview_pixels, source_pixels
from fusionviewer.workspace import state as change
from fusionviewer.workspace.captions import Captions, fused_captions, source_captions, title
from fusionviewer.workspace.state import FUSED, PaneName, Slot, ViewState, pane_slice, pane_slot

Spot = tuple[float, float]  # row, column
# What else is to be said on the fused pane: (captions, bar, place under the cursor) → both again.
Describe = Callable[[Captions, ColourBar | None, Spot | None], tuple[Captions, ColourBar | None]]


class PanePainter:
    """Draws one pane. `describers` are of layers over the fused picture."""

    def __init__(self, pane: Pane, label: str) -> None:
        self.pane = pane
        self.describers: list[Describe] = []
        self._label = label  # for screen readers
        self._shown: object = None  # what the picture was made of

    def draw(self, state: ViewState, name: PaneName, status: FusedStatus) -> None:
        """What pane `name` of `state` shows, without its words."""
        self.pane.set_interpolation(state.interpolation)
        if name == FUSED:
            self._draw_fused(state, status)
        else:
            self._draw_source(state, name)
        self.pane.draw_view(state.view)
        here = state.crosshair if change.linked(state, name) else None
        self.pane.draw_crosshair((here.row, here.col) if here else None)

    def _draw_source(self, state: ViewState, name: PaneName) -> None:
        slot = pane_slot(state, name)
        if slot is None:
            self._shown = None
            self.pane.draw_picture(None)
            return
        index = pane_slice(state, name)
        made_of = (id(slot.drawn), index, slot.look)
        if self._shown != made_of:
            self._shown = made_of
            pixels = source_pixels(slot.drawn, index, slot.look)
            self.pane.draw_picture(pixels, tallness(slot.drawn))
        self.pane.describe(
            _(
                "{label} {title}, slice {number}",
                label=self._label,
                title=title(slot.native),
                number=index + 1,
            )
        )

    def _draw_fused(self, state: ViewState, status: FusedStatus) -> None:
        """Only what answers the state as it is now, or a preview of it; else the pane is empty."""
        made_of = (status.kind, _request_key(state, status))
        if self._shown != made_of:
            self._shown = made_of
            pair = state.pair
            picture = _fused_picture(state, status)
            self.pane.draw_picture(picture, 1.0 if pair is None else tallness(pair.a))
        said = status.title or _("slice {number}", number=state.slice_index + 1)
        self.pane.describe(" ".join((self._label, said)))

    def draw_texts(
        self, state: ViewState, name: PaneName, status: FusedStatus, at: Spot | None
    ) -> None:
        """The words, with what lies at `at` (row, column)."""
        zoom = self.pane.zoom
        if state.texts == "full" and not self.pane.overlay.has_room:
            state = replace(state, texts="short")
        if name != FUSED:
            slot = pane_slot(state, name)
            captions = source_captions(state, name, zoom, at) if slot else Captions()
            bar = _bar(slot) if state.texts != "none" else None
            self.pane.draw_texts(captions, bar, None, notice=False)
            return
        captions, bar = _fused_captions(state, status, zoom, at), None
        for describe in self.describers:
            captions, bar = describe(captions, bar, at)
        self.pane.draw_texts(captions, bar, _message(status), notice=state.pair is not None)


def tallness(image: Image) -> float:
    """How tall a pixel is for its width; 1 without geometry."""
    return 1.0 if image.grid is None else float(image.grid.spacing[1] / image.grid.spacing[2])


def _request_key(state: ViewState, status: FusedStatus) -> str:
    """Of the status, when it belongs to the state; else nothing."""
    asked = state.request
    if asked is None or status.request is None or asked.key != status.request.key:
        return ""
    return asked.key


def _fused_picture(state: ViewState, status: FusedStatus) -> Pixels | None:
    request = status.request
    if request is None or not _request_key(state, status):
        return None
    if status.fused is not None:
        return fused_pixels(status.fused)
    if status.kind == "pending":
        return preview_pixels(request.pair, request.slice_index, request.looks)
    return None


def _fused_captions(
    state: ViewState, status: FusedStatus, zoom: float, at: Spot | None
) -> Captions:
    waiting = status.kind == "pending"
    if status.kind != "done" and not waiting:  # there is no picture that could be described
        return Captions(warnings=() if state.pair is None else state.pair.notes)
    note = "" if status.fused is None else status.fused.note
    value = _fused_value(status, at)
    return fused_captions(state, zoom, at, value, preview=waiting, note=note)


def _fused_value(status: FusedStatus, at: Spot | None) -> float | None:
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
        f"{number(window.high)} {translated(slot.native.unit)}",
    )
