"""What must not mislead: a fused pane that stays empty and says why, and marks on the image."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtWidgets import QMessageBox, QTextBrowser

from fusionviewer.workspace.captions import NOT_DIAGNOSTIC
from fusionviewer.workspace.state import FUSED


def picture(folder: Path, size: int, ending: str = "png") -> Path:
    """A disc with a texture, as a picture that says what it is by its folder."""
    folder.mkdir()
    rows, cols = np.mgrid[:size, :size]
    inside = np.hypot(rows - size / 2, cols - size / 2) < size / 2.5
    noise = np.random.default_rng(len(folder.name)).uniform(60, 200, (size, size))
    path = folder / f"30001.{ending}"
    Picture.fromarray((inside * noise).astype(np.uint8)).save(path)
    return path


def words(viewer) -> list[str]:  # type: ignore[no-untyped-def]
    """Everything that is written on the fused pane."""
    return [text.words for text in viewer.pane(FUSED).overlay._texts()]


def test_pictures_of_two_sizes_leave_the_fused_pane_empty_and_say_why(
    viewer, tmp_path: Path
) -> None:
    viewer.drop(picture(tmp_path / "CT", 64), picture(tmp_path / "MRI", 48))
    pane = viewer.pane(FUSED)
    assert pane.pixels is None and viewer.window.feed.status.kind == "refused"
    said = pane.overlay.message
    assert said is not None and not said.badge and said.title and said.hint
    assert not viewer.window.actions_by_name["export"].isEnabled()
    for name in ("A", "B"):
        assert viewer.picture(name).any()  # both are there to be looked at


def test_loss_and_missing_geometry_are_marked_and_the_method_is_one_click_away(
    viewer, tmp_path: Path
) -> None:
    viewer.drop(picture(tmp_path / "CT", 64, "jpg"), picture(tmp_path / "MRI", 64, "jpg"))
    assert "Lossy" in [text.words for text in viewer.pane("A").overlay._texts()]
    marks = words(viewer)
    assert NOT_DIAGNOSTIC in marks
    assert {"CT lossy", "MR lossy", "Laid pixel on pixel"} <= set(marks)
    assert viewer.pane("A").overlay.captions.mm_per_pixel == 0  # no ruler without a size

    viewer.choose_method("Clarus")
    assert any(word in words(viewer) for word in ("Unusual input", "Fallback, unusual input"))
    viewer.click("About this method")
    page = viewer.window.findChildren(QTextBrowser)[-1]
    assert page.isVisible() and "Clarus" in page.toPlainText()
    assert "icence" in page.toPlainText()


@pytest.mark.slow
def test_two_patients_are_named_and_not_fused_until_that_is_wanted(viewer, data: Path) -> None:
    patients = data / "dicom" / "sts_ct_pet_mr"
    viewer.drop(patients / "STS_002" / "PET")
    viewer.drop(patients / "STS_025" / "PET")
    box = viewer.window.findChild(QMessageBox, "patients")
    assert box is not None and box.isVisible()
    for image in viewer.window.store.state.natives:
        assert image.patient.id in box.informativeText()
    assert viewer.pane(FUSED).pixels is None
    next(b for b in box.buttons() if "not" in b.text()).click()
    assert viewer.pane(FUSED).pixels is None
    assert viewer.window.feed.status.kind == "refused"
