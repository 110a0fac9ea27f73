"""The loupe shows every image around one place, with native values."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fusionviewer.fusion.fuse import Fused
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.loupe import Loupe
from fusionviewer.ui.magnified import magnified_fused, magnified_source
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.pictures import fused_pixels, source_pixels
from fusionviewer.ui.share_feed import ShareFeed
from fusionviewer.ui.store import Store
from fusionviewer.workspace import layouts
from fusionviewer.workspace import state as change
from fusionviewer.workspace.state import Place

HOT = Place(2, 29, 33)  # shared pixels over the hot voxel of the PET, its native (1, 7, 8)


@pytest.fixture
def loupe(store: Store, feed: FusionFeed, grid: PaneGrid, qtbot: QtBot) -> Loupe:
    loupe = Loupe(store, feed, ShareFeed(store, feed))
    qtbot.addWidget(loupe)
    loupe.resize(320, 320)
    loupe.show()
    return loupe


def texts(loupe: Loupe) -> dict[str, str]:
    return {name: g.magnified.text for name, g in loupe.glasses.items() if g.isVisible()}


def test_every_image_says_its_value_in_its_unit(loupe: Loupe, ct: Image, feed: FusionFeed) -> None:
    loupe.hover(HOT)
    grey = feed.status.fused.grey[29, 33] if feed.status.fused else None
    assert texts(loupe) == {
        "A": f"{ct.values[2, 29, 33]:.0f} HU",
        "B": "20.00 SUV",
        "fused": f"{grey:.3f} display",
    }


def test_it_follows_the_crosshair_when_the_cursor_is_elsewhere(loupe: Loupe, store: Store) -> None:
    assert texts(loupe)["B"] == ""
    store.apply(change.pointed, HOT)
    assert texts(loupe)["B"] == "20.00 SUV"
    loupe.hover(Place(2, 3, 3))
    assert texts(loupe)["B"] == "1.00 SUV"
    loupe.hover(None)
    assert texts(loupe)["B"] == "20.00 SUV"


def test_it_turns_and_mirrors_with_the_panes(loupe: Loupe, store: Store) -> None:
    loupe.hover(Place(2, 27, 31))  # beside the hot voxel
    upright = {name: g.magnified for name, g in loupe.glasses.items() if g.isVisible()}
    said = texts(loupe)
    store.apply(layouts.mirrored)
    store.apply(layouts.rotated, 1)
    for name, before in upright.items():
        after = loupe.glasses[name].magnified
        assert before.pixels is not None and after.pixels is not None
        as_told = np.rot90(np.fliplr(before.pixels), -1)  # a quarter turn clockwise
        assert np.array_equal(after.pixels, as_told), name
        assert after.values is not None and before.values is not None
        seen = np.rot90(np.fliplr(before.values), -1)
        assert np.array_equal(after.values, seen, equal_nan=True)
        assert after.tallness == 1 / before.tallness
    assert texts(loupe) == said  # the middle stays the middle


def test_it_follows_the_slice(loupe: Loupe, store: Store, ct: Image, qtbot: QtBot) -> None:
    loupe.hover(HOT)
    store.apply(change.at_slice, 5)
    assert texts(loupe)["A"] == f"{ct.values[5, 29, 33]:.0f} HU"
    assert texts(loupe)["B"] == "1.00 SUV"
    assert texts(loupe)["fused"] == "…"  # never the value of another slice
    qtbot.waitUntil(lambda: texts(loupe)["fused"].endswith("display"))


def test_outside_the_image_there_is_nothing(loupe: Loupe) -> None:
    loupe.hover(Place(2, -30, 500))
    assert set(texts(loupe).values()) == {"outside"}


def test_a_real_cursor_over_a_pane_moves_it(
    loupe: Loupe, grid: PaneGrid, store: Store, qtbot: QtBot
) -> None:
    grid.hovered.connect(loupe.hover)
    canvas = grid.panes["fused"].box.getViewWidget().viewport()
    QTest.mouseMove(canvas, canvas.rect().center())
    qtbot.waitUntil(lambda: loupe.place is not None)
    assert loupe.place is not None
    assert (loupe.place.row, loupe.place.col) == pytest.approx((29.5, 31.5), abs=1)
    assert texts(loupe)["A"].endswith("HU")


def test_keys_change_how_many_pixels_are_seen(loupe: Loupe, qtbot: QtBot) -> None:
    loupe.hover(HOT)
    side = _side(loupe)
    QTest.keyClick(loupe, Qt.Key.Key_Minus)
    wider = _side(loupe)
    QTest.keyClick(loupe, Qt.Key.Key_Plus)
    QTest.keyClick(loupe, Qt.Key.Key_Plus)
    closer = _side(loupe)
    assert closer < side < wider


def _side(loupe: Loupe) -> int:
    pixels = loupe.glasses["A"].magnified.pixels
    assert pixels is not None
    return len(pixels)


def test_a_reader_for_the_blind_hears_the_value(loupe: Loupe) -> None:
    loupe.hover(HOT)
    loupe.repaint()
    assert loupe.glasses["B"].magnified.text == "20.00 SUV"
    assert loupe.glasses["B"].accessibleName() == "PET: 20.00 SUV"


@pytest.mark.parametrize("spot", [(4, 5), (0, 0), (8, 11), (0, 11), (-2, 3), (40, 40)])
@pytest.mark.parametrize("colour", [False, True])
def test_magnified_pixels_are_those_of_the_pane(spot: tuple[int, int], colour: bool) -> None:
    random = np.random.default_rng(5)
    values = random.uniform(0, 100, (1, 9, 12)).astype(np.float32)
    rgb = random.integers(0, 256, (1, 9, 12, 3)).astype(np.uint8) if colour else None
    image = Image("any", values, rgb=rgb)
    look = Look(Window.between(0, 255) if colour else Window.between(10, 80), inverted=True)
    grey = random.uniform(0, 1, (9, 12)).astype(np.float32)
    fused = Fused(grey, random.uniform(0, 1, (9, 12, 3)).astype(np.float32) if colour else None)

    seen = magnified_source("any", image, look, (0, *spot), None, half=2).pixels
    _same_around(seen, source_pixels(image, 0, look), spot)
    _same_around(magnified_fused(fused, spot, 2, 1.0).pixels, fused_pixels(fused), spot)


def _same_around(seen, pane, spot: tuple[int, int]) -> None:
    """`seen` (5, 5, 3) is what the pane has around `spot`, and black outside."""
    if pane.ndim == 2:
        pane = np.repeat(pane[..., None], 3, axis=-1)
    wide = np.pad(pane, ((50, 50), (50, 50), (0, 0)))
    row, col = spot[0] + 50, spot[1] + 50
    np.testing.assert_array_equal(seen, wide[row - 2 : row + 3, col - 2 : col + 3])
