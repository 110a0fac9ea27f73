"""Slices that take long to make are made beside the window, which says that it waits for them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest
from builders import make_grid, make_image
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.slab import Slab
from fusionviewer.imaging.stored import StoredValues
from fusionviewer.imaging.transform import rotation
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pictures import source_pixels
from fusionviewer.workspace import comparing, planes
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.looks import with_window
from fusionviewer.workspace.state import FUSED, SOURCE_PANES, Place

Settled = Callable[[MainWindow], None]


class Watched(StoredValues):
    """Counts the boxes that are cut from it, and notes whether the window did so. Can be held."""

    free = Event()
    boxes: int
    window_cut = False

    def part(self, within: tuple[slice, ...]) -> StoredValues:
        self.boxes = getattr(self, "boxes", 0) + 1
        if threading.current_thread() is threading.main_thread():
            Watched.window_cut = True
        else:
            assert Watched.free.wait(timeout=20)
        return super().part(within)


@pytest.fixture
def watched() -> Iterator[type[Watched]]:
    Watched.window_cut = False
    Watched.free.set()
    yield Watched
    Watched.free.set()  # a window waits for its threads


def oblique_pair(shape: tuple[int, int, int], kind: Any = StoredValues) -> list[Image]:
    """A CT and an MR of 1 mm, both tilted, as a worker opens them."""
    straight = make_grid(shape, (1.0, 1.0, 1.0))
    grid = replace(straight, axes=straight.axes @ rotation((10, 5, 3)).T)
    rows = np.random.default_rng(3).integers(0, 80, shape[1:], dtype=np.int16)
    one = np.ones((1, 1, 1))
    images = []
    for name, modality, unit, step in (("ct", "CT", "HU", 7), ("mr", "MR", "a.u.", 3)):
        stored = rows + (np.arange(shape[0], dtype=np.int16) * step % 20)[:, None, None]
        values = kind(stored, one, one * 0)
        images.append(Image(name, values, modality, unit, grid, window=Window.between(0, 100)))
        _ = images[-1].key, images[-1].lowest
    return images


def open_all(window: MainWindow, images: list[Image]) -> None:
    for image in images:
        window.store.apply(opened, image)


def assert_true_or_waiting(window: MainWindow) -> int:
    """Every visible source pane shows the slice of the state, or nothing under a badge; how many wait."""
    state, waiting = window.store.state, 0
    for name, slot in zip(SOURCE_PANES, state.slots, strict=False):
        pane = window.grid.panes[name]
        if name not in window.grid.visible_panes:
            continue
        message = pane.overlay.message
        if pane.pixels is None:
            assert message is not None and message.badge and "Making" in message.title
            waiting += 1
            continue
        assert message is None
        true = source_pixels(slot.drawn, change.pane_slice(state, name), slot.look)
        np.testing.assert_array_equal(pane.pixels, true)
    return waiting


@pytest.mark.slow
def test_planes_and_slabs_of_a_large_oblique_pair_never_stop_the_window_for_more_than_50_ms(
    qtbot: QtBot, make_window: Callable[..., MainWindow], hands, heart, settled: Settled
) -> None:
    def look(*names: str) -> None:
        for name in names:
            window.actions_by_name[name].trigger()
            qtbot.waitSignal(heart.beaten).wait()
            settled(window)

    def scroll() -> None:
        for _ in range(5):
            hands.wheel(window.grid.panes["A"], 1)
            qtbot.wait(20)
        settled(window)

    for _ in heart.rounds():
        window = make_window()
        open_all(window, oblique_pair((200, 512, 512)))
        settled(window)
        window.store.apply(change.with_active, "A")
        window.store.apply(change.pointed, Place(40, 150, 350))  # where no slice was made yet
        settled(window)
        with heart:
            look("plane-axial", "plane-coronal", "plane-sagittal", "plane-axial")
            scroll()
            look("layout-planes")
            scroll()
            look(*["slab-thicker"] * (len(planes.SLAB_STEPS_MM) - 1))
            scroll()
            look("layout-row")
        window.close()
    assert heart.least_s < heart.CALM_S


def test_slices_of_oblique_volumes_are_never_made_by_the_window(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, watched
) -> None:
    open_all(window, oblique_pair((40, 50, 60), watched))
    settled(window)
    window.store.apply(change.with_active, "A")
    ways = ("plane-axial", "plane-coronal", "compare-curtain", "layout-planes", "slab-thicker")
    for name in (*ways, "layout-row"):
        window.actions_by_name[name].trigger()
        settled(window)
        hands.wheel(window.grid.panes["A"], 2)
        settled(window)
    window.store.apply(with_window, 0, Window.between(10, 50))
    settled(window)
    assert not watched.window_cut
    assert all(slot.native.values.boxes for slot in window.store.state.slots)
    assert assert_true_or_waiting(window) == 0


def test_a_pane_says_that_it_waits_and_never_shows_another_slice_slab_or_plane(
    qtbot: QtBot, window: MainWindow, settled: Settled, watched
) -> None:
    open_all(window, oblique_pair((40, 50, 60), watched))
    settled(window)
    window.actions_by_name["plane-axial"].trigger()
    settled(window)
    assert assert_true_or_waiting(window) == 0

    watched.free.clear()
    for function, *args in (
        (change.scrolled, 9),
        (planes.with_slab, Slab(10, "maximum")),
        (planes.with_plane, "coronal"),
        (change.scrolled, 1),
    ):
        window.store.apply(function, *args)
        qtbot.wait(20)
        assert assert_true_or_waiting(window) == 2
        fused = window.grid.panes[FUSED]
        assert fused.pixels is None and fused.overlay.message.badge
        assert fused.overlay.captions.top_left[0] == "Not fused yet"
        shape = window.store.state.slots[0].drawn.shape
        assert (
            fused.box.viewRect().height() >= shape[1] - 1
        )  # lines lie as they will on the picture
    watched.free.set()
    settled(window)
    assert assert_true_or_waiting(window) == 0
    assert fused.pixels is not None and fused.overlay.message is None


def test_what_nobody_waits_for_any_more_is_not_made(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, watched
) -> None:
    open_all(window, oblique_pair((90, 30, 30), watched))
    settled(window)
    window.actions_by_name["plane-axial"].trigger()
    window.store.apply(change.at_slice, 10)
    settled(window)
    qtbot.waitUntil(lambda: not window.slices.busy and not window.feed.busy)

    before = [slot.native.values.boxes for slot in window.store.state.slots]
    watched.free.clear()
    for _ in range(60):
        hands.wheel(window.grid.panes["A"], 1)
    watched.free.set()
    settled(window)
    qtbot.waitUntil(lambda: not window.slices.busy and not window.feed.busy)
    assert window.store.state.slice_index == 70
    for slot, boxes in zip(window.store.state.slots, before, strict=True):
        assert (
            slot.native.values.boxes - boxes <= 10
        )  # two that were begun, this one, its neighbours


def test_neighbours_are_made_when_nothing_else_is_asked_and_then_shown_at_once(
    qtbot: QtBot, window: MainWindow, settled: Settled, watched
) -> None:
    open_all(window, oblique_pair((40, 30, 30), watched)[:1])
    window.actions_by_name["plane-axial"].trigger()
    settled(window)
    qtbot.waitUntil(lambda: not window.slices.busy)
    watched.free.clear()
    for steps in (1, -2):
        window.store.apply(change.scrolled, steps)
        assert assert_true_or_waiting(window) == 0


def test_a_comparison_waits_for_slices(
    qtbot: QtBot, window: MainWindow, settled: Settled, watched
) -> None:
    open_all(window, oblique_pair((40, 30, 30), watched))
    window.actions_by_name["plane-axial"].trigger()
    window.store.apply(comparing.with_mode, "curtain")
    window.store.apply(comparing.with_parties, "A", "B")
    settled(window)
    assert window.comparison.picture is not None
    watched.free.clear()
    window.store.apply(change.scrolled, 12)
    qtbot.wait(20)
    assert window.comparison.picture is None
    assert "waiting for both pictures" in " ".join(
        window.grid.panes[FUSED].overlay.captions.top_left
    )
    watched.free.set()
    settled(window)
    assert window.comparison.picture is not None


def test_closing_the_window_stops_a_slab_that_is_being_made(
    qtbot: QtBot, window: MainWindow, settled: Settled, watched
) -> None:
    image = oblique_pair((200, 30, 30), watched)[0]
    open_all(window, [image])
    window.actions_by_name["plane-axial"].trigger()
    settled(window)
    qtbot.waitUntil(lambda: not window.slices.busy)
    before = image.values.boxes
    watched.free.clear()
    window.store.apply(planes.with_slab, Slab(100))
    qtbot.waitUntil(lambda: image.values.boxes > before)
    threading.Timer(0.2, watched.free.set).start()
    window.close()
    assert image.values.boxes < before + 10


def test_a_slice_that_cannot_be_made_is_said_in_its_pane_and_the_next_one_is_shown(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    class Broken(StoredValues):
        broken = False

        def part(self, within: tuple[slice, ...]) -> StoredValues:
            if self.broken:
                raise MemoryError
            return super().part(within)

    image = oblique_pair((40, 30, 30), Broken)[0]
    open_all(window, [image])
    window.actions_by_name["plane-axial"].trigger()
    settled(window)
    qtbot.waitUntil(lambda: not window.slices.busy)
    image.values.broken = True
    window.store.apply(change.scrolled, 8)
    settled(window)
    pane = window.grid.panes["A"]
    assert pane.pixels is None and not pane.overlay.message.badge
    image.values.broken = False
    window.store.apply(change.scrolled, 8)
    settled(window)
    assert pane.pixels is not None and pane.overlay.message is None


def test_slices_of_other_volumes_are_drawn_at_once_and_only_thick_slabs_are_waited_for(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    shape = (40, 260, 260)
    grid = make_grid(shape, (1.0, 1.0, 1.0))
    open_all(window, [make_image(shape, name=n, seed=i, grid=grid) for i, n in enumerate("ab")])
    settled(window)
    for function, *args in (
        (change.scrolled, 5),
        (planes.with_plane, "sagittal"),
        (planes.with_slab, Slab(5)),
        (planes.with_plane, ""),
    ):
        window.store.apply(function, *args)
        assert assert_true_or_waiting(window) == 0
    window.store.apply(planes.with_slab, Slab(20))
    assert assert_true_or_waiting(window) == 2
    settled(window)
    assert assert_true_or_waiting(window) == 0
