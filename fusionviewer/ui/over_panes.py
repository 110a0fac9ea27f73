"""What lies over the top of the panes, so that nothing moves when it comes or goes."""

from collections.abc import Sequence
from typing import Protocol, cast

from PySide6.QtCore import QEvent, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class Bar(Protocol):
    """A row that is there only at times."""

    changed: SignalInstance  # it came, went, or says something else

    def height_for(self, width: int) -> int:
        """How tall it must be for all of its words."""


class OverPanes(QWidget):
    """What fills the window, with bars over its top, the first one uppermost; as wide as they need."""

    covered = Signal(int)  # pixels at its top that bars lie over

    def __init__(self, content: QWidget, bars: Sequence[Bar]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)
        self._bars = bars
        for bar in bars:
            widget = cast(QWidget, bar)
            widget.setParent(self)
            widget.hide()
            bar.changed.connect(self._place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # larger texts
            self._place()
        return super().event(event)

    def _place(self) -> None:
        top, least = 0, 0
        for bar in self._bars:
            widget, height = cast(QWidget, bar), bar.height_for(self.width())
            widget.setGeometry(0, top, self.width(), height)
            widget.raise_()
            if not widget.isHidden():
                top, least = top + height, max(least, widget.minimumSizeHint().width())
        self.setMinimumWidth(least)
        self.covered.emit(top)
