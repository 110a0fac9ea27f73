"""Layouts, planes, thick slices, and how the picture lies in its pane."""

from __future__ import annotations

from fusionviewer.imaging.planes import PLANES, PlaneName
from fusionviewer.texts import marked
from fusionviewer.ui.commands import Action, any_open, applied
from fusionviewer.workspace import layouts, planes
from fusionviewer.workspace.state import ViewState

MENU = marked("&Layout")
_PLANE_KEYS: dict[PlaneName, str] = {"axial": "F2", "coronal": "F3", "sagittal": "F4"}
_SLABS = {
    "mean": marked("Mean of a slab"),
    "maximum": marked("Maximum of a slab"),
    "minimum": marked("Minimum of a slab"),
}
_LAYOUT_KEYS = {"row": "Ctrl+1", "quad": "Ctrl+2", "planes": "Ctrl+3"}


def _layout(name: str, label: str) -> Action:
    return Action(
        label,
        MENU,
        applied(layouts.toggled_layout, name),
        (_LAYOUT_KEYS[name],),
        enabled=planes.has_planes if name == layouts.PLANES_LAYOUT else any_open,
        checked=lambda state: state.layout == name,
    )


def _plane(name: PlaneName) -> Action:
    return Action(
        PLANES[name].label,
        MENU,
        applied(planes.with_plane, name),
        (_PLANE_KEYS[name],),
        True,  # F2 renames in lists
        planes.has_planes,
        lambda state: planes.shown_plane(state) == name and not planes.is_shown_obliquely(state),
    )


def _slab(kind: str, label: str) -> Action:
    def shown(state: ViewState) -> bool:
        slab = planes.slab_of(state)
        return slab.mm > 0 and slab.kind == kind

    return Action(
        label,
        MENU,
        applied(planes.with_slab_kind, kind),
        enabled=planes.has_planes,
        checked=shown,
    )


def _interpolation(name: str, label: str) -> Action:
    return Action(
        label,
        MENU,
        applied(layouts.with_interpolation, name),
        enabled=any_open,
        checked=lambda state: state.interpolation == name,
    )


LAYOUT_COMMANDS: dict[str, Action] = {
    **{f"layout-{name}": _layout(name, label) for name, label in layouts.LAYOUTS.items()},
    **{f"plane-{name}": _plane(name) for name in PLANES},
    "plane-stored": Action(
        "As st&ored",
        MENU,
        applied(planes.as_stored),
        ("Shift+F2",),
        True,
        lambda state: planes.has_planes(state) or planes.turns(state),
        planes.is_as_stored,
    ),
    "slab-thicker": Action(
        "Thic&ker slices", MENU, applied(planes.slab_step, 1), ("Alt+Up",), True, planes.has_planes
    ),
    "slab-thinner": Action(
        "Thi&nner slices",
        MENU,
        applied(planes.slab_step, -1),
        ("Alt+Down",),
        True,
        planes.has_planes,
    ),
    **{f"slab-{kind}": _slab(kind, label) for kind, label in _SLABS.items()},
    "rotate-right": Action(
        "Turn &right", MENU, applied(layouts.rotated, 1), ("Shift+R",), True, any_open
    ),
    "rotate-left": Action(
        "Turn l&eft", MENU, applied(layouts.rotated, -1), ("Shift+L",), True, any_open
    ),
    "mirror": Action(
        "&Mirror left and right", MENU, applied(layouts.mirrored), ("Shift+M",), True, any_open
    ),
    "mirror-upright": Action(
        "Mirror &up and down",
        MENU,
        lambda w: w.store.apply(layouts.mirrored, upright=True),
        enabled=any_open,
    ),
    **{f"draw-{name}": _interpolation(name, text) for name, text in layouts.INTERPOLATIONS.items()},
}
