"""The settings: found by a word, seen at once, and taken back by Cancel."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.texts import text as _
from fusionviewer.ui.key_editor import KeyEditor
from fusionviewer.ui.settings_rows import GROUPS, ROWS, Row
from fusionviewer.workspace.settings import Settings

Field = QCheckBox | QComboBox


class SettingsDialog(QDialog):
    """Emits `changed` with all settings for everything that is picked; and again when cancelled."""

    changed = Signal(object)  # Settings

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before = self.settings = settings
        self.setWindowTitle(_("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(_("Search the settings"))
        self.search.setAccessibleName(_("Search the settings"))
        self.fields: dict[str, Field] = {}
        self._labels: dict[str, QLabel] = {}
        self._helps: dict[str, QLabel] = {}
        self._boxes: dict[str, QGroupBox] = {}
        self.keys = KeyEditor()
        self.nothing = QLabel(_("No setting has these words."))
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.defaults = self.buttons.addButton(
            _("Reset to &defaults"), QDialogButtonBox.ButtonRole.ResetRole
        )
        self._build()
        self._connect()
        self._show()
        self.search.setFocus()

    def _build(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        for group in GROUPS:
            column.addWidget(self._group(group))
        self._boxes["Keys"] = keys = QGroupBox(_("Keys"))
        QVBoxLayout(keys).addWidget(self.keys)
        column.addWidget(keys)
        column.addWidget(self.nothing)
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field with the focus
        area.setWidget(page)
        layout = QVBoxLayout(self)
        for part in (self.search, area, self.buttons):
            layout.addWidget(part)
        line = self.fontMetrics().lineSpacing()
        screen = self.screen().availableGeometry()
        self.resize(min(40 * line, screen.width() - 40), min(38 * line, screen.height() - 80))

    def _group(self, group: str) -> QGroupBox:
        self._boxes[group] = box = QGroupBox(_(group))
        grid = QGridLayout(box)
        grid.setColumnStretch(1, 1)
        for row in (row for row in ROWS if row.group == group):
            self._add(grid, row)
        return box

    def _add(self, grid: QGridLayout, row: Row) -> None:
        """Label and field in one line, and below what it means."""
        at, label_text, help_text = grid.rowCount(), _(row.label), _(row.help)
        self.fields[row.name] = field = QComboBox() if row.choices else QCheckBox(label_text)
        field.setAccessibleName(label_text)
        field.setAccessibleDescription(help_text)
        self._labels[row.name] = label = QLabel(label_text)
        self._helps[row.name] = help_ = QLabel(help_text, wordWrap=True)
        help_.setObjectName("quiet")
        label.setBuddy(field)
        if row.choices:
            grid.addWidget(label, at, 0)
            grid.addWidget(field, at, 1)
        else:
            grid.addWidget(field, at, 0, 1, 2)
        grid.addWidget(help_, at + 1, 0, 1, 2)

    def _connect(self) -> None:
        for row in ROWS:
            field = self.fields[row.name]
            if isinstance(field, QComboBox):
                field.activated.connect(partial(self._pick, row.name, field))
            else:
                # not a partial: `clicked` would call it without the state
                field.clicked.connect(lambda on, name=row.name: self._change(name, on))
        self.keys.changed.connect(partial(self._change, "keys"))
        self.search.textChanged.connect(self._narrow)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.defaults.clicked.connect(lambda _checked: self._reset())

    def _pick(self, name: str, field: QComboBox, index: int) -> None:
        self._change(name, field.itemData(index))

    def _change(self, name: str, value: object) -> None:
        self._become(_fitting(Settings.model_validate(self.settings.model_dump() | {name: value})))

    def _reset(self) -> None:
        """What this dialog shows, and nothing else: the window stays where it is."""
        plain = Settings().model_dump()
        names = [*self.fields, "keys"]
        self._become(self.settings.model_copy(update={name: plain[name] for name in names}))

    def _become(self, settings: Settings) -> None:
        self.settings = settings
        self._show()
        self.changed.emit(settings)

    def reject(self) -> None:
        if self.settings != self._before:
            self._become(self._before)
        super().reject()

    def _show(self) -> None:
        for row in ROWS:
            field, value = self.fields[row.name], getattr(self.settings, row.name)
            if isinstance(field, QCheckBox):
                field.setChecked(bool(value))
            elif row.choices is not None:
                choices = row.choices(self.settings)
                field.clear()
                for text, choice in choices:
                    field.addItem(text, choice)
                field.setCurrentIndex(max([c for _, c in choices].index(value), 0))
        self.keys.show_keys(self.settings.keys)

    def _narrow(self, words: str) -> None:
        shown = {row.name for row in ROWS if row.matches(words)}
        for row in ROWS:
            there = row.name in shown
            self.fields[row.name].setVisible(there)
            self._helps[row.name].setVisible(there)
            if row.choices:
                self._labels[row.name].setVisible(there)
        for group in GROUPS:
            self._boxes[group].setVisible(any(r.group == group and r.name in shown for r in ROWS))
        keys = self.keys.narrow(words)
        self._boxes["Keys"].setVisible(keys)
        self.nothing.setVisible(not shown and not keys)


def _fitting(settings: Settings) -> Settings:
    """With a choice that is still there, where another setting took it away."""
    for row in ROWS:
        choices = row.choices(settings) if row.choices else ()
        values = [value for _, value in choices]
        if values and getattr(settings, row.name) not in values:
            settings = settings.model_copy(update={row.name: values[0]})
    return settings
