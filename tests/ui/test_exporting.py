"""What was asked for is what is written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from builders import make_grid, make_image
from PIL import Image as Picture
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.formats import bundle
from fusionviewer.imaging.roi import Rectangle
from fusionviewer.metrics.table import METRICS
from fusionviewer.ui import export_parts
from fusionviewer.ui.export_dialog import ExportDialog
from fusionviewer.ui.exporting import EXPORTS
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.pictures import fused_pixels
from fusionviewer.ui.report_content import report_of
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened, with_image
from fusionviewer.workspace.planes import with_plane
from fusionviewer.workspace.regions import canvas_of, with_form
from fusionviewer.workspace.state import FUSED

Settled = Callable[[MainWindow], None]
SHAPE = (6, 20, 24)


@pytest.fixture
def pair(window: MainWindow, settled: Settled) -> MainWindow:
    return open_pair(window, settled)


def open_pair(
    window: MainWindow, settled: Settled, shape: tuple[int, int, int] = SHAPE
) -> MainWindow:
    grid = make_grid(shape)
    ct = make_image(shape, name="ct", modality="CT", unit="HU", seed=1, grid=grid)
    window.store.apply(opened, ct)
    window.store.apply(opened, make_image(shape, name="mr", seed=2, grid=grid))
    settled(window)
    return window


def ask(window: MainWindow, kind: str, path: Path) -> ExportDialog:
    window.actions_by_name["export"].trigger()
    dialog = window.findChild(ExportDialog)
    dialog.kinds[kind].click()
    dialog.place.setText(str(path))
    return dialog


def test_an_export_is_of_what_was_shown_when_it_was_asked_for(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    expected = pair.grid.panes[FUSED].pixels.copy()
    ask(pair, "png", tmp_path / "fused.png").buttons.accepted.emit()
    pair.store.apply(change.scrolled, 2)
    pair.store.apply(change.with_method, "maximum")
    settled(pair)

    assert np.array_equal(np.asarray(Picture.open(tmp_path / "fused.png")), expected)
    assert not np.array_equal(pair.grid.panes[FUSED].pixels, expected)


def test_every_slice_of_a_series_is_the_one_that_the_pane_would_show(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    ask(pair, "dicom-series", tmp_path / "series").buttons.accepted.emit()
    settled(pair)
    saved = [pydicom.dcmread(file) for file in sorted((tmp_path / "series").iterdir())]
    saved.sort(key=lambda one: float(one.ImagePositionPatient[2]))

    assert len(saved) == SHAPE[0]
    for index, one in enumerate(saved):
        pair.store.apply(change.at_slice, index)
        settled(pair)
        assert np.array_equal(one.pixel_array, fused_pixels(pair.feed.status.fused))


def test_what_is_there_is_kept_unless_the_user_says_replace(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    path = tmp_path / "fused.png"
    path.write_text("mine")
    dialog = ask(pair, "png", path)
    dialog.buttons.accepted.emit()
    question = dialog.findChild(QMessageBox, "replace")
    assert "fused.png" in question.text()
    question.button(QMessageBox.StandardButton.Cancel).click()
    settled(pair)
    assert path.read_text() == "mine"

    dialog.buttons.accepted.emit()
    again = dialog.findChildren(QMessageBox, "replace")[-1]
    next(b for b in again.buttons() if "Replace" in b.text()).click()
    settled(pair)
    assert Picture.open(path).size == (24, 20)


def test_a_picture_that_is_not_there_yet_cannot_be_saved_as_shown(
    qtbot: QtBot, make_window: Callable[..., MainWindow], held, settled: Settled, tmp_path: Path
) -> None:
    held.released.set()
    window = open_pair(make_window(held), settled)
    qtbot.waitUntil(lambda: len(held.asked) >= 5)
    held.released.clear()
    window.store.apply(change.with_method, "maximum")
    ask(window, "png-shown", tmp_path / "fused.png").buttons.accepted.emit()

    assert "not there yet" in window.messages.text
    assert not (tmp_path / "fused.png").exists()


def test_cancelling_leaves_nothing_half_written(
    window: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    open_pair(window, settled, (150, 160, 160))
    window.queue.progressed.connect(lambda _done, _total: window.queue.cancel())
    ask(window, "dicom-series", tmp_path / "series").buttons.accepted.emit()
    settled(window)

    assert list(tmp_path.glob("*series*")) == []
    assert "Nothing was written" in window.messages.text


def test_a_series_comes_with_what_was_ticked_and_without_what_cannot_be(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    dialog = ask(pair, "dicom-series", tmp_path / "all")
    for box in dialog.parts.values():
        box.setChecked(True)
    dialog.buttons.accepted.emit()
    settled(pair)
    assert {file.name[:2] for file in (tmp_path / "all").iterdir()} == {"IM", "MF"}
    assert "Nobody registered" in pair.messages.text
    assert "read back and compared" in pair.messages.text


def test_the_choice_is_offered_again(pair: MainWindow, settled: Settled, tmp_path: Path) -> None:
    dialog = ask(pair, "dicom-series", tmp_path / "all")
    dialog.parts["gsps"].setChecked(True)
    dialog.deidentify.setChecked(True)
    asked = dialog.choice
    dialog.buttons.accepted.emit()
    settled(pair)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    pair.actions_by_name["export"].trigger()
    assert pair.findChild(ExportDialog).choice == asked


@pytest.mark.parametrize("nameless", [False, True])
def test_a_report_is_one_page_that_names_the_patient_only_when_it_may(
    pair: MainWindow, settled: Settled, tmp_path: Path, nameless: bool
) -> None:
    dialog = ask(pair, "pdf", tmp_path / "report.pdf")
    dialog.deidentify.setChecked(nameless)
    dialog.buttons.accepted.emit()
    settled(pair)
    data = (tmp_path / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") == 1
    assert data.rstrip().endswith(b"%%EOF")


def test_what_a_report_says_has_every_score_and_how_it_was_made(pair: MainWindow) -> None:
    request, fused = pair.store.state.request, pair.feed.status.fused
    args = (request, fused, pair.engine.fuse)
    rest = (CancelToken(), lambda _done, _total: None)
    named, nameless = (report_of(*args, hidden, *rest) for hidden in (False, True))
    assert len(named.scores) == len(METRICS)
    assert dict(named.method)["Method"] == "Average"
    assert [one.caption for one in nameless.pictures][:2] == ["CT", "MR"]
    assert nameless.who == "De-identified."
    assert named.who != nameless.who
    assert np.array_equal(named.pictures[2].pixels, fused_pixels(fused))


def test_a_fused_pane_that_is_not_on_the_screen_is_not_written_as_shown(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    pair.store.apply(change.enlarged, "A")
    pair.store.apply(change.scrolled, 1)  # the fused pane still has the slice before
    settled(pair)
    ask(pair, "png-shown", tmp_path / "shown.png").buttons.accepted.emit()
    settled(pair)
    assert not (tmp_path / "shown.png").exists()
    assert pair.messages.text.startswith("The fused pane is not on the screen, so nothing was")

    pair.store.apply(change.enlarged, "A")
    ask(pair, "png-shown", tmp_path / "shown.png").buttons.accepted.emit()
    settled(pair)
    assert pair.grid.panes[FUSED].overlay.captions.bottom_left[0] == "Slice 5/6"
    assert (tmp_path / "shown.png").exists()


def test_what_was_opened_after_the_question_is_not_what_is_written(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    dialog = ask(pair, "png", tmp_path / "fused.png")
    pet = make_image(SHAPE, name="mr", seed=3, grid=make_grid(SHAPE))
    pair.store.apply(with_image, 1, pet)  # as when something that was being read is there
    settled(pair)
    dialog.buttons.accepted.emit()
    settled(pair)
    assert pair.messages.text.startswith("Other images are fused now than when you were asked")
    assert not (tmp_path / "fused.png").exists()


def test_regions_that_are_on_no_exported_slice_are_named(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    store = pair.store
    for number, plane in enumerate(("axial", "coronal"), start=1):
        store.apply(with_plane, plane)
        form = Rectangle(1, 5, 3, 9)
        store.apply(with_form, number, form, canvas_of(store.state, FUSED))
    store.apply(with_plane, "axial")
    dialog = ask(pair, "dicom-series", tmp_path / "series")
    dialog.parts["seg"].setChecked(True)
    dialog.buttons.accepted.emit()
    settled(pair)
    assert "Not on these slices: Region 2." in pair.messages.text


def test_an_animation_shows_every_slice_in_order(
    pair: MainWindow, settled: Settled, tmp_path: Path
) -> None:
    ask(pair, "apng", tmp_path / "scroll.apng").buttons.accepted.emit()
    settled(pair)
    with Picture.open(tmp_path / "scroll.apng") as back:
        assert back.n_frames == SHAPE[0]
        assert back.text["Disclaimer"] == "Not for diagnostic use."


def test_the_dialog_has_words_for_every_part() -> None:
    assert list(export_parts.PARTS) == list(bundle.PARTS)


def test_the_name_gets_the_ending_of_its_kind_and_stays_what_the_user_typed(
    pair: MainWindow, tmp_path: Path
) -> None:
    dialog = ask(pair, "png", tmp_path / "my name.png")
    names = []
    for kind in EXPORTS:
        dialog.kinds[kind].click()
        names.append(Path(dialog.place.text()).name)
    endings = [kind.ending for kind in EXPORTS.values()]
    assert names == [f"my name{ending}" for ending in endings]
    dialog.reject()


def test_the_clipboard_gets_a_report_without_patients(pair: MainWindow, qapp: QApplication) -> None:
    pair.actions_by_name["report"].trigger()
    assert "PySide6-Essentials 6." in qapp.clipboard().text()
