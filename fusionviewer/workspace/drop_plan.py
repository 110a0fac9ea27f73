"""What will happen to files that are about to be dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fusionviewer.texts import plural
from fusionviewer.texts import text as _
from fusionviewer.workspace.arrangement import MAX_IMAGES, modality_rank
from fusionviewer.workspace.session import ENDING
from fusionviewer.workspace.state import SOURCE_PANES, ViewState


@dataclass(frozen=True)
class DropPlan:
    """`title` in large letters, `text` below it; what cannot be known before reading is not said."""

    title: str
    text: str = ""


def drop_plan(state: ViewState, paths: Sequence[Path]) -> DropPlan:
    """From the names of the files and from what is open; no file is opened."""
    sessions = [path for path in paths if path.suffix.lower() == ENDING]
    if sessions:
        more = _("What is open is replaced; undo brings it back.") if state.slots else ""
        return DropPlan(_("Opens the session"), more)
    folders = [path for path in paths if path.is_dir()]
    if folders:
        title = plural(
            "Opens the images in the folder", "Opens the images in {count} folders", len(folders)
        )
        return DropPlan(title, _room(state))
    if len(paths) == 1:
        return DropPlan(_one(state), _room(state))
    return DropPlan(_("Opens {count} files", count=len(paths)), _room(state))


def kinds_plan(state: ViewState, found: Sequence[tuple[str, str]]) -> DropPlan | None:
    """When it is known what is in the files; None where even that does not tell the panes.

    Args:
        found: kind and DICOM's code of each image: ("PET", "PT").
    """
    if len(found) > MAX_IMAGES:
        return DropPlan(
            _("{count} series", count=len(found)), _("You choose which of them are shown.")
        )
    if not found or any(modality not in PLACED_BY_KIND for _kind, modality in found):
        return None
    seats = [
        _Seat(slot.native.modality, pane)
        for slot, pane in zip(state.slots, SOURCE_PANES, strict=False)
    ]
    for kind, modality in found:
        seats = _seated(seats, _Seat(modality, kind, new=True))
    said, moved = [], []
    for seat, pane in zip(seats, SOURCE_PANES, strict=False):
        if seat.replaced:
            said.append(_("{kind} replaces {pane}", kind=seat.was, pane=seat.replaced))
        elif seat.new:
            said.append(_("{kind} opens as {pane}", kind=seat.was, pane=pane))
        elif seat.was != pane:
            moved.append(_("{was} becomes {pane}", was=seat.was, pane=pane))
    return DropPlan(", ".join(said), f"{', '.join(moved)}." if moved else _room(state))


PLACED_BY_KIND = ("CT", "MR", "PT", "NM")


@dataclass(frozen=True)
class _Seat:
    """An image in a pane: the pane where it `was`, the kind of a `new` one; the pane `replaced`."""

    modality: str
    was: str
    replaced: str = ""
    new: bool = False


def _seated(seats: list[_Seat], new: _Seat) -> list[_Seat]:
    """As `arrangement.opened` does it."""
    if len(seats) >= MAX_IMAGES:
        same = [i for i, seat in enumerate(seats) if seat.modality == new.modality]
        place = same[-1] if same else len(seats) - 1
        seats = [*seats]
        seats[place] = replace(new, replaced=seats[place].was)
    else:
        seats = [*seats, new]
    return sorted(seats, key=lambda seat: modality_rank(seat.modality))


def _one(state: ViewState) -> str:
    """Where it goes depends on its kind: CT comes before MR, MR before PET and SPECT."""
    panes = SOURCE_PANES[: len(state.slots)]
    if not panes:
        return _("Opens as A")
    if len(panes) < MAX_IMAGES:
        return (
            _("Opens beside {pane}", pane=panes[0])
            if len(panes) == 1
            else _("Opens beside {first} and {second}", first=panes[0], second=panes[1])
        )
    return _("Replaces one of A, B and C")


def _room(state: ViewState) -> str:
    """How it goes together with the images that are open."""
    if not state.slots:
        return _("Two images are shown side by side and fused into one.")
    if len(state.slots) < MAX_IMAGES:
        return _("CT comes first, then MR, then PET and SPECT.")
    return _("The image of the same kind makes room, else C; undo brings it back.")
