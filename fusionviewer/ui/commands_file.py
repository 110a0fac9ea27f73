"""Files, export, and the way back."""

from fusionviewer.ui.archive_dialog import ask_archive
from fusionviewer.ui.commands import Action, any_open, applied, on_active, paired, patients_asked
from fusionviewer.ui.export_asking import ask_export
from fusionviewer.workspace import arrangement

FILE_COMMANDS: dict[str, Action] = {
    "open": Action("&Open files…", "&File", lambda w: w.ask_files(), ("Ctrl+O",)),
    "open-folder": Action("Open f&older…", "&File", lambda w: w.ask_folder(), ("Ctrl+Shift+O",)),
    "sample": Action("Open the &sample patient", "&File", lambda w: w.opener.open_sample()),
    "export": Action("&Export…", "&File", ask_export, ("Ctrl+E", "Ctrl+S"), enabled=paired),
    "save-session": Action(
        "Save sess&ion",
        "&File",
        lambda w: w.sessions.save(),
        ("Ctrl+Shift+S",),
        enabled=any_open,
    ),
    "save-session-as": Action(
        "Save session &as…", "&File", lambda w: w.sessions.save_as(), enabled=any_open
    ),
    "archive": Action("&Archive…", "&File", ask_archive, ("Ctrl+K",)),
    "copy": Action(
        "&Copy the picture", "&File", lambda w: w.copy_picture(), ("Ctrl+C",), True, any_open
    ),
    "close-image": Action(
        "C&lose this image", "&File", on_active(arrangement.closed), ("Ctrl+W",), enabled=any_open
    ),
    "close-all": Action(
        "Close &all", "&File", applied(arrangement.all_closed), ("Ctrl+Shift+W",), enabled=any_open
    ),
    "quit": Action("&Quit", "&File", lambda w: w.close(), ("Ctrl+Q",)),
    "undo": Action("&Undo", "&Edit", lambda w: w.store.undo(), ("Ctrl+Z",)),
    "redo": Action("&Redo", "&Edit", lambda w: w.store.redo(), ("Ctrl+Y", "Ctrl+Shift+Z")),
    "settings": Action("&Settings…", "&Edit", lambda w: w.ask_settings(), ("Ctrl+,",)),
    "confirm": Action(
        "Fuse different &patients…", "&Edit", lambda w: w.ask_patients(), enabled=patients_asked
    ),
}
