"""The words in the corners of a pane."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.options import as_text
from fusionviewer.imaging.color import palette_names
from fusionviewer.imaging.geometry import letters
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.native import Reading, value_at
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.planes import PLANES, PlaneName, tilt_degrees
from fusionviewer.imaging.upright import OBLIQUE_DEGREES
from fusionviewer.texts import in_english, marked, translated
from fusionviewer.texts import text as _
from fusionviewer.workspace.method_options import changed_of, changed_words
from fusionviewer.workspace.planes import STORED, is_shown_obliquely, shown_plane, slab_of
from fusionviewer.workspace.state import (
    PaneName,
    Slot,
    View,
    ViewState,
    pane_slice,
    pane_slot,
)

NOT_DIAGNOSTIC = marked("Not for diagnostic use")
PREVIEW = marked("Preview, not fused yet: the mean of both · display only")
UNFUSED = marked("Not fused yet")
Lines = tuple[str, ...]


@dataclass(frozen=True)
class Letters:
    """The patient's directions at the edges of a pane; empty without geometry."""

    left: str = ""
    top: str = ""
    right: str = ""
    bottom: str = ""


@dataclass(frozen=True)
class Captions:
    """What is written on a pane.

    Attributes:
        top_left, top_right, bottom_left, bottom_right: lines from top to bottom.
        warnings: what must be known of the picture; at every density, under the top left.
        lesser: of `bottom_left`, what is left out first where two lines do not fit beside each other.
        room: of the last lines of `bottom_right`, the widest that they become under a moving cursor.
        mm_per_pixel: of the screen, for rulers; 0 without geometry, or where none are wanted.
    """

    top_left: Lines = ()
    top_right: Lines = ()
    bottom_left: Lines = ()
    bottom_right: Lines = ()
    warnings: Lines = ()
    lesser: Lines = ()
    room: Lines = ()
    letters: Letters = Letters()
    mm_per_pixel: float = 0.0


def kind(image: Image) -> str:
    """What a radiologist calls it: "CT", "MR", "PET", "SPECT"."""
    return image.kind


def title(image: Image) -> str:
    """One line that tells an image from the others: kind and series, or its name."""
    described = image.source.series_description or image.name
    return f"{kind(image)} {described}".strip()


def source_captions(
    state: ViewState, pane: PaneName, zoom: float, cursor: tuple[float, float] | None
) -> Captions:
    """For a pane that shows an image.

    Args:
        zoom: screen pixels per pixel of the slice.
        cursor: (row, column) under the mouse, in pixels of the slice.
    """
    slot = pane_slot(state, pane)
    if slot is None:
        return Captions()
    index = pane_slice(state, pane)
    full, short = state.texts == "full", state.texts != "none"
    return Captions(
        top_left=_who(slot.native, full) if short else (),
        top_right=_what(slot.native, full) if short else (),
        bottom_left=_where(state, slot.drawn, index, zoom) if short else (),
        bottom_right=(
            *_how(slot, full),
            *_position(slot.drawn, index, cursor, full),
            *_under_cursor(slot, index, cursor),
        )
        if short
        else (),
        warnings=_warnings(slot),
        lesser=_lesser(slot.drawn, index) if short else (),
        room=(*_position_room(slot.drawn, full), _reading_room(slot)) if short else (),
        letters=_letters(slot.drawn, state.view) if short else Letters(),
        mm_per_pixel=_mm_per_pixel(slot.drawn, zoom) if short else 0.0,
    )


def fused_captions(
    state: ViewState,
    zoom: float,
    cursor: tuple[float, float] | None,
    value: float | None = None,
    *,
    instead: str = "",
    note: str = "",
) -> Captions:
    """For the fused pane, when it shows a picture.

    Args:
        value: its grey level under the cursor.
        instead: PREVIEW or UNFUSED while it is not fused yet; stands where the method is named.
        note: what must be known about how it was fused.
    """
    if state.pair is None:
        return Captions()
    full, short = state.texts == "full", state.texts != "none"
    image, at = state.pair.a, state.slice_index
    slots = [state.slots[i] for i in state.fused_slots]
    below = tuple(
        blank(12) if cursor is None else f"{kind(slot.native)} {_reading(slot, at, cursor)}"
        for slot in slots
    )
    values_room = (f"{kind(slot.native)} {_reading_room(slot)}" for slot in slots)
    grey = _("fused {value:.2f}, display only", value=value or 0)
    return Captions(
        top_left=(
            _(instead)
            if instead
            else _("Fused: {method} · display only", method=_fused_by(state, note)),
            *(() if instead or _took_its_place(note) else _changed(state)),
            *((" + ".join(kind(slot.native) for slot in slots),) if short else ()),
            *filter(None, (_corner(state) if short else "",)),
        ),
        bottom_left=_where(state, image, at, zoom) if short else (),
        bottom_right=(
            *_position(image, at, cursor, full),
            *below,
            blank(24) if value is None else grey,
        )
        if short
        else (),
        warnings=(
            *state.pair.notes,
            *_doubts(state.pair),
            *_lossy_sources(slots),
            *((note,) if note else ()),
        ),
        lesser=_lesser(image, at) if short else (),
        room=(*_position_room(image, full), *values_room, grey) if short else (),
        letters=_letters(image, state.view) if short else Letters(),
        mm_per_pixel=_mm_per_pixel(image, zoom) if short else 0.0,
    )


def _corner(state: ViewState) -> str:
    """How the two lie to each other, in one line."""
    assert state.pair is not None
    text = " · ".join(map(translated, state.pair.card.parts()))
    return text[:1].upper() + text[1:]


def _fused_by(state: ViewState, note: str) -> str:
    """The method; where another one took its place, the note begins with both."""
    if _took_its_place(note):
        return translated(f"{note.partition('. ')[0]}.").removesuffix(".")
    label = _(METHODS[state.method].label)
    return f"{label}, {_(SELECTABLE[state.strategy].label)}" if state.strategy else label


def _took_its_place(note: str) -> bool:
    return " in place of " in note.partition(". ")[0]


def _changed(state: ViewState) -> Lines:
    """What is not as usual about the method: "Correction off", "Exponent 2, Windows 16"."""
    words = changed_words(state.options, state.method, state.strategy)
    return (words,) if words else ()


def method_title(state: ViewState) -> str:
    """ "EH-DRAN, SFNN-max power=2": as files name it, with the settings that are not as usual."""
    label = METHODS[state.method].label
    title = f"{label}, {SELECTABLE[state.strategy].label}" if state.strategy else label
    changed = changed_of(state.options, state.method, state.strategy)
    return " ".join((title, *(f"{name}={as_text(value)}" for name, value in changed)))


def _who(image: Image, full: bool) -> Lines:
    patient = image.patient
    name = " ".join(patient.name.replace("^", " ").split())
    number = f"ID {patient.id}" if patient.id else ""
    born = _("born {date}", date=date(patient.birth_date)) if patient.birth_date else ""
    more = (number, " ".join(x for x in (born, patient.sex) if x)) if full else ()
    return tuple(line for line in (name, *more) if line)


def date(text: str) -> str:
    """DICOM's YYYYMMDD as YYYY-MM-DD; anything else as it is."""
    plain = len(text) == 8 and text.isdigit()
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if plain else text


def _what(image: Image, full: bool) -> Lines:
    source = image.source
    series = source.series_description or image.name
    study = (source.study_description, date(source.study_date)) if full else ()
    lines = (kind(image), series if series != kind(image) else "", *study)
    return tuple(line for line in lines if line)


def _where(state: ViewState, image: Image, index: int, zoom: float) -> Lines:
    lines, full = [], state.texts == "full"
    if image.shape[0] > 1:
        known = state.layout == "planes" or is_shown_obliquely(state)
        named = shown_plane(state) if state.plane or known else ""
        slice_ = _("Slice {number}/{count}", number=index + 1, count=image.shape[0])
        plane = f"{_('As stored')}  " if state.plane == STORED else _plane(image, named)
        lines.append(plane + slice_)
    if slab_of(state).mm and image.grid is not None:
        lines.append(translated(slab_of(state).label))
    lesser = _lesser(image, index)[::-1] if full else ()
    return (*lines, *lesser, _("Zoom {percent:.0f} %", percent=zoom * 100))


def _lesser(image: Image, index: int) -> Lines:
    """How large the slice is and where it lies, the less important first."""
    size = f"{image.shape[2]}×{image.shape[1]}"
    if image.grid is None:
        return (size,)
    middle = (index, (image.shape[1] - 1) / 2, (image.shape[2] - 1) / 2)
    along = int(abs(image.grid.axes[0]).argmax())
    return size, f"{_in_letters(image.grid.position(middle), (along,))} mm"


def _plane(image: Image, named: PlaneName | Literal[""] | None) -> str:
    """ "Coronal  ", with the tilt of a volume that was taken obliquely."""
    if not named:
        return ""
    tilt = 0.0 if image.grid is None else tilt_degrees(image.grid, named)
    label = _(PLANES[named].label)
    if tilt > OBLIQUE_DEGREES:
        label = _("{plane}, {tilt:.0f}° oblique", plane=label, tilt=tilt)
    return f"{label}  "


def blank(digits: int) -> str:
    """Room for what stands here while the cursor is on an image, so that nothing jumps."""
    return "\N{FIGURE SPACE}" * digits


def _position(image: Image, index: int, cursor: tuple[float, float] | None, full: bool) -> Lines:
    """Where the cursor is in the patient."""
    if not full or image.grid is None:
        return ()
    if cursor is None:
        return (blank(26),)
    return (f"{_in_letters(image.grid.position((index, *cursor)))} mm",)


def _position_room(image: Image, full: bool) -> Lines:
    return ("R 188.8  A 188.8  H 188.8 mm",) if full and image.grid is not None else ()


def _in_letters(position: NDArray[np.float64], along: tuple[int, ...] = (0, 1, 2)) -> str:
    """ "L 12.3  P 4.5  H 60.0": each coordinate with the letter of the side it is on."""
    sides = ("LR", "PA", "HF")
    return "  ".join(
        f"{sides[i][int(position[i] < 0)]} {abs(float(position[i])):.1f}" for i in along
    )


def _mm_per_pixel(image: Image, zoom: float) -> float:
    return 0.0 if image.grid is None or zoom <= 0 else float(image.grid.spacing[2]) / zoom


def _how(slot: Slot, full: bool) -> Lines:
    window = slot.look.window
    width, level = (f"{x:.4g}".replace("-", "−") for x in (window.width, window.center))
    lines = [f"W {width}  L {level} {translated(slot.native.unit)}"]
    if full and slot.look.palette:
        lines.insert(0, _(palette_names()[slot.look.palette]))
    if slot.look.inverted:
        lines.insert(0, _("Inverted"))
    return tuple(lines)


def _under_cursor(slot: Slot, index: int, cursor: tuple[float, float] | None) -> Lines:
    if cursor is None:
        return (blank(8),)
    return (_reading(slot, index, cursor),)


def _reading(slot: Slot, index: int, cursor: tuple[float, float] | None) -> str:
    """The value of the untouched voxel under the cursor, in its unit."""
    if cursor is None:
        return ""
    found = value_at(slot.native, (index, *cursor), slot.drawn.grid)
    return f"{found.text} {_colour(slot.native, found)}".strip()


def _reading_room(slot: Slot) -> str:
    """About the widest that such a value becomes."""
    colour = " (R 188 G 188 B 188)" if slot.native.rgb is not None else ""
    share = 1.0 if slot.native.has_share_of_maximum else None
    return Reading(-1888, slot.native.unit, (0, 0, 0), share).text + colour


def _colour(native: Image, found: Reading) -> str:
    """Of the very voxel, for pictures that came in colour."""
    if native.rgb is None or found.index is None:
        return ""
    return "(R {} G {} B {})".format(*native.rgb[found.index])


def _doubts(pair: Pair) -> Lines:
    return tuple(dict.fromkeys(note for image in pair.native for note in image.doubts))


def _lossy_sources(slots: list[Slot]) -> Lines:
    """What a fused picture inherits from its sources."""
    lossy = (slot.native for slot in slots if any("ossy" in line for line in _warnings(slot)))
    return tuple(
        in_english("{kind} was compressed with loss.", kind=kind(image)) for image in lossy
    )


def _warnings(slot: Slot) -> Lines:
    notes = list(dict.fromkeys(slot.drawn.notes))
    if slot.native.source.lossy and not any("ossy" in note for note in notes):
        notes.append(in_english("Lossy compressed."))
    if slot.native.source.burned_in and not any("burn" in note.lower() for note in notes):
        notes.append(in_english("May have text burned in."))
    return tuple(notes)


def _letters(image: Image, view: View) -> Letters:
    """Computed from direction cosines, as the picture lies; without geometry nobody knows them."""
    if image.grid is None:
        return Letters()
    down, right = image.grid.axes[1], image.grid.axes[2]
    if view.mirrored:
        right = -right
    for _turn in range(view.turns % 4):  # clockwise: what was up is at the right
        down, right = right, -down
    return Letters(letters(-right), letters(-down), letters(right), letters(down))
