"""Files come into the window."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from builders import make_grid, make_image
from PIL import Image as Picture
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from fusionviewer.formats.sample import sample_is_whole
from fusionviewer.imaging.image import Patient
from fusionviewer.paths import sample_folder
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.arrangement import closed, opened
from fusionviewer.workspace.state import FUSED

Settled = Callable[[MainWindow], None]


def names(window: MainWindow) -> list[str]:
    return [slot.native.modality for slot in window.store.state.slots]


def test_two_dropped_files_are_shown_by_their_roles_and_fused(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    ct, mr = pictures
    hands.drop(window, mr, ct)
    settled(window)

    assert names(window) == ["CT", "MR"]  # CT first, whatever came first
    a, b = (np.asarray(Picture.open(path)) for path in pictures)
    assert np.array_equal(window.grid.panes["A"].pixels, a)
    mean = window.feed.status.fused
    assert mean is not None
    np.testing.assert_allclose(mean.grey, (a.astype(float) + b) / 510, atol=1e-6)
    assert window.grid.panes[FUSED].pixels is not None


def test_one_file_after_another_comes_to_the_same(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, pictures[1])
    settled(window)
    assert window.feed.status.title == "One image is open"
    assert window.grid.panes[FUSED].pixels is None

    hands.drop(window, pictures[0])
    settled(window)

    assert names(window) == ["CT", "MR"]
    assert window.feed.status.kind == "done"


def test_a_dropped_folder_is_opened_whole(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, pictures[0].parent, pictures[1].parent)
    settled(window)

    assert names(window) == ["CT", "MR"]


def test_only_files_can_be_dropped(window: MainWindow, hands) -> None:
    hands.drop_text(window, "/etc/passwd")

    assert not window.queue.busy
    assert window.store.state.slots == ()


def test_pictures_of_different_sizes_are_said_to_be_and_both_stay_open(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    small = tmp_path / "MRI" / "small.png"
    Picture.fromarray(np.full((10, 12), 90, dtype=np.uint8)).save(small)

    hands.drop(window, pictures[0], small)
    settled(window)

    assert window.feed.status.kind == "refused"
    assert "64×48" in window.feed.status.title and "12×10" in window.feed.status.title
    message = window.grid.panes[FUSED].overlay.message
    assert message is not None and message.title == window.feed.status.title and message.hint
    assert len(window.store.state.slots) == 2
    assert window.grid.panes[FUSED].pixels is None


def test_a_file_that_is_no_image_is_said_and_the_open_ones_stay(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    text = tmp_path / "notes.dcm"
    text.write_text("not an image")

    hands.drop(window, text)
    settled(window)

    assert "notes.dcm" in window.messages.text
    assert names(window) == ["CT", "MR"]
    assert window.feed.status.kind == "done"


def test_a_missing_file_is_said_in_one_sentence(
    window: MainWindow, hands, settled: Settled, tmp_path: Path
) -> None:
    hands.drop(window, tmp_path / "gone.png")
    settled(window)

    assert "gone.png" in window.messages.text
    assert "Traceback" not in window.messages.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("text.dcm", b"plain words"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("cut.dcm", b"\0" * 128 + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00"),
        ("cut.nii.gz", b"\x1f\x8b\x08\x00\x00"),
    ],
)
def test_a_damaged_file_gets_one_sentence_with_its_name_and_nothing_else_changes(
    window: MainWindow,
    hands,
    settled: Settled,
    pictures: tuple[Path, Path],
    tmp_path: Path,
    name: str,
    content: bytes,
) -> None:
    hands.drop(window, *pictures)
    settled(window)
    state = window.store.state
    (tmp_path / name).write_bytes(content)

    hands.drop(window, tmp_path / name)
    settled(window)

    assert f"“{name}”" in window.messages.text
    assert window.store.state == state


def test_a_folder_without_images_is_said(
    window: MainWindow, hands, settled: Settled, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "readme.txt").write_text("no images here")
    hands.drop(window, folder)
    settled(window)

    assert "“notes”" in window.messages.text
    assert window.welcome.isVisible()


def test_more_series_than_panes_are_listed_and_the_user_chooses(
    window: MainWindow, hands, settled: Settled, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    for i, folder in enumerate(("CT", "MRI", "MRI", "PET", "SPECT")):
        path = tmp_path / "all" / folder / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Picture.fromarray(rng.integers(0, 255, (16, 16), dtype=np.uint8)).save(path)
    hands.drop(window, tmp_path / "all")
    settled(window)

    assert names(window) == [] and window.browser.isVisible()
    assert "There are 5 series" in window.messages.text
    assert len(window.browser.entries) == 5


def test_files_that_were_left_out_of_a_folder_are_said_here_and_in_the_list(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    folder = pictures[0].parent.parent
    (folder / "last.dcm").touch()
    (folder / "IM_0007").write_bytes(bytes(5000))
    (folder / "README.txt").write_text("hello")
    hands.drop(window, folder)
    settled(window)

    assert len(names(window)) == 2
    assert "2 files were left out (1 empty, 1 without an image)." in window.messages.text
    told = "3 files were left out (1 empty, 1 without an image, 1 of other kinds)."
    assert window.browser.left_out.text() == told


def test_the_same_file_twice_is_opened_once_and_said(
    window: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(window, pictures[0])
    settled(window)
    hands.drop(window, pictures[0])
    settled(window)

    assert names(window) == ["CT"]
    assert "open already" in window.messages.text


def test_different_patients_are_asked_about_before_they_are_fused(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    grid = make_grid()
    ct = make_image(
        name="ct", modality="CT", unit="HU", grid=grid, patient=Patient(id="1", name="DOE^JANE")
    )
    mr = make_image(name="mr", seed=1, grid=grid, patient=Patient(id="2", name="ROE^RITA"))

    window.store.apply(opened, ct)
    window.store.apply(opened, mr)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "patients") is not None)
    box = window.findChild(QMessageBox, "patients")

    assert "DOE JANE" in box.informativeText() and "ROE RITA" in box.informativeText()
    assert window.feed.status.kind == "refused"
    assert box.defaultButton().text() == "&Do not fuse"

    yes = next(b for b in box.findChildren(QPushButton) if "all the same" in b.text())
    yes.click()
    settled(window)

    assert window.feed.status.kind == "done"
    assert window.grid.panes[FUSED].overlay.captions.warnings[0] == "Different patients."


def test_a_third_image_gets_a_pane_of_its_own_and_the_pair_stays(
    window: MainWindow, settled: Settled
) -> None:
    grid = make_grid()
    for image in (
        make_image(name="pet", modality="PT", unit="SUV", seed=3, grid=grid),
        make_image(name="ct", modality="CT", unit="HU", seed=1, grid=grid),
        make_image(name="mr", seed=2, grid=grid),
    ):
        window.store.apply(opened, image)
    settled(window)

    assert names(window) == ["CT", "MR", "PT"]
    state = window.store.state
    assert [state.slots[i].native.modality for i in state.fused_slots] == ["CT", "PT"]
    assert window.grid.visible_panes == ("A", "B", "C", "fused")


def test_a_fault_of_ours_offers_a_report_without_values(
    window: MainWindow, qapp: QApplication
) -> None:
    try:
        raise KeyError("DOE^JANE")
    except KeyError as error:
        window.say_error(error)

    copy = next(b for b in window.messages.findChildren(QPushButton) if b.text() == "Copy report")
    assert copy.isVisible()
    copy.click()

    report = qapp.clipboard().text()
    assert "KeyError" in report and "test_opening.py" in report
    assert "JANE" not in report


def test_who_said_no_to_different_patients_can_still_change_their_mind(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    grid = make_grid()
    jane, rita = Patient(id="1", name="DOE^JANE"), Patient(id="2", name="ROE^RITA")
    window.store.apply(opened, make_image(modality="CT", unit="HU", grid=grid, patient=jane))
    window.store.apply(opened, make_image(seed=1, grid=grid, patient=rita))
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "patients") is not None)
    window.findChild(QMessageBox, "patients").reject()
    assert window.feed.status.kind == "refused"

    action = window.actions_by_name["confirm"]
    assert action.isEnabled()
    action.trigger()
    box = next(b for b in window.findChildren(QMessageBox, "patients") if b.isVisible())
    next(b for b in box.findChildren(QPushButton) if "all the same" in b.text()).click()
    settled(window)

    assert window.feed.status.kind == "done"
    assert not action.isEnabled()


def test_a_question_about_older_images_decides_nothing_about_newer_ones(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    grid = make_grid()
    people = [Patient(id=str(i), name=f"NAME^{i}") for i in range(3)]
    window.store.apply(opened, make_image(modality="CT", unit="HU", grid=grid, patient=people[0]))
    window.store.apply(opened, make_image(seed=1, grid=grid, patient=people[1]))
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "patients") is not None)
    box = window.findChild(QMessageBox, "patients")
    window.store.apply(closed, 1)
    window.store.apply(opened, make_image(seed=2, grid=grid, patient=people[2]))
    next(b for b in box.findChildren(QPushButton) if "all the same" in b.text()).click()
    settled(window)

    assert not window.store.state.confirmed
    assert window.feed.status.kind == "refused"


def test_cancelling_the_sample_patient_leaves_the_window_as_it_was(
    window: MainWindow, settled: Settled
) -> None:
    window.queue.progressed.connect(lambda _done, _total: window.queue.cancel())
    window.opener.open_sample()
    settled(window)

    assert window.welcome.isVisible()
    assert not sample_is_whole(sample_folder())
