from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from fusionviewer.cli.main import run_command
from fusionviewer.formats.dicom_writing import encoded


@pytest.fixture
def image(tmp_path: Path) -> Path:
    d = Dataset()
    d.SOPClassUID, d.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.3.6.1.4.1.999.1"
    d.PatientName, d.PatientID, d.StudyDate, d.Modality = "Muster^Max", "MM-1", "20240315", "CT"
    path = tmp_path / "in" / "Muster.dcm"
    path.parent.mkdir()
    path.write_bytes(encoded(d))
    return path


def copied(image: Path, *options: str) -> Dataset:
    out = image.parent.parent / "out"
    assert run_command(["deidentify", str(image.parent), str(out), *options]) == 0
    (file,) = out.iterdir()
    return pydicom.dcmread(file)


def test_a_folder_is_copied_without_its_person(image: Path) -> None:
    d = copied(image)
    assert "Muster" not in str(d.PatientName)
    assert not d.StudyDate


def test_dates_stay_or_move_as_asked(image: Path) -> None:
    assert copied(image, "--keep-dates").StudyDate == "20240315"
    moved = copied(image, "--shift-dates", "--overwrite").StudyDate
    assert len(moved) == 8
    assert moved < "20240315"


def test_dates_cannot_both_stay_and_move(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = image.parent.parent / "out"
    command = ["deidentify", str(image), str(out), "--keep-dates", "--shift-dates"]
    assert run_command(command) == 1
    assert "kept or moved" in capsys.readouterr().err
    assert not out.exists()
