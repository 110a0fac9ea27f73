"""The weights that the authors of DILRAN published, used by every command that fuses or scores.

`FUSIONVIEWER_DILRAN_WEIGHTS` names their file; without it, and the 20 slices they tested on, what
compares with their table is skipped.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from fusionviewer.cli.main import run_command
from fusionviewer.fusion import dilran
from fusionviewer.fusion.torch_backend import load_module
from fusionviewer.fusion.weights import read_card
from fusionviewer.metrics.report import score_pair
from training.__main__ import main
from training.ablate import Merged
from training.datasets import read_luminance
from training.fusion_tasks import as_levels
from training.published import LAYERS, import_dilran
from training.splits import DILRAN_TEST

FILE = os.environ.get("FUSIONVIEWER_DILRAN_WEIGHTS", "")
SLICES = Path(os.environ.get("FUSIONVIEWER_DATA", "")) / "harvard" / "CT-MRI"

# PSNR, SSIM, entropy of the JPEG, FSIM: means over the 20 slices, and how far off is the same.
SCORES = {"psnr": 0.01, "ssim": 0.001, "en_jpeg": 0.01, "fsim_parity": 0.002}
PUBLISHED = {
    "sfnn-max": (16.413, 0.740, 4.558, 0.820),
    "sfnn-mean": (15.876, 0.740, 4.578, 0.812),
    "fl1n": (15.979, 0.739, 4.569, 0.813),
    "fer": (13.944, 0.736, 4.551, 0.806),
}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights in the authors' layout, but random, as import-dilran leaves it."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(3)
    tensors: dict[str, Tensor] = {}
    for name, tensor in dilran.build({"norm": "shared"}).state_dict().items():
        layer, _, rest = name.partition(".")
        tensors[f"{LAYERS[layer]}.{rest}"] = tensor
    torch.save(tensors, folder / "model.pt")
    assert main(["import-dilran", str(folder / "model.pt"), "--to", str(folder / "w")]) == 0
    return folder / "w"


def images(folder: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(1)
    paths = folder / "a.png", folder / "b.png"
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (24, 24), dtype=np.uint8)).save(path)
    return paths


class TestFuse:
    def fuse(self, folder: Path, *told: str) -> int:
        a, b = images(folder)
        return run_command(["fuse", str(a), str(b), "-o", str(folder / "f.png"), *told])

    def test_with_them_gives_another_image_and_names_them(
        self, imported: Path, tmp_path: Path
    ) -> None:
        command = ("--method", "dilran", "--strategy", "fer", "--overwrite")
        assert self.fuse(tmp_path, *command) == 0
        with Image.open(tmp_path / "f.png") as shipped:
            before, told_before = np.asarray(shipped), shipped.info
        assert self.fuse(tmp_path, *command, "--weights", str(imported)) == 0
        with Image.open(tmp_path / "f.png") as fused:
            assert not np.array_equal(np.asarray(fused), before)
            told = fused.info
        checksum = json.loads((imported / "dilran.json").read_text())["files"]["dilran.safetensors"]
        assert checksum[:8] in str(told)
        assert checksum[:8] not in str(told_before)

    @pytest.mark.parametrize(
        ("told", "said"),
        [
            (("--method", "mopa"), "The weights of mopa are missing"),
            (("--method", "average"), "Average has no weights. Leave out --weights."),
        ],
    )
    def test_says_what_has_none(
        self,
        imported: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        told: tuple[str, ...],
        said: str,
    ) -> None:
        assert self.fuse(tmp_path, *told, "--weights", str(imported)) == 1
        assert said in " ".join(capsys.readouterr().err.split())
        assert not (tmp_path / "f.png").exists()


def test_reconstruct_scores_them_though_their_card_holds_no_recipe(
    imported: Path, atlas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reconstruct", "dilran", "--weights", str(imported)]) == 0
    assert [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()] == [
        "PSNR CT",
        "PSNR MRI",
        "PSNR PET",
        "PSNR",
    ]


class TestEvaluate:
    TOLD = (
        "evaluate",
        "--methods",
        "dilran",
        "average",
        "--strategies",
        "fer",
        "--tasks",
        "CT-MRI",
    )

    def test_scores_the_weights_of_a_folder(
        self, imported: Path, atlas: Path, tmp_path: Path
    ) -> None:
        tables = []
        for name, told in (("ours", []), ("theirs", ["--weights", str(imported)])):
            out = tmp_path / name
            assert main([*self.TOLD, "--scores", "psnr", "--out", str(out), *told]) == 0
            rows = (out / "scores.csv").read_text().splitlines()[1:]
            tables.append({row.split(",")[2]: row.split(",")[4] for row in rows})
        ours, theirs = tables
        assert ours["average"] == theirs["average"]
        assert ours["dilran fer"] != theirs["dilran fer"]

    def test_takes_the_published_slices_that_are_here_and_names_the_others(
        self, atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = (*self.TOLD, "--methods", "average", "--scores", "sf", "--splits", "dilran")
        assert main([*told, "--out", str(tmp_path)]) == 1
        assert "None of the published test slices is here" in capsys.readouterr().err
        for modality in ("CT", "MRI"):
            folder = atlas / "CT-MRI" / modality
            (folder / "1003.png").rename(folder / "41015.png")
        assert main([*told, "--out", str(tmp_path)]) == 0
        assert "19 of the 20 published test slices are not here: 16013, 2007, " in (
            capsys.readouterr().err
        )
        rows = (tmp_path / "scores.csv").read_text().splitlines()[1:]
        assert [row.split(",")[1] for row in rows] == ["41015"]

    def test_says_where_there_are_too_few_pairs_for_three_test_sets(
        self, atlas: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for modality in ("CT", "MRI"):
            for name in ("1003", "1004"):
                (atlas / "CT-MRI" / modality / f"{name}.png").unlink()
        assert main([*self.TOLD, "--splits", "eh-dran"]) == 1
        assert "By eh-dran, CT-MRI has no slices for test." in capsys.readouterr().err

    def test_names_a_folder_without_weights(
        self, atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*self.TOLD, "--weights", str(tmp_path / "typo")]) == 1
        assert "typo” holds the weights of no method" in capsys.readouterr().err

    def test_gives_mean_and_deviation_over_three_disjoint_test_sets(
        self, imported: Path, atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = (*self.TOLD, "--methods", "average", "--scores", "sf", "--splits", "eh-dran")
        assert main([*told, "--out", str(tmp_path)]) == 0
        rows = [row.split(",") for row in (tmp_path / "scores.csv").read_text().splitlines()[1:]]
        values = [float(row[4]) for row in rows]
        assert len({row[1] for row in rows}) == 3  # of seven pairs, a sixth in each set
        table = (tmp_path / "tables.md").read_text()
        assert "### CT-MRI, 3 test sets of 1, 1, 1 pairs" in table
        assert f"| average | {np.mean(values):.2f} ± {np.std(values, ddof=1):.2f} |" in table
        assert capsys.readouterr().out == table
        two = ["--weights", str(imported), str(imported)]
        assert main([*told, *two, "--out", str(tmp_path)]) == 1
        assert "2 folders of weights do not go with 3 test sets" in capsys.readouterr().err


@pytest.mark.skipif(not FILE, reason="FUSIONVIEWER_DILRAN_WEIGHTS names no file")
@pytest.mark.skipif(
    not all((SLICES / "CT" / f"{name}.png").exists() for name in DILRAN_TEST),
    reason="the published test slices are not all here",
)
@pytest.mark.slow
@pytest.mark.parametrize("strategy", PUBLISHED)
def test_they_give_what_the_paper_prints(strategy: str, tmp_path: Path) -> None:
    """Each image with its own statistics, unsquared weights, as the published table was made."""
    import_dilran(Path(FILE), tmp_path)
    network = Merged(load_module(read_card("dilran", tmp_path)), strategy).eval()
    means = np.mean([scores_of(network, name) for name in DILRAN_TEST], axis=0)
    for found, printed, far in zip(means, PUBLISHED[strategy], SCORES.values(), strict=True):
        assert found == pytest.approx(printed, abs=far + 0.0005)  # the last digit is rounded


def scores_of(network: Merged, name: str) -> list[float]:
    a, b = (
        torch.from_numpy(read_luminance(SLICES / modality / f"{name}.png"))[None, None]
        for modality in ("CT", "MRI")
    )
    with torch.no_grad():
        fused = as_levels(network(a, b))
    found = score_pair(as_levels(a), as_levels(b), fused, tuple(SCORES))
    return [float(found[score].value or 0) for score in SCORES]
