"""What makes a long day shorter: colours, sizes, a second screen, pictures of what will happen, help."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QTextBrowser

from fusionviewer.ui.preferences import apply_looks
from fusionviewer.ui.tour import STEPS, Tour
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A CT and an MR of somebody, as pictures in a folder with a name."""
    paths = []
    for name in ("CT", "MRI"):
        path = tmp_path / "CANARY^ANNA" / name / "30001.png"
        path.parent.mkdir(parents=True)
        noise = np.random.default_rng(len(name)).integers(0, 255, (64, 64))
        Picture.fromarray(noise.astype(np.uint8)).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def looks():  # type: ignore[no-untyped-def]
    """The application as it was, when the story is over."""
    yield
    apply_looks(Settings())


def test_colours_and_sizes_of_texts_change_at_once_and_the_picture_is_copied(
    viewer, files, looks
) -> None:  # type: ignore[no-untyped-def]
    window = viewer.window
    apply_looks(window.settings)
    viewer.drop(*files)
    ground = window.palette().window().color().lightness()
    height = window.panel.method.fontMetrics().height()
    window.actions_by_name["theme"].trigger()
    assert window.palette().window().color().lightness() > ground + 100
    window.follow_settings(window.settings.model_copy(update={"text_size": 150}))
    assert window.panel.method.fontMetrics().height() == pytest.approx(1.5 * height, abs=2)
    viewer.press("C", CTRL)
    assert "clipboard" in viewer.message
    copied = QApplication.clipboard().image()
    assert not copied.isNull() and min(copied.width(), copied.height()) > 100


def test_the_fused_pane_goes_to_the_other_screen_and_back(viewer, files) -> None:  # type: ignore[no-untyped-def]
    viewer.drop(*files)
    fused = viewer.fused.copy()
    viewer.window.actions_by_name["tear-off"].trigger()
    assert viewer.pane(FUSED).window() is not viewer.window
    assert np.array_equal(viewer.fused, fused)
    viewer.window.actions_by_name["tear-off"].trigger()
    assert viewer.pane(FUSED).window() is viewer.window


def test_a_picture_says_what_a_drop_will_do_before_it_is_done(viewer, files) -> None:  # type: ignore[no-untyped-def]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in files])
    held = (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    hint = viewer.window.drops.hint
    QApplication.sendEvent(viewer.window, QDragEnterEvent(QPoint(9, 9), *held))
    assert hint.isVisible() and hint.plan.title
    QApplication.sendEvent(viewer.window, QDragLeaveEvent())
    assert not hint.isVisible()
    assert viewer.window.store.state.slots == ()


def test_help_names_every_key_and_the_report_names_nobody(viewer, files) -> None:  # type: ignore[no-untyped-def]
    viewer.drop(*files)
    window = viewer.window
    viewer.press(Qt.Key.Key_F1)
    page = window.findChildren(QTextBrowser)[-1].toPlainText()
    for name, action in window.actions_by_name.items():
        keys = [key.toString() for key in action.shortcuts()]
        assert not keys or keys[0] in page or name.startswith("preset-"), name
    window.say_error(ValueError(f"nobody caught {files[0]}"))
    viewer.click("Copy report")
    report = QApplication.clipboard().text()
    assert "ValueError" in report and "FusionViewer" in report
    assert "CANARY" not in report and str(files[0].parent) not in report


def test_a_tour_of_five_steps_and_work_that_can_be_stopped(viewer, qtbot) -> None:  # type: ignore[no-untyped-def]
    window = viewer.window
    window.welcome.sample_asked.emit()
    qtbot.waitUntil(window.progress.isVisible)
    window.progress.cancel_asked.emit()
    viewer.wait_until_still()
    assert window.store.state.slots == () and not window.progress.isVisible()

    window.actions_by_name["tour"].trigger()
    assert window.queue.busy  # it opens the sample patient
    tour = window.findChild(Tour)
    for _ in STEPS:
        assert tour.card.isVisible()
        tour.card.next.click()
    assert len(STEPS) == 5 and not tour.card.isVisible()
