"""The page of the settings that gives commands other keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.texts import text as _
from fusionviewer.ui.actions import ACTIONS
from fusionviewer.ui.key_choice import (
    Chosen,
    keys_of,
    user_of,
    with_key,
    with_own_keys,
    without_keys,
)
from fusionviewer.ui.keys import key_in_words, keys_in_words

_NAME = Qt.ItemDataRole.UserRole
ROWS_SHOWN = 9


class KeyEditor(QWidget):
    """Every command with its keys; the chosen one gets others below."""

    changed = Signal(object)  # the keys by command, only what differs from the table

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: Chosen = {}
        self.commands = QTreeWidget()
        self.commands.setAccessibleName(_("Commands and their keys"))
        self.commands.setHeaderLabels([_("Command"), _("Keys")])
        self.commands.setRootIsDecorated(False)
        self.commands.setMinimumHeight(self.fontMetrics().lineSpacing() * ROWS_SHOWN * 3 // 2)
        self.key = QKeySequenceEdit()
        self.key.setAccessibleName(_("New key of the chosen command"))
        for part in self.key.findChildren(QLineEdit):  # Qt gives it the focus, and no name
            part.setAccessibleName(_("New key of the chosen command"))
        self.key.setMaximumSequenceLength(1)
        self.key.setClearButtonEnabled(True)
        self.said = QLabel(wordWrap=True)
        self.give = QPushButton(_("&Set"))
        self.take = QPushButton(_("&No key"))
        self.own = QPushButton(_("&Its own key"))
        self._items = {name: self._item(name) for name in ACTIONS}
        self._build()
        self._connect()
        self.show_keys({})
        self.commands.setCurrentItem(next(iter(self._items.values())))

    def _item(self, name: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.commands, [command_label(name), ""])
        item.setData(0, _NAME, name)
        return item

    def _build(self) -> None:
        label = QLabel(_("New &key"))
        label.setBuddy(self.key)
        row = QHBoxLayout()
        for part in (label, self.key, self.give, self.take, self.own):
            row.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.commands)
        layout.addLayout(row)
        layout.addWidget(self.said)

    def _connect(self) -> None:
        self.commands.currentItemChanged.connect(lambda _now, _before: self._show_conflict())
        self.key.keySequenceChanged.connect(lambda _keys: self._show_conflict())
        self.give.clicked.connect(lambda _checked: self._give())
        self.take.clicked.connect(
            lambda _checked: self._change(without_keys(self._chosen, self._name))
        )
        self.own.clicked.connect(
            lambda _checked: self._change(with_own_keys(self._chosen, self._name))
        )

    def show_keys(self, chosen: Chosen) -> None:
        self._chosen = dict(chosen)
        for name, item in self._items.items():
            item.setText(1, keys_in_words(keys_of(name, self._chosen)))
        self.commands.resizeColumnToContents(0)
        self._show_conflict()

    def narrow(self, words: str) -> bool:
        """Show the commands that a search is about; whether there are any."""
        wanted = words.casefold().split()
        for item in self._items.values():
            text = f"{_('Keys')} {item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not all(word in text for word in wanted))
        shown = [item for item in self._items.values() if not item.isHidden()]
        if shown and self.commands.currentItem() not in shown:
            self.commands.setCurrentItem(shown[0])  # the buttons are for what one sees
        return bool(shown)

    @property
    def _name(self) -> str:
        item = self.commands.currentItem()
        return str(item.data(0, _NAME)) if item is not None else ""

    @property
    def _pressed(self) -> str:
        return self.key.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _show_conflict(self) -> None:
        pressed = self._pressed
        self.give.setEnabled(bool(pressed and self._name))
        user = user_of(pressed, self._chosen, self._name) if pressed else ""
        text = ""
        if user:
            text = _(
                "! {key} is the key of “{command}”. Set takes it away from there.",
                key=key_in_words(pressed),
                command=command_label(user),
            )
        self.said.setText(text)

    def _give(self) -> None:
        chosen = with_key(self._chosen, self._name, self._pressed)
        self.key.clear()
        self._change(chosen)

    def _change(self, chosen: Chosen) -> None:
        self.show_keys(chosen)
        self.changed.emit(dict(chosen))


def command_label(name: str) -> str:
    """As it is written in its menu, without the mark of its key."""
    return ACTIONS[name].title
