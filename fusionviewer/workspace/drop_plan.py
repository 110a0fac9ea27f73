"""What will happen to files that are about to be dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fusionviewer.workspace.arrangement import MAX_IMAGES
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
