"""Help, and what to send when something went wrong."""

from fusionviewer.ui.commands import Action

HELP_COMMANDS: dict[str, Action] = {
    "keys": Action("&Keys and mouse", "&Help", lambda w: w.show_keys(), ("F1",)),
    "layers-help": Action("Contribution and &structures", "&Help", lambda w: w.show_layers_help()),
    "report": Action("Copy &report", "&Help", lambda w: w.copy_report()),
    "about": Action("&About FusionViewer", "&Help", lambda w: w.show_about()),
}
