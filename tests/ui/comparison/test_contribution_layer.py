"""A reader asks where pixels came from, and whether edges were made up."""

from collections.abc import Callable

import numpy as np
import pytest
from builders import make_image
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from fusionviewer.fusion.answers import CORRECTION
from fusionviewer.imaging.phantom import axial_grid, head, scanned
from fusionviewer.imaging.structures import Structures
from fusionviewer.ui.contribution_colours import (
    contribution_colours,
    contribution_pixels,
    correction_pixels,
)
from fusionviewer.ui.contribution_outlines import outlined
from fusionviewer.ui.contribution_texts import structure_lines
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

Settled = Callable[[MainWindow], None]


def press(qtbot: QtBot, window: MainWindow, key: str) -> None:
    qtbot.keyClick(window.grid.panes["A"].canvas, key)


def point_at(qtbot: QtBot, window: MainWindow, row: float, col: float) -> None:
    pane = window.grid.panes[FUSED]
    at = pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))
    qtbot.mouseMove(pane.canvas.viewport(), at)


def corner_words(window: MainWindow) -> str:
    captions = window.grid.panes[FUSED].overlay.captions
    return " | ".join((*captions.top_left, *captions.bottom_right))


def test_the_share_of_each_source_is_shown_with_its_legend(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    window.store.apply(change.with_method, "maximum")
    press(qtbot, window, "O")
    qtbot.waitUntil(lambda: window.layers.contribution is not None)

    share = window.layers.contribution.share_of_a
    assert share[32, 36 + 27] == 1  # bone is in the CT alone
    assert share[32, 36] == 0  # tissue in the MR
    assert np.isnan(share[0, 0])  # air in neither
    assert "the method's own weights" in corner_words(window)
    bar = window.grid.panes[FUSED].overlay.bar
    assert (bar.low, bar.high) == ("B MR 100 %", "A CT 100 %")
    assert window.layers.map.isVisible()


def test_the_corner_tells_the_share_of_the_pixel_under_the_cursor(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    press(qtbot, window, "O")
    qtbot.waitUntil(lambda: window.layers.contribution is not None)

    point_at(qtbot, window, 32, 36)
    qtbot.waitUntil(lambda: "A CT 50 % · B MR 50 %" in corner_words(window))
    point_at(qtbot, window, 1, 1)
    qtbot.waitUntil(lambda: "from neither source" in corner_words(window))


def test_a_method_without_weights_is_estimated_and_says_so(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    window.store.apply(change.with_method, "laplacian")
    press(qtbot, window, "O")
    qtbot.waitUntil(lambda: window.layers.contribution is not None)

    share = window.layers.contribution.share_of_a
    assert window.layers.contribution.basis == "fading"
    assert share[32, 36] < 0.1 and share[32, 36 + 27] > 0.6
    assert "estimated" in corner_words(window)


def test_a_map_of_another_slice_or_method_is_never_shown(
    qtbot: QtBot, fused_window: MainWindow, settled: Settled
) -> None:
    window = fused_window
    press(qtbot, window, "O")
    qtbot.waitUntil(lambda: window.layers.contribution is not None)
    first = window.layers.contribution

    window.store.apply(change.with_method, "maximum")
    assert window.layers.contribution is None
    assert not window.layers.map.isVisible()

    qtbot.waitUntil(lambda: window.layers.contribution is not None)
    assert window.layers.contribution is not first
    assert window.layers.contribution.share_of_a[32, 36] == 0


def test_both_layers_are_taken_away_and_brought_back_by_undo(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    window = fused_window
    press(qtbot, window, "O")
    press(qtbot, window, "U")
    qtbot.waitUntil(lambda: window.layers.structures is not None)
    assert window.store.state.overlays == ("contribution", "structures")
    assert window.actions_by_name["structures"].isChecked()

    window.store.undo()
    assert window.store.state.overlays == ("contribution",)
    assert window.layers.structures is None
    window.store.undo()
    assert window.layers.contribution is None
    assert window.grid.panes[FUSED].overlay.bar is None
    window.store.redo()
    assert window.layers.contribution is not None


@pytest.fixture
def head_window(make_window: Callable[..., MainWindow], settled: Settled) -> MainWindow:
    """CT and MR of a slice of a digital head, fused by Clarus."""
    grid = axial_grid(256, 0.9, 1, 4.0, 20.0)
    window = make_window(settings=Settings(method="clarus"))
    rng = np.random.default_rng(77)
    for name, values in zip(("CT", "T2"), head(grid, ("CT", "T2"), seed=77), strict=True):
        seen = scanned(values[:1], name, grid, rng)
        kind = {"CT": "CT", "T2": "MR"}[name]
        image = make_image(seen.shape, name=name, modality=kind, grid=grid, values=seen)
        window.store.apply(opened, image)
    settled(window)
    return window


def test_the_correction_of_the_network_is_shown_with_its_scale(
    qtbot: QtBot, head_window: MainWindow
) -> None:
    window = head_window
    press(qtbot, window, "K")
    qtbot.waitUntil(lambda: window.layers.correction is not None)

    added = window.layers.correction.added
    assert np.abs(added).max() > 1 / 255
    assert np.abs(added).max() <= CORRECTION + 1e-5
    assert "grey levels of 255" in corner_words(window)
    bar = window.grid.panes[FUSED].overlay.bar
    assert (bar.low, bar.high) == ("darker by 25.5", "brighter by 25.5")
    assert window.layers.map.isVisible()
    row, col = np.unravel_index(added.argmin(), added.shape)
    point_at(qtbot, window, row, col)
    told = f"Correction −{-255 * added.min():.1f} grey levels"
    qtbot.waitUntil(lambda: told in corner_words(window))


def test_a_correction_that_is_switched_off_is_none(
    qtbot: QtBot, head_window: MainWindow, settled: Settled
) -> None:
    window = head_window
    window.store.apply(change.with_option, "residual", 0.0)
    settled(window)
    press(qtbot, window, "K")
    qtbot.waitUntil(lambda: window.layers.correction is not None)
    assert "Correction: 0.0 to 0.0 grey levels" in corner_words(window)
    assert "Correction off" in corner_words(window)


def test_a_method_that_corrects_nothing_offers_no_correction_and_says_so(
    qtbot: QtBot, fused_window: MainWindow, settled: Settled
) -> None:
    window = fused_window
    assert not window.actions_by_name["correction"].isEnabled()
    press(qtbot, window, "K")
    assert window.store.state.overlays == ()

    window.store.apply(change.with_overlay_toggled, "correction")  # as with an earlier method
    settled(window)
    assert "Correction: Average has none" in corner_words(window)
    assert not window.layers.map.isVisible()
    press(qtbot, window, "K")
    assert window.store.state.overlays == ()


def test_of_the_maps_there_is_one_at_a_time(fused_window: MainWindow) -> None:
    store = fused_window.store
    for name in ("structures", "contribution", "correction"):
        store.apply(change.with_overlay_toggled, name)
    assert store.state.overlays == ("correction", "structures")
    store.apply(change.with_overlay_toggled, "contribution")
    assert store.state.overlays == ("contribution", "structures")


def test_what_is_not_corrected_is_grey_and_air_stays_black() -> None:
    added = np.array([[0, 0, CORRECTION, -CORRECTION]], dtype=np.float32)
    grey = np.array([[0, 1, 0, 0]], dtype=np.float32)
    air, bone, brighter, darker = correction_pixels(added, grey)[0].astype(int)
    assert (air == 0).all()
    assert np.ptp(bone) <= 1 and bone.min() > 190
    assert brighter.argmax() == 1 and darker.argmin() == 1  # green, and purple


def test_an_average_has_no_unsupported_edge_and_says_so(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    press(qtbot, fused_window, "U")
    qtbot.waitUntil(lambda: fused_window.layers.structures is not None)
    assert "No edge unsupported" in corner_words(fused_window)


def test_the_words_count_what_was_found() -> None:
    mask = np.zeros((4, 4), dtype=bool)
    assert structure_lines(Structures(mask, mask, 1, 3)) == (
        "1 edge unsupported (yellow)",
        "3 edges lost (dashed)",
    )


def test_an_outline_runs_around_the_pixels() -> None:
    mask = np.zeros((6, 8), dtype=bool)
    mask[2:4, 3:6] = True
    around = outlined(mask).boundingRect()
    assert (around.left(), around.top()) == (2.5, 1.5)
    assert (around.width(), around.height()) == (3, 2)
    assert outlined(np.zeros((6, 8), dtype=bool)).isEmpty()


def test_hue_tells_the_share_and_brightness_the_image() -> None:
    share = np.array([[0.0, 0.5, 1.0, np.nan]], dtype=np.float32)
    white = contribution_pixels(share, np.ones((1, 4), dtype=np.float32))[0]
    dark = contribution_pixels(share, np.zeros((1, 4), dtype=np.float32))[0]
    colours = contribution_colours()

    assert np.array_equal(white[0], colours[0]) and np.array_equal(white[2], colours[255])
    assert (white[3] == 255).all() and (dark[3] == 0).all()
    assert (dark[:3].sum(axis=1) < white[:3].sum(axis=1) / 2).all()


def test_both_ends_differ_in_brightness_and_in_blue_for_eyes_without_red_or_green() -> None:
    low, middle, high = (contribution_colours()[i].astype(int) for i in (0, 128, 255))
    brightness = [int(c @ (299, 587, 114)) // 1000 for c in (low, middle, high)]
    assert brightness[0] < brightness[2] < brightness[1]
    assert high[2] - low[2] > 150


@pytest.mark.parametrize("name", ["contribution", "correction", "structures"])
def test_the_command_says_how_it_is_found(fused_window: MainWindow, name: str) -> None:
    tip = fused_window.actions_by_name[name].toolTip()
    assert "Deterministic" in tip and len(tip) > 200


def test_the_window_goes_on_while_the_layers_are_computed(
    qtbot: QtBot, fused_window: MainWindow, heart, settled: Settled
) -> None:
    window = fused_window
    window.store.apply(change.with_method, "wavelet")
    settled(window)
    for _ in heart.rounds():
        with heart:
            for key in ("O", "U"):
                with qtbot.waitSignal(heart.beaten):
                    press(qtbot, window, key)
            for step in (1, -1, 2):
                with qtbot.waitSignal(heart.beaten):
                    window.store.apply(change.scrolled, step)
                settled(window)
            qtbot.waitUntil(
                lambda: None not in (window.layers.contribution, window.layers.structures)
            )
        for key in ("O", "U"):
            press(qtbot, window, key)
    assert heart.least_s < heart.CALM_S


def test_closing_while_a_map_is_computed_leaves_no_thread(
    qtbot: QtBot, fused_window: MainWindow
) -> None:
    fused_window.store.apply(change.with_method, "laplacian")
    qtbot.keyClick(fused_window.grid.panes["A"].canvas, Qt.Key.Key_O)
    fused_window.close()
    assert not fused_window.isVisible()
