"""What is being done, how far it is, and a way to stop it."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from fusionviewer.texts import text as _

PATIENCE_MS = 300  # what is done sooner is not worth a bar that flickers


class ProgressStrip(QWidget):
    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._bar = QProgressBar()
        self._bar.setFixedWidth(220)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress"))
        cancel = QPushButton(_("Cancel"))
        cancel.setAccessibleName(_("Cancel what is being done"))
        cancel.clicked.connect(lambda _checked: self.cancel_asked.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        for part in (self._title, self._bar, cancel):
            layout.addWidget(part)
        self._soon = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._soon.timeout.connect(self.show)
        self.hide()

    def begin(self, title: str) -> None:
        self._title.setText(f"{title}…")
        self._bar.setRange(0, 0)  # how much there is to do is not known yet
        self._soon.start()

    def advance(self, done: int, total: int) -> None:
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)

    def end(self) -> None:
        self._soon.stop()
        self.hide()
