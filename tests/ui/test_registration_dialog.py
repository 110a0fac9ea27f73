"""Lay one image on the other in the window: look, accept, undo."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scipy.ndimage import gaussian_filter
from shiboken6 import isValid

from fusionviewer.imaging.alignment import AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.pair import Alignment
from fusionviewer.imaging.registration import moved
from fusionviewer.imaging.transform import IDENTITY, from_parts, rotation
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.registration_dialog import RegistrationDialog, ask_registration, checkerboard
from fusionviewer.workspace.arrangement import opened

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
GRID = Grid((14, 18, 18), np.full(3, 8.0), np.full(3, -60.0), AXIAL)
TRUTH = from_parts(rotation((0, 0, 8)), (0, 0, 0), (24, -16, 8))


def lump(seed: int, frame: str) -> Image:
    place = np.stack(np.indices(GRID.shape), -1) - (np.array(GRID.shape) - 1) / 2
    inside = (((place * 8) / (44, 60, 52)) ** 2).sum(-1) <= 1
    texture = gaussian_filter(np.random.default_rng(9).normal(size=GRID.shape), 1.3)
    noise = np.random.default_rng(seed).normal(0, 1, GRID.shape)
    values = (inside * (120 + 250 * texture) + noise).astype(np.float32)
    source = Source(kind="DICOM", frame_of_reference_uid=frame)
    return Image(f"lump {seed}", values, "MR", grid=GRID, source=source)


@pytest.fixture
def fixed() -> Image:
    return lump(1, "1.2")


@pytest.fixture
def moving() -> Image:
    return moved(lump(2, "1.3"), TRUTH.inverse())


@pytest.fixture
def dialog(qtbot: QtBot, fixed: Image, moving: Image) -> Iterator[RegistrationDialog]:
    dialog = RegistrationDialog(fixed, moving)
    dialog.show()
    yield dialog
    if isValid(dialog):
        dialog.reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def ready(dialog: RegistrationDialog) -> bool:
    return dialog.found is not None


@pytest.mark.slow
def test_what_is_accepted_is_registered_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, settled, fixed: Image, moving: Image
) -> None:
    window.store.apply(opened, fixed)
    window.store.apply(opened, moving)
    settled(window)
    pair = window.store.state.pair
    assert pair is not None
    assert pair.notes[0] == "Different frames of reference, not registered."
    dialog = ask_registration(window.store, window)
    assert not dialog.accept_button.isEnabled()
    qtbot.waitUntil(lambda: ready(dialog), timeout=120_000)
    assert "Mutual information" in dialog.card.text()
    dialog.accept_button.click()
    settled(window)
    pair = window.store.state.pair
    assert pair is not None
    assert pair.alignment is Alignment.REGISTERED
    assert pair.notes[0].startswith("Registered: rigid, ")
    assert window.store.state.natives[1].values is moving.values
    window.store.undo()
    settled(window)
    pair = window.store.state.pair
    assert pair is not None
    assert pair.alignment is Alignment.UNVERIFIED
    assert window.store.state.natives[1] is moving


def test_cancelling_changes_nothing_and_ends_the_work(
    qtbot: QtBot, dialog: RegistrationDialog
) -> None:
    told: list[Image] = []
    dialog.placed.connect(told.append)
    assert dialog.bar.isVisible()
    dialog.reject()
    assert told == []


def test_a_nudge_moves_the_preview_and_is_said_to_be_by_hand(
    qtbot: QtBot, dialog: RegistrationDialog, moving: Image
) -> None:
    before = dialog.after.pixmap().toImage()
    dialog.nudges[0].setValue(16)  # mm to the left
    assert dialog.after.pixmap().toImage() != before
    np.testing.assert_allclose(dialog.transform.apply((16, 0, 0)), (0, 0, 0), atol=1e-9)
    with qtbot.waitSignal(dialog.placed, timeout=60_000) as placed:
        dialog.accept_button.click()
    image = placed.args[0]
    assert image.placed_by.state is AlignmentState.UNVERIFIED
    assert image.placed_by.sentence().startswith("Aligned: by hand, 16.0 mm, 0.0°; not verified.")
    np.testing.assert_allclose(image.grid.origin - moving.grid.origin, (16, 0, 0), atol=1e-9)


def test_what_cannot_be_registered_says_why_in_a_sentence(qtbot: QtBot, fixed: Image) -> None:
    flat = Image("flat", np.ones(GRID.shape, np.float32), "MR", grid=GRID)
    dialog = RegistrationDialog(fixed, flat)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "flat" in dialog.card.text(), timeout=20_000)
    assert "the same everywhere" in dialog.card.text()
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


def test_the_checkerboard_shows_both(fixed: Image) -> None:
    dark = Image("dark", np.zeros(GRID.shape, np.float32), "MR", grid=GRID)
    board = checkerboard(fixed, dark, IDENTITY, 7)
    assert board.shape == GRID.shape[1:]
    assert not board[3:6, 0:3].any()  # every other field is from the dark one
    assert board[6:9, 6:9].any()
