"""What to write, and where."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.texts import text as _
from fusionviewer.ui.export_parts import PARTS
from fusionviewer.ui.exporting import EXPORTS, Choice, ExportKind
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC

INDENT = 24


class ExportDialog(QDialog):
    """Asks for a kind and a place; a file that is there is only replaced when the user says so."""

    chosen = Signal(object, object, bool)  # Choice, Path, overwrite

    def __init__(
        self,
        stem: str,
        slice_count: int,
        folder: Path,
        last: Choice | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Export the fused image"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(620)
        self._stem, self._folder = stem, folder
        self._group = QButtonGroup(self)
        self.kinds: dict[str, QRadioButton] = {}
        self.parts: dict[str, QCheckBox] = {}
        self.place = QLineEdit()
        self.place.setAccessibleName(_("File or folder to write"))
        self.deidentify = QCheckBox(_("&De-identify: no names, numbers, places and dates"))
        self.deidentify.setToolTip(_("DICOM PS3.15 Basic Profile; identifiers are made anew."))
        self.deep = QCheckBox(_("Grey with &16 bits instead of 8"))
        self._build(slice_count)
        self._group.buttonClicked.connect(lambda _button: self._suggest())
        self._show(last or Choice())

    def _build(self, slice_count: int) -> None:
        layout = QVBoxLayout(self)
        for name, kind in EXPORTS.items():
            button = QRadioButton(_(kind.label))
            button.setAccessibleDescription(_(kind.description))
            button.setEnabled(slice_count > 1 or kind.content != "volume")  # one slice is a file
            self._group.addButton(button)
            self.kinds[name] = button
            text = QLabel(_(kind.description), wordWrap=True)
            text.setObjectName("quiet")
            text.setIndent(INDENT)
            layout.addWidget(button)
            layout.addWidget(text)
            if kind.parts:
                layout.addLayout(self._part_boxes())
        layout.addSpacing(8)
        layout.addWidget(self.deep)
        layout.addWidget(self.deidentify)
        layout.addLayout(self._place_row())
        layout.addWidget(QLabel(_("Every export says “{words}”.", words=_(NOT_DIAGNOSTIC))))
        self._add_buttons(layout)

    def _part_boxes(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(INDENT, 0, 0, 4)
        for i, (name, part) in enumerate(PARTS.items()):
            box = QCheckBox(_(part.label))
            box.setToolTip(_(part.explained))
            self.parts[name] = box
            grid.addWidget(box, i // 2, i % 2)
        return grid

    def _place_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        browse = QPushButton(_("&Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(lambda _checked: self._browse())
        label = QLabel(_("&Place"))
        label.setBuddy(self.place)
        row.addWidget(label)
        row.addWidget(self.place, stretch=1)
        row.addWidget(browse)
        return row

    def _add_buttons(self, layout: QVBoxLayout) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        export = self.buttons.addButton(_("&Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._check)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)
        export.setDefault(True)  # which it can only be once it is in the dialog

    def _show(self, choice: Choice) -> None:
        usable = self.kinds[choice.kind].isEnabled()
        first = self.kinds[choice.kind if usable else Choice.kind]
        first.setChecked(True)
        first.setFocus()
        for name, box in self.parts.items():
            box.setChecked(name in choice.parts)
        self.deidentify.setChecked(choice.deidentify)
        self.deep.setChecked(choice.bits == 16)
        self._suggest()

    @property
    def choice(self) -> Choice:
        return Choice(
            next(name for name, button in self.kinds.items() if button.isChecked()),
            tuple(name for name, box in self.parts.items() if box.isChecked()),
            self.deidentify.isChecked(),
            16 if self.deep.isChecked() else 8,
        )

    @property
    def kind(self) -> ExportKind:
        return EXPORTS[self.choice.kind]

    def _suggest(self) -> None:
        """The place with the ending of the kind; a name that the user typed stays."""
        typed = Path(self.place.text()) if self.place.text() else self._folder / self._stem
        self.place.setText(str(typed.with_name(_without_ending(typed.name) + self.kind.ending)))
        self.deidentify.setEnabled(self.kind.identity)
        self.deep.setEnabled(self.kind.deep)
        for box in self.parts.values():
            box.setEnabled(self.kind.parts)

    def _browse(self) -> None:
        kind = self.kind
        dialog = QFileDialog(self, _("Export to"), str(Path(self.place.text()).parent))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # asked once, by us
        dialog.selectFile(Path(self.place.text()).name)
        if kind.ending:
            dialog.setNameFilter(f"{_(kind.label)} (*{kind.ending})")
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
            _("Replace?"),
            _("“{name}” exists already.", name=path.name),
            QMessageBox.StandardButton.Cancel,
            self,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setObjectName("replace")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        replace = box.addButton(_("&Replace"), QMessageBox.ButtonRole.AcceptRole)
        replace.clicked.connect(lambda _checked: self._finish(path, overwrite=True))
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.open()

    def _finish(self, path: Path, *, overwrite: bool) -> None:
        choice = self.choice
        self.accept()
        self.chosen.emit(choice, path, overwrite)


def _without_ending(name: str) -> str:
    endings = sorted({kind.ending for kind in EXPORTS.values() if kind.ending}, key=len)
    for ending in reversed(endings):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name
