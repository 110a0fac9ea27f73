"""What is done to the images, and the tools of the left button."""

from fusionviewer.texts import marked
from fusionviewer.ui.commands import Action, any_open, applied, frames_asked, patients_asked
from fusionviewer.ui.registration_dialog import ask_registration
from fusionviewer.ui.whole_volume import fuse_whole
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import taken_as_placed
from fusionviewer.workspace.colours import is_coloured, with_colours_toggled
from fusionviewer.workspace.regions import nudged_mark, stretched_mark, without_marks
from fusionviewer.workspace.state import Tool, ViewState
from fusionviewer.workspace.volume_weight import has_one_weight, with_one_weight_toggled


def _tool(label: str, tool: Tool, key: str) -> Action:
    return Action(
        label,
        "&Tools",
        applied(change.with_tool, tool),
        (key,),
        True,
        any_open,
        lambda state: state.tool == tool,
    )


def _registrable(state: ViewState) -> bool:
    """Two placed images that may be fused, or may not only because of where they lie."""
    if len(state.slots) < 2 or state.pairing_due or patients_asked(state):
        return False
    return all(state.slots[i].native.grid is not None for i in state.fused_slots)


_CHANGES = (
    ("left", marked("Chosen region left"), (nudged_mark, 0, -1), "Ctrl+Shift+Left"),
    ("right", marked("Chosen region right"), (nudged_mark, 0, 1), "Ctrl+Shift+Right"),
    ("up", marked("Chosen region up"), (nudged_mark, -1, 0), "Ctrl+Shift+Up"),
    ("down", marked("Chosen region down"), (nudged_mark, 1, 0), "Ctrl+Shift+Down"),
    ("narrower", marked("Chosen region narrower"), (stretched_mark, 0, -1), "Alt+Shift+Left"),
    ("wider", marked("Chosen region wider"), (stretched_mark, 0, 1), "Alt+Shift+Right"),
    ("shorter", marked("Chosen region shorter"), (stretched_mark, -1, 0), "Alt+Shift+Up"),
    ("taller", marked("Chosen region taller"), (stretched_mark, 1, 0), "Alt+Shift+Down"),
)

IMAGE_COMMANDS: dict[str, Action] = {
    "register": Action(
        "&Register…",
        "&Image",
        lambda w: ask_registration(w.store, w),
        ("Ctrl+R",),
        enabled=_registrable,
    ),
    "as-placed": Action(
        "&Fuse as placed",
        "&Image",
        applied(taken_as_placed),
        ("Ctrl+Shift+P",),
        enabled=frames_asked,
    ),
    "fuse-all": Action(
        "Fuse a&ll slices",
        "&Image",
        fuse_whole,
        ("Ctrl+Shift+A",),
        enabled=lambda state: state.pair is not None and state.pair.shape[0] > 1,
    ),
    "one-weight": Action(
        "&One weight for all slices",
        "&Image",
        applied(with_one_weight_toggled),
        enabled=has_one_weight,
        checked=lambda state: state.one_weight,
    ),
    "keep-colours": Action(
        "&Keep the colours of PET and SPECT",
        "&Image",
        applied(with_colours_toggled),
        enabled=is_coloured,
        checked=lambda state: state.colours == "kept",
    ),
    "tool-window": _tool("&Window", "window", "W"),
    "tool-zoom": _tool("&Zoom", "zoom", "Z"),
    "tool-pan": _tool("&Pan", "pan", "T"),
    "tool-scroll": _tool("&Scroll", "scroll", "S"),
    "tool-crosshair": _tool("&Crosshair", "crosshair", "C"),
    "tool-region": _tool("&Region", "region", "R"),
    "tool-distance": _tool("&Distance", "distance", "D"),
    "tool-angle": _tool("&Angle", "angle", "A"),
    "delete-mark": Action(
        "Re&move the chosen region",
        "&Edit",
        lambda w: w.inspector.remove_region(),
        ("Delete", "Backspace"),
        True,
        lambda state: bool(state.chosen),
    ),
    **{
        f"mark-{way}": Action(
            label, "", applied(*done), (key,), True, lambda state: bool(state.chosen)
        )
        for way, label, done, key in _CHANGES
    },
    "draw": Action(
        "Draw from or to the crosshair",
        "",
        lambda w: w.key_drawing.press(),
        ("Space",),
        True,
        lambda state: any_open(state) and state.tool in ("region", "distance", "angle"),
    ),
    "delete-marks": Action(
        "Remove all re&gions",
        "&Edit",
        applied(without_marks),
        enabled=lambda state: bool(state.marks),
    ),
}
