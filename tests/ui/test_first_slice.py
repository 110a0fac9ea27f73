"""A large series shows a slice while the rest is read."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.image import Image
from fusionviewer.ui.main_window import MainWindow

COUNT, SIDE = 60, 16


def write_series(folder: Path) -> None:
    """A CT whose slice s is s everywhere."""
    series, frame, study = generate_uid(), generate_uid(), generate_uid()
    for s in range(COUNT):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, generate_uid()
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID = study, series
        one.FrameOfReferenceUID, one.Modality, one.InstanceNumber = frame, "CT", s + 1
        one.ImagePositionPatient, one.ImageOrientationPatient = [0, 0, s], [1, 0, 0, 0, 1, 0]
        one.PixelSpacing, one.Rows, one.Columns = [1, 1], SIDE, SIDE
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
        one.RescaleSlope, one.RescaleIntercept = 1, 0
        one.PixelData = np.full((SIDE, SIDE), s, dtype=np.int16).tobytes()
        one.save_as(folder / f"{s}.dcm", enforce_file_format=True)


def test_a_slice_of_a_large_series_is_shown_while_the_rest_is_read(
    qtbot: QtBot,
    window: MainWindow,
    hands,  # type: ignore[no-untyped-def]
    settled: Callable[[MainWindow], None],
    tmp_path: Path,
) -> None:
    write_series(tmp_path)
    first, seen = window.welcome.first_slice, []

    def note(image: Image, count: int) -> None:
        seen.append((image.shape, count, first.words.text(), first.isVisible()))

    window.opener.previewed.connect(note)
    hands.drop(window, tmp_path)
    settled(window)

    assert len(seen) == 1
    shape, count, words, visible = seen[0]
    assert shape == (1, SIDE, SIDE) and count == COUNT and visible
    assert "reading 60 slices" in words
    qtbot.waitUntil(first.isHidden)
    native = window.store.state.slots[0].native
    assert native.shape == (COUNT, SIDE, SIDE)
    assert np.array_equal(np.asarray(native.values)[:, 0, 0], np.arange(COUNT))


def write_film(path: Path) -> None:
    """One file with a frame for each slice, frame s being s everywhere."""
    write_series(path.parent)
    one = dcmread(path.parent / "0.dcm")
    for other in path.parent.glob("*.dcm"):
        other.unlink()
    one.NumberOfFrames = COUNT
    frames = np.repeat(np.arange(COUNT, dtype=np.int16), SIDE * SIDE)
    one.PixelData = frames.tobytes()
    one.save_as(path, enforce_file_format=True)


def write_volume(path: Path) -> None:
    """The same as NIfTI, in RAS."""
    values = np.broadcast_to(np.arange(COUNT, dtype=np.int16), (SIDE, SIDE, COUNT))
    nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(values), np.eye(4)), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [("film.dcm", write_film), ("a.nii", write_volume), ("a.nii.gz", write_volume)],
)
def test_so_is_one_of_a_large_single_file(
    window: MainWindow,
    hands,  # type: ignore[no-untyped-def]
    settled: Callable[[MainWindow], None],
    tmp_path: Path,
    name: str,
    write: Callable[[Path], None],
) -> None:
    write(tmp_path / name)
    seen: list[tuple[tuple[int, ...], float, int]] = []
    window.opener.previewed.connect(
        lambda image, count: seen.append((image.shape, float(image.values[0, 0, 0]), count))
    )
    hands.drop(window, tmp_path / name)
    settled(window)
    assert seen == [((1, SIDE, SIDE), COUNT // 2, COUNT)]
    assert window.store.state.slots[0].native.shape == (COUNT, SIDE, SIDE)


def test_a_small_series_is_shown_when_it_is_there(
    window: MainWindow,
    hands,  # type: ignore[no-untyped-def]
    settled: Callable[[MainWindow], None],
    pictures: tuple[Path, Path],
) -> None:
    asked: list[Image] = []
    window.opener.previewed.connect(lambda image, _count: asked.append(image))
    hands.drop(window, pictures[0])
    settled(window)
    assert asked == [] and len(window.store.state.slots) == 1
