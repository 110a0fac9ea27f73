"""Runs made of others: the mean of some that began alike, and one network of two."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training import clarus_step, loop
from training.__main__ import main, samples
from training.checkpoints import read_network
from training.combine import average, join
from training.config import DataConfig, RunConfig
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


def test_two_runs_of_clarus_become_one_network_for_both_kinds_of_pairs(
    recipe: Recipe, tmp_path: Path
) -> None:
    tiny = replace(
        recipe("clarus", steps=1),
        network={"width": 4, "fine": 4, "dilations": [1]},
        data=DataConfig(pairs=("CT-MRI", "PET-MRI"), crop=32),
        loss={"missing": 0.0, "fsim": 0.0, "vif": 0.0},
    )
    of_kinds = [replace(tiny, data=DataConfig(pairs=(kind,), crop=32)) for kind in tiny.data.pairs]
    runs = [
        trained(config, tmp_path / name, seed)
        for seed, (config, name) in enumerate(zip(of_kinds, ("one", "two"), strict=True))
    ]
    assert main(["join", *map(str, runs), "--run", str(tmp_path / "joined")]) == 0
    config, _, joined = trained_network(tmp_path / "joined")
    assert config.data.pairs == ("CT-MRI", "PET-MRI")
    assert config.notes[-1] == "one for CT-MRI, two for pairs with PET or SPECT"
    of_ct, of_pet = (trained_network(run)[2] for run in runs)
    a, b = torch.rand(2, 1, 1, 34, 48)
    torch.testing.assert_close(joined(a, b), of_ct(a, b))
    torch.testing.assert_close(joined(a, b, True), of_pet(a, b))

    (sample, *_) = samples(config, "val")
    scores = {
        name: clarus_step.scores(network, [replace(sample, kind="PET-MRI")])
        for name, network in (("joined", joined), ("two", of_pet))
    }
    assert scores["joined"] == scores["two"]


def test_other_networks_are_not_joined(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RunError, match="“two” is not a run of Clarus"):
        join(*runs, tmp_path / "joined")
    assert not (tmp_path / "joined").exists()
