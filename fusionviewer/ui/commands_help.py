"""Help, and what to send when something went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fusionviewer.texts import text as _
from fusionviewer.ui.commands import Action
from fusionviewer.ui.dialogs import show_page
from fusionviewer.ui.layout_help import planes_page
from fusionviewer.ui.measuring_help import measuring_page

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def start_tour(window: MainWindow) -> object:
    from fusionviewer.ui import tour  # its cards name the keys of all commands, this one among them

    return tour.start_tour(window)


HELP_COMMANDS: dict[str, Action] = {
    "keys": Action("&Keys and mouse", "&Help", lambda w: w.show_keys(), ("F1",)),
    "tour": Action("&Tour in five steps", "&Help", start_tour),
    "planes-help": Action(
        "&Planes and layouts",
        "&Help",
        lambda w: show_page(w, _("Planes and layouts"), planes_page()),
    ),
    "layers-help": Action("Contribution and &structures", "&Help", lambda w: w.show_layers_help()),
    "measuring-help": Action(
        "&Regions and their numbers",
        "&Help",
        lambda w: show_page(w, _("Regions and their numbers"), measuring_page()),
    ),
    "report": Action("Copy &report", "&Help", lambda w: w.copy_report()),
    "about": Action("&About FusionViewer", "&Help", lambda w: w.show_about()),
}
