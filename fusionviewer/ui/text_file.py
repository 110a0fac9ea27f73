"""Text to a file that the user names."""

import os
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from fusionviewer.errors import ExportError
from fusionviewer.texts import text as _


def ask_and_save(parent: QWidget, title: str, name: str, text: str) -> Path | None:
    """Ask where to, and write `text` there as UTF-8; None when the user changed their mind.

    The dialog asks before a file is overwritten.

    Raises:
        ExportError: nothing was written.
    """
    chosen, _kind = QFileDialog.getSaveFileName(
        parent, title, name, _("Table (*.csv);;All files (*)")
    )
    if not chosen:
        return None
    path = Path(chosen)
    save_text(path, text)
    return path


def save_text(path: Path, text: str) -> None:
    """Write beside, then rename: what was there before stays until the new file is whole.

    Raises:
        ExportError: the folder is missing or full, or may not be written to.
    """
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ExportError(_("“{name}” could not be written.", name=path.name)) from error
