"""A run that several processes share; started as a user would start it."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from training.__main__ import main

ROOT = Path(__file__).parents[2]
TOML = """
name = "dilran"
task = "dilran"
network = { width = 4, norm = "instance" }
data = { pairs = ["CT-MRI"], crop = 16, flips = true }
loss = { gradient = 0.5, perceptual = 0.0 }
[training]
steps = STEPS
batch = 4
rate = 1e-3
validate_every = 4
checkpoint_every = 4
"""


def train(recipe: Path, run: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", "train", str(recipe), "--run", str(run), *options]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | threads, capture_output=True, text=True, check=False
    )


def curve(run: Path, name: str) -> list[tuple[int, float]]:
    with (run / "log.csv").open(newline="") as file:
        rows = csv.DictReader(file)
        return [(int(r["step"]), float(r["value"])) for r in rows if r["name"] == name]


def weights(run: Path) -> dict[str, torch.Tensor]:
    network: dict[str, torch.Tensor] = torch.load(run / "last.pt", weights_only=True)["network"]
    return network


@pytest.mark.slow
def test_two_processes_end_with_the_weights_of_one_that_has_the_same_batches(
    atlas: Path, tmp_path: Path
) -> None:
    pytest.importorskip("lightning_fabric")
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(TOML.replace("STEPS", "8"))
    assert main(["train", str(recipe), "--run", str(tmp_path / "one")]) == 0
    shared = train(recipe, tmp_path / "two", "--devices", "2")
    assert shared.returncode == 0, shared.stderr
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, tensor in one.items():
        # What instance normalisation subtracts again has no gradient but rounding, which Adam scales up.
        if name not in ("reduce.bias", "dil1.bias", "dil3.bias", "dil5.bias"):
            np.testing.assert_allclose(two[name], tensor, atol=1e-5, err_msg=name)
    for name in ("PSNR", "PSNR CT", "PSNR MRI"):
        alone, together = curve(tmp_path / "one", name), curve(tmp_path / "two", name)
        assert [step for step, _ in alone] == [step for step, _ in together] == [4, 8]
        np.testing.assert_allclose(alone, together, rtol=1e-5)


def test_a_batch_that_cannot_be_dealt_out_evenly_is_said_so() -> None:
    from training.errors import RunError
    from training.workers import Team

    class Three:
        global_rank, world_size, device = 1, 3, torch.device("cpu")

    team = Team(Three())
    assert team.share(torch.arange(6)).tolist() == [1, 4]
    with pytest.raises(RunError, match="3 processes cannot share batches of 4 evenly"):
        team.share(torch.arange(4))


def test_one_device_by_number_is_not_several(
    atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(TOML.replace("STEPS", "8"))
    assert main(["train", str(recipe), "--device", "cuda:1", "--devices", "2"]) == 1
    assert "“cuda:1” is one device" in capsys.readouterr().err
