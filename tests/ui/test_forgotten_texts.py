"""Texts of the window that nobody can translate, found in its code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import fusionviewer.ui

FILES = sorted(Path(fusionviewer.ui.__file__).parent.glob("*.py"))
# What puts its words before the user.
SAYING = {
    "QAction", "QCheckBox", "QDockWidget", "QGroupBox", "QLabel", "QMenu", "QPushButton",
    "QRadioButton", "QToolBar", "QTableWidgetItem", "QListWidgetItem", "QTreeWidgetItem",
    "addAction", "addButton", "addItem", "addItems", "addMenu", "addRow", "addTab",
    "setAccessibleDescription", "setAccessibleName", "setHeaderLabels", "setHtml",
    "setHorizontalHeaderLabels", "setInformativeText", "setLabel", "setPlaceholderText", "setPrefix",
    "setSpecialValueText", "setStatusTip", "setSuffix", "setTabText", "setText", "setTitle",
    "setToolTip", "setWhatsThis", "setWindowTitle", "insertItem", "setItemText",
    "Notice", "Job", "FusedStatus", "Message", "Pick", "Badge", "InputError", "ExportError",
    "UnreadableFile", "getSaveFileName", "getOpenFileName", "getExistingDirectory", "QFileDialog",
    "QMessageBox", "setNameFilter", "setNameFilters", "ColourBar", "describe", "show_page",
    "offer", "retitle", "ask_and_save", "still_plot",
}  # fmt: skip
STAYS = {  # the same in every language
    "FusionViewer": "a name",
    "<h2>FusionViewer </h2>": "a name",
    "scores.csv": "the name of a file",
    "regions.csv": "the name of a file",
    "bottom": "where an axis is",
    "left": "where an axis is",
    "https://pacs.example/dicom-web": "an address",
    "failed": "a state", "done": "a state", "empty": "a state", "pending": "a state",
    "pairing": "a state", "refused": "a state",
}  # fmt: skip


def forgotten(path: Path) -> Iterator[str]:
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in SAYING:
            for argument in call.args:
                for words in literals(argument):
                    if re.search(r"[^\W\d_]{2}", words) and words not in STAYS:
                        yield f"{path.name}:{argument.lineno} {name}: {words}"


def literals(argument: ast.expr) -> Iterator[str]:
    """The words that stand in an argument themselves, and not in a call."""
    match argument:
        case ast.Constant(value=str(words)):
            yield words
        case ast.JoinedStr(values=parts):
            yield "".join(p.value for p in parts if isinstance(p, ast.Constant))
        case ast.BinOp(left=left, right=right):
            yield from literals(left)
            yield from literals(right)
        case ast.IfExp(body=body, orelse=other):
            yield from literals(body)
            yield from literals(other)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from literals(part)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_the_user_reads_can_be_translated(path: Path) -> None:
    found = list(forgotten(path))
    assert found == [], "see CONTRIBUTING.md, Texts"
