"""`fuse` on two series of different frames of reference: never as placed without a word."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dicom_files import written

from fusionviewer.cli.main import run_command
from fusionviewer.formats.sample_dicom import Scan, ct, mr
from fusionviewer.formats.transform_files import write_transform
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.transform import from_parts
from fusionviewer.imaging.windowing import Window

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
GRID = Grid((6, 16, 20), np.array([3.0, 1.0, 1.0]), np.zeros(3), AXIAL)


def scan(modality: str, stored: np.ndarray) -> Scan:
    header, slopes = ct if modality == "CT" else mr, np.ones(len(stored))
    return Scan(
        modality, modality, 1, modality, GRID, stored, slopes, 0.0, Window(500, 900), 12, header
    )


@pytest.fixture
def apart(tmp_path: Path) -> tuple[str, str]:
    """A CT, and an MR of another frame that is the same everywhere: nothing to register by."""
    busy = np.random.default_rng(1).integers(0, 1000, GRID.shape).astype(np.uint16)
    return (
        str(written(tmp_path / "CT", scan("CT", busy), "2.25.1")),
        str(written(tmp_path / "MR", scan("MR", np.full_like(busy, 500)), "2.25.2")),
    )


def fuse(apart: tuple[str, str], out: Path, *more: str) -> int:
    return run_command(["fuse", *apart, "-o", str(out), "--method", "average", *more])


def test_they_are_registered_first_and_where_that_fails_nothing_is_written(
    apart: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fuse(apart, tmp_path / "out.nii.gz") == 1
    said = capsys.readouterr().err
    assert "The frames of reference differ: laying MR on CT." in said
    assert "there is nothing to register by" in said and "--no-register" in said
    assert not (tmp_path / "out.nii.gz").exists()


def test_as_placed_when_it_is_asked_for_and_then_said(
    apart: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fuse(apart, tmp_path / "out.nii.gz", "--no-register") == 0
    said = capsys.readouterr().err
    assert "Different frames of reference, not registered; fused as placed." in said


def test_by_a_transform_from_a_file_none_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(2)
    both = [rng.integers(0, 1000, GRID.shape).astype(np.uint16) for _ in range(2)]
    folders = (
        str(written(tmp_path / "CT", scan("CT", both[0]), "2.25.1")),
        str(written(tmp_path / "MR", scan("MR", both[1]), "2.25.2")),
    )
    write_transform(from_parts(np.eye(3), (0, 0, 0), (2, 0, 0)), tmp_path / "by.tfm")
    out = tmp_path / "out.nii.gz"
    assert fuse(folders, out, "--transform", str(tmp_path / "by.tfm")) == 0
    assert "Aligned: file, 2.0 mm, 0.0°; not verified." in capsys.readouterr().err


def test_a_transform_is_applied_where_nothing_can_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One slice each, in one frame of reference: too few to be registered, and nobody asked for it."""
    rng = np.random.default_rng(2)
    one = replace(GRID, shape=(1, 16, 20))
    folders = tuple(
        str(
            written(
                tmp_path / name,
                replace(scan(name, rng.integers(0, 1000, one.shape).astype(np.uint16)), grid=one),
                "2.25.1",
            )
        )
        for name in ("CT", "MR")
    )
    write_transform(from_parts(np.eye(3), (0, 0, 0), (2, 0, 0)), tmp_path / "by.tfm")
    out = tmp_path / "out.nii.gz"
    assert fuse((folders[0], folders[1]), out, "--transform", str(tmp_path / "by.tfm")) == 0
    said = capsys.readouterr().err
    assert "Aligned: file, 2.0 mm, 0.0°; not verified." in said
    assert "frames of reference" not in said
