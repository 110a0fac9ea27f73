"""What is asked before a window closes over work that writes files."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.runner import QueueRunner


class Closing(QObject):
    """Knows whether the window may close; where not, asks, and closes it when the answer allows."""

    def __init__(self, window: QWidget, queue: QueueRunner) -> None:
        super().__init__(window)
        self._window = window
        self._queue = queue
        self._sure = False
        self._box: QMessageBox | None = None
        self._when_finished = False
        queue.idle.connect(self._close_if_wanted)

    def allowed(self) -> bool:
        """Whether nothing would be lost, or that is wanted; else the question is on the screen."""
        if self._sure or not (titles := self._queue.at_stake):
            return True
        if self._box is None:
            self._box = self._question(titles)
            self._box.open()
        return False

    def stay(self) -> None:
        """It went wrong, which has to be read, or was cancelled: do not close by itself."""
        self._when_finished = False

    def _question(self, titles: list[str]) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setObjectName("closing")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(_("Still working"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(_("What is not finished will not be written."))
        box.setInformativeText("\n".join(titles))
        later = box.addButton(_("Close when &finished"), QMessageBox.ButtonRole.AcceptRole)
        now = box.addButton(_("&Close now"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(_("&Stay"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(later)
        box.setEscapeButton(stay)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button, act in ((later, self._close_later), (now, self._close_now)):
            button.clicked.connect(_without_argument(act))
        box.finished.connect(self._answered)
        return box

    def _answered(self, _result: int) -> None:
        self._box = None

    def _close_now(self) -> None:
        self._sure = True
        self._window.close()

    def _close_later(self) -> None:
        self._when_finished = True
        if not self._queue.busy:
            self._close_if_wanted()

    def _close_if_wanted(self) -> None:
        if self._when_finished:
            self._window.close()


def _without_argument(act: Callable[[], None]) -> Callable[[bool], None]:
    return lambda _checked: act()
