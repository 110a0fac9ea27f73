"""One network of two runs of Clarus."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training import clarus_step, loop
from training.__main__ import main, samples
from training.config import DataConfig, RunConfig
from training.errors import RunError
from training.export import trained_network
from training.join import join

Recipe = Callable[..., RunConfig]
pytestmark = pytest.mark.usefixtures("atlas")


def trained(config: RunConfig, folder: Path, seed: int) -> Path:
    config = replace(config, seed=seed)
    loop.train(config, folder, samples(config, "train"), samples(config, "val"))
    return folder


def tiny(recipe: Recipe, kind: str) -> RunConfig:
    return replace(
        recipe("clarus", steps=1),
        network={"width": 4, "fine": 4, "dilations": [1]},
        data=DataConfig(pairs=(kind,), crop=32),
        loss={"missing": 0.0, "fsim": 0.0, "vif": 0.0},
    )


def test_two_runs_of_clarus_become_one_network_for_both_kinds_of_pairs(
    recipe: Recipe, tmp_path: Path
) -> None:
    of_kinds = [tiny(recipe, kind) for kind in ("CT-MRI", "PET-MRI")]
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


def test_other_networks_are_not_joined_and_other_runs_not_replaced(
    recipe: Recipe, tmp_path: Path
) -> None:
    runs = [trained(recipe("dilran", steps=1), tmp_path / name, 0) for name in ("one", "two")]
    with pytest.raises(RunError, match="“two” is not a run of Clarus"):
        join(*runs, tmp_path / "joined")
    assert not (tmp_path / "joined").exists()

    of_pairs = [trained(tiny(recipe, "CT-MRI"), tmp_path / name, 0) for name in ("three", "four")]
    join(*of_pairs, tmp_path / "joined")
    join(*of_pairs, tmp_path / "joined")
    with pytest.raises(RunError, match="holds a run, which a new one would overwrite"):
        join(*of_pairs, runs[0])
