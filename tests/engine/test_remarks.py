"""What had to be done otherwise than asked for is in the file, and on the terminal."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusionviewer.cli.main import run_command
from fusionviewer.engine.engine import Answer
from fusionviewer.engine.export import remarks
from fusionviewer.fusion.fuse import Fused


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Path, Path]:
    """Two pictures of 40 pixels, far smaller than what Clarus was trained on."""
    rng = np.random.default_rng(3)
    paths = tmp_path / "ct.png", tmp_path / "mr.png"
    for path in paths:
        Image.fromarray(rng.integers(0, 255, (40, 40), dtype=np.uint8)).save(path)
    return paths


def test_a_fallback_is_told_on_the_terminal_and_in_the_picture(
    tiny: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fused.png"
    given = [*map(str, tiny), "-o", str(out), "--method", "clarus", "--confirm-patients"]
    assert run_command(["fuse", *given]) == 0
    assert "Maximum in place of Clarus" in capsys.readouterr().err
    with Image.open(out) as picture:
        assert "Maximum in place of Clarus" in json.dumps(dict(picture.text))  # type: ignore[attr-defined]


def test_each_remark_says_how_many_slices_it_is_true_of() -> None:
    grey = np.zeros((2, 2), np.float32)
    answer = Answer(None, Fused(grey))  # type: ignore[arg-type]
    noted = replace(answer, fused=Fused(grey, note="Odd."))
    assert remarks([answer, noted, noted]) == ("Odd. (2 of 3 slices)",)
    assert remarks([answer]) == ()
