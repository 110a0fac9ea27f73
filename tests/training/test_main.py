import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from training.__main__ import main

ROOT = Path(__file__).parents[2]
TOML = """
name = "eh-dran"
task = "eh-dran"
network = { width = 8 }
data = { pairs = ["CT-MRI"], crop = 16 }
loss = { gradient = 0.5, perceptual = 0.5 }
training = { steps = 160, batch = 2, rate = 1e-3, validate_every = 0, checkpoint_every = 10 }
"""


def test_an_error_is_one_sentence_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(tmp_path / "none.toml")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The recipe “none.toml” could not be read.")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--steps", "0"], "needs the key steps"),
        (["--steps", "-3"], "steps is -3; it must not be negative"),
        (["--seed", "-1"], "seed is -1; it must not be negative"),
    ],
)
def test_what_the_command_line_says_is_checked_as_a_recipe_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: list[str], said: str
) -> None:
    (tmp_path / "tiny.toml").write_text(TOML)
    assert main(["train", str(tmp_path / "tiny.toml"), *told]) == 1
    assert said in capsys.readouterr().err


def test_a_folder_of_pairs_without_a_split_file_can_be_trained_on(
    atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (atlas / "splits.json").unlink()
    (tmp_path / "tiny.toml").write_text(TOML)
    command = ["train", str(tmp_path / "tiny.toml"), "--run", str(tmp_path / "run")]
    assert main([*command, "--steps", "1"]) == 0
    assert "“harvard” has no splits.json; it is split by study." in capsys.readouterr().err
    assert (tmp_path / "run" / "last.pt").exists()


def test_wrong_usage_is_exit_code_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["tarin"])
    assert stopped.value.code == 2


def test_an_export_without_a_run_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path)]) == 1
    assert "There is no checkpoint “last.pt”" in capsys.readouterr().err


@pytest.mark.slow
def test_a_process_killed_three_times_and_resumed_ends_with_the_same_weights(
    atlas: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(TOML)
    assert main(["train", str(recipe), "--run", str(tmp_path / "whole")]) == 0
    moments = random.Random(3407)
    for _ in range(3):
        kill_after_a_checkpoint(recipe, tmp_path / "killed", moments.uniform(0, 0.1))
    assert main(["train", str(recipe), "--run", str(tmp_path / "killed"), "--resume"]) == 0
    whole, killed = (
        torch.load(tmp_path / name / "last.pt", weights_only=True)["network"]
        for name in ("whole", "killed")
    )
    assert all(torch.equal(tensor, killed[name]) for name, tensor in whole.items())


def kill_after_a_checkpoint(recipe: Path, folder: Path, delay_s: float) -> None:
    """Start or resume a run of its own, and kill it a moment after it has written a checkpoint."""
    last = folder / "last.pt"
    before = last.stat().st_mtime_ns if last.exists() else 0
    command = [sys.executable, "-m", "training", "train", str(recipe), "--run", str(folder)]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    with subprocess.Popen([*command, "--resume"], cwd=ROOT, env=os.environ | threads) as process:
        while process.poll() is None and not (last.exists() and last.stat().st_mtime_ns > before):
            time.sleep(0.01)
        time.sleep(delay_s)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
