"""Settings of methods and strategies: --set NAME=VALUE."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from fusionviewer.cli.main import run_command
from fusionviewer.fusion.methods import METHODS, SELECTABLE


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "ct.png", tmp_path / "mr.png"
    rows, columns = np.mgrid[0:64, 0:80]
    for n, path in enumerate(paths):
        levels = 128 + 100 * np.sin(rows / (5 + 6 * n)) * np.cos(columns / 7)
        Picture.fromarray(levels.astype(np.uint8)).save(path)
    return paths


def fused(pair: tuple[Path, Path], out: Path, *arguments: str) -> np.ndarray:
    assert run_command(["fuse", *map(str, pair), "-o", str(out), *arguments]) == 0
    return np.asarray(Picture.open(out)).astype(int)


def test_settings_of_a_rule_and_of_a_strategy_reach_it(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    for way, setting in (
        (("--method", "laplacian"), "levels=1"),
        (("--method", "wavelet"), "wavelet=haar"),
        (("--method", "zero-learning-edges"), "features=random"),
        (("--method", "eh-dran", "--strategy", "sfnn-local"), "windows=64"),
        (("--method", "eh-dran", "--strategy", "l1-activity"), "radius=15"),
    ):
        plain = fused(pair, tmp_path / "plain.png", *way, "--overwrite")
        other = fused(pair, tmp_path / "other.png", *way, "--set", setting, "--overwrite")
        assert np.abs(plain - other).max() > 0


def test_several_settings_are_said_one_after_another_and_named_in_the_file(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    way = ("--method", "eh-dran", "--strategy", "sfnn-local")
    fused(pair, tmp_path / "a.png", *way, "--set", "power=2", "--set", "windows = 16")
    said = Picture.open(tmp_path / "a.png").text  # type: ignore[attr-defined]
    assert "power 2, reduction max, windows 16" in " ".join(said.values())


def test_alpha_and_residual_are_settings_too(pair: tuple[Path, Path], tmp_path: Path) -> None:
    for method, name in (("alpha", "alpha"), ("clarus", "residual")):
        way = ("--method", method, "--overwrite")
        one = fused(pair, tmp_path / "one.png", *way, f"--{name}", "0.25")
        other = fused(pair, tmp_path / "other.png", *way, "--set", f"{name}=0.25")
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "sentence", "hint"),
    [
        ("--set power", "“power” is not a setting", "NAME=VALUE"),
        ("--set =2", "“=2” is not a setting", "NAME=VALUE"),
        ("--set magic=2", "EH-DRAN with SFNN-max takes no setting “magic”", "power, max_size"),
        ("--set power=3", "“power” cannot be “3”", "1 or 2"),
        ("--set max_size=-1", "“max_size” cannot be “-1”", "from 0 to 4096"),
        ("--set max_size=many", "“max_size” cannot be “many”", "from 0 to 4096"),
        ("--set power=1 --set power=2", "“power” is set twice", "once"),
        ("--alpha 0.5", "takes no --alpha", "power, max_size"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_words(
    pair: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    sentence: str,
    hint: str,
) -> None:
    way = ["--method", "eh-dran", "--strategy", "sfnn-max", *arguments.split()]
    assert run_command(["fuse", *map(str, pair), "-o", str(tmp_path / "f.png"), *way]) == 1
    said = capsys.readouterr().err.splitlines()
    assert sentence in said[0]
    assert hint in said[1]
    assert not (tmp_path / "f.png").exists()


def test_a_method_without_settings_says_so(
    pair: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    way = ["--method", "average", "--set", "power=2"]
    assert run_command(["fuse", *map(str, pair), "-o", str(tmp_path / "f.png"), *way]) == 1
    assert "It takes none." in capsys.readouterr().err


def test_settings_and_what_they_take_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["methods", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    for part, table in (("methods", METHODS), ("strategies", SELECTABLE)):
        for entry in listed[part]:
            known = table[entry["name"]].options  # type: ignore[index]
            assert [one["name"] for one in entry["settings"]] == list(known)
            assert all("choices" in one or "high" in one for one in entry["settings"])
    assert run_command(["methods"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("windows", "radius", "residual", "1 or 2"))
