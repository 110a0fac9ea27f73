from collections import Counter
from pathlib import Path

import pytest

from fusionviewer.cli.main import run_command
from fusionviewer.formats.sample import write_sample


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("patient") / "sample"
    write_sample(folder)
    return folder / "DICOM"


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
    assert kinds == {"IM": 1, "CO": 40, "PR": 2, "BL": 1, "RE": 1}
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
