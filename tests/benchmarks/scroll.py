"""From the wheel to painted panes: 512 by 512 by 200, fused images in the cache.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/scroll.py [--turns 60] [--planes] [--size 1280x800]

Opens a made CT and MR in the real window, waits until the slices around the middle are fused (by the
mean, for what is measured is the window), then turns the wheel up and down through them. Each turn is
one wheel event, and ends when every visible pane has painted. Says the median and the 95th
percentile in ms, and how many pictures a second that is; time in which other programs had the
processor is not counted, where the system tells it (Linux).
"""

import argparse
import cProfile
import pstats
import time
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.stored import StoredValues
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.theme import apply_theme
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.settings import Settings

SHAPE = (200, 512, 512)
REACH = 20  # slices to either side that are fused beforehand


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--planes", action="store_true", help="in three planes")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    app = QApplication([])
    apply_theme(app)
    window = _window(width, height)
    if arguments.planes:
        window.actions_by_name["layout-planes"].trigger()
    fuse_around(app, window)
    profile = cProfile.Profile()
    if arguments.profile:
        profile.enable()
    taken = scrolled(app, window, arguments.turns)
    profile.disable()
    window.close()
    said = f"median {median(taken):.1f} ms, 95 % within {np.percentile(taken, 95):.1f} ms"
    print(f"{SHAPE}, {arguments.size}: {said}, {1000 / median(taken):.0f} pictures a second")
    if arguments.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


def _window(width: int, height: int) -> MainWindow:
    window = MainWindow(Settings(method="average", width=width, height=height))
    window.show()
    axes = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
    grid = Grid(SHAPE, np.array([1.0, 0.5, 0.5]), np.zeros(3), axes)
    rng = np.random.default_rng(0)
    for name, modality, unit in (("ct", "CT", "HU"), ("mr", "MR", "a.u.")):
        values = rng.uniform(0, 100, SHAPE[1:]).astype(np.float32)
        volume = values + np.arange(SHAPE[0], dtype=np.float32)[:, None, None] / 10
        one = np.ones((1, 1, 1))
        stored = StoredValues(volume.astype(np.int16), one, one * 0)  # as a file has them
        image = Image(name, stored, modality, unit, grid, window=Window.between(0, 120))
        window.store.apply(opened, image)
    return window


def fuse_around(app: QApplication, window: MainWindow) -> None:
    wait(app, lambda: window.store.state.pair is not None and still(window))
    for steps in (*[1] * REACH, *[-1] * 2 * REACH, *[1] * REACH):
        _turn(window, steps)
        wait(app, lambda: still(window))


def still(window: MainWindow) -> bool:
    """Neither pane nor neighbour is waited for."""
    feeds = [window.feed, *window.feed.beside_feeds]
    return all(feed.status.kind != "pending" and not feed.busy for feed in feeds)


def wait(app: QApplication, until: object, limit_s: float = 120.0) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        app.processEvents()
        if until():  # type: ignore[operator]
            return
        time.sleep(0.005)
    raise SystemExit("The window did not come to rest.")


def scrolled(app: QApplication, window: MainWindow, turns: int) -> list[float]:
    """The time of each turn, in ms."""
    taken = []
    for i in range(turns):
        down = (i // (REACH - 2)) % 2 == 0
        start = _worked_s()
        _turn(window, 1 if down else -1)
        for pane in _visible(window):
            pane.repaint()  # now, and not when the event loop comes to it
        taken.append((_worked_s() - start) * 1000)
        wait(app, lambda: still(window))
    return taken


def _worked_s() -> float:
    """A clock that stands while this thread waits for a processor."""
    try:
        waited = int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        waited = 0.0
    return time.perf_counter() - waited


def _visible(window: MainWindow) -> list[Pane]:
    every = (*window.grid.panes.values(), *window.grid.sides.panes)
    return [pane for pane in every if pane.isVisible()]


def _turn(window: MainWindow, steps: int) -> None:
    pane = window.grid.panes[window.grid.visible_panes[0]]
    view = pane.canvas.viewport()
    here = QPointF(view.rect().center())
    event = QWheelEvent(
        here,
        view.mapToGlobal(here),
        QPoint(),
        QPoint(0, -120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


if __name__ == "__main__":
    main()
