"""Two folders whose frames of reference differ: register, look in three planes, undo, export, read back."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from dicom_files import written
from PySide6.QtCore import Qt
from scipy.ndimage import gaussian_filter

from fusionviewer.formats.sample_dicom import Scan, ct, mr
from fusionviewer.imaging.alignment import AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.transform import from_parts, rotation
from fusionviewer.imaging.windowing import Window
from fusionviewer.ui.registration_dialog import RegistrationDialog
from fusionviewer.workspace.state import FUSED

pytestmark = pytest.mark.slow

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
GRID = Grid((14, 18, 18), np.full(3, 8.0), np.full(3, -60.0), AXIAL)
MOVE = from_parts(
    rotation((0, 0, 8)), (0, 0, 0), (24, -16, 8)
)  # from where the body is to where it lay


def lump(seed: int) -> np.ndarray:
    """An uneven ball, the same for every seed but for its noise."""
    place = np.stack(np.indices(GRID.shape), -1) - (np.array(GRID.shape) - 1) / 2
    inside = ((place * GRID.spacing / (44, 60, 52)) ** 2).sum(-1) <= 1
    texture = gaussian_filter(np.random.default_rng(9).normal(size=GRID.shape), 1.3)
    noise = np.random.default_rng(seed).normal(0, 1, GRID.shape)
    return inside * (120 + 250 * texture) + noise


def scan(modality: str, values: np.ndarray, grid: Grid) -> Scan:
    header = ct if modality == "CT" else mr
    stored = np.clip(np.round(values + 1024), 0, 4095).astype(np.uint16)
    slopes = np.ones(len(stored))
    return Scan(
        modality, modality, 1, modality, grid, stored, slopes, -1024, Window(120, 300), 12, header
    )


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A CT, and an MR of the same body that lay 3 cm away and turned by 8°."""
    back = MOVE.matrix[:3, :3]
    there = Grid(GRID.shape, GRID.spacing, MOVE.apply(GRID.origin), GRID.axes @ back.T)
    return (
        written(tmp_path / "CT", scan("CT", lump(1), GRID), "2.25.1"),
        written(tmp_path / "MR", scan("MR", lump(2), there), "2.25.2"),
    )


def test_two_examinations_are_registered_looked_at_and_exported(
    viewer, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    viewer.drop(*folders)
    assert viewer.pane(FUSED).pixels is None
    assert "Different frames of reference" in viewer.pane(FUSED).overlay.message.title

    viewer.click("Register")
    dialog = viewer.window.findChild(RegistrationDialog)
    viewer._qtbot.waitUntil(lambda: dialog.found is not None, timeout=600_000)
    assert dialog.found.offset_mm == pytest.approx(MOVE.shift_mm(dialog.found.center), abs=3)
    with viewer._qtbot.waitSignal(dialog.placed):
        dialog.parts.accept.click()
    viewer.wait_until_still()
    with viewer._qtbot.waitActive(viewer.window):
        viewer.window.activateWindow()  # as a window manager does when a dialog closes

    pair = viewer.window.store.state.pair
    assert pair is not None, viewer.window.store.state.refusal
    assert pair.card.state is AlignmentState.REGISTERED
    captions = viewer.pane(FUSED).overlay.captions
    assert any(line.startswith("Registered: rigid") for line in captions.warnings)
    assert any("MI " in line and "NCC " in line for line in captions.top_left)

    seen = []
    for key, plane in (
        (Qt.Key.Key_F2, "axial"),
        (Qt.Key.Key_F3, "coronal"),
        (Qt.Key.Key_F4, "sagittal"),
    ):
        viewer.press(key)
        before = viewer.fused.copy()
        viewer.wheel(FUSED, 2)
        assert viewer.window.store.state.plane == plane
        assert not np.array_equal(before, viewer.fused)
        letters = viewer.pane(FUSED).overlay.captions.letters
        seen.append(letters.top + letters.left)
    assert seen == ["AR", "HR", "HA"]
    viewer.press(Qt.Key.Key_F2)

    viewer.export("NIfTI, all slices", tmp_path / "fused.nii.gz")
    volume = nibabel.load(tmp_path / "fused.nii.gz")
    grid = viewer.window.store.state.pair.grid
    assert sorted(volume.shape) == sorted(grid.shape)
    index = (viewer.window.store.state.slice_index, 9, 8)
    x, y, z = grid.position(index)
    place = np.round(np.linalg.inv(volume.affine) @ (-x, -y, z, 1))[:3].astype(int)  # LPS to RAS
    shown = viewer.fused[index[1:]] / 255
    assert float(volume.dataobj[tuple(place)]) == pytest.approx(float(np.mean(shown)), abs=0.01)

    for _ in range(20):  # planes and slices, and at last the registration
        if viewer.window.store.state.natives[1].placed_by is None:
            break
        viewer.window.actions_by_name["undo"].trigger()
        viewer.wait_until_still()
    assert viewer.window.store.state.natives[1].placed_by is None
    assert viewer.pane(FUSED).pixels is None
