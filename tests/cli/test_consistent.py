"""`fuse --consistent`: one weight for a volume, or a sentence where there is none."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from fusionviewer.cli.main import run_command


@pytest.fixture
def volumes(tmp_path: Path) -> list[str]:
    places = []
    for seed in (1, 2):
        voxels = np.random.default_rng(seed).integers(0, 900, (32, 32, 3)).astype(np.int16)
        place = tmp_path / f"{seed}.nii"
        nibabel.save(nibabel.Nifti1Image(voxels, np.diag([1.0, 1, 3, 1])), place)
        places.append(str(place))
    return places


def test_a_volume_is_fused_with_one_weight(tmp_path: Path, volumes: list[str]) -> None:
    written = []
    for way in ("slice", "volume"):
        out = tmp_path / f"{way}.nii.gz"
        strategy = ["--method", "eh-dran", "--strategy", "fl1n", "--consistent", way]
        assert run_command(["fuse", *volumes, "-o", str(out), *strategy]) == 0
        written.append(np.asarray(nibabel.load(out).dataobj))
    assert written[0].shape == written[1].shape
    assert not np.array_equal(*written)


def test_what_has_no_weight_for_a_volume_is_refused_before_the_work(
    tmp_path: Path, volumes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.nii.gz"
    command = ["fuse", *volumes, "-o", str(out), "--method", "average", "--consistent", "volume"]
    assert run_command(command) == 1
    said = capsys.readouterr().err
    assert "Average has no weight for a whole volume." in said
    assert "sfnn-max" in said
    assert not out.exists()
