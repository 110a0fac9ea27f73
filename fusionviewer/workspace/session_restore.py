"""From a session back to what was on the screen, as far as it is still there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fusionviewer.errors import InputError
from fusionviewer.fusion.methods import METHODS
from fusionviewer.imaging.color import palette_names
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import facing_order
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.transform import Transform, is_rigid
from fusionviewer.texts import plural
from fusionviewer.texts import text as _
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import MAX_IMAGES
from fusionviewer.workspace.comparing import is_known
from fusionviewer.workspace.layouts import INTERPOLATIONS, LAYOUTS
from fusionviewer.workspace.method_options import are_known
from fusionviewer.workspace.planes import STORED, Shown, in_its_plane, turned_alone
from fusionviewer.workspace.session import Kept, Placement, Session, digest, field_types
from fusionviewer.workspace.session_values import revived
from fusionviewer.workspace.state import (
    OVERLAYS,
    SOURCE_PANES,
    TEXT_LEVELS,
    PaneName,
    Slot,
    ViewState,
)

Check = Callable[[], None]
OpenFiles = Callable[[Sequence[Path], Check], Iterable[Image]]  # may open them one by one


@dataclass(frozen=True, eq=False)
class Reopened:
    """The images of a session, read anew.

    Attributes:
        images: in the order of the session; None where one could not be read.
        notes: what is not as it was, one sentence each.
    """

    session: Session
    images: tuple[Image | None, ...]
    notes: tuple[str, ...] = ()


def reopened(
    session: Session,
    open_files: OpenFiles,
    check: Check = lambda: None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Reopened:
    """Read the images of a session. May take seconds.

    Raises:
        InputError: none of them is there any more.
    """
    images: list[Image | None] = []
    notes: list[str] = []
    for done, kept in enumerate(session.images[:MAX_IMAGES]):
        check()
        image, note = _reopened(kept, open_files, check)
        images.append(image)
        if image is not None:
            image.look_through()
        notes += [note] if note else []
        progress(done + 1, len(session.images))
    if session.images and not any(image is not None for image in images):
        raise InputError(
            _("None of the session's images could be opened. {first}", first=notes[0]),
            _("Connect the drive that they are on, or open them from where they are now."),
        )
    return Reopened(session, tuple(images), tuple(notes))


def _reopened(kept: Kept, open_files: OpenFiles, check: Check) -> tuple[Image | None, str]:
    """An image and what has to be said of it."""
    paths = [Path(path) for path in kept.paths]
    name = _called(kept, paths)
    if not paths:
        return None, _("{image} was in no file and cannot be opened again.", image=name)
    if not all(path.is_file() for path in paths):
        return None, _("{image} is no longer where it was.", image=name)
    try:
        found = _like(kept, open_files(paths, check))
    except InputError as error:
        return None, str(error)
    unchanged = not kept.digest or digest(paths, check) == kept.digest
    return _recognised(kept, name, found, unchanged, check)


def _like(kept: Kept, images: Iterable[Image]) -> Image | None:
    """The very image, else the first of its kind; of many in one file no more than needed."""
    first = None
    for image in images:
        if image.key in _keys(kept):
            return image
        if first is None and image.kind == kept.kind:
            first = image
    return first


def _keys(kept: Kept) -> tuple[str, ...]:
    """Of the image as it was open, and as its files give it."""
    moved = "" if kept.placement is None else kept.placement.card.moving_key
    return (kept.key, moved) if moved else (kept.key,)


def _recognised(
    kept: Kept, name: str, image: Image | None, unchanged: bool, check: Check
) -> tuple[Image | None, str]:
    """The image that was open, or what is there in its place."""
    if image is not None and image.key in _keys(kept) and unchanged:
        try:
            return _placed(image, kept, check), ""
        except InputError as error:
            return image, _("{image} lies as in its file. {why}", image=name, why=str(error))
        except ValueError:
            return image, _(
                "{image} lies as in its file, for its registration makes no sense.", image=name
            )
    if image is None:
        return None, _(
            "{image} has changed since the session was saved, and is no {kind} any more.",
            image=name,
            kind=kept.kind,
        )
    return image, _(
        "{image} has changed since the session was saved; it lies as in its file.", image=name
    )


def _called(kept: Kept, paths: Sequence[Path]) -> str:
    if not paths:
        return _("The {kind}", kind=kept.kind)
    return plural(
        "The {kind} “{name}”",
        "The {kind} “{name}” with {count} files",
        len(paths),
        kind=kept.kind,
        name=paths[0].name,
    )


def _placed(image: Image, kept: Kept, check: Check) -> Image:
    """Where a registration had put it: its voxels as they are, or interpolated anew when it stretched."""
    placement = kept.placement
    if placement is None or placement.grid.shape != image.shape:
        return image
    as_read = image.key == kept.key and not _stretches(placement)
    there = image if as_read else _stretched(image, placement, check)
    source = replace(image.source, frame_of_reference_uid=placement.frame_of_reference_uid)
    return replace(there, grid=placement.grid, placed_by=placement.card, source=source)


def _stretches(placement: Placement) -> bool:
    matrix = placement.card.matrix
    return bool(matrix) and not is_rigid(np.reshape(matrix, (4, 4))[:3, :3])


def _stretched(image: Image, placement: Placement, check: Check) -> Image:
    """Interpolated as an affine registration did it.

    Raises:
        InputError: it does not fit in memory.
        ValueError: the card has no matrix, or none that can be undone.
    """
    matrix = np.reshape(placement.card.matrix, (4, 4))
    return resampled(image, placement.grid, Transform(matrix, "affine").apply, check)


@dataclass(frozen=True, eq=False)
class Restored:
    """A state and what of the session it could not follow, one sentence each."""

    state: ViewState
    notes: tuple[str, ...] = ()


def restored(found: Reopened, now: ViewState | None = None) -> Restored:
    """The state of a session with its images; `now` gives what the session does not say."""
    there = [(i, image) for i, image in enumerate(found.images) if image is not None]
    slots, odd = [], []
    for i, image in there:
        slot, left_out = _slot(image, found.session.images[i].shown)
        slots.append(slot)
        odd += left_out
    values, left_out = _checked(ViewState, found.session.state)
    odd += left_out
    empty = replace(now or ViewState(), slots=(), pair=None, stored_pair=None)
    base = replace(empty, refusal=None, confirmed=False)
    state = _fitting(_made(base, values, odd), tuple(slots), [i for i, _ in there])
    return Restored(state, (*found.notes, *_said(odd)))


def _slot(image: Image, shown: dict[str, Any]) -> tuple[Slot, list[str]]:
    values, odd = _checked(Slot, shown)
    slot = replace(Slot(image, opening_look(image)), **values)
    if slot.look.palette not in ("", *palette_names()):
        slot = replace(slot, look=replace(slot.look, palette=opening_look(image).palette))
        odd.append("palette")
    return slot, odd


def _checked(cls: type, data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that this version understands, and the names of the others."""
    types = field_types(cls)
    values, odd = {}, []
    for name, value in data.items():
        try:
            values[name] = revived(types[name], value)
        except (KeyError, ValueError, TypeError, RecursionError):
            odd.append(name)
    return values, odd


def _made(base: ViewState, values: dict[str, Any], odd: list[str]) -> ViewState:
    """With the values that make sense here; the names of the others go to `odd`."""
    for name, sensible in _SENSIBLE.items():
        if name in values and not sensible(values):
            odd.append(name)
            del values[name]
    if "method" not in values:
        values.pop("strategy", None)
    return change.zoomed(replace(base, **values), 1.0)  # within its limits


_SENSIBLE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "method": lambda v: v["method"] in METHODS,
    "strategy": lambda v: v["strategy"] in _strategies(v.get("method", "")),
    "options": lambda v: are_known(v["options"]),
    "texts": lambda v: v["texts"] in TEXT_LEVELS,
    "layout": lambda v: v["layout"] in LAYOUTS,
    "interpolation": lambda v: v["interpolation"] in INTERPOLATIONS,
    "overlays": lambda v: set(v["overlays"]) <= set(OVERLAYS),
    "comparison": lambda v: is_known(v["comparison"]),
}


def _strategies(method: str) -> tuple[str, ...]:
    return (METHODS[method].strategies or ("",)) if method in METHODS else ()


def _fitting(state: ViewState, slots: tuple[Slot, ...], kept: list[int]) -> ViewState:
    """With the images that are there: what belonged to a missing one goes with it."""
    fused = tuple(kept.index(i) for i in state.fused_slots if i in kept)
    panes: set[PaneName] = {*SOURCE_PANES[: len(slots)], "fused"}
    state = replace(
        state,
        slots=slots,
        fused_slots=fused if len(fused) == 2 and fused[0] != fused[1] else (0, 1),
        active=state.active if state.active in panes else "A",
        large=state.large if state.large in panes else "",
        comparison=state.comparison.among(len(slots)),
    )
    state = replace(state, slice_index=max(state.slice_index, 0), plane=_kept_plane(state))
    return in_its_plane(state) if len(slots) == 1 else turned_alone(state)


def _kept_plane(state: ViewState) -> Shown:
    """As stored where that was what the session showed: once, no stored slice was turned."""
    grid = state.place_grid
    unturned = not state.plane and grid is not None and not facing_order(grid).is_identity
    return STORED if unturned else state.plane


def _said(odd: Sequence[str]) -> Iterator[str]:
    names = [name.replace("_", " ") for name in dict.fromkeys(odd)]
    if names:
        yield _(
            "This version does not know, and left out, what the session says of: {names}.",
            names=", ".join(names),
        )
