"""What wheel and buttons do, as the user likes it."""

from dataclasses import dataclass

from PySide6.QtCore import Qt

from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.settings import Tool as Drag


@dataclass(frozen=True)
class MouseHabits:
    """As most viewers have it, until the settings say otherwise.

    Attributes:
        wheel: 1 when turning towards the user shows the next slices, −1 when the previous.
        brighter: 1 when a window drag upwards is brighter, −1 when downwards.
        middle, right: what a drag with these buttons does.
    """

    wheel: int = 1
    brighter: int = 1
    middle: Drag = "pan"
    right: Drag = "zoom"

    def drag(self, button: Qt.MouseButton, tool: str) -> str:
        """What a drag does; with the left button, what `tool` says."""
        others = {Qt.MouseButton.MiddleButton: self.middle, Qt.MouseButton.RightButton: self.right}
        return others.get(button, tool)


def mouse_habits(settings: Settings) -> MouseHabits:
    return MouseHabits(
        1 if settings.wheel == "next" else -1,
        1 if settings.brighter == "up" else -1,
        settings.middle_drag,
        settings.right_drag,
    )
