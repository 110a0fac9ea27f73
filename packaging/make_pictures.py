"""Draws the pictures of the README anew: `QT_QPA_PLATFORM=offscreen python packaging/make_pictures.py`.

They show the sample patient, in the window as it is.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from fusionviewer.formats.sample import write_sample
from fusionviewer.imaging.roi import Ellipse
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.theme import apply_theme
from fusionviewer.workspace import regions
from fusionviewer.workspace import state as change
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED, Place, ViewState

PICTURES = Path(__file__).resolve().parent / "pictures"
SLICE, LESION = 26, (143.0, 168.0)  # row and column of its middle on that slice, from 0
PATIENCE_S = 120.0


def main() -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder) / "sample")
        series = [Path(folder) / "sample" / "DICOM" / name for name in ("CT", "T1", "PET")]
        draw(app, series, "window", "dark", (1280, 800), measured)
        draw(app, series, "planes", "light", (1280, 800), three_planes)


def draw(
    app: QApplication,
    series: list[Path],
    name: str,
    theme: str,
    size: tuple[int, int],
    arranged: Callable[[MainWindow], None],
) -> None:
    """One picture of the window on `series`."""
    window = MainWindow(Settings(theme=theme))
    apply_theme(app, theme)
    window.resize(*size)
    window.show()
    window.open(series)
    wait(app, lambda: len(window.store.state.slots) == len(series))
    wait(app, lambda: window.feed.status.kind == "done")
    arranged(window)
    wait(app, lambda: window.feed.status.kind == "done")
    end = time.monotonic() + 2  # texts, loupe and numbers come a moment later
    wait(app, lambda: time.monotonic() > end)
    window.grab().save(str(PICTURES / f"{name}.png"))
    window.close()


def measured(window: MainWindow) -> None:
    window.store.apply(change.pointed, Place(SLICE, *LESION))
    window.store.apply(_with_ellipse)


def _with_ellipse(state: ViewState) -> ViewState:
    canvas = regions.canvas_of(state, FUSED)
    assert canvas is not None
    return regions.with_form(state, regions.next_number(state), Ellipse(*LESION, 20, 15), canvas)


def three_planes(window: MainWindow) -> None:
    window.store.apply(change.with_active, FUSED)
    window.actions_by_name["layout-planes"].trigger()
    window.store.apply(change.pointed, Place(SLICE, *LESION))


def wait(app: QApplication, condition: Callable[[], bool]) -> None:
    """Raises: TimeoutError: it did not become true."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        app.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
