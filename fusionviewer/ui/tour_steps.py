"""What the tour says, step by step; keys are named as the user has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.key_choice import Chosen, keys_of

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


@dataclass(frozen=True)
class Step:
    """One card. In `text`, the name of a command in braces becomes its key.

    Attributes:
        target: what it is about, and what gets a frame.
    """

    title: str
    text: str
    target: Callable[[MainWindow], QWidget]

    def words(self, chosen: Chosen) -> str:
        return _(self.text).format_map(_Keys(chosen))


class _Keys(dict[str, str]):
    """The key of a command, as it is written on this system."""

    def __init__(self, chosen: Chosen) -> None:
        super().__init__()
        self._chosen = chosen

    def __missing__(self, name: str) -> str:
        keys = keys_of(name, self._chosen)
        shown = QKeySequence(keys[0]) if keys else QKeySequence()
        return shown.toString(QKeySequence.SequenceFormat.NativeText) or _("(no key)")


STEPS: tuple[Step, ...] = (
    Step(
        "One place in every image",
        "The images of a patient lie side by side, and the fused image beside them. The wheel, or "
        "{previous} and {next}, scrolls all of them. A click sets the crosshair in all of them; "
        "{enlarge} or a double click gives one of them the whole room.",
        lambda window: window.grid,
    ),
    Step(
        "How they are fused",
        "Choose the method here, and for a network the strategy that brings its features together. "
        "Every tip names the paper. {matrix} shows this slice with all of them at once.",
        lambda window: window.panel,
    ),
    Step(
        "Your left button",
        "A drag changes the window: sideways the width, up or down the brightness. {tool-zoom}, "
        "{tool-pan}, {tool-scroll} and {tool-window} choose what it does; 1 to 9 are presets, and a "
        "right click has windows and palettes. {reset} takes all that back.",
        lambda window: window.tools,
    ),
    Step(
        "Measured where it was imaged",
        "The inspector enlarges the place under the crosshair, and measures a region ({tool-region}) "
        "in every image at once, from its own voxels and in its own unit. A fused grey level is for "
        "looking at only.",
        lambda window: window.inspector,
    ),
    Step(
        "Doubt it, and take it along",
        "{compare} compares any two pictures; {contribution} shows where a pixel came from, and "
        "{structures} what neither image has. {export} writes PNG, TIFF, DICOM or NIfTI. {keys} "
        "lists every key, {undo} undoes every step.",
        lambda window: window.menuBar(),
    ),
)
