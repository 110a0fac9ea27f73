"""A reader compares methods without knowing which is which, stops, goes on, and sees the result."""

import csv
from pathlib import Path

import numpy as np
import pydicom
import pytest
from builders import make_grid, make_image
from PIL import Image as Picture
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QFileDialog, QLabel, QWidget

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine
from fusionviewer.errors import InputError
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.sample_dicom import Scan, ct, dataset, mr
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.planes import Order, reordered
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.reader_dialog import ReaderDialog
from fusionviewer.ui.reader_setup import ReaderSetup
from fusionviewer.ui.reader_work import TrialWorker, cases_of_slices
from fusionviewer.workspace import planes
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.reader import Case, Recipe, as_csv, planned
from fusionviewer.workspace.state import ViewState

SIZE = 48


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three CTs and three MRs."""
    rng = np.random.default_rng(3)
    for name, peak in (("CT", 255), ("MRI", 120)):
        (tmp_path / name).mkdir()
        for case in range(3):
            pixels = rng.integers(0, peak, (SIZE, SIZE)).astype(np.uint8)
            Picture.fromarray(pixels).save(tmp_path / name / f"3000{case}.png")
    return tmp_path / "CT", tmp_path / "MRI"


def begin(viewer, folders: tuple[Path, Path], path: Path) -> ReaderSetup:  # type: ignore[no-untyped-def]
    """Average, maximum and Laplacian on every pair of the folders."""
    setup = asked(viewer)
    setup.of_folders.setChecked(True)
    for field, folder in zip(setup.folders, folders, strict=True):
        field.setText(str(folder))
    setup.file.setText(str(path))
    return setup


def asked(viewer) -> ReaderSetup:  # type: ignore[no-untyped-def]
    """The first dialog, with three methods ticked."""
    viewer.window.actions_by_name["reader"].trigger()
    setup = viewer.window.findChild(ReaderSetup)
    assert setup is not None
    for i in range(setup.methods.count()):
        item = setup.methods.item(i)
        wanted = item.text() in [METHODS[m].label for m in ("average", "maximum", "laplacian")]
        item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    return setup


def reading_of(viewer, qtbot) -> ReaderDialog:  # type: ignore[no-untyped-def]
    dialogs = viewer.window.findChildren(ReaderDialog)
    qtbot.waitUntil(lambda: not dialogs[-1].waiting)
    return dialogs[-1]


def answer(dialog: ReaderDialog, qtbot, *keys: Qt.Key) -> None:  # type: ignore[no-untyped-def]
    done = dialog.reading.done
    for key in (*keys, Qt.Key.Key_Return):
        QTest.keyClick(dialog, key)
    qtbot.waitUntil(lambda: dialog.reading.done == done + 1 and not dialog.waiting)


def words(widget: QWidget) -> str:
    """Everything that can be read, or heard, in a window."""
    shown = [widget.windowTitle()]
    for part in widget.findChildren(QWidget):
        shown += [part.accessibleName(), part.accessibleDescription(), part.toolTip()]
        if isinstance(part, QLabel | QAbstractButton):
            shown.append(part.text())
    for pane in (widget.pictures.left, widget.pictures.right):  # type: ignore[attr-defined]
        captions = pane.overlay.captions
        shown += [*captions.top_left, *captions.top_right, *captions.bottom_left]
    return " ".join(shown).lower()


def test_a_blinded_reading_is_begun_left_continued_and_summed_up(
    viewer, folders, tmp_path: Path, monkeypatch, qtbot
) -> None:
    path = tmp_path / "reading.csv"
    setup = begin(viewer, folders, path)
    assert setup.said.text() == "9 comparisons."
    seed = setup.seed.value()
    QTest.mouseClick(setup.begin, Qt.MouseButton.LeftButton)

    dialog = reading_of(viewer, qtbot)
    assert not any(name in words(dialog) for name in ("average", "maximum", "laplacian"))
    first = dialog.reading.trials[0]
    assert dialog.pictures.left.pixels is not None
    assert not np.array_equal(dialog.pictures.left.pixels, dialog.pictures.right.pixels)
    answer(dialog, qtbot, Qt.Key.Key_4, Qt.Key.Key_2, Qt.Key.Key_Left)
    answer(dialog, qtbot, Qt.Key.Key_1, Qt.Key.Key_Backspace, Qt.Key.Key_3, Qt.Key.Key_3,
           Qt.Key.Key_Down)  # fmt: skip
    dialog.close()

    lines = list(csv.DictReader(path.open(encoding="utf-8")))
    assert len(lines) == 9 and {line["seed"] for line in lines} == {str(seed)}
    assert (lines[0]["left score"], lines[0]["right score"]) == ("4", "2")
    assert lines[0]["preferred method"] == first.left.name
    assert (lines[1]["preference"], lines[1]["left score"]) == ("equal", "3")
    assert lines[2]["preference"] == ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    viewer.window.actions_by_name["reader"].trigger()
    setup = viewer.window.findChildren(ReaderSetup)[-1]
    QTest.mouseClick(setup.resume, Qt.MouseButton.LeftButton)
    dialog = reading_of(viewer, qtbot)
    assert dialog.place.text() == "Comparison 3 of 9"
    while dialog.reading.next() is not None:
        answer(dialog, qtbot, Qt.Key.Key_2, Qt.Key.Key_5, Qt.Key.Key_Right)
    result = dialog.page.toPlainText()
    assert "Rated: 9 of 9" in result and METHODS["laplacian"].label in result
    assert "reading.csv" in result
    dialog.close()


def test_a_file_that_is_gone_is_said_and_skipped(viewer, folders, tmp_path: Path, qtbot) -> None:
    setup = begin(viewer, folders, tmp_path / "reading.csv")
    QTest.mouseClick(setup.begin, Qt.MouseButton.LeftButton)
    dialog = viewer.window.findChildren(ReaderDialog)[-1]
    for file in folders[0].iterdir():
        file.unlink()
    for _ in range(9):  # the first may have been loaded before
        qtbot.waitUntil(lambda: not dialog.waiting or dialog.next.isEnabled())
        if not dialog.waiting:
            for key in (Qt.Key.Key_2, Qt.Key.Key_5, Qt.Key.Key_Right):
                QTest.keyClick(dialog, key)
        else:
            assert "Next skips" in dialog.problem.text()
        QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "Rated:" in dialog.page.toPlainText()
    dialog.close()


def test_what_cannot_begin_says_why(viewer, folders, tmp_path: Path) -> None:
    setup = begin(viewer, folders, tmp_path / "reading.csv")
    (folders[1] / "30001.png").unlink()
    setup.folders[0].setText(str(folders[0]) + "/")
    assert "30001" in setup.said.text() and not setup.begin.isEnabled()
    setup.folders[0].setText("/nowhere")
    assert "is no folder" in setup.said.text()
    setup.folders[0].setText("")
    assert "nothing to compare" in setup.said.text()
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    setup.continue_from(tmp_path / "other.csv")
    assert "is not the file of a blinded reading" in setup.said.text()
    setup.continue_from(tmp_path / "none.csv")
    assert "could not be read" in setup.said.text()
    assert isinstance(setup, QDialog) and setup.isVisible()
    setup.close()


def test_slices_of_the_open_pair_are_read_without_those_that_show_nothing(
    viewer, tmp_path: Path, qtbot
) -> None:
    for scan, values in zip(dicom_folders(tmp_path, ("2.25.1", "2.25.1")), (0, 1), strict=True):
        for file in scan.glob("0.dcm"):
            header = pydicom.dcmread(file)
            header.PixelData = np.full((16, 20), values, np.uint16).tobytes()
            header.save_as(file)
    viewer.drop(tmp_path / "CT", tmp_path / "MR")
    viewer.wait_until_still()
    setup = asked(viewer)
    assert setup.of_pair.isChecked() and not setup.begin.isEnabled()
    qtbot.waitUntil(setup.begin.isEnabled)
    assert [case.slice_index for case in setup.cases()] == [1]
    setup.close()


def test_a_reading_takes_methods_as_they_are_whatever_was_set_in_the_window(folders) -> None:
    """Its file names methods and no settings, and is continued on other days."""
    case = Case("30000", first=str(folders[0] / "30000.png"), second=str(folders[1] / "30000.png"))
    trial = planned((case,), (Recipe("laplacian"), Recipe("average")), 1).trials[0]
    usual = ViewState()
    for state in (usual, change.with_option(change.with_method(usual, "laplacian"), "levels", 1)):
        shown = TrialWorker(Engine(Runtimes()), state)(trial, CancelToken(), lambda *_: None)
        seen = [np.asarray(side) for side in (shown.left, shown.right)]
        if state is usual:
            first = seen
    assert all(np.array_equal(a, b) for a, b in zip(first, seen, strict=True))


def test_a_reading_of_slices_that_were_not_turned_yet_is_continued_on_the_same_pictures(
    tmp_path: Path, qtbot
) -> None:
    state = turned_pair()
    unturned = planes.as_stored(state)
    assert state.pair is not None and unturned.pair is not None
    cases = cases_of_slices(unturned.pair, range(unturned.pair.shape[0]), 2)
    begun = planned(cases, (Recipe("laplacian"), Recipe("average")), 1)
    path = tmp_path / "reading.csv"
    path.write_text(as_csv(begun), encoding="utf-8")
    setup = ReaderSetup(state)
    qtbot.addWidget(setup)
    with qtbot.waitSignal(setup.chosen) as taken:
        setup.continue_from(path)
    assert taken.args[0].trials == begun.trials
    for trial in begun.trials:
        first, second = (
            TrialWorker(Engine(Runtimes()), one)(trial, CancelToken(), lambda *_: None)
            for one in (unturned, state)
        )
        assert np.array_equal(first.left, second.left)
        assert np.array_equal(first.sources[0], second.sources[0])


def test_a_reading_of_other_images_is_refused(tmp_path: Path, qtbot) -> None:
    begun = planned((Case("slice 1", 0, "elsewhere"),), (Recipe("laplacian"), Recipe("average")), 1)
    path = tmp_path / "reading.csv"
    path.write_text(as_csv(begun), encoding="utf-8")
    for state in (turned_pair(), ViewState()):
        setup = ReaderSetup(state)
        qtbot.addWidget(setup)
        setup.continue_from(path)
        assert "other images" in setup.said.text()
        with pytest.raises(InputError, match="other images"):
            TrialWorker(Engine(Runtimes()), state)(begun.trials[0], CancelToken(), lambda *_: None)


def turned_pair() -> ViewState:
    """Two volumes in RAS, whose stored slices have to be turned."""
    grid, state = make_grid((3, 32, 40)), ViewState()
    for seed in (1, 2):
        image = make_image(grid.shape, seed=seed, grid=grid)
        state = opened(state, reordered(image, Order((0, 1, 2), (False, True, True))))
    return with_pairing(state, find_pair(state.natives, state.fused_slots))


def dicom_folders(tmp_path: Path, frames: tuple[str, str]) -> tuple[Path, Path]:
    """Slices of a CT and of an MR under equal names, each in a frame of reference."""
    grid = make_grid((2, 16, 20))
    stored = np.random.default_rng(1).integers(0, 1000, grid.shape).astype(np.uint16)
    for modality, header, frame in zip(("CT", "MR"), (ct, mr), frames, strict=True):
        window, slopes = Window(500, 900), np.ones(2)
        scan = Scan(
            modality, modality, 1, modality, grid, stored, slopes, 0.0, window, 12, header
        )  # fmt: skip
        (tmp_path / modality).mkdir()
        for s in range(2):
            one = dataset(scan, s)
            one.FrameOfReferenceUID = frame
            (tmp_path / modality / f"{s}.dcm").write_bytes(encoded(one))
    return tmp_path / "CT", tmp_path / "MR"


def test_series_of_two_frames_of_reference_are_refused_before_the_first_picture(
    viewer, tmp_path: Path, qtbot
) -> None:
    """Nobody could register them there, nor take them as placed."""
    setup = begin(viewer, dicom_folders(tmp_path, ("2.25.1", "2.25.2")), tmp_path / "reading.csv")
    qtbot.waitUntil(lambda: "frames" in setup.said.text())
    assert not setup.begin.isEnabled()
    assert ".dcm” are in different frames of reference" in setup.said.text()
    assert "slices of the open pair" in setup.said.text()
    assert "as they are placed" not in setup.said.text()
    setup.close()


def test_files_of_two_patients_are_refused_before_the_first_picture(
    viewer, tmp_path: Path, qtbot
) -> None:
    """Nobody could confirm there that they belong together."""
    folders = dicom_folders(tmp_path, ("2.25.1", "2.25.1"))
    for file in folders[1].iterdir():
        header = pydicom.dcmread(file)
        header.PatientID, header.PatientName = "other", "Other^Somebody"
        header.save_as(file)
    setup = begin(viewer, folders, tmp_path / "reading.csv")
    qtbot.waitUntil(lambda: "patients" in setup.said.text())
    assert not setup.begin.isEnabled()
    assert ".dcm” belong to different patients" in setup.said.text()
    assert "confirm" not in setup.said.text()
    setup.close()


def test_series_of_one_frame_of_reference_are_read(viewer, tmp_path: Path, qtbot) -> None:
    setup = begin(viewer, dicom_folders(tmp_path, ("2.25.1", "2.25.1")), tmp_path / "reading.csv")
    qtbot.waitUntil(setup.begin.isEnabled)
    assert "comparisons" in setup.said.text()
    (tmp_path / "MR" / "1.dcm").write_bytes(b"no image any more")
    setup.count.setValue(3)
    qtbot.waitUntil(setup.begin.isEnabled)  # what does not open is said and skipped later
    setup.close()


def test_an_earlier_file_is_never_written_over(viewer, folders, tmp_path: Path) -> None:
    path = tmp_path / "reading.csv"
    path.write_text("somebody's answers")
    setup = begin(viewer, folders, path)
    QTest.mouseClick(setup.begin, Qt.MouseButton.LeftButton)
    assert "is there already" in setup.said.text()
    assert path.read_text() == "somebody's answers"
    setup.close()
