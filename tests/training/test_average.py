"""The mean of runs that began with the same weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training import loop
from training.__main__ import main, samples
from training.average import average
from training.checkpoints import read_network
from training.config import RunConfig
from training.errors import RunError
from training.export import trained_network

Recipe = Callable[..., RunConfig]
pytestmark = pytest.mark.usefixtures("atlas")


def trained(config: RunConfig, folder: Path, seed: int) -> Path:
    config = replace(config, seed=seed)
    loop.train(config, folder, samples(config, "train"), samples(config, "val"))
    return folder


@pytest.fixture
def runs(recipe: Recipe, tmp_path: Path) -> list[Path]:
    config = recipe("dilran", steps=2)
    return [trained(config, tmp_path / name, seed) for seed, name in enumerate(("one", "two"))]


def test_every_weight_is_the_mean_and_the_card_says_of_which_runs(
    runs: list[Path], tmp_path: Path
) -> None:
    assert main(["average", *map(str, runs), "--run", str(tmp_path / "mean")]) == 0
    one, two, mean = (read_network(run / "last.pt")[2] for run in (*runs, tmp_path / "mean"))
    for name, weights in mean.items():
        if weights.is_floating_point():  # others count batches
            torch.testing.assert_close(weights, (one[name] + two[name]) / 2)
    config, progress, network = trained_network(tmp_path / "mean")
    assert config.notes[-1] == "the mean of the weights of the runs one, two"
    assert progress.step == 2
    torch.testing.assert_close(dict(network.state_dict()), dict(mean))


def test_the_same_mean_may_be_written_again_and_another_run_is_not_replaced(
    runs: list[Path], tmp_path: Path
) -> None:
    average(runs, tmp_path / "mean")
    average(runs, tmp_path / "mean")
    before = (runs[1] / "last.pt").read_bytes()
    with pytest.raises(RunError, match="holds a run, which a new one would overwrite"):
        average(runs, runs[1])
    assert (runs[1] / "last.pt").read_bytes() == before


def test_runs_of_other_networks_or_without_an_end_are_refused_by_name(
    recipe: Recipe, runs: list[Path], tmp_path: Path
) -> None:
    wider = replace(recipe("dilran", steps=2), network={"width": 6})
    with pytest.raises(RunError, match="“wider” is of another network than “one”"):
        average([runs[0], trained(wider, tmp_path / "wider", 0)], tmp_path / "mean")

    def stopped(report: loop.Report) -> None:
        if report.step == 4:
            raise KeyboardInterrupt

    config = recipe("dilran")
    with pytest.raises(KeyboardInterrupt):
        loop.train(config, tmp_path / "cut", samples(config, "train"), [], tell=stopped)
    with pytest.raises(RunError, match="“cut” stopped at step 3 of 12"):
        average([tmp_path / "cut", runs[0]], tmp_path / "mean")
    with pytest.raises(RunError, match=r"There is no checkpoint “last.pt” in “none”"):
        average([tmp_path / "none"], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
