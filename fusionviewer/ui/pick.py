"""A selector that shows what the state says."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox


class Pick(QComboBox):
    """A pick of one; what it shows changes by `show_choice` without telling anybody."""

    picked = Signal(object)
    closed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._offered: list[tuple[str, object, str]] = []
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumWidth(88)  # on a narrow screen the list is still as wide as its words
        self.activated.connect(lambda i: self.picked.emit(self._offered[i][1]))

    def offer(self, choices: Iterable[tuple[str, object, str]]) -> None:
        wanted = list(choices)
        if wanted == self._offered:
            return
        self.clear()
        self._offered = wanted
        for i, (label, _, tip) in enumerate(wanted):
            self.addItem(label)
            self.setItemData(i, tip, Qt.ItemDataRole.ToolTipRole)

    def show_choice(self, value: object) -> None:
        for i, (label, offered, tip) in enumerate(self._offered):
            if offered == value:
                self.setCurrentIndex(i)
                self.setToolTip(tip)
                self.setAccessibleDescription(f"{label}. {tip}".strip())

    def hidePopup(self) -> None:
        """Also called when the field itself is hidden, which is no pick."""
        was_open = self.view().isVisible()
        super().hidePopup()
        if was_open:
            self.closed.emit()
