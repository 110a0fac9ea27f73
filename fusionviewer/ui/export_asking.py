"""From the question what to export to the order: of what the window shows at that moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fusionviewer.imaging.image import Image
from fusionviewer.texts import text as _
from fusionviewer.ui.export_dialog import ExportDialog
from fusionviewer.ui.exporting import EXPORTS, Choice, Order
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.pane import pane_pixels
from fusionviewer.workspace.regions import drawn_regions, undrawn_regions
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def ask_export(window: MainWindow) -> None:
    state = window.store.state
    if state.pair is None:
        return
    asked = state.pair.native
    stem = f"fused_{state.method}_{state.strategy}".rstrip("_")
    dialog = ExportDialog(
        stem, state.slice_count, window.export_folder, choice_of(window.settings), window
    )
    dialog.chosen.connect(lambda *what: _export(window, asked, *what))
    dialog.open()


def _export(
    window: MainWindow, asked: tuple[Image, Image], choice: Choice, path: Path, overwrite: bool
) -> None:
    state, status = window.store.state, window.feed.status
    if state.request is None or state.request.pair.native != asked:  # something was just opened
        words = _("Other images are fused now than when you were asked, so nothing was written.")
        window.messages.say(Notice(words, _("Export again.")), "warning")
        return
    shown = None
    if EXPORTS[choice.kind].content == "shown":
        if (why := _why_not_shown(window)) is not None:
            window.messages.say(why, "warning")
            return
        shown = pane_pixels(window.grid.panes[FUSED])
    window.export_folder = path.parent
    window.settings = with_choice(window.settings, choice)
    window.exporter.export(
        Order(
            choice,
            path,
            overwrite,
            state.request,
            state.slice_count,
            status.fused,
            shown,
            drawn_regions(state),
            undrawn_regions(state),
        )
    )


def _why_not_shown(window: MainWindow) -> Notice | None:
    """Why the fused pane cannot be written as it is shown; None where it can."""
    if window.feed.status.fused is None:
        return Notice(_("The fused picture is not there yet."))
    if not window.grid.on_screen(FUSED):
        return Notice(
            _("The fused pane is not on the screen, so nothing was written."),
            _("Show it and export again, or choose a plain export."),
        )
    return None


def choice_of(settings: Settings) -> Choice:
    """The choice of the last time; the first one where there is none that still exists."""
    kind = settings.export_kind if settings.export_kind in EXPORTS else Choice.kind
    return Choice(kind, settings.export_parts, settings.export_deidentified, settings.export_bits)


def with_choice(settings: Settings, choice: Choice) -> Settings:
    return settings.model_copy(
        update={
            "export_kind": choice.kind,
            "export_parts": choice.parts,
            "export_deidentified": choice.deidentify,
            "export_bits": choice.bits,
        }
    )
