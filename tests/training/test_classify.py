import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.__main__ import main
from training.classify.fusing import fused_split
from training.classify.phantom import write_phantom
from training.classify.settings import small
from training.classify.slices import Patient
from training.classify.split import Split
from training.errors import RunError


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Layers this small only lose by sharing a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.timeout(400)  # 40 s on an idle core
@pytest.mark.usefixtures("one_thread")
def test_synthetic_grades_are_told_apart_from_every_input(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    assert main(["classify-phantom", str(data), "--cases", "20"]) == 0
    study = ["classify", str(data), "--out", str(out), "--small"]
    assert main([*study, "--trials", "1"]) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["patients"] == {"LGG": 20, "HGG": 20}
    assert {
        which: s["auc"]["mean"] > 0.9 for which, s in report["summary"].items()
    } == dict.fromkeys(("t2", "flair", "both", "fused"), True)
    assert len({tuple(t["slices"].values()) for t in report["trials"]}) == 1
    assert "balanced accuracy" in capfd.readouterr().out

    with np.load(out / "slices" / "Phantom_HGG_001.npz") as sources:
        empty = (sources["t2"] == 0) & (sources["flair"] == 0)
    with np.load(out / "trial-1" / "fused" / "Phantom_HGG_001.npz") as arrays:
        fused = arrays["fused"]
    assert fused.shape == empty.shape and fused.max() > 0.3 and not fused[empty].any()

    (out / "trial-1" / "both.json").unlink()  # as if it had been stopped there
    assert main([*study, "--trials", "1"]) == 0
    said = capfd.readouterr().err
    assert "trial 1, both" in said and "trial 1, t2" not in said and "prepared" not in said
    assert json.loads((out / "report.json").read_text()) == report

    assert main([*study, "--seed", "1"]) == 1
    assert "other settings or cases" in capfd.readouterr().err


def test_cases_with_too_little_tumour_are_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = write_phantom(tmp_path, 2, side=16)
    given = ["classify", str(root), "--out", str(tmp_path / "out"), "--small"]
    assert main([*given, "--least-share", "0.99"]) == 1
    assert "No case has a slice with 99 % tumour." in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--inputs", "t1"], "There is no input “t1”"),
        (["--inputs", ","], "at least one input"),
        (["--trials", "0"], "at least one trial"),
        (["--device", "toaster"], "no TOASTER device"),
        (["--resampling", "round"], "resampling must be one of whole, crop"),
    ],
)
def test_wrong_words_on_the_command_line_are_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["classify", str(tmp_path), "--out", str(tmp_path / "out"), *arguments]) == 1
    assert words in capfd.readouterr().err


@pytest.fixture
def split() -> Split:
    rng = np.random.default_rng(0)
    t2, flair = (rng.random((2, 16, 16), dtype=np.float32) for _ in range(2))
    t2[:, :4], flair[:, :6] = 0, 0
    return Split([Patient("one", 0, t2, flair)], [Patient("two", 1, t2, flair)], [])


def test_shipped_weights_fuse_and_leave_the_background_black(split: Split, tmp_path: Path) -> None:
    settings = replace(small(), fusion="shipped")
    lines: list[str] = []
    fused = fused_split(split, settings, tmp_path, "cpu", lines.append).train[0]
    slices = fused.channels("fused")
    assert slices.shape == (2, 1, 16, 16)
    assert slices.min() == 0 and 0.5 < slices.max() <= 1
    assert not slices[:, 0, :4].any() and slices[:, 0, 6:].all()
    sources = (fused.t2 + fused.flair)[:, 6:] / 2
    assert np.corrcoef(slices[:, 0, 6:].ravel(), sources.ravel())[0, 1] > 0.9


def test_a_folder_that_is_no_run_cannot_fuse(split: Split, tmp_path: Path) -> None:
    settings = replace(small(), fusion=str(tmp_path / "nothing"))
    with pytest.raises(RunError, match="no checkpoint"):
        fused_split(split, settings, tmp_path, "cpu", lambda line: None)


def test_invented_cases_replace_no_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_phantom(tmp_path, 1, side=16)
    assert main(["classify-phantom", str(tmp_path)]) == 1
    assert "already holds" in capfd.readouterr().err
