"""A reader looks at the slice by all methods at once, and clicks one."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from fusionviewer.fusion.methods import METHODS
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui import matrix, matrix_feed, matrix_work
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.matrix import MatrixPanel, cell_words
from fusionviewer.ui.matrix_item import SIDE, thumbnail_pixmap
from fusionviewer.ui.matrix_work import SCORES, Cell, entries, thumbnail
from fusionviewer.ui.pictures import fused_pixels
from fusionviewer.workspace import layouts, looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.state import View

QUICK = [(name, "") for name, method in METHODS.items() if not method.has_network]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rules alone: networks take seconds."""
    for module in (matrix, matrix_feed):
        monkeypatch.setattr(module, "entries", lambda: iter(QUICK))
    yield


@pytest.fixture
def panel(quick: None, fused_window: MainWindow, qtbot: QtBot) -> MatrixPanel:
    qtbot.keyClick(fused_window.grid.panes["A"].canvas, Qt.Key.Key_F7)
    assert fused_window.matrix.isVisible()
    return fused_window.matrix


def complete(panel: MatrixPanel) -> bool:
    return all(panel.feed.cell(entry) is not None for entry in QUICK)


def test_every_method_and_strategy_has_its_place() -> None:
    known = list(entries())
    assert len(known) == len(set(known))
    assert {method for method, _ in known} == set(METHODS)
    for method, strategy in known:
        assert strategy in (METHODS[method].strategies or ("",))


def test_all_methods_are_shown_one_after_another_with_scores(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    assert panel.count.text() == ""
    assert len(panel.items) == panel.list.count() == len(QUICK)
    for entry, item in panel.items.items():
        cell = panel.feed.cell(entry)
        assert set(cell.scores) == set(SCORES), entry
        assert item.data(Qt.ItemDataRole.DecorationRole).width() == SIDE
        assert METHODS[entry[0]].label in item.text() and "SSIM" in item.text()
    shown = fused_pixels(fused_window.feed.status.fused)
    assert np.array_equal(panel.feed.cell(("average", "")).picture, shown)


def test_what_is_in_sight_is_made_first(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow
) -> None:
    made: list[object] = []
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    panel.list.setFixedHeight(240)
    panel.feed.arrived.connect(made.append)
    panel.list.scrollToBottom()
    seen = panel.list.viewport().rect()
    in_sight = {e for e, i in panel.items.items() if panel.list.visualItemRect(i).intersects(seen)}
    assert QUICK[0] not in in_sight

    fused_window.store.apply(change.scrolled, 1)
    qtbot.waitUntil(lambda: len(made) >= len(in_sight), timeout=20_000)
    assert set(made[: len(in_sight)]) == in_sight


def test_pictures_turn_and_mirror_with_the_panes(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)

    def picture() -> np.ndarray:
        image = panel.items["average", ""].data(Qt.ItemDataRole.DecorationRole).toImage()
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(grey.constBits(), dtype=np.uint8).reshape(grey.height(), -1)
        return rows[:, : grey.width()].astype(int)

    upright = picture()
    fused_window.store.apply(layouts.rotated, 1)
    assert np.abs(picture() - np.rot90(upright, -1)).max() <= 2  # it is scaled after it is turned
    fused_window.store.apply(layouts.rotated, -1)
    fused_window.store.apply(layouts.mirrored)
    assert np.abs(picture() - np.fliplr(upright)).max() <= 2


def test_a_click_chooses_the_method_and_undo_takes_it_back(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    place = panel.list.visualItemRect(panel.items["laplacian", ""])
    panel.list.scrollToItem(panel.items["laplacian", ""])
    place = panel.list.visualItemRect(panel.items["laplacian", ""])
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place.center())

    assert fused_window.store.state.method == "laplacian"
    fused_window.store.undo()
    assert fused_window.store.state.method == "average"
    assert panel.list.currentItem() is panel.items["average", ""]


def test_enter_chooses_too(qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow) -> None:
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    panel.list.setFocus()
    panel.list.setCurrentItem(panel.items["maximum", ""])
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert fused_window.store.state.method == "maximum"


def test_a_strategy_comes_with_its_method_in_one_step(fused_window: MainWindow) -> None:
    after = matrix.chosen(fused_window.store.state, "dilran", "max")
    assert (after.method, after.strategy) == ("dilran", "max")


def test_another_slice_or_window_starts_anew_and_another_method_does_not(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    first = panel.feed.cell(("maximum", ""))
    fused_window.store.apply(change.with_method, "maximum")
    assert panel.feed.cell(("maximum", "")) is first

    fused_window.store.apply(change.scrolled, 1)
    assert panel.feed.cell(("wavelet", "")) is None
    assert "…" in panel.items["wavelet", ""].text()
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    fused_window.store.apply(looks.with_window, 0, Window.between(0, 50))
    assert panel.feed.cell(("wavelet", "")) is None
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)

    fused_window.store.apply(change.scrolled, -1)
    fused_window.store.apply(looks.with_window, 0, Window.between(0, 100))
    assert panel.feed.cell(("maximum", "")) is first  # as it was: nothing is made twice


def test_nothing_is_made_while_nobody_looks(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow
) -> None:
    fused_window.toggle_matrix()
    assert not panel.isVisible() and not panel.feed.active
    fused_window.store.apply(change.scrolled, 1)
    assert not panel.feed._still.isActive()


def test_the_best_by_a_score_comes_first(qtbot: QtBot, panel: MatrixPanel) -> None:
    qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    panel.order.picked.emit("ssim")
    first = panel.list.item(0).data(Qt.ItemDataRole.UserRole)
    values = {entry: panel.feed.cell(entry).scores["ssim"].value for entry in QUICK}
    assert values[tuple(first)] == max(values.values())
    panel.order.picked.emit("nabf")
    first = panel.list.item(0).data(Qt.ItemDataRole.UserRole)
    values = {entry: panel.feed.cell(entry).scores["nabf"].value for entry in QUICK}
    assert values[tuple(first)] == min(values.values())
    panel.order.picked.emit("")
    assert panel.list.item(0) is panel.items[QUICK[0]]


def test_the_window_goes_on_while_the_matrix_fills(
    qtbot: QtBot, panel: MatrixPanel, fused_window: MainWindow, heart
) -> None:
    for _ in heart.rounds():
        with heart:
            for step in (1, 1, -1):
                with qtbot.waitSignal(heart.beaten):
                    fused_window.store.apply(change.scrolled, step)
            qtbot.waitUntil(lambda: complete(panel), timeout=20_000)
    assert heart.least_s < heart.CALM_S


def test_a_method_that_cannot_run_says_why() -> None:
    assert cell_words(Cell("", problem="There are no weights.")) == "There are no weights."
    assert cell_words(None) == "…"


@pytest.mark.parametrize("shape", [(200, 300), (512, 512, 3), (7, 900), (30, 20)])
def test_thumbnails_are_small_and_keep_their_shape(
    qtbot: QtBot, shape: tuple[int, ...], make_window: Callable[..., MainWindow]
) -> None:
    picture = np.full(shape, 77, dtype=np.uint8)
    small = thumbnail(picture)
    assert max(small.shape[:2]) <= matrix_work.THUMBNAIL
    assert (small == 77).all() and small.shape[2:] == picture.shape[2:]
    pixmap = thumbnail_pixmap(small, 1.0, View())
    assert max(pixmap.width(), pixmap.height()) == SIDE
