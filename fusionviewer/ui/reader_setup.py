"""What a blinded reading is about: the methods, the cases, the seed and the file."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.errors import FusionViewerError, InputError
from fusionviewer.texts import marked, plural
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import notice
from fusionviewer.ui.reader_work import (
    cases_of_folders,
    cases_of_slices,
    may_lie_apart,
    read_reading,
    request_of_open,
    require_one_frame,
    slices_that_show,
)
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.text_file import save_text
from fusionviewer.workspace.reader import Case, Reading, Recipe, as_csv, planned, recipes
from fusionviewer.workspace.state import ViewState

FILTER = marked("Table (*.csv);;All files (*)")
SLICES = 10


class ReaderSetup(QDialog):
    """Asks, checks, writes the plan, and tells with `chosen`; or takes up an earlier file."""

    chosen = Signal(object, object)  # Reading, Path of its file

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setWindowTitle(_("Blinded reading"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 640)
        self.methods = QListWidget()
        self.of_pair = QRadioButton(_("&Slices of the images that are open"))
        self.of_folders = QRadioButton(_("Two &folders, pairs have equal names"))
        self.count, self.seed = QSpinBox(), QSpinBox()
        self.folders = (QLineEdit(), QLineEdit())
        self.file = QLineEdit(str(Path.home() / "reading.csv"))
        self.said = QLabel(wordWrap=True)
        self._frames: NewestOnlyRunner | None = None  # once there are files that name frames
        self._slices: Sequence[int] | None = None  # of the open pair, once they are known
        self._looker = NewestOnlyRunner(slices_that_show, self)
        self._build()
        self._connect()
        self._count()
        if state.pair is not None:
            self._looker.start(state.pair)
        self.methods.setFocus()

    def _build(self) -> None:
        self._fill_methods()
        self.count.setRange(1, 500)
        self.count.setValue(SLICES)
        self.seed.setRange(0, 999_999)
        self.seed.setValue(int(np.random.SeedSequence().generate_state(1)[0]) % 1_000_000)
        paired = self._state.pair is not None
        self.of_pair.setEnabled(paired)
        (self.of_pair if paired else self.of_folders).setChecked(True)
        self.said.setAccessibleName(_("What will be compared, or what is wrong"))
        layout = QVBoxLayout(self)
        intro = QLabel(
            _(
                "Two fused pictures of the same place are shown without their names, on random "
                "sides. You score each and say which you prefer; the answers go to a CSV file."
            ),
            wordWrap=True,
        )
        layout.addWidget(intro)
        title = QLabel(_("&Methods to compare, two or more:"))
        title.setBuddy(self.methods)
        layout.addWidget(title)
        layout.addWidget(self.methods, stretch=1)
        layout.addLayout(self._form())
        layout.addWidget(self.said)
        layout.addWidget(self._buttons())

    def _fill_methods(self) -> None:
        self.methods.setAccessibleName(_("Methods to compare"))
        now = Recipe(self._state.method, self._state.strategy)
        for recipe in recipes():
            item = QListWidgetItem(recipe.label)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            ticked = recipe in (now, Recipe("average"))
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            item.setData(Qt.ItemDataRole.UserRole, recipe.name)
            self.methods.addItem(item)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.addRow(self.of_pair)
        form.addRow(_("How &many slices"), self.count)
        form.addRow(self.of_folders)
        for text, field in zip(
            (_("F&irst folder"), _("Se&cond folder")), self.folders, strict=True
        ):
            field.setAccessibleName(text.replace("&", ""))
            form.addRow(text, _with_button(field, _("Choose…"), partial(self._ask_folder, field)))
        self.seed.setToolTip(_("The same seed gives the same order and the same sides."))
        form.addRow(_("S&eed"), self.seed)
        self.file.setAccessibleName(_("File for the answers"))
        form.addRow(_("&Answers go to"), _with_button(self.file, _("Choose…"), self._ask_file))
        return form

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.begin = QPushButton(_("&Begin"))
        self.resume = QPushButton(_("Contin&ue an earlier one…"))
        buttons.addButton(self.begin, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.resume, QDialogButtonBox.ButtonRole.ActionRole)
        self.begin.setDefault(True)
        buttons.rejected.connect(self.reject)
        self.begin.clicked.connect(self._begin)
        self.resume.clicked.connect(self._ask_earlier)
        return buttons

    def _connect(self) -> None:
        self.methods.itemChanged.connect(lambda _item: self._count())
        self.count.valueChanged.connect(lambda _value: self._count())
        for radio in (self.of_pair, self.of_folders):
            radio.toggled.connect(lambda _on: self._count())
        for field in self.folders:
            field.textChanged.connect(lambda _text: self._count())
        self._looker.finished.connect(self._know_slices)
        self._looker.failed.connect(self._say)

    def _know_slices(self, slices: Sequence[int]) -> None:
        self._slices = slices
        self._count()

    @property
    def recipes(self) -> list[Recipe]:
        """Those that are ticked."""
        known = {recipe.name: recipe for recipe in recipes()}
        items = (self.methods.item(i) for i in range(self.methods.count()))
        return [
            known[item.data(Qt.ItemDataRole.UserRole)]
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]

    def cases(self) -> tuple[Case, ...]:
        """None yet as long as the slices of the open pair are being looked through.

        Raises:
            InputError: the folders hold no pairs.
        """
        if self.of_pair.isChecked():
            pair, slices = self._state.pair, self._slices
            return cases_of_slices(pair, slices, self.count.value()) if pair and slices else ()
        first, second = (Path(field.text()) for field in self.folders)
        if not (self.folders[0].text() and self.folders[1].text()):
            return ()
        return cases_of_folders(first, second)

    def _count(self) -> None:
        """How much there will be to read, or why there is nothing."""
        for field in self.folders:
            field.setEnabled(self.of_folders.isChecked())
        self.count.setEnabled(self.of_pair.isChecked())
        if self.of_pair.isChecked() and self._slices is None and self._state.pair is not None:
            self.begin.setEnabled(False)
            self.said.setText(_("Looking for slices that show something…"))
            return
        reading = self._try(lambda: planned(self.cases(), self.recipes, self.seed.value()))
        if self._frames is not None:
            self._frames.cancel()
        self.begin.setEnabled(False)
        if reading is None:
            return
        count = len(reading.trials)
        self.said.setText(plural("{count} comparison.", "{count} comparisons.", count))
        apart = [c for c in dict.fromkeys(t.case for t in reading.trials) if may_lie_apart(c)]
        if apart:
            self._look_for_frames(apart)
        self.begin.setEnabled(not apart)

    def _look_for_frames(self, cases: list[Case]) -> None:
        """Off the GUI thread, for there may be hundreds of files; the reading begins after it."""
        if self._frames is None:
            self._frames = NewestOnlyRunner(require_one_frame, self)
            self._frames.finished.connect(lambda _cases: self.begin.setEnabled(True))
            self._frames.failed.connect(self._say)
        self._frames.start(cases)

    def _try(self, make: Callable[[], Reading]) -> Reading | None:
        try:
            return make()
        except FusionViewerError as error:
            self._say(error)
            return None

    def _say(self, error: Exception) -> None:
        words = notice(error)
        self.said.setText(" ".join((words.text, words.hint)))

    def _begin(self) -> None:
        path = Path(self.file.text())
        reading = self._try(lambda: self._written(path))
        if reading is not None:
            self.chosen.emit(reading, path)
            self.accept()

    def _written(self, path: Path) -> Reading:
        """The plan, in its file: nothing that was said may be lost for want of one."""
        if path.exists():
            raise InputError(
                _("“{name}” is there already.", name=path.name),
                _("Choose another name, or continue that reading."),
            )
        reading = planned(self.cases(), self.recipes, self.seed.value())
        save_text(path, as_csv(reading))
        return reading

    def _ask_earlier(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, _("Continue a reading"), self.file.text(), _(FILTER)
        )
        if name:
            self.continue_from(Path(name))

    def continue_from(self, path: Path) -> None:
        """With the answers of an earlier file; it says so when that cannot be."""
        reading = self._try(lambda: self._earlier(path))
        if reading is not None:
            self.chosen.emit(reading, path)
            self.accept()

    def _earlier(self, path: Path) -> Reading:
        reading = read_reading(path)
        for key in {trial.case.key for trial in reading.trials if not trial.case.first}:
            request_of_open(self._state, key)  # or it says that these are other images
        return reading

    def done(self, result: int) -> None:
        self._looker.leave()
        if self._frames is not None:
            self._frames.close()
        super().done(result)

    def _ask_file(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(self, _("Answers"), self.file.text(), _(FILTER))
        if name:
            self.file.setText(name)

    def _ask_folder(self, field: QLineEdit) -> None:
        name = QFileDialog.getExistingDirectory(self, _("Folder of images"), field.text())
        if name:
            field.setText(name)


def _with_button(field: QLineEdit, text: str, act: Callable[[], None]) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    button = QPushButton(text)
    button.setAccessibleName(_("{field}: choose", field=field.accessibleName()))
    button.clicked.connect(lambda _checked: act())
    row.addWidget(field, stretch=1)
    row.addWidget(button)
    return both
