"""Pictures from the terminal lie as radiologists look at them, and say their sides."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Picture

from fusionviewer.cli.main import run_command


@pytest.fixture
def ras(tmp_path: Path) -> list[str]:
    """Two volumes in RAS, bright at the patient's left and in front."""
    voxels = np.zeros((32, 40, 3), dtype=np.int16)
    voxels[:8, 30:] = 900  # x grows to the right-hand side
    voxels[12:20, 10:20] = 300
    places = [tmp_path / f"{name}.nii" for name in "ab"]
    for place in places:
        nibabel.save(nibabel.Nifti1Image(voxels, np.diag([1.0, 1, 3, 1])), place)
    return [str(place) for place in places]


def test_the_nose_is_up_and_the_patient_s_left_on_the_right(
    tmp_path: Path, ras: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    assert run_command(["fuse", *ras, "-o", str(out), "--method", "average"]) == 0
    with Picture.open(out) as picture:
        pixels = np.asarray(picture)
        assert picture.text["Sides"] == "R left, L right, A up, P down"  # type: ignore[attr-defined]
    assert pixels[:10, 24:].min() == pixels.max() == 255
    assert "Sides: R left, L right, A up, P down." in capsys.readouterr().err


def test_a_series_is_written_in_that_way_too(tmp_path: Path, ras: list[str]) -> None:
    import pydicom

    out = tmp_path / "series"
    assert run_command(["fuse", *ras, "-o", str(out), "--method", "average"]) == 0
    one = pydicom.dcmread(sorted(out.rglob("*.dcm"))[0])
    assert list(one.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]


def test_a_volume_keeps_every_voxel_at_its_place(tmp_path: Path, ras: list[str]) -> None:
    out = tmp_path / "out.nii.gz"
    assert run_command(["fuse", *ras, "-o", str(out), "--method", "average"]) == 0
    fused, source = nibabel.load(out), nibabel.load(ras[0])
    there = np.linalg.inv(fused.affine) @ source.affine @ (3, 35, 1, 1)
    assert np.asarray(fused.dataobj)[tuple(np.round(there[:3]).astype(int))] == pytest.approx(1)


def test_slices_that_are_stored_from_head_to_feet_keep_their_numbers(tmp_path: Path) -> None:
    voxels = np.zeros((32, 40, 5), dtype=np.int16)
    voxels[8:24, 10:30, :] = np.arange(5) * 100  # brighter towards the feet
    voxels[0, 0, :] = 1000
    places = [tmp_path / f"{name}.nii" for name in "ab"]
    for place in places:
        nibabel.save(nibabel.Nifti1Image(voxels, np.diag([1.0, 1, -3, 1])), place)
    seen = []
    for number in ("2", "5"):
        out = tmp_path / f"{number}.png"
        asked = ["fuse", *map(str, places), "-o", str(out), "--method", "average"]
        assert run_command([*asked, "--slice", number]) == 0
        with Picture.open(out) as picture:
            seen.append(np.asarray(picture)[20, 16])
    assert seen[0] < seen[1]
