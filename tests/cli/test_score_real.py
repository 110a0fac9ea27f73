"""Real CT and MR slices, two rules: the table, its p-values and the plots."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import wilcoxon

from fusionviewer.cli.main import run_command

PAIRS = 8


@pytest.fixture
def folders(data: Path, tmp_path: Path) -> Path:
    root = data / "harvard" / "CT-MRI"
    for path in sorted((root / "CT").glob("*.png"))[::16][:PAIRS]:
        levels = []
        for modality in ("CT", "MRI"):
            target = tmp_path / modality / path.name
            target.parent.mkdir(exist_ok=True)
            shutil.copy(root / modality / path.name, target)
            levels.append(np.asarray(Image.open(target).convert("L"), dtype=np.float64))
        for name, fused in (("average", np.mean(levels, 0)), ("maximum", np.max(levels, 0))):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(np.rint(fused).astype(np.uint8)).save(tmp_path / name / path.name)
    return tmp_path


def test_the_better_rule_has_the_mark_and_the_other_the_p_value(folders, capsys):
    paths = [str(folders / name) for name in ("CT", "MRI", "average", "maximum")]
    plots = folders / "plots"
    order = ["score", *paths, "--convention", "mfinet", "--json", "--plots", str(plots)]
    assert run_command(order) == 0
    document = json.loads(capsys.readouterr().out)
    for name, found in document["summary"].items():
        values = {
            method: [c["scores"][name]["value"] for c in document["cases"] if c["method"] == method]
            for method in ("average", "maximum")
        }
        best, other = sorted(values, key=lambda method: -np.mean(values[method]))
        assert (found[best]["mark"], found[other]["mark"]) == ("best", "second")
        assert found[best]["p_value"] is None
        expected = wilcoxon(values["average"], values["maximum"]).pvalue
        assert found[other]["p_value"] == pytest.approx(expected)
    assert document["summary"]["sf"]["maximum"]["mark"] == "best"  # an average is smoother
    assert len(list(plots.iterdir())) == 3
