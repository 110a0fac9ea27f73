"""Two files are dropped, fused, measured and exported."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image as Picture
from PIL import ImageDraw
from PySide6.QtCore import Qt
from scipy.ndimage import gaussian_filter

SIZE = 96


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    """A ring of bone around grey tissue."""
    picture = Picture.new("L", (SIZE, SIZE), 0)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((10, 6, 86, 90), fill=250)
    draw.ellipse((18, 14, 78, 82), fill=90)
    return _saved(picture, tmp_path / "CT" / "30001.png")


@pytest.fixture
def mr(tmp_path: Path) -> Path:
    """Folded tissue and no bone."""
    rng = np.random.default_rng(5)
    tissue = gaussian_filter(rng.normal(size=(SIZE, SIZE)), 2)
    tissue = np.interp(tissue, (tissue.min(), tissue.max()), (60, 230))
    rows, cols = np.mgrid[:SIZE, :SIZE]
    tissue[((rows - 48) / 32) ** 2 + ((cols - 48) / 28) ** 2 > 1] = 0
    return _saved(Picture.fromarray(tissue.astype(np.uint8)), tmp_path / "MRI" / "30001.png")


def _saved(picture: Picture.Image, path: Path) -> Path:
    path.parent.mkdir()
    picture.save(path)
    return path


def test_two_files_are_dropped_fused_measured_and_exported(
    viewer, ct: Path, mr: Path, tmp_path: Path
) -> None:
    viewer.drop(mr, ct)
    assert viewer.fused_title.startswith("Fused: Average")
    by_average = viewer.fused.copy()

    viewer.choose_method("EH-DRAN")
    viewer.choose_strategy("Feature energy ratio")
    assert viewer.fused_title == "Fused: EH-DRAN, Feature energy ratio · display only"
    by_energy = viewer.fused.copy()
    viewer.choose_strategy("SFNN-max")
    assert not np.array_equal(viewer.fused, by_energy)
    assert not np.array_equal(by_average, by_energy)

    viewer.draw_region("fused", 40, 40, 60, 64)
    here = np.s_[40:60, 40:64]
    for row, path in (("A CT", ct), ("B MR", mr)):
        values = np.asarray(Picture.open(path)).astype(float)[here]
        assert float(viewer.number(row, "Mean")) == pytest.approx(values.mean(), rel=1e-3)
        assert viewer.number(row, "Unit") == "grey level"

    fused = viewer.fused.copy()
    viewer.export("PNG, plain", tmp_path / "fused.png")
    assert "fused.png" in viewer.message
    with Picture.open(tmp_path / "fused.png") as saved:
        assert np.array_equal(np.asarray(saved), fused)
        assert "diagnostic" in saved.info["Disclaimer"]

    viewer.export("DICOM, this slice", tmp_path / "fused.dcm")
    saved = pydicom.dcmread(tmp_path / "fused.dcm")
    assert np.array_equal(saved.pixel_array, fused)
    assert list(saved.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert "EH-DRAN" in saved.DerivationDescription


def test_what_the_pane_shows_can_be_saved_and_nothing_is_replaced_without_asking(
    viewer, ct: Path, mr: Path, tmp_path: Path
) -> None:
    viewer.drop(ct, mr)
    shown = tmp_path / "shown.png"
    shown.write_text("somebody's file")
    size = viewer.pane("fused").width(), viewer.pane("fused").height()

    viewer.export("PNG, as shown", shown, replace=True)

    with Picture.open(shown) as saved:
        assert saved.size == size
        assert saved.mode == "RGB"


def test_a_full_folder_is_said_and_the_window_goes_on(viewer, ct: Path, mr: Path) -> None:
    viewer.drop(ct, mr)
    viewer.export("PNG, plain", Path("/nowhere/at/all/fused.png"))

    assert "fused.png" in viewer.message and "folder does not exist" in viewer.message
    viewer.choose_method("Maximum")
    assert viewer.fused.max() == 250


def test_with_the_keyboard_alone_tools_windows_and_undo(viewer, ct: Path, mr: Path) -> None:
    viewer.drop(ct, mr)
    before = viewer.picture("A").copy()

    viewer.press("2")  # the whole range of the image
    assert not np.array_equal(viewer.picture("A"), before)
    viewer.press("V")
    assert viewer.picture("A")[0, 0] == 255
    viewer.press("Z", Qt.KeyboardModifier.ControlModifier)
    viewer.press("Z", Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(viewer.picture("A"), before)
    viewer.press("Z", Qt.KeyboardModifier.ControlModifier)
    assert viewer.window.store.state.slots[1:] == ()  # MR was opened after CT
