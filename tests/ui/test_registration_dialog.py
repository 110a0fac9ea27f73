"""Lay one image on the other in the window: look, accept, undo."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scipy.ndimage import gaussian_filter
from shiboken6 import isValid

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.errors import Cancelled
from fusionviewer.imaging.alignment import AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.pair import Alignment
from fusionviewer.imaging.registration import measured, moved
from fusionviewer.imaging.transform import from_parts, rotation
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.registration_dialog import RegistrationDialog, ask_registration
from fusionviewer.ui.registration_work import laid
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


def drawn(dialog: RegistrationDialog) -> bool:
    return dialog.parts.both.pane.picture is not None


@pytest.mark.slow
def test_what_is_accepted_is_registered_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, settled, fixed: Image, moving: Image
) -> None:
    window.store.apply(opened, fixed)
    window.store.apply(opened, moving)
    settled(window)
    refusal = window.store.state.refusal
    assert refusal is not None and refusal.asks == "frames"
    dialog = ask_registration(window.store, window)
    assert not dialog.parts.accept.isEnabled()
    qtbot.waitUntil(lambda: ready(dialog), timeout=120_000)
    assert "Mutual information" in dialog.parts.card.text()
    with qtbot.waitSignal(dialog.placed):
        dialog.parts.accept.click()
    settled(window)
    pair = window.store.state.pair
    assert pair is not None
    assert pair.alignment is Alignment.REGISTERED
    assert pair.notes[0].startswith("Registered: rigid, ")
    assert window.store.state.natives[1].values is moving.values
    window.store.undo()
    settled(window)
    assert window.store.state.refusal is not None
    assert window.store.state.natives[1] is moving


def test_cancelling_changes_nothing_and_ends_the_work(
    qtbot: QtBot, dialog: RegistrationDialog
) -> None:
    told: list[Image] = []
    dialog.placed.connect(told.append)
    assert dialog.parts.bar.isVisible()
    dialog.reject()
    assert told == []


def test_only_what_is_looked_at_is_drawn(qtbot: QtBot, dialog: RegistrationDialog) -> None:
    """A sheet takes a while to be cut, and three of them held up the window."""
    parts = dialog.parts
    qtbot.waitUntil(lambda: drawn(dialog), timeout=60_000)
    assert parts.fixed.pane.picture is None and parts.moving.pane.picture is None
    parts.tabs.setCurrentWidget(parts.landmarks)
    assert parts.fixed.pane.picture is not None and parts.moving.pane.picture is not None


def test_what_was_accepted_is_not_placed_when_another_registration_is_asked_for(
    qtbot: QtBot, dialog: RegistrationDialog, tmp_path: Path
) -> None:
    placed: list[Image] = []
    dialog.placed.connect(placed.append)
    dialog.parts.hand.boxes[0].setValue(16)
    dialog.save(tmp_path / "one.tfm")
    qtbot.waitUntil(lambda: ready(dialog), timeout=60_000)
    dialog.parts.accept.click()
    dialog.load(tmp_path / "one.tfm")
    qtbot.waitUntil(lambda: ready(dialog) and dialog.found.how == "file", timeout=60_000)
    assert placed == [] and dialog.isVisible()


def test_placing_an_image_can_be_stopped(fixed: Image, moving: Image) -> None:
    stretch = from_parts(np.diag([1.1, 1.0, 0.9]), (0, 0, 0), (0, 0, 0), "affine")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        laid((fixed, moving, measured(fixed, moving, stretch)), token, lambda _done, _total: None)


class TestByHand:
    def test_a_number_moves_the_picture_and_is_said_to_be_by_hand(
        self, qtbot: QtBot, dialog: RegistrationDialog, moving: Image
    ) -> None:
        qtbot.waitUntil(lambda: drawn(dialog), timeout=60_000)
        before = dialog.parts.both.pane.picture
        dialog.parts.hand.boxes[0].setValue(16)  # mm to the left
        assert dialog.parts.both.pane.picture != before
        np.testing.assert_allclose(dialog.placing.transform.apply((16, 0, 0)), 0, atol=1e-9)
        with qtbot.waitSignal(dialog.placed, timeout=60_000) as placed:
            dialog.parts.accept.click()
        image = placed.args[0]
        assert image.placed_by.state is AlignmentState.UNVERIFIED
        said = image.placed_by.sentence()
        assert said.startswith("Aligned: by hand, 16.0 mm, 0.0°; not verified.")
        np.testing.assert_allclose(image.grid.origin - moving.grid.origin, (16, 0, 0), atol=1e-9)

    def test_a_drag_takes_the_moving_image_along_and_is_one_step_back(
        self, qtbot: QtBot, dialog: RegistrationDialog
    ) -> None:
        qtbot.waitUntil(lambda: drawn(dialog), timeout=60_000)
        pane = dialog.parts.both.pane
        places = [pane.point_of(np.array([x, 10.0, 0.0])).toPoint() for x in (0, 5, 20)]
        qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            qtbot.mouseMove(pane, place)
        qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=places[-1])
        np.testing.assert_allclose(dialog.placing.shift, (20, 0, 0), atol=0.8)
        qtbot.waitUntil(lambda: ready(dialog), timeout=60_000)
        assert "by hand" in dialog.parts.card.text()
        dialog.parts.undo.trigger()
        assert not dialog.placing.by_hand
        assert not dialog.parts.undo.isEnabled()
        dialog.parts.redo.trigger()
        assert dialog.placing.by_hand

    def test_keys_shift_and_turn(self, qtbot: QtBot, dialog: RegistrationDialog) -> None:
        qtbot.waitUntil(lambda: drawn(dialog), timeout=60_000)
        pane, key, held = dialog.parts.both.pane, Qt.Key, Qt.KeyboardModifier
        qtbot.keyClick(pane, key.Key_Left)  # on the screen: to the patient's right
        qtbot.keyClick(pane, key.Key_Down, held.ShiftModifier)
        np.testing.assert_allclose(dialog.placing.shift, (-1, 10, 0))
        qtbot.keyClick(pane, key.Key_Right, held.ControlModifier)
        np.testing.assert_allclose(dialog.placing.turn, (0, 0, 1))

    def test_a_turn_by_the_mouse_is_the_one_that_is_seen(
        self, qtbot: QtBot, dialog: RegistrationDialog
    ) -> None:
        """A quarter of a circle clockwise takes what is at the patient's left to the back."""
        qtbot.waitUntil(lambda: drawn(dialog), timeout=60_000)
        pane = dialog.parts.both.pane
        middle = QPointF(pane.width() / 2, pane.height() / 2)
        held = Qt.KeyboardModifier.ControlModifier
        for event, at in (
            (QEvent.Type.MouseButtonPress, middle + QPointF(80, 0)),
            (QEvent.Type.MouseMove, middle + QPointF(57, 57)),
            (QEvent.Type.MouseMove, middle + QPointF(0, 80)),
            (QEvent.Type.MouseButtonRelease, middle + QPointF(0, 80)),
        ):
            left = Qt.MouseButton.LeftButton
            QApplication.sendEvent(pane, QMouseEvent(event, at, at, left, left, held))
        np.testing.assert_allclose(dialog.placing.turn, (0, 0, 90), atol=1)
        center = dialog.placing.center
        seen_at_back = center + np.array([0, 30, 0])
        was = dialog.placing.transform.apply(seen_at_back)
        np.testing.assert_allclose(was, center + np.array([30, 0, 0]), atol=1)


class TestLandmarks:
    def click(self, qtbot: QtBot, dialog: RegistrationDialog, place: np.ndarray) -> None:
        """The same place of the lump in both images, each in its own millimetres."""
        parts = dialog.parts
        there = TRUTH.apply(place)
        for viewer, at in ((parts.fixed, place), (parts.moving, there)):
            viewer.go_to(at)
            point = viewer.pane.point_of(at).toPoint()
            qtbot.mouseClick(viewer.pane, Qt.MouseButton.LeftButton, pos=point)

    def test_three_pairs_align_and_say_how_far_they_are_off(
        self, qtbot: QtBot, dialog: RegistrationDialog
    ) -> None:
        parts, panel = dialog.parts, dialog.parts.landmarks
        qtbot.waitUntil(lambda: drawn(dialog), timeout=60_000)
        parts.tabs.setCurrentWidget(panel)
        assert not panel.use.isEnabled()
        for place in ((0, 0, 0), (30, 0, 8), (0, 30, 16), (-20, -20, -16)):
            assert not panel.add.isEnabled()
            self.click(qtbot, dialog, np.array(place, float))
            panel.add.click()
        assert panel.table.rowCount() == 4
        assert float(panel.table.item(3, 2).text()) < 2
        assert "root mean square" in panel.told.text()
        panel.use.click()
        qtbot.waitUntil(lambda: ready(dialog) and dialog.found.how == "landmarks", timeout=60_000)
        assert "Landmarks are off by" in parts.card.text()
        place = np.array([5.0, 5, 5])
        np.testing.assert_allclose(
            dialog.placing.transform.apply(place), TRUTH.apply(place), atol=2.5
        )

    def test_those_on_a_line_say_so_and_one_can_be_taken_away(
        self, qtbot: QtBot, dialog: RegistrationDialog
    ) -> None:
        panel = dialog.parts.landmarks
        line = [np.array([x, x, 0.0]) for x in (0, 10, 20)]
        for place in line:
            for viewer in (dialog.parts.fixed, dialog.parts.moving):
                viewer.pointed.emit(place)
            panel.add.click()
        assert "on one line" in panel.told.text()
        assert not panel.use.isEnabled()
        panel.table.selectRow(1)
        panel.remove.click()
        assert len(panel.pairs) == 2


class TestFiles:
    def test_a_transform_that_was_saved_is_loaded_again(
        self, qtbot: QtBot, dialog: RegistrationDialog, tmp_path: Path
    ) -> None:
        dialog.parts.hand.boxes[2].setValue(12)
        dialog.save(tmp_path / "one.tfm")
        saved = dialog.placing.transform.matrix
        dialog.parts.undo.trigger()
        dialog.load(tmp_path / "one.tfm")
        qtbot.waitUntil(lambda: ready(dialog), timeout=60_000)
        np.testing.assert_allclose(dialog.placing.transform.matrix, saved)
        assert "It was read from a file." in dialog.parts.card.text()

    @pytest.mark.parametrize("text", ["Dear colleague", "#Insight Transform File V1.0\nTransf"])
    def test_one_that_is_none_says_so_and_leaves_what_was(
        self, qtbot: QtBot, dialog: RegistrationDialog, tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "bad.tfm").write_text(text)
        dialog.parts.hand.boxes[2].setValue(12)
        dialog.load(tmp_path / "bad.tfm")
        qtbot.waitUntil(lambda: "bad.tfm" in dialog.parts.card.text(), timeout=60_000)
        assert dialog.placing.shift[2] == 12
        assert dialog.parts.accept.isEnabled()

    def test_a_folder_that_is_not_there_is_said(
        self, dialog: RegistrationDialog, tmp_path: Path
    ) -> None:
        dialog.save(tmp_path / "nowhere" / "one.tfm")
        assert "one.tfm" in dialog.parts.card.text()


def test_what_cannot_be_registered_says_why_in_a_sentence(qtbot: QtBot, fixed: Image) -> None:
    flat = Image("flat", np.ones(GRID.shape, np.float32), "MR", grid=GRID)
    dialog = RegistrationDialog(fixed, flat)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "flat" in dialog.parts.card.text(), timeout=60_000)
    assert "the same everywhere" in dialog.parts.card.text()
    assert not dialog.parts.accept.isEnabled()
    dialog.reject()
