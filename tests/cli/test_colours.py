"""`fuse --colours`: those of PET and SPECT kept, or the luminance as it was fused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusionviewer.cli.main import ColoursName, run_command
from fusionviewer.engine.export import _COLOURS
from fusionviewer.fusion.colouring import COLOURS


def test_blue_under_bright_tissue_stays_blue_unless_the_luminance_is_wanted(tmp_path: Path) -> None:
    pet, mr, out = (tmp_path / f"{name}.png" for name in ("pet", "mr", "fused"))
    Image.fromarray(np.full((24, 24, 3), (20, 40, 140), np.uint8)).save(pet)
    Image.fromarray(np.full((24, 24), 230, np.uint8)).save(mr)
    seen = {}
    for colours in ("kept", "luminance"):
        command = ["fuse", str(pet), str(mr), "-o", str(out), "--method", "maximum", "--overwrite"]
        assert run_command([*command, "--colours", colours]) == 0
        seen[colours] = np.asarray(Image.open(out).convert("RGB"))[12, 12].astype(int)
    red, _, blue = seen["kept"]
    assert blue > 2 * red
    assert seen["luminance"].min() > 200


def test_an_opacity_that_the_user_chose_is_not_touched(tmp_path: Path) -> None:
    pet, mr, out = (tmp_path / f"{name}.png" for name in ("pet", "mr", "fused"))
    Image.fromarray(np.full((24, 24, 3), (20, 40, 140), np.uint8)).save(pet)
    Image.fromarray(np.full((24, 24), 230, np.uint8)).save(mr)
    command = ["fuse", str(pet), str(mr), "-o", str(out), "--method", "alpha", "--alpha", "1"]
    assert run_command(command) == 0
    seen = np.asarray(Image.open(out).convert("RGB"))[12, 12]
    assert seen @ np.array([0.299, 0.587, 0.114]) > 210


def test_every_way_has_a_word_on_the_terminal_and_in_what_is_exported() -> None:
    assert [name.value for name in ColoursName] == [*COLOURS] == [*_COLOURS]


def test_another_word_is_refused_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["fuse", "a", "b", "-o", "c.png", "--colours", "blue"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: Invalid value for '--colours': 'blue' is not one of")
    assert "'kept', 'luminance'" in said
