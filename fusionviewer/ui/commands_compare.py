"""Two pictures in one."""

from collections.abc import Callable

from fusionviewer.imaging.compare import MODES
from fusionviewer.ui.commands import Action, applied, paired
from fusionviewer.ui.reader import start_reading
from fusionviewer.workspace import comparing
from fusionviewer.workspace.state import ViewState


def _comparing(state: ViewState) -> bool:
    return state.pair is not None and bool(state.comparison.mode)


def _comparison(name: str, label: str) -> Action:
    return Action(
        label,
        "&Compare",
        applied(comparing.with_mode, name),
        enabled=paired,
        checked=lambda state: state.comparison.mode == name,
    )


def _compared(label: str, function: Callable[..., ViewState], key: str, *args: object) -> Action:
    return Action(label, "&Compare", applied(function, *args), (key,), True, _comparing)


COMPARE_COMMANDS: dict[str, Action] = {
    "compare": Action(
        "&Compare two images",
        "&Compare",
        applied(comparing.toggled),
        ("M",),
        enabled=paired,
        checked=_comparing,
    ),
    **{f"compare-{mode.name}": _comparison(mode.name, mode.label) for mode in MODES.values()},
    "compare-next": _compared("&Next kind of comparison", comparing.next_mode, "N"),
    "compare-swap": _compared("S&wap both images", comparing.swapped, "X"),
    "compare-less": _compared("&Less: position, size, rate, opacity", comparing.nudged, ",", -1),
    "compare-more": _compared("&More: position, size, rate, opacity", comparing.nudged, ".", 1),
    "reader": Action("&Blinded reading…", "&Compare", start_reading),
}
