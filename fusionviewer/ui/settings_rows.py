"""Every setting that the dialog offers, in one table.

To add one: a field in `workspace.settings.Settings`, a row here, and, where it has to show at once,
a line in `preferences`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.texts import LANGUAGES, marked
from fusionviewer.texts import text as _
from fusionviewer.workspace.settings import Settings

Choices = Sequence[tuple[str, object]]  # what is read, what is kept


@dataclass(frozen=True)
class Row:
    """One setting.

    Attributes:
        choices: what can be picked, given the other settings; None for yes and no.
    """

    name: str
    group: str
    label: str
    help: str
    choices: Callable[[Settings], Choices] | None = None

    def matches(self, words: str) -> bool:
        """Whether every word of a search is somewhere in it."""
        text = f"{_(self.group)} {_(self.label)} {_(self.help)}".casefold()
        return all(word in text for word in words.casefold().split())


def _fixed(*choices: tuple[str, object]) -> Callable[[Settings], Choices]:
    return lambda _settings: [(_(words), value) for words, value in choices]


def _methods(_settings: Settings) -> Choices:
    named = [(_(method.label), name) for name, method in METHODS.items()]
    return [(_("The one used last"), ""), *named]


def _strategies(settings: Settings) -> Choices:
    if settings.start_method not in METHODS:
        return [(_("The one used last"), "")]
    names = METHODS[settings.start_method].strategies
    return [(_(SELECTABLE[name].label), name) for name in names] or [
        (_("None: it has no strategies"), "")
    ]


_DRAGS = _fixed(
    (marked("Window"), "window"),
    (marked("Zoom"), "zoom"),
    (marked("Pan"), "pan"),
    (marked("Scroll through slices"), "scroll"),
    (marked("Crosshair"), "crosshair"),
)

ROWS: tuple[Row, ...] = (
    Row(
        "theme",
        "Appearance",
        "Colours",
        "Dark for rooms without light. Images lie on black in both.",
        _fixed((marked("Dark"), "dark"), (marked("Light"), "light")),
    ),
    Row(
        "text_size",
        "Appearance",
        "Size of texts",
        "Of menus, panels and the texts on images; beside the scale of the screen.",
        _fixed(*((f"{size} %", size) for size in (100, 125, 150, 175, 200))),
    ),
    Row(
        "language",
        "Appearance",
        "Language / Sprache",
        "From the next start of the viewer on. Reports and pictures of panes speak it too; tables, DICOM, "
        "NIfTI and the command line are English.",
        _fixed(
            (marked("As the system has it"), "system"),
            *((name, code) for code, name in LANGUAGES.items()),
        ),
    ),
    Row(
        "texts",
        "Appearance",
        "Texts on images",
        "Warnings and “Not for diagnostic use” are always there.",
        _fixed((marked("All"), "full"), (marked("Few"), "short"), (marked("None"), "none")),
    ),
    Row(
        "start_method",
        "Fusion",
        "Method at the start",
        "What is fused with when the viewer opens.",
        _methods,
    ),
    Row(
        "start_strategy",
        "Fusion",
        "Strategy at the start",
        "How the features of both images are brought together.",
        _strategies,
    ),
    Row(
        "device",
        "Fusion",
        "Device",
        "What computes. Automatic takes a graphics card where there is one that can be used.",
        _fixed(
            (marked("Automatic"), "auto"),
            (marked("Processor (CPU)"), "cpu"),
            (marked("Graphics card (CUDA)"), "cuda"),
            (marked("Apple graphics (MPS)"), "mps"),
        ),
    ),
    Row(
        "wheel",
        "Mouse",
        "Wheel towards you",
        "Which slices it shows.",
        _fixed((marked("Next slices"), "next"), (marked("Previous slices"), "previous")),
    ),
    Row(
        "brighter",
        "Mouse",
        "Window drag makes brighter",
        "The way to drag; sideways is the width.",
        _fixed((marked("Upwards"), "up"), (marked("Downwards"), "down")),
    ),
    Row("left_drag", "Mouse", "Left button at the start", "Other tools by their keys.", _DRAGS),
    Row("middle_drag", "Mouse", "Middle button", "What a drag does.", _DRAGS),
    Row("right_drag", "Mouse", "Right button", "What a drag does; a click opens the menu.", _DRAGS),
    Row(
        "recent_files",
        "Privacy",
        "Recent files",
        "Names of files may name patients. What is kept, only you can read.",
        _fixed(
            (marked("Until the viewer closes"), "run"),
            (marked("Kept, without showing names"), "kept"),
            (marked("Kept, with names of files"), "named"),
        ),
    ),
    Row(
        "reopening",
        "Privacy",
        "Offer to reopen after a crash",
        "Keeps on disk, while the viewer is open, which files are open and how. Never pixels.",
    ),
    Row(
        "update_check",
        "Privacy",
        "Look for a newer version once a day",
        "Asks one address which is the newest, after the start; sends nothing about you, your images "
        "or this computer, and installs nothing. It needs an address, and none is published yet: "
        "whoever runs this computer writes one into the settings file, as update_address.",
    ),
)
GROUPS = tuple(dict.fromkeys(row.group for row in ROWS))
