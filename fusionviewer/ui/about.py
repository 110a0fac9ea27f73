"""*About*: which program this is, what it is made of, and under which licences."""

import json
import sys
from html import escape
from importlib.metadata import PackageNotFoundError, distribution, metadata
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from fusionviewer import __version__
from fusionviewer.paths import resources
from fusionviewer.texts import text as _
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC

ICON = 96
LICENCE_NAMES = ("licen", "copying", "notice", "lgpl", "gpl")


class AboutDialog(QDialog):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About FusionViewer"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 480)
        self.licences = Licences()
        tabs = QTabWidget()
        tabs.setAccessibleName(_("About this program, and its licences"))
        tabs.addTab(_about(), _("&About"))
        tabs.addTab(self.licences, _("&Licences"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(tabs)
        layout.addWidget(buttons)


class Licences(QWidget):
    """The parts on the left, the licence of the chosen one on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = licence_texts()
        self.names = QListWidget()
        self.names.setAccessibleName(_("Parts of the program"))
        self.names.setMaximumWidth(200)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName(_("Licence of the chosen part"))
        self.names.currentTextChanged.connect(self._show)
        layout = QHBoxLayout(self)
        layout.addWidget(self.names)
        layout.addWidget(self.text, stretch=1)
        self.names.addItems(list(self._texts))
        self.names.setCurrentRow(0)

    def _show(self, name: str) -> None:
        parts = [path.read_text(encoding="utf-8", errors="replace") for path in self._texts[name]]
        self.text.setPlainText("\n\n".join(parts))


def build_line() -> str:
    """Variant, commit and date of a built program; that it runs from source otherwise."""
    try:
        data = json.loads((resources() / "build.json").read_text(encoding="utf-8"))
        return _(
            "{variant} program of {date}, {commit}, {system}",
            **{name: data[name] for name in ("variant", "date", "commit", "system")},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return _("run from source")


def licence_texts() -> dict[str, list[Path]]:
    """The licence files by part: all that a built program carries, or those of what is installed."""
    if getattr(sys, "frozen", False):
        folder = _program_folder() / "licences"
        parts = {p.name: sorted(p.iterdir()) for p in sorted(folder.glob("*")) if p.is_dir()}
        return {_("Notice"): [folder / "NOTICE.txt"]} | parts
    return {name: files for name in _depended_on() if (files := _installed_licences(name))}


def _program_folder() -> Path:
    program = Path(sys.executable).resolve().parent
    inside = program.parent / "Resources"  # where macOS keeps what is no program
    return inside if (inside / "licences").is_dir() else program


def _depended_on() -> list[str]:
    try:
        required = metadata("fusionviewer").get_all("Requires-Dist") or []
    except PackageNotFoundError:
        return []
    ours = [line for line in required if "extra ==" not in line]
    return sorted({line.split(";")[0].split("<")[0].split(">")[0].split("=")[0] for line in ours})


def _installed_licences(name: str) -> list[Path]:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return []
    files = [f for f in found.files or [] if any(n in f.name.lower() for n in LICENCE_NAMES)]
    paths = [Path(str(found.locate_file(f))) for f in files if f.suffix in ("", ".txt", ".md")]
    return [path for path in paths if path.is_file()]


def _lines() -> tuple[str, ...]:
    """What there is to say, in paragraphs of rich text."""
    return (
        escape(build_line()),
        _("Fuses CT, MR, PET and SPECT images, and lets you check the result."),
        _("For research and teaching. {words}.", words=f"<b>{_(NOT_DIAGNOSTIC)}</b>"),
        _(
            "Images stay on this computer unless you send them to an archive. The update check, "
            "which is off until you switch it on, sends none."
        ),
        _(
            "Apache License 2.0. Uses Qt and Qt for Python under the GNU Lesser General Public "
            "License, version 3; their libraries lie beside the program and may be replaced."
        ),
    )


def _about() -> QWidget:
    icon = QLabel()
    icon.setPixmap(QPixmap(str(resources() / "icons" / "fusionviewer-256.png")).scaledToWidth(
        ICON, Qt.TransformationMode.SmoothTransformation
    ))  # fmt: skip
    icon.setAlignment(Qt.AlignmentFlag.AlignTop)
    text = QLabel(
        f"<h2>FusionViewer {__version__}</h2>" + "".join(f"<p>{line}</p>" for line in _lines()),
        wordWrap=True,
    )
    text.setTextFormat(Qt.TextFormat.RichText)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    text.setAlignment(Qt.AlignmentFlag.AlignTop)
    page = QWidget()
    layout = QHBoxLayout(page)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.setSpacing(24)
    layout.addWidget(icon)
    layout.addWidget(text, stretch=1)
    return page
