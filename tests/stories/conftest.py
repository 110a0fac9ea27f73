"""The driver: it clicks, drops and types in the real window, and waits for its signals."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from fusionviewer.ui.export_dialog import ExportDialog
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pane import Pane
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED, PaneName

WAIT_MS = 60_000
_LEFT = Qt.MouseButton.LeftButton
_NO_KEY = Qt.KeyboardModifier.NoModifier


class Viewer:
    """A person at the window. What they see are the properties, what they do the methods."""

    def __init__(self, qtbot: QtBot, settings: Settings) -> None:
        self._qtbot = qtbot
        self.window = MainWindow(settings)
        with qtbot.waitActive(self.window):
            self.window.show()

    def drop(self, *paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        rest = (Qt.DropAction.CopyAction, data, _LEFT, _NO_KEY)
        QApplication.sendEvent(self.window, QDragEnterEvent(QPoint(9, 9), *rest))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(9, 9), *rest))
        self.wait_until_still()

    def click(self, label: str) -> None:
        """A button by the words on it or its name."""
        found = [
            button
            for button in self.window.findChildren(QAbstractButton)
            if button.isVisible()
            and label in (button.text().replace("&", ""), button.accessibleName())
        ]
        assert found, f"there is no button {label!r}"
        self._qtbot.mouseClick(found[0], _LEFT)
        self.wait_until_still()

    def choose_method(self, label: str) -> None:
        self._choose(self.window.panel.method, label)

    def choose_strategy(self, label: str) -> None:
        self._choose(self.window.panel.strategy, label)

    def _choose(self, field, label: str) -> None:  # type: ignore[no-untyped-def]
        field.setFocus()
        assert field.findText(label) >= 0, f"there is no {label!r}"
        self._qtbot.keyClick(field, Qt.Key.Key_Home)
        for _ in range(field.count()):
            if field.currentText() == label:
                break
            self._qtbot.keyClick(field, Qt.Key.Key_Down)
        assert field.currentText() == label
        self.wait_until_still()

    def press(self, key: str | Qt.Key, modifiers: Qt.KeyboardModifier = _NO_KEY) -> None:
        canvas = self.pane(self.window.store.state.active).canvas
        canvas.setFocus()
        self._qtbot.keyClick(canvas, key, modifiers)
        self.wait_until_still()

    def wheel(self, pane: PaneName, notches: int) -> None:
        view = self.pane(pane).canvas.viewport()
        here = QPointF(view.rect().center())
        event = QWheelEvent(
            here,
            view.mapToGlobal(here),
            QPoint(),
            QPoint(0, -120 * notches),
            Qt.MouseButton.NoButton,
            _NO_KEY,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)
        self.wait_until_still()

    def draw_region(self, pane: PaneName, row: int, col: int, to_row: int, to_col: int) -> None:
        """With the region tool, around the pixels from (row, col) up to, without, the other."""
        self.press("R")
        view = self.pane(pane).canvas.viewport()
        start, end = self._corner(pane, row, col), self._corner(pane, to_row, to_col)
        self._qtbot.mousePress(view, _LEFT, pos=start)
        for step in range(1, 9):
            self._qtbot.mouseMove(view, start + (end - start) * step / 8)
        self._qtbot.mouseRelease(view, _LEFT, pos=end)
        self.wait_until_still()

    def _corner(self, name: PaneName, row: int, col: int) -> QPoint:
        """The upper left corner of a pixel on the screen."""
        pane = self.pane(name)
        return pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col - 0.5, row - 0.5)))

    def export(self, kind: str, path: Path, *, replace: bool = False) -> None:
        """Through the dialog; `kind` is the words next to its button."""
        self.window.actions_by_name["export"].trigger()
        dialog = self.window.findChild(ExportDialog)
        assert dialog is not None
        self._qtbot.waitUntil(dialog.isActiveWindow)
        button = next(b for b in dialog.kinds.values() if b.text() == kind)
        self._qtbot.mouseClick(button, _LEFT, pos=QPoint(8, button.height() // 2))
        dialog.place.setFocus()
        dialog.place.selectAll()
        self._qtbot.keyClicks(dialog.place, str(path))
        self._qtbot.keyClick(dialog.place, Qt.Key.Key_Return)
        question = self.window.findChild(QMessageBox, "replace")
        assert (question is not None) == replace
        if question is not None:
            answer = next(b for b in question.buttons() if "Replace" in b.text())
            self._qtbot.mouseClick(answer, _LEFT)
        self.wait_until_still()

    def wait_until_still(self) -> None:
        """Until nothing is loaded, fused, measured or written any more."""
        window = self.window

        def still() -> bool:
            busy = window.queue.busy or window.store.state.pairing_due
            return not busy and window.feed.status.kind not in ("pending", "pairing")

        self._qtbot.waitUntil(still, timeout=WAIT_MS)

    def pane(self, name: PaneName) -> Pane:
        return self.window.grid.panes[name]

    def picture(self, name: PaneName) -> np.ndarray:
        pixels = self.pane(name).pixels
        assert pixels is not None, f"pane {name} shows no picture"
        return pixels

    @property
    def fused(self) -> np.ndarray:
        return self.picture(FUSED)

    @property
    def fused_title(self) -> str:
        return self.pane(FUSED).overlay.captions.top_left[0]

    @property
    def message(self) -> str:
        return self.window.messages.text

    def number(self, row: str, column: str) -> str:
        """A cell of the inspector's table, by its headings, once it is there."""
        model = self.window.inspector.model

        def heads(way: Qt.Orientation, count: int) -> list[str]:
            return [str(model.headerData(i, way)) for i in range(count)]

        def text() -> str:
            rows = heads(Qt.Orientation.Vertical, model.rowCount())
            columns = heads(Qt.Orientation.Horizontal, model.columnCount())
            if row in rows:  # else the table stands on its side, for there is little width
                return str(model.data(model.index(rows.index(row), columns.index(column))))
            return str(model.data(model.index(rows.index(column), columns.index(row))))

        self._qtbot.waitUntil(lambda: text() not in ("…", "", "None"))
        return text()


@pytest.fixture
def viewer(qtbot: QtBot, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Viewer]:
    """A person at an open window; a screenshot is kept when the story fails."""
    viewer = Viewer(qtbot, Settings(method="average"))
    yield viewer
    if getattr(request.node, "failed", False):
        viewer.window.grab().save(str(tmp_path / "failed.png"))
    viewer.window.close()
    viewer.window.deleteLater()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().failed:  # type: ignore[attr-defined]
        item.failed = True  # type: ignore[attr-defined]
