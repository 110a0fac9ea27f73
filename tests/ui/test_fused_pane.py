"""Nothing stale: the fused pane shows the answer to what is on the screen, or says that it waits."""

from collections.abc import Callable
from threading import Event

import numpy as np
import pytest
from builders import make_grid, make_image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import WeightsError
from fusionviewer.fusion.methods import default_strategy
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pictures import fused_pixels
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

SHAPE = (210, 24, 32)
Settled = Callable[[MainWindow], None]


def open_pair(window: MainWindow, shape: tuple[int, int, int] = SHAPE) -> None:
    grid = make_grid(shape)
    ct = make_image(shape, name="ct", modality="CT", unit="HU", seed=1, grid=grid)
    window.store.apply(opened, ct)
    window.store.apply(opened, make_image(shape, name="mr", seed=2, grid=grid))


def average(window: MainWindow) -> np.ndarray:
    """What the fused pane must show, from the values of the files."""
    state = window.store.state
    a, b = (slot.native.values[state.slice_index] / 100 for slot in state.slots)
    return np.clip((a + b) / 2, 0, 1)


def assert_not_stale(window: MainWindow) -> None:
    """What is on the screen belongs to the state: its answer, or a preview under a badge."""
    status, request = window.feed.status, window.store.state.request
    pane = window.grid.panes[FUSED]
    assert status.request.key == request.key
    assert np.abs(pane.pixels / 255 - average(window)).max() < 0.01
    waiting = status.kind == "pending"
    assert (pane.overlay.message is not None and pane.overlay.message.badge) == waiting
    assert pane.overlay.captions.top_left[0].startswith("Preview" if waiting else "Fused: ")


def test_while_fusing_the_pane_says_so_and_shows_a_preview_that_says_so_too(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held, settled: Settled
) -> None:
    window = make_window(held)
    open_pair(window)
    qtbot.waitUntil(held.started.is_set)

    pane = window.grid.panes[FUSED]
    assert window.feed.status.kind == "pending"
    assert pane.overlay.message.badge and "Fusing" in pane.overlay.message.title
    assert_not_stale(window)

    held.released.set()
    settled(window)
    assert pane.overlay.message is None
    assert_not_stale(window)

    held.released.clear()
    window.store.apply(change.with_method, "maximum")
    assert window.feed.status.kind == "pending"
    assert_not_stale(window)


def test_a_late_answer_is_never_shown_for_another_slice(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held, settled: Settled
) -> None:
    window = make_window(held)
    open_pair(window)
    qtbot.waitUntil(held.started.is_set)
    for _ in range(40):
        window.store.apply(change.scrolled, 1)
        assert_not_stale(window)
    held.released.set()
    settled(window)

    index = window.store.state.slice_index
    assert [request.slice_index for request in held.asked[:2]] == [105, index]
    assert_not_stale(window)
    assert window.grid.panes[FUSED].pixels is not None


def test_neighbours_are_fetched_when_nothing_else_is_asked_and_then_shown_at_once(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held, settled: Settled
) -> None:
    window = make_window(held)
    held.released.set()
    open_pair(window)
    settled(window)
    qtbot.waitUntil(lambda: len(held.asked) >= 5)

    assert sorted(request.slice_index for request in held.asked[:5]) == [103, 104, 105, 106, 107]
    qtbot.wait(50)
    window.store.apply(change.scrolled, 1)
    assert window.feed.status.kind == "done"  # without waiting for anything
    assert_not_stale(window)


def test_two_hundred_scroll_steps_leave_only_the_newest_answered(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held, hands, settled: Settled
) -> None:
    window = make_window(held)
    open_pair(window)
    settled_pair = lambda: window.store.state.pair is not None  # noqa: E731
    qtbot.waitUntil(settled_pair)
    window.store.apply(change.at_slice, 0)
    qtbot.waitUntil(held.started.is_set)
    for _ in range(200):
        hands.wheel(window.grid.panes["A"], 1)
        assert_not_stale(window)
    before = len(held.asked)
    held.released.set()
    settled(window)

    assert window.store.state.slice_index == 200
    assert held.asked[before].slice_index == 200  # and none of the 199 in between
    assert window.feed.status.kind == "done"
    assert_not_stale(window)


@pytest.mark.parametrize("kind", ["held network", "network-free"])
def test_the_window_is_never_blocked_for_more_than_50_ms_by_scrolling(
    qtbot: QtBot,
    make_window: Callable[..., MainWindow],
    held,
    hands,
    heart,
    settled: Settled,
    kind: str,
) -> None:
    window = make_window(held if kind == "held network" else None)
    open_pair(window, (210, 256, 256))
    if kind == "network-free":
        settled(window)
    pane = window.grid.panes["A"]
    for _ in heart.rounds():
        window.store.apply(change.at_slice, 0)
        qtbot.wait(20)
        with heart:
            for _ in range(200):
                hands.wheel(pane, 1)
                qtbot.wait(1)
        assert window.store.state.slice_index == 200
    assert heart.least_s < heart.CALM_S


def test_a_network_that_cannot_be_loaded_is_said_in_the_pane_and_another_method_works(
    qtbot: QtBot, make_window: Callable[..., MainWindow], settled: Settled
) -> None:
    def broken(request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        raise WeightsError("The weights of eh-dran are missing: there is no “eh-dran.json”.")

    window = make_window(broken)
    open_pair(window)
    settled(window)

    message = window.grid.panes[FUSED].overlay.message
    assert "eh-dran.json" in message.title and "without a network" in message.hint
    assert window.grid.panes["A"].pixels is not None
    assert window.grid.panes[FUSED].overlay.captions.top_left == ()  # nothing is called fused


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 300), (1, 300, 1), (40, 2, 2)])
def test_tiny_and_thin_images_are_shown_and_fused(
    make_window: Callable[..., MainWindow], hands, settled: Settled, shape: tuple[int, int, int]
) -> None:
    window = make_window()
    open_pair(window, shape)
    settled(window)
    hands.wheel(window.grid.panes["A"], 1)
    hands.wheel(window.grid.panes["A"], -3, Qt.KeyboardModifier.ControlModifier)
    settled(window)
    assert_not_stale(window)
    assert window.grid.panes[FUSED].pixels.shape == shape[1:]


def test_values_that_are_not_numbers_are_said_and_the_images_stay_on_the_screen(
    make_window: Callable[..., MainWindow], settled: Settled
) -> None:
    window = make_window()
    values = np.full((1, 8, 8), np.nan, dtype=np.float32)
    window.store.apply(opened, make_image(name="empty", modality="CT", values=values))
    values = np.full((1, 8, 8), np.inf, dtype=np.float32)
    window.store.apply(opened, make_image(name="endless", values=values))
    settled(window)

    assert window.grid.panes["A"].pixels.max() == 0
    assert window.grid.panes["B"].pixels.min() == 255
    assert window.feed.status.kind in ("done", "failed")


def test_changing_back_before_the_answer_came_asks_again_and_shows_it(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held, settled: Settled
) -> None:
    window = make_window(held)
    open_pair(window)
    qtbot.waitUntil(held.started.is_set)
    window.store.apply(change.scrolled, 1)
    window.store.apply(change.scrolled, -1)
    held.released.set()
    settled(window)

    assert window.feed.status.kind == "done"
    assert_not_stale(window)


def test_method_and_strategy_are_picked_in_the_panel(
    qtbot: QtBot, make_window: Callable[..., MainWindow]
) -> None:
    asked: list[FuseRequest] = []
    answered = Event()

    def note(request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        asked.append(request)
        answered.set()
        raise WeightsError("no weights here")

    window = make_window(note)
    open_pair(window, (1, 16, 16))
    qtbot.waitUntil(answered.is_set)
    panel = window.panel
    assert not panel.strategy.isVisible()

    panel.method.setFocus()
    qtbot.keyClicks(panel.method, "DILRAN")
    qtbot.waitUntil(lambda: asked[-1].method == "dilran")
    assert panel.strategy.isVisible()
    assert asked[-1].strategy == default_strategy("dilran")
    assert "arXiv" in panel.method.toolTip()

    place = panel.strategy.findText("Average")
    panel.strategy.setCurrentIndex(place)
    panel.strategy.activated.emit(place)
    qtbot.waitUntil(lambda: asked[-1].strategy == "average")


def test_the_overlay_shows_only_a_at_0_and_only_b_at_1(
    qtbot: QtBot, make_window: Callable[..., MainWindow], settled: Settled
) -> None:
    window = make_window(settings=Settings(method="alpha"))
    open_pair(window, (1, 16, 16))
    settled(window)
    a, b = (window.grid.panes[name].pixels.astype(int) for name in "AB")

    window.panel.opacity.setFocus()
    for keys, expected in ((Qt.Key.Key_Home, a), (Qt.Key.Key_End, b)):
        qtbot.keyClick(window.panel.opacity, keys)
        settled(window)
        assert np.abs(window.grid.panes[FUSED].pixels.astype(int) - expected).max() <= 1


def test_what_is_shown_is_what_an_export_stores(
    make_window: Callable[..., MainWindow], settled: Settled
) -> None:
    window = make_window()
    open_pair(window, (1, 16, 16))
    settled(window)
    fused = window.feed.status.fused
    assert np.array_equal(window.grid.panes[FUSED].pixels, fused_pixels(fused))


def test_another_pair_of_three_images_is_chosen_in_the_panel(
    qtbot: QtBot, make_window: Callable[..., MainWindow], settled: Settled
) -> None:
    window = make_window()
    open_pair(window, (2, 16, 16))
    pet = make_image((2, 16, 16), name="pet", modality="PT", seed=4, grid=make_grid((2, 16, 16)))
    window.store.apply(opened, pet)
    settled(window)
    panel = window.panel
    assert panel.pair.isVisible() and panel.pair.currentText() == "A CT + B MR"

    place = panel.pair.findText("B MR + C PET")
    panel.pair.activated.emit(place)
    settled(window)

    pair = window.store.state.pair
    assert (pair.a.name, pair.b.name) == ("mr", "pet")
    assert window.feed.status.fused.rgb is not None  # PET keeps its colour
