"""`make clarus` and `make weights`: what they would run."""

import shutil
import subprocess
from pathlib import Path

import pytest

from training.config import read_config

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


def commands(*target: str) -> list[list[str]]:
    """The commands of `python -m training`, without running any."""
    told = subprocess.run(
        ["make", "--dry-run", *target], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [line.split()[3:] for line in told.splitlines() if " -m training " in line]


@pytest.mark.parametrize("target", ["clarus", "weights"])
def test_each_part_begins_where_an_earlier_one_ended_and_what_is_exported_was_trained(
    target: str,
) -> None:
    runs: list[str] = []
    for command, *told in commands(target):
        if command == "export":
            assert told[0] == runs[-1]
            continue
        if command in ("average", "join"):
            *parts, _, mean = told
            assert set(parts) <= set(runs)
            runs.append(mean)
            continue
        assert "--resume" in told
        (recipe,) = (word for word in told if word.endswith(".toml"))
        start = read_config(ROOT / recipe).start
        assert not start or start in runs
        runs.append(told[told.index("--run") + 1])
    assert len(set(runs)) == len(runs)


def test_all_weights_that_ship_are_made() -> None:
    recipes = {told[-3] for command, *told in commands("weights") if command == "train"}
    made = {read_config(ROOT / recipe).name for recipe in recipes}
    assert made == {path.stem for path in (ROOT / "resources" / "weights").glob("*.json")}


def test_the_device_and_the_folder_may_be_chosen() -> None:
    *training, export = commands("clarus", "DEVICE=cuda", "TO=elsewhere")
    assert all("cuda" in told for told in training if told[0] == "train")
    assert export[-2:] == ["--to", "elsewhere"]


def test_all_weights_are_not_written_elsewhere_because_one_is_trained_around_another() -> None:
    refused = subprocess.run(
        ["make", "--dry-run", "weights", "TO=elsewhere"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "the learned strategy is trained around the EH-DRAN" in refused.stderr
    assert "training train" not in refused.stdout
