"""Buttons in a pane that is empty, under the sentence that says why: the ways out of it."""

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from fusionviewer.ui.keys import key_in_words
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.store import Store
from fusionviewer.workspace.state import ViewState

OFFERS = {"patients": ("confirm",), "frames": ("register", "as-placed")}  # by what a refusal asks
GAP = 16


class PaneOffers(QWidget):
    """The commands that answer the refusal of the state; hidden while nothing is refused.

    They are those of the menus, with their keys on the buttons, and go with the pane into another window.
    """

    def __init__(self, pane: Pane, store: Store, actions: Mapping[str, QAction]) -> None:
        super().__init__(pane)
        self._pane, self._actions = pane, actions
        self.buttons = {
            name: self._button(actions[name]) for names in OFFERS.values() for name in names
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in self.buttons.values():
            layout.addWidget(button)
        pane.placed.connect(self._place)
        pane.drawn_over.connect(self._place)
        store.changed.connect(self._follow)
        self._follow(store.state, store.state)

    def _button(self, action: QAction) -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: action.trigger())
        action.changed.connect(lambda: self._name(button, action))
        self._name(button, action)
        return button

    def _follow(self, _before: ViewState, now: ViewState) -> None:
        refused = now.refusal if len(now.slots) > 1 else None
        wanted = () if refused is None else OFFERS.get(refused.asks, ())
        for name, button in self.buttons.items():
            button.setVisible(name in wanted)
        self.setVisible(bool(wanted))
        self._place()

    def _name(self, button: QPushButton, action: QAction) -> None:
        """The words of the command, and its key as the user has it."""
        words, key = action.text(), key_in_words(action.shortcut())
        button.setText(f"{words}  ({key})" if key else words)
        button.setAccessibleName(words.replace("&", "").rstrip("…"))

    def _place(self) -> None:
        if self.isHidden():
            return
        self.adjustSize()
        room = self._pane.rect()
        width = min(self.width(), room.width() - 2 * GAP)
        top = min(self._pane.overlay.message_bottom + GAP, room.height() - self.height())
        self.setGeometry((room.width() - width) // 2, top, width, self.height())
        self.raise_()
