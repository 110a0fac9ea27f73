"""What will happen to files that are about to be dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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
        more = "What is open is replaced; undo brings it back." if state.slots else ""
        return DropPlan("Opens the session", more)
    folders = [path for path in paths if path.is_dir()]
    if folders:
        what = "the folder" if len(folders) == 1 else f"{len(folders)} folders"
        return DropPlan(f"Opens the images in {what}", _room(state))
    if len(paths) == 1:
        return DropPlan(_one(state), _room(state))
    return DropPlan(f"Opens {len(paths)} files", _room(state))


def kinds_plan(state: ViewState, found: Sequence[tuple[str, str]]) -> DropPlan | None:
    """When it is known what is in the files; None where even that does not tell the panes.

    Args:
        found: kind and DICOM's code of each image: ("PET", "PT").
    """
    if len(found) > MAX_IMAGES:
        return DropPlan(f"{len(found)} series", "You choose which of them are shown.")
    if not found or any(modality not in PLACED_BY_KIND for _, modality in found):
        return None
    seats = [
        _Seat(slot.native.modality, pane)
        for slot, pane in zip(state.slots, SOURCE_PANES, strict=False)
    ]
    for kind, modality in found:
        seats = _seated(seats, _Seat(modality, f"{kind} opens as"))
    said, moved = [], []
    for seat, pane in zip(seats, SOURCE_PANES, strict=False):
        if seat.replaced:
            said.append(f"{seat.was.removesuffix(' opens as')} replaces {seat.replaced}")
        elif seat.was not in SOURCE_PANES:
            said.append(f"{seat.was} {pane}")
        elif seat.was != pane:
            moved.append(f"{seat.was} becomes {pane}")
    return DropPlan(", ".join(said), f"{', '.join(moved)}." if moved else _room(state))


PLACED_BY_KIND = ("CT", "MR", "PT", "NM")


@dataclass(frozen=True)
class _Seat:
    """An image in a pane: the pane where it `was`, or how it comes; the pane that it `replaced`."""

    modality: str
    was: str
    replaced: str = ""


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
        return "Opens as A"
    if len(panes) < MAX_IMAGES:
        return f"Opens beside {' and '.join(panes)}"
    return "Replaces one of A, B and C"


def _room(state: ViewState) -> str:
    """How it goes together with the images that are open."""
    if not state.slots:
        return "Two images are shown side by side and fused into one."
    if len(state.slots) < MAX_IMAGES:
        return "CT comes first, then MR, then PET and SPECT."
    return "The image of the same kind makes room, else C; undo brings it back."
