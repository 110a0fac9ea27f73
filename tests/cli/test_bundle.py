from collections import Counter
from pathlib import Path

import pydicom
import pytest
from PIL import Image as Picture

from fusionviewer.cli.main import run_command


@pytest.fixture
def patient(sample_folder: Path) -> Path:
    return sample_folder / "DICOM"


def fused(patient: Path, out: Path, parts: str, *more: str) -> int:
    images = [str(patient / "CT"), str(patient / "PET")]
    method = ["--method", "average", "--slice", "20"]
    return run_command(["fuse", *images, "-o", str(out), *method, "--with", parts, *more])


def test_a_series_comes_with_the_parts_asked_for(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all"
    assert fused(patient, out, "companion, gsps,blending,registration,seg") == 0
    kinds = Counter(file.name[:2] for file in out.iterdir())
    assert kinds == {"IM": 1, "CO": 40, "PR": 3, "BL": 1, "RE": 1}
    assert "No region is drawn" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "parts", "said"),
    [("all", "gsps,nonsense", "nonsense"), ("one.png", "gsps", "Name a folder")],
)
def test_wrong_parts_are_refused_before_the_work(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, parts: str,
    said: str,
) -> None:  # fmt: skip
    assert fused(patient, tmp_path / name, parts) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_de_identified_bundle_says_nowhere_whose_it_is_and_how_it_was_made(
    patient: Path, tmp_path: Path
) -> None:
    out = tmp_path / "nobody"
    assert fused(patient, out, "companion,gsps,blending,registration", "--deidentify") == 0
    raw = b"".join(file.read_bytes() for file in out.iterdir())
    source = pydicom.dcmread(next((patient / "CT").iterdir()))
    told = [source.PatientID, source.PatientName, source.StudyInstanceUID, source.StudyDate]
    told += [source.FrameOfReferenceUID, source.SeriesInstanceUID, source.SOPInstanceUID]
    assert [str(value) for value in told if str(value).encode() in raw] == []
    assert b"Method: Average" in raw


def test_the_name_of_a_de_identified_export_may_not_tell_either(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = pydicom.dcmread(next((patient / "CT").iterdir()))
    out = tmp_path / f"fused_{source.PatientID}"
    assert fused(patient, out, "gsps", "--deidentify") == 1
    assert "name or number of the patient" in capsys.readouterr().err
    assert not out.exists()


def test_grey_pictures_can_have_sixteen_bits(patient: Path, tmp_path: Path) -> None:
    images = [str(patient / "CT"), str(patient / "T1")]
    for name in ("fused.png", "fused.tif", "fused.dcm"):
        out = ["-o", str(tmp_path / name), "--method", "average", "--bits", "16"]
        assert run_command(["fuse", *images, *out]) == 0
    assert Picture.open(tmp_path / "fused.png").mode == "I;16"
    assert Picture.open(tmp_path / "fused.tif").mode == "I;16"
    assert pydicom.dcmread(tmp_path / "fused.dcm").BitsStored == 16
