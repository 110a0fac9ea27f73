"""What a pane shows of a state: its picture, its place in it, and the words over it."""

from collections.abc import Callable
from dataclasses import replace
from weakref import ref

import numpy as np

from fusionviewer.engine.request import FuseRequest
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import number
from fusionviewer.texts import text as _
from fusionviewer.texts import translated
from fusionviewer.ui.fusion_feed import FusedStatus
from fusionviewer.ui.pane import Extent, Pane, Pixels
from fusionviewer.ui.pane_overlay import ColourBar, Message
from fusionviewer.ui.pictures import (
    fused_pixels,
    palette_bytes,
    preview_pixels,
    windowed_pixels,
)
from fusionviewer.ui.slice_feed import SliceFeed
from fusionviewer.workspace import state as change
from fusionviewer.workspace.captions import (
    PREVIEW,
    UNFUSED,
    Captions,
    fused_captions,
    source_captions,
    title,
)
from fusionviewer.workspace.state import FUSED, PaneName, Slot, ViewState, pane_slice, pane_slot

Spot = tuple[float, float]  # row, column
# What else is to be said on the fused pane: (captions, bar, place under the cursor) → both again.
Describe = Callable[[Captions, ColourBar | None, Spot | None], tuple[Captions, ColourBar | None]]


class PanePainter:
    """Draws one pane. `describers` are of layers over the fused picture."""

    def __init__(self, pane: Pane, slices: SliceFeed, label: str) -> None:
        self.pane = pane
        self._slices = slices
        self.describers: list[Describe] = []
        self._label = label  # for screen readers
        self._shown: object = None  # what the picture was made of; an `id` would be given anew

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
        ready = self._slices.ready(self, slot.drawn, index, slot.look.slab)
        made_of = (ready, ref(slot.drawn), index, slot.look)
        if self._shown != made_of:
            self._shown = made_of
            picture = None
            if ready:
                pixels = self._slices.pixels(slot.drawn, index, slot.look.slab)
                picture = windowed_pixels(pixels, slot.look)
            self._put(picture, slot.drawn)
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
        request = status.request if _request_key(state, status) else None
        ready = self._ready(request if status.kind == "pending" else None)
        made_of = (ready, status.kind, _request_key(state, status))
        if self._shown != made_of:
            self._shown = made_of
            picture = None
            if request is not None and status.fused is not None:
                picture = fused_pixels(status.fused)
            elif request is not None and ready:
                picture = self._preview(request)
            self._put(picture, None if state.pair is None else state.pair.a)
        said = status.title or _("slice {number}", number=state.slice_index + 1)
        self.pane.describe(" ".join((self._label, said)))

    def _ready(self, request: FuseRequest | None) -> bool:
        """Whether both slices of a preview are there; False where none is wanted."""
        if request is None:
            for i in range(2):
                self._slices.release((self, i))
            return False
        images, index = (request.pair.a, request.pair.b), request.slice_index
        both = [
            self._slices.ready((self, i), image, index, look.slab)
            for i, (image, look) in enumerate(zip(images, request.looks, strict=True))
        ]
        return all(both)

    def _preview(self, request: FuseRequest) -> Pixels:
        images, index = (request.pair.a, request.pair.b), request.slice_index
        sources = (
            self._slices.pixels(image, index, look.slab)
            for image, look in zip(images, request.looks, strict=True)
        )
        return preview_pixels(sources, request.looks)

    def _put(self, picture: Pixels | None, image: Image | None) -> None:
        """The picture of a slice of `image`, or the room for it."""
        if picture is None and image is not None:
            self.pane.draw_waiting(Extent(*image.shape[1:], tallness(image)))
        else:
            self.pane.draw_picture(picture, 1.0 if image is None else tallness(image))

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
            self.pane.draw_texts(captions, bar, self._slices.message(self), notice=False)
            return
        there = self.pane.pixels is not None
        captions, bar = _fused_captions(state, status, zoom, at, there=there), None
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


def _fused_captions(
    state: ViewState, status: FusedStatus, zoom: float, at: Spot | None, *, there: bool
) -> Captions:
    """`there`: a picture, fused or not."""
    waiting = status.kind == "pending"
    if status.kind != "done" and not waiting:  # there is no picture that could be described
        return Captions(warnings=() if state.pair is None else state.pair.notes)
    note = "" if status.fused is None else status.fused.note
    value = _fused_value(status, at)
    instead = (PREVIEW if there else UNFUSED) if waiting else ""
    return fused_captions(state, zoom, at, value, instead=instead, note=note)


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
