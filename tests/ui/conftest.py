"""The real window, its mouse and its heart."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.ui.fusion_feed import Fuse
from fusionviewer.ui.language import speak
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pane import Pane
from fusionviewer.workspace.settings import Settings

PLAIN = Settings(method="average")

NO_KEY = Qt.KeyboardModifier.NoModifier


class HeldFuse:
    """The real engine, that waits until it is released; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[FuseRequest] = []
        self.started = Event()
        self.released = Event()
        self._engine = Engine(Runtimes())

    def __call__(self, request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        self.asked.append(request)
        self.started.set()
        assert self.released.wait(timeout=20)
        return self._engine.fuse(request, cancel, progress)


class Hands:
    """Drops, turns the wheel and drags, as real events."""

    def drop(self, window: MainWindow, *paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        self._send_drop(window, data)

    def drop_text(self, window: MainWindow, text: str) -> None:
        data = QMimeData()
        data.setText(text)
        self._send_drop(window, data)

    def _send_drop(self, window: MainWindow, data: QMimeData) -> None:
        rest = (
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(50, 50), *rest))
        QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), *rest))

    def wheel(
        self,
        pane: Pane,
        notches: int,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        at: QPoint | None = None,
    ) -> None:
        """Positive notches turn towards the user: the next slices."""
        view = pane.canvas.viewport()
        here = QPointF(at or view.rect().center())
        event = QWheelEvent(
            here,
            view.mapToGlobal(here),
            QPoint(),
            QPoint(0, -120 * notches),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    def double_click(self, qtbot: QtBot, pane: Pane) -> None:
        """Press, release, second press, release: QTest's own lacks the first and the last."""
        view, left = pane.canvas.viewport(), Qt.MouseButton.LeftButton
        at = view.rect().center()
        qtbot.mouseClick(view, left, pos=at)
        qtbot.mouseDClick(view, left, pos=at)
        qtbot.mouseRelease(view, left, pos=at)

    def drag(
        self,
        qtbot: QtBot,
        pane: Pane,
        start: QPoint,
        end: QPoint,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        view = pane.canvas.viewport()
        qtbot.mousePress(view, button, pos=start)
        for step in range(1, 6):
            qtbot.mouseMove(view, start + (end - start) * step / 5)
        qtbot.mouseRelease(view, button, pos=end)


def waited_s() -> float:
    """How long this thread has waited for a processor that others had, as Linux counts it."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


class Heart(QObject):
    """Beats every 5 ms in the GUI thread and remembers the longest time that it could not.

    Time in which other programs had the processor is not counted: it is not the window's doing. What a
    user does one thing after the other must not run in one go: wait for `beaten` in between.

        for _ in heart.rounds():
            with heart:
                ...  # what must not hold the window up
        assert heart.least_s < heart.CALM_S
    """

    beaten = Signal()
    CALM_S = 0.05  # a window that answers no later does not feel held up

    def __init__(self) -> None:
        super().__init__()
        self.longest_s = self.least_s = 0.0
        self._last = 0.0
        self._timer = QTimer(self, interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def _beat(self) -> None:
        now = time.perf_counter() - waited_s()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now
        self.beaten.emit()

    def rounds(self, most: int = 5) -> Iterator[None]:
        """Until one was calm; `least_s` is the longest gap of the calmest.

        What else the computer does only ever adds to a gap; what the window does is in every round.
        """
        self.least_s = math.inf
        for _ in range(most):
            yield
            self.least_s = min(self.least_s, self.longest_s)
            if self.least_s < self.CALM_S:
                break

    def __enter__(self) -> "Heart":
        gc.collect()  # what earlier tests left is not this one's fault
        self.longest_s, self._last = 0.0, time.perf_counter() - waited_s()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._beat()
        self._timer.stop()


@pytest.fixture(autouse=True)
def no_key_is_held() -> None:
    """A click or key with Shift in an earlier test leaves Shift held, and a row cannot be selected then."""
    if QApplication.instance() and QApplication.keyboardModifiers() != NO_KEY:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Shift)
    assert not QApplication.instance() or QApplication.keyboardModifiers() == NO_KEY


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    speak(qapp, "de")
    yield
    speak(qapp, "en")


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def heart(qapp: QApplication) -> Heart:
    return Heart()


@pytest.fixture
def held() -> Iterator[HeldFuse]:
    held = HeldFuse()
    yield held
    held.released.set()


@pytest.fixture
def make_window(qtbot: QtBot, held: HeldFuse) -> Iterator[Callable[..., MainWindow]]:
    """A shown window; closed, with its threads, when the test is over."""
    windows: list[MainWindow] = []

    def make(fuse: Fuse | None = None, settings: Settings = PLAIN) -> MainWindow:
        window = MainWindow(settings, fuse)
        windows.append(window)
        with qtbot.waitActive(window):
            window.show()
        return window

    yield make
    held.released.set()  # a window waits for its threads
    for window in windows:
        window.queue.cancel()  # exports in mid-work are asked about
        window.close()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    return make_window()


@pytest.fixture
def settled(qtbot: QtBot) -> Callable[[MainWindow], None]:
    """Waits until everything that was asked for is there, and what is loaded after the start."""

    def wait(window: MainWindow) -> None:
        def done() -> bool:
            due = window.slow_parts.loading or window.store.state.pairing_due
            busy = window.queue.busy or due or window.slices.waiting
            return not busy and window.feed.status.kind not in ("pending", "pairing")

        qtbot.waitUntil(done, timeout=30_000)

    return wait


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Path]:
    """A CT and an MR of 64×48 pixels, as PNG."""
    rng = np.random.default_rng(7)
    paths = []
    for folder in ("CT", "MRI"):
        pixels = rng.integers(0, 255, (48, 64), dtype=np.uint8)
        pixels[:8] = 0
        path = tmp_path / folder / "30001.png"
        path.parent.mkdir()
        Picture.fromarray(pixels).save(path)
        paths.append(path)
    return paths[0], paths[1]
