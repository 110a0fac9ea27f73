"""What a command of the window is: its words, its key, its menu, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fusionviewer.texts import text as _
from fusionviewer.workspace.state import FUSED, SOURCE_PANES, ViewState

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

Run = Callable[["MainWindow"], object]
When = Callable[[ViewState], bool]


def always(_state: ViewState) -> bool:
    return True


def any_open(state: ViewState) -> bool:
    return bool(state.slots)


def paired(state: ViewState) -> bool:
    return state.pair is not None


def patients_asked(state: ViewState) -> bool:
    """Whether the pair is refused for its patients, which the user may overrule."""
    return state.refusal is not None and state.refusal.asks == "patients"


def frames_asked(state: ViewState) -> bool:
    """The same for its frames of reference."""
    return state.refusal is not None and state.refusal.asks == "frames"


@dataclass(frozen=True)
class Action:
    """One command.

    Attributes:
        menu: "" for a command that only has keys.
        keys: as QKeySequence writes them; the first is shown.
        in_panes: the keys work only while the images have the focus, for fields need them too.
        enabled: when the command makes sense.
        checked: whether it is on; None for a command that cannot be on.
        values: what stands in the label.
    """

    label: str
    menu: str
    run: Run
    keys: tuple[str, ...] = ()
    in_panes: bool = False
    enabled: When = always
    checked: When | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The label as its menu has it, in the language of the window."""
        return _(self.label, **self.values)

    @property
    def title(self) -> str:
        """The words alone, without the mark of the key and the dots of a dialog."""
        return self.words.replace("&", "").rstrip("…")


def applied(function: Callable[..., ViewState], *args: object) -> Run:
    """The command that makes one change of the state."""
    return lambda window: window.store.apply(function, *args)


def active_place(state: ViewState) -> int:
    """The image that keys act on; on the fused pane its base."""
    name = state.active
    place = state.fused_slots[0] if name == FUSED else SOURCE_PANES.index(name)
    return min(place, len(state.slots) - 1)


def on_active(function: Callable[..., ViewState]) -> Run:
    """The command that changes the image that keys act on."""
    return lambda window: window.store.apply(lambda s: function(s, active_place(s)))
