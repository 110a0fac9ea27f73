"""The buttons and keys with which a reader scores two pictures and prefers one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.workspace.reader import CHOICES, SCORES

_DIGITS = {getattr(Qt.Key, f"Key_{score}"): score for score in SCORES}
_ARROWS = {Qt.Key.Key_Left: "left", Qt.Key.Key_Down: "equal", Qt.Key.Key_Right: "right"}


def _names(message: str) -> dict[str, str]:
    """What is on a button of a score, and what it is called."""
    return {str(score): _(message, score=score) for score in SCORES}


class RatingRow(QWidget):
    """Score of the left, preference, score of the right, from left to right as the pictures."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right, self.choice = (QButtonGroup(self) for _n in range(3))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel(_("Left")))
        self._add(row, self.left, _names(marked("Score {score} for the left picture")))
        row.addStretch()
        self._add(row, self.choice, {_(text): _(text) for text in CHOICES.values()})
        row.addStretch()
        row.addWidget(QLabel(_("Right")))
        self._add(row, self.right, _names(marked("Score {score} for the right picture")))

    def _add(self, row: QHBoxLayout, group: QButtonGroup, texts: dict[str, str]) -> None:
        for number, (text, name) in enumerate(texts.items(), start=1):
            button = QToolButton()
            button.setText(text)
            button.setAccessibleName(name)
            button.setCheckable(True)
            button.setMinimumWidth(32)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they are
            group.addButton(button, number)
            row.addWidget(button)
        group.idToggled.connect(lambda _id, _on: self.changed.emit())

    @property
    def scores(self) -> tuple[int, int]:
        """0 where none was given."""
        return max(self.left.checkedId(), 0), max(self.right.checkedId(), 0)

    @property
    def preference(self) -> str:
        number = self.choice.checkedId()
        return [*CHOICES][number - 1] if number > 0 else ""

    @property
    def complete(self) -> bool:
        return all(self.scores) and bool(self.preference)

    def clear(self) -> None:
        for group in (self.left, self.right, self.choice):
            group.setExclusive(False)
            for button in group.buttons():
                button.setChecked(False)
            group.setExclusive(True)
        self.changed.emit()

    def press(self, key: int) -> bool:
        """Whether the key means something here. The first digit is for the left picture."""
        if key in _DIGITS:
            group = self.right if self.scores[0] and not self.scores[1] else self.left
            if not all(self.scores):
                group.button(_DIGITS[key]).setChecked(True)
            return True
        if key in _ARROWS:
            number = [*CHOICES].index(_ARROWS[key]) + 1  # type: ignore[index]
            self.choice.button(number).setChecked(True)
            return True
        if key == Qt.Key.Key_Backspace:
            self.clear()
            return True
        return False
