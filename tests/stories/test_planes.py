"""Two folders are dropped, looked at in three planes, fused coronally, and exported."""

from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt

from fusionviewer.workspace.state import FUSED

pytestmark = pytest.mark.slow


@pytest.fixture
def patient(data: Path) -> Path:
    """CT, PET and MR of one patient."""
    return data / "dicom" / "sts_ct_pet_mr" / "STS_002"


def test_a_tumour_is_looked_at_in_three_planes_and_exported_coronally(
    viewer, patient: Path, tmp_path: Path
) -> None:
    viewer.drop(patient / "CT", patient / "PET")
    window = viewer.window
    slots = window.store.state.slots
    assert [slot.native.modality for slot in slots] == ["CT", "PT"]
    axial = viewer.fused.copy()

    viewer.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    for plane in ("coronal", "sagittal"):
        assert window.grid.sides.pane_of(plane).pixels is not None
    viewer.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)

    viewer.press(Qt.Key.Key_F3)
    pair = window.store.state.pair
    assert pair.shape == (143, 48, 161)
    letters = viewer.pane(FUSED).overlay.captions.letters
    assert (letters.top, letters.left) == ("H", "R")
    viewer.wheel(FUSED, 4)

    viewer.export("NIfTI, all slices", tmp_path / "fused.nii.gz")
    _same_places(tmp_path / "fused.nii.gz", viewer)
    viewer.export("DICOM, this slice", tmp_path / "slice.dcm")
    header = pydicom.dcmread(tmp_path / "slice.dcm")
    grid, index = pair.grid, window.store.state.slice_index
    assert header.ImagePositionPatient == pytest.approx(grid.position((index, 0, 0)), abs=1e-3)
    assert header.ImageOrientationPatient == pytest.approx([1, 0, 0, 0, 0, -1], abs=1e-6)

    for _ in range(2):  # the wheel, and the plane
        window.actions_by_name["undo"].trigger()
        viewer.wait_until_still()
    assert window.store.state.plane == ""
    assert np.array_equal(viewer.fused, axial)


def _same_places(path: Path, viewer) -> None:
    """The written volume has every fused colour at its place in the patient."""
    volume = nibabel.load(path)
    colours, state = np.asarray(volume.dataobj), viewer.window.store.state
    to_index = np.linalg.inv(volume.affine)
    for row, col in [(row, col) for row in (5, 20, 40) for col in (10, 80, 150)]:
        x, y, z = state.pair.grid.position((state.slice_index, row, col))
        place = np.round(to_index @ (-x, -y, z, 1))[:3].astype(int)  # LPS to RAS
        assert colours[tuple(place)].tolist() == tuple(viewer.fused[row, col])
