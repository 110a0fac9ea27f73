"""A line over the top of the panes that says what went wrong, or what is done. Never modal."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHideEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice

Kind = Literal["error", "warning", "good", "offer"]
MARKS = {"offer": "?", "error": "✖", "warning": "!", "good": "✔"}


class MessageBar(QFrame):
    """Shows the newest message until it is closed or replaced."""

    changed = Signal()  # it says something else, or nothing

    def __init__(self, report: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self._report = report
        self._mark = QLabel()
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = _button(_("Copy report"), self._copy_report)
        self._offered: Callable[[], object] = lambda: None
        self._refused: Callable[[], object] = lambda: None
        self._next: tuple[Notice, Kind] | None = None  # waits
        self._passing: tuple[Notice, Kind] | None = None  # has waited, and is not closed yet
        self._offer = _button(_("Take it"), self._take)
        self._close = _button(_("Close"), self._dismiss)
        self._close.setAccessibleName(_("Close the message"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 8, 6)
        self._row.addWidget(self._mark)
        self._row.addWidget(self._text, stretch=1)
        for button in (self._offer, self._copy, self._close):
            self._row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; "" when it is not there."""
        return "" if self.isHidden() else self._text.text()

    def height_for(self, width: int) -> int:
        """How tall it must be for all of its words."""
        self.ensurePolished()
        return max(self._row.totalHeightForWidth(width), self.minimumSizeHint().height())

    def say(self, notice: Notice, kind: Kind = "error") -> None:
        self._next, self._passing = self._next or self._passing, None
        text = " ".join((notice.text, notice.hint)).strip()
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._mark.setText(MARKS[kind])
        self._copy.setVisible(notice.is_bug)
        self._copy.setText(_("Copy report"))
        self._offer.hide()
        self._refused = lambda: None
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
        self.changed.emit()
        QAccessible.updateAccessibility(QAccessibleEvent(self._text, QAccessible.Event.Alert))

    def say_next(self, notice: Notice, kind: Kind = "good") -> None:
        """What can wait: at once where nothing is read, else when that has gone; kept until it is closed."""
        self._next = (notice, kind)
        if self.isHidden():
            self._say_waiting()

    def clear(self) -> None:
        """Take away what it says; what has waited for that is said now."""
        self.hide()
        self._passing = None
        self._say_waiting()

    def _say_waiting(self) -> None:
        waiting, self._next = self._next, None
        if waiting is not None:
            self.say(*waiting)
            self._passing = waiting

    def offer(
        self,
        notice: Notice,
        label: str,
        taken: Callable[[], object],
        refused: Callable[[], object] = lambda: None,
    ) -> None:
        """Something that the user may want; `refused` when the bar is closed instead."""
        self.say(notice, "offer")
        self._offered, self._refused = taken, refused
        self._offer.setText(label)
        self._offer.show()
        self.changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.changed.emit()

    def _take(self) -> None:
        taken = self._offered
        self.clear()
        taken()

    def _dismiss(self) -> None:
        refused = self._refused
        self.clear()
        refused()

    def _copy_report(self) -> None:
        QApplication.clipboard().setText(self._report())
        self._copy.setText(_("Copied"))


def _button(text: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda _checked: act())
    return button
