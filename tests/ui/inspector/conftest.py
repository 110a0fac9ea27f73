"""A store with a CT and a PET of one patient, fused by the rule “average”, and its panes."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.slice_feed import SliceFeed
from fusionviewer.ui.store import Store
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.state import ViewState

AXES = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]])
FINE, COARSE = (6, 60, 64), (3, 15, 16)


@pytest.fixture
def ct() -> Image:
    """1 mm pixels, 3 mm slices; noise around 40 HU."""
    grid = Grid(FINE, np.array([3.0, 1, 1]), np.array([0.5, 0.5, 1.5]), AXES)
    values = np.random.default_rng(1).normal(40, 10, FINE).astype(np.float32)
    return Image("ct", values, "CT", "HU", grid, window=Window(40, 80))


@pytest.fixture
def pet() -> Image:
    """4 mm pixels, 6 mm slices; SUV 1, and one voxel of 20."""
    grid = Grid(COARSE, np.array([6.0, 4, 4]), np.array([2.0, 2, 3]), AXES)
    values = np.ones(COARSE, dtype=np.float32)
    values[1, 7, 8] = 20
    return Image("pet", values, "PT", "SUV", grid, window=Window.between(0, 5))


@pytest.fixture
def store(qtbot: QtBot, ct: Image, pet: Image) -> Store:
    state = opened(opened(ViewState(), ct), pet)
    state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    return Store(change.with_method(change.at_slice(state, 2), "average"))


@pytest.fixture
def feed(store: Store, qtbot: QtBot) -> Iterator[FusionFeed]:
    feed = FusionFeed(store)
    yield feed
    feed.close()


@pytest.fixture
def grid(store: Store, feed: FusionFeed, qtbot: QtBot) -> Iterator[PaneGrid]:
    slices = SliceFeed(store)
    grid = PaneGrid(store, feed, slices)
    qtbot.addWidget(grid)
    grid.resize(1200, 420)
    with qtbot.waitExposed(grid):
        grid.show()
    qtbot.waitUntil(lambda: feed.status.kind == "done")
    yield grid
    slices.close()
