"""What to write, and where."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.ui.exporting import EXPORTS, ExportKind
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC


class ExportDialog(QDialog):
    """Asks for a kind and a place; a file that is there is only replaced when the user says so."""

    chosen = Signal(object, object, bool)  # ExportKind, Path, overwrite

    def __init__(
        self, stem: str, slice_count: int, folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export the fused image")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._stem, self._folder = stem, folder
        self._group = QButtonGroup(self)
        self.kinds: dict[str, QRadioButton] = {}
        self.place = QLineEdit()
        self.place.setAccessibleName("File or folder to write")
        self._build(slice_count)
        self._group.buttonClicked.connect(lambda _button: self._suggest())
        self.kinds["png"].setChecked(True)
        self.kinds["png"].setFocus()
        self._suggest()

    def _build(self, slice_count: int) -> None:
        layout = QVBoxLayout(self)
        for name, kind in EXPORTS.items():
            button = QRadioButton(kind.label)
            button.setAccessibleDescription(kind.description)
            button.setEnabled(slice_count > 1 or bool(kind.ending))  # a series of one is a file
            self._group.addButton(button)
            self.kinds[name] = button
            text = QLabel(kind.description, wordWrap=True)
            text.setObjectName("quiet")
            text.setIndent(24)
            layout.addWidget(button)
            layout.addWidget(text)
        row = QHBoxLayout()
        browse = QPushButton("&Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(lambda _checked: self._browse())
        row.addWidget(self.place, stretch=1)
        row.addWidget(browse)
        layout.addSpacing(8)
        layout.addLayout(row)
        layout.addWidget(QLabel(f"Every export says “{NOT_DIAGNOSTIC}”."))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        export = self.buttons.addButton("&Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._check)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)
        export.setDefault(True)  # which it can only be once it is in the dialog

    @property
    def kind(self) -> ExportKind:
        return next(EXPORTS[name] for name, button in self.kinds.items() if button.isChecked())

    def _suggest(self) -> None:
        """The place with the ending of the kind; a name that the user typed stays."""
        typed = Path(self.place.text()) if self.place.text() else self._folder / self._stem
        self.place.setText(str(typed.with_name(_without_ending(typed.name) + self.kind.ending)))

    def _browse(self) -> None:
        kind = self.kind
        dialog = QFileDialog(self, "Export to", str(Path(self.place.text()).parent))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # asked once, by us
        dialog.selectFile(Path(self.place.text()).name)
        if kind.ending:
            dialog.setNameFilter(f"{kind.label} (*{kind.ending})")
            dialog.setDefaultSuffix(kind.ending[1:])
        dialog.fileSelected.connect(self.place.setText)
        dialog.open()

    def _check(self) -> None:
        """Ask before anything that is there is replaced."""
        path = Path(self.place.text()).expanduser()
        there = path.is_file() or (path.is_dir() and any(path.iterdir()))
        if not there:
            self._finish(path, overwrite=False)
            return
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Replace?",
            f"“{path.name}” exists already.",
            QMessageBox.StandardButton.Cancel,
            self,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setObjectName("replace")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        replace = box.addButton("&Replace", QMessageBox.ButtonRole.AcceptRole)
        replace.clicked.connect(lambda _checked: self._finish(path, overwrite=True))
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.open()

    def _finish(self, path: Path, *, overwrite: bool) -> None:
        kind = self.kind
        self.accept()
        self.chosen.emit(kind, path, overwrite)


def _without_ending(name: str) -> str:
    endings = sorted({kind.ending for kind in EXPORTS.values() if kind.ending}, key=len)
    for ending in reversed(endings):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name
