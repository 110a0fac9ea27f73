"""Dropping files on the window: a picture of what will happen, and then it happens."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMainWindow, QWidget

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.formats.catalogue import catalogue
from fusionviewer.ui import theme
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.drop_plan import DropPlan, drop_plan, kinds_plan
from fusionviewer.workspace.session import ENDING

_ENTERS, _GOES, _FALLS = QEvent.Type.DragEnter, QEvent.Type.DragLeave, QEvent.Type.Drop
INSET, ROUND = 24, 10
VEIL = QColor(0, 0, 0, 205)


class Drops(QObject):
    """Takes the drops of a window."""

    dropped = Signal(object)  # list[Path]

    def __init__(self, window: QMainWindow, store: Store) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        self.hint = DropHint(window)
        self._runner = NewestOnlyRunner(_kinds, self)
        self._runner.finished.connect(self._known)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == _GOES or event.type() == _FALLS:
            self.hint.hide()
            self._runner.cancel()
        if event.type() not in (_ENTERS, _FALLS) or not isinstance(event, QDropEvent):
            return False
        paths = _local(event)
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() == _ENTERS:
            self.hint.show_plan(drop_plan(self._store.state, paths))
            if not any(path.suffix.lower() == ENDING for path in paths):
                self._runner.start(tuple(paths))
        else:
            self.dropped.emit(paths)
        return True

    def _known(self, found: tuple[tuple[str, str], ...]) -> None:
        """What is in the files, if it is still held over the window."""
        plan = kinds_plan(self._store.state, found)
        if plan is not None and self.hint.isVisible():
            self.hint.show_plan(plan)

    def close(self) -> None:
        self._runner.close()


def _kinds(
    paths: tuple[Path, ...], cancel: CancelToken, progress: Progress
) -> tuple[tuple[str, str], ...]:
    """Kind and code of every image in the files, from their headers."""
    entries = catalogue(paths, cancel.check, progress).entries
    return tuple((entry.kind, entry.modality) for entry in entries if entry.opens)


class DropHint(QWidget):
    """Covers the window while something is held over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.plan = DropPlan("")
        self.hide()

    def show_plan(self, plan: DropPlan) -> None:
        self.plan = plan
        self.setAccessibleName(f"{plan.title}. {plan.text}")
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), VEIL)
        painter.setPen(QPen(theme.ACCENT, 3, Qt.PenStyle.DashLine))
        frame = self.rect().adjusted(INSET, INSET, -INSET, -INSET)
        painter.drawRoundedRect(frame, ROUND, ROUND)
        middle, line = frame.center().y(), self.fontMetrics().lineSpacing()
        self._write(painter, middle - 2 * line, 1.8, theme.TEXT, self.plan.title)
        self._write(painter, middle + line, 1.0, theme.QUIET, self.plan.text)
        painter.end()

    def _write(self, painter: QPainter, top: int, size: float, colour: QColor, text: str) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * size)
        painter.setFont(font)
        painter.setPen(colour)
        box = QRect(2 * INSET, top, self.width() - 4 * INSET, self.height() // 3)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), text)


def _local(event: QDropEvent) -> list[Path]:
    """Local files and folders of a `text/uri-list`; nothing else is taken."""
    data = event.mimeData()
    if not data.hasFormat("text/uri-list"):
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
