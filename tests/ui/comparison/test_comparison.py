"""A reader compares two pictures on the fused pane."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.compare import MODES, as_rgb
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.pictures import fused_pixels
from fusionviewer.workspace import comparing
from fusionviewer.workspace import state as change
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

Settled = Callable[[MainWindow], None]


def press(qtbot: QtBot, window: MainWindow, *keys: str) -> None:
    for key in keys:
        qtbot.keyClick(window.grid.panes["A"].canvas, key)


def corner(window: MainWindow) -> tuple[str, ...]:
    return window.grid.panes[FUSED].overlay.captions.top_left


def on_screen(window: MainWindow, row: float, col: float) -> QPoint:
    pane = window.grid.panes[FUSED]
    return pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))


def pane_rgb(window: MainWindow, name: str) -> np.ndarray:
    pixels = window.grid.panes[name].pixels
    assert pixels is not None
    return as_rgb(pixels)


def test_a_curtain_between_ct_and_mr_is_opened_dragged_and_undone(
    qtbot: QtBot, fused_window: MainWindow, hands
) -> None:
    window = fused_window
    assert not window.comparison_bar.isVisible()
    press(qtbot, window, "M")
    assert window.comparison_bar.isVisible()
    assert corner(window) == ("Curtain · display only", "left A CT · right B MR")
    shown = window.comparison.picture
    assert np.array_equal(shown[:, :36], pane_rgb(window, "A")[:, :36])
    assert np.array_equal(shown[:, 36:], pane_rgb(window, "B")[:, 36:])

    here, there = on_screen(window, 32, 35.5), on_screen(window, 32, 17.5)
    hands.drag(qtbot, window.grid.panes[FUSED], here, there)
    assert comparing.setting(window.store.state.comparison) == pytest.approx(0.25, abs=0.02)
    assert np.array_equal(window.comparison.picture[:, 19:], pane_rgb(window, "B")[:, 19:])
    assert window.comparison_bar.amount.text() == "Position 25 %"

    window.store.undo()
    assert comparing.setting(window.store.state.comparison) == 0.5
    window.store.undo()
    assert window.comparison.picture is None
    assert corner(window)[0].startswith("Fused: Average")


def test_the_bar_moves_no_picture_and_covers_no_words(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window, pane = fused_window, fused_window.grid.panes[FUSED]
    before = pane.geometry(), pane.box.viewRect()
    press(qtbot, window, "M")

    bar = window.comparison_bar
    top = pane.mapTo(bar.parentWidget(), QPoint(0, 0)).y()
    assert (pane.geometry(), pane.box.viewRect()) == before
    assert bar.isVisible() and bar.geometry().bottom() > top  # it lies over the panes
    assert min(text.top for text in pane.overlay._texts()) + top > bar.geometry().bottom()

    window.messages.say(Notice("Saved."), "good")
    assert window.messages.y() > bar.geometry().bottom()
    assert min(text.top for text in pane.overlay._texts()) + top > (
        window.messages.geometry().bottom()
    )


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_comparison_can_be_chosen_and_says_what_is_where(
    qtbot: QtBot, fused_window: MainWindow, mode: str
) -> None:
    window = fused_window
    window.actions_by_name[f"compare-{mode}"].trigger()
    assert window.comparison.picture is not None
    assert window.comparison_bar.mode.currentText() == MODES[mode].label
    title, legend = corner(window)
    assert title.startswith(MODES[mode].label)
    assert "A CT" in legend


def test_the_keys_go_round_the_kinds_swap_and_set(qtbot: QtBot, fused_window: MainWindow) -> None:
    window = fused_window
    press(qtbot, window, "M", "N", "N", "N")
    assert window.store.state.comparison.mode == "spyglass"
    press(qtbot, window, "X")
    assert corner(window)[1] == "in the glass A CT · around it B MR"
    before = comparing.setting(window.store.state.comparison)
    press(qtbot, window, ".", ".", ",")
    assert comparing.setting(window.store.state.comparison) > before
    press(qtbot, window, "M")
    assert window.comparison.picture is None
    press(qtbot, window, "M")
    assert window.store.state.comparison.mode == "spyglass"


def test_the_spyglass_follows_the_cursor(qtbot: QtBot, fused_window: MainWindow) -> None:
    window = fused_window
    window.store.apply(comparing.with_mode, "spyglass")
    window.store.apply(comparing.with_setting, 8)
    qtbot.mouseMove(window.grid.panes[FUSED].canvas.viewport(), on_screen(window, 20, 30))
    ct, mr = pane_rgb(window, "A"), pane_rgb(window, "B")

    qtbot.waitUntil(lambda: np.array_equal(window.comparison.picture[20, 30], mr[20, 30]))
    assert np.array_equal(window.comparison.picture[20, 50:], ct[20, 50:])


def test_flicker_takes_turns_and_stops_with_the_comparison(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    window.store.apply(comparing.with_mode, "flicker")
    window.store.apply(comparing.with_setting, 3)
    ct, mr = pane_rgb(window, "A"), pane_rgb(window, "B")
    assert corner(window)[1] == "now A CT"
    assert np.array_equal(window.comparison.picture, ct)
    qtbot.waitUntil(lambda: corner(window)[1] == "now B MR")
    assert np.array_equal(window.comparison.picture, mr)
    press(qtbot, window, "M")
    assert not window.comparison._clock.isActive()


def test_the_fused_picture_is_compared_with_that_of_another_method(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    window.store.apply(comparing.with_other, "maximum")
    window.store.apply(comparing.with_parties, "fused", "other")
    window.store.apply(comparing.with_mode, "curtain")
    qtbot.waitUntil(lambda: window.comparison.picture is not None)

    assert corner(window)[1] == "left fused: Average · right Maximum"
    assert window.comparison_bar.method.isVisible()
    averaged = as_rgb(fused_pixels(window.feed.status.fused))
    sources = np.maximum(pane_rgb(window, "A"), pane_rgb(window, "B"))
    assert np.array_equal(window.comparison.picture[:, :36], averaged[:, :36])
    assert np.abs(window.comparison.picture[:, 36:].astype(int) - sources[:, 36:]).max() <= 1


def test_a_picture_of_another_slice_or_method_is_never_compared(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    window.store.apply(comparing.with_parties, "A", "other")
    window.store.apply(comparing.with_mode, "alpha")
    window.store.apply(comparing.with_setting, 1)
    qtbot.waitUntil(lambda: window.comparison.picture is not None)

    window.store.apply(comparing.with_other, "maximum")
    assert window.comparison.picture is None
    assert "waiting for both pictures" in corner(window)[-1]
    qtbot.waitUntil(lambda: window.comparison.picture is not None)
    window.store.apply(change.scrolled, 1)
    assert window.comparison.picture is None
    qtbot.waitUntil(lambda: window.comparison.picture is not None)


def test_the_bar_chooses_sides_and_amount(qtbot: QtBot, fused_window: MainWindow) -> None:
    window, bar = fused_window, fused_window.comparison_bar
    window.store.apply(comparing.with_mode, "alpha")
    bar.second.setFocus()
    qtbot.keyClick(bar.second, Qt.Key.Key_Down)  # from B to fused
    assert window.store.state.comparison.second == "fused"
    bar.slider.setFocus()
    qtbot.keyClick(bar.slider, Qt.Key.Key_Home)
    assert corner(window)[1] == "100 % of A CT · 0 % of fused: Average"
    assert np.array_equal(window.comparison.picture, pane_rgb(window, "A"))
    qtbot.mouseClick(bar.swap, Qt.MouseButton.LeftButton)
    assert window.store.state.comparison.first == "fused"
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert window.comparison.picture is None and not bar.isVisible()


def test_going_through_all_other_methods_by_key_keeps_the_focus(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    """Some have no strategy, whose field then hides."""
    window, bar = fused_window, fused_window.comparison_bar
    window.store.apply(comparing.with_parties, "A", "other")
    window.store.apply(comparing.with_other, "eh-dran")
    window.store.apply(comparing.with_mode, "curtain")
    for field in (bar.method, window.panel.method):
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_Home)
        for _ in range(field.count()):
            qtbot.keyClick(field, Qt.Key.Key_Down)
            assert field.hasFocus()
        assert field.currentIndex() == field.count() - 1


def test_choosing_the_same_picture_on_both_sides_changes_places(fused_window: MainWindow) -> None:
    store = fused_window.store
    store.apply(comparing.with_parties, "B", "B")
    assert (store.state.comparison.first, store.state.comparison.second) == ("B", "A")
    store.apply(comparing.with_parties, "B", "B")
    assert (store.state.comparison.first, store.state.comparison.second) == ("A", "B")


def test_a_comparison_and_what_lies_over_the_fused_picture_do_not_mix(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    press(qtbot, window, "O", "M")
    assert window.store.state.overlays == ()
    press(qtbot, window, "U")
    assert window.store.state.comparison.mode == ""
    assert window.comparison.picture is None


def test_without_a_pair_there_is_nothing_to_compare(
    qtbot: QtBot, window: MainWindow, patient, settled: Settled
) -> None:
    from fusionviewer.workspace.arrangement import opened

    window.store.apply(opened, patient[0])
    settled(window)
    press(qtbot, window, "M")
    assert not window.actions_by_name["compare"].isEnabled()
    assert window.comparison.picture is None


@pytest.mark.parametrize("width", [1280, 1000])
def test_the_bar_fits_into_the_window(
    qtbot: QtBot, make_window: Callable[..., MainWindow], patient, settled: Settled, width: int
) -> None:
    from fusionviewer.workspace.arrangement import opened

    window = make_window(settings=Settings(method="average", width=width, height=640))
    for image in patient:
        window.store.apply(opened, image)
    settled(window)
    window.store.apply(comparing.with_other, "eh-dran")
    window.store.apply(comparing.with_parties, "fused", "other")
    window.store.apply(comparing.with_mode, "complementary")
    assert window.comparison_bar.minimumSizeHint().width() < width
    window.store.apply(comparing.with_mode, "flicker")
    assert window.comparison_bar.minimumSizeHint().width() < width


def test_comparing_never_holds_the_window_up(
    qtbot: QtBot, fused_window: MainWindow, heart, settled: Settled
) -> None:
    window = fused_window
    for _ in heart.rounds():
        with heart:
            for mode in MODES:
                with qtbot.waitSignal(heart.beaten):
                    window.store.apply(comparing.with_mode, mode)
                for step in (1, -1):
                    with qtbot.waitSignal(heart.beaten):
                        window.store.apply(change.scrolled, step)
                    settled(window)
    assert heart.least_s < heart.CALM_S
