"""One image of several, by its number: `PATH#N` in fuse and register, as info lists them."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from fusionviewer.cli.choosing import single_image, split
from fusionviewer.cli.main import run_command
from fusionviewer.errors import InputError

SHAPE = (20, 16, 6)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Three volumes in one file; volume N is N everywhere but for its first voxels."""
    levels = np.zeros((*SHAPE, 3), dtype=np.int16)
    for i in range(3):
        levels[..., i] = np.arange(SHAPE[0])[:, None, None] + 100 * i
    path = tmp_path / "dwi.nii.gz"
    nibabel.save(nibabel.Nifti1Image(levels, np.diag([2.0, 2.0, 3.0, 1.0])), path)
    return path


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_volume_is_chosen_by_its_number(series: Path, number: int) -> None:
    image = single_image(Path(f"{series}#{number}"))
    assert image.shape == SHAPE[::-1]
    assert float(image.values.min()) == 100 * (number - 1)


def test_without_a_number_it_is_said_what_there_is(series: Path) -> None:
    with pytest.raises(InputError, match=r"“dwi.nii.gz” holds 3 images.*#1 .*#2 .*#3 ") as refused:
        single_image(series)
    assert f"{series}#1" in refused.value.hint


@pytest.mark.parametrize("number", [0, 4, 99999])
def test_a_number_that_there_is_not_is_refused(series: Path, number: int) -> None:
    with pytest.raises(InputError, match=f"has no image {number}; there is #1"):
        single_image(Path(f"{series}#{number}"))


def test_a_file_that_is_called_so_is_itself(series: Path) -> None:
    odd = series.rename(series.with_name("scan#2"))
    assert split(odd) == (odd, None)
    assert split(Path(f"{odd}#3")) == (odd, 3)


def test_fuse_takes_two_volumes_of_one_series(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fused.nii.gz"
    arguments = ["fuse", f"{series}#1", f"{series}#3", "-o", str(out), "--method", "average"]
    assert run_command(arguments) == 0
    assert out.exists()
    assert "Alignment not verified." in capsys.readouterr().err
    assert run_command(["fuse", str(series), f"{series}#3", "-o", str(out), "--overwrite"]) == 1
    assert "holds 3 images" in capsys.readouterr().err


def test_info_numbers_them_the_same_way(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["info", str(series), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["number"] for one in listed] == [1, 2, 3]
    assert run_command(["info", str(series)]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split()[0] == "#"
    assert [row.split()[0] for row in rows[2:5]] == ["1", "2", "3"]


def test_a_series_of_a_folder_with_several_is_chosen_too(
    sample_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample_folder / "DICOM"
    assert run_command(["info", str(folder), "--json"]) == 0
    out = capsys.readouterr().out
    listed = json.loads(out[out.index("[") :])
    for one in listed:
        image = single_image(Path(f"{folder}#{one['number']}"))
        assert image.modality == one["modality"] and list(image.shape) == one["size"]


def test_what_was_left_out_of_a_folder_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.eye(4)), tmp_path / "a.nii")
    (tmp_path / "b.dcm").touch()
    assert single_image(tmp_path).shape == (4, 4, 4)
    assert f"“{tmp_path.name}”: 1 file was left out (1 empty)." in capsys.readouterr().err
