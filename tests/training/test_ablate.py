"""Variants of recipes, trained with several seeds and compared in one table."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fusionviewer.fusion.strategies import STRATEGIES
from training import ablate, loop
from training.__main__ import main
from training.config import RunConfig
from training.errors import ConfigError
from training.variants import read_ablation, runs

RECIPE = """
name = "eh-dran"
task = "eh-dran"
network = { width = 4 }
data = { pairs = ["CT-MRI"], crop = 16 }
loss = { gradient = 0.5, perceptual = 0.5 }
training = { steps = 3, batch = 2, rate = 1e-3, validate_every = 0, checkpoint_every = 2 }
"""
ABLATION = """
title = "Small"
pairs = ["CT-MRI"]
scores = ["psnr", "sf"]

[[variants]]
name = "Whole"
recipe = "tiny.toml"
strategy = "average"
seeds = [1, 2]

[[variants]]
name = "Without edges"
recipe = "tiny.toml"
strategy = "average"
seeds = [1]
network = { edges = false }
training = { steps = 2 }
"""


@pytest.fixture
def ablation(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    path = tmp_path / "small.toml"
    path.write_text(ABLATION)
    return path


def test_a_variant_replaces_keys_of_its_recipe_and_keeps_the_others(ablation: Path) -> None:
    whole, without = read_ablation(ablation).variants
    assert [run.seed for run in runs(whole, ablation.parent)] == [1, 2]
    run = runs(without, ablation.parent)[0]
    assert run.network == {"width": 4, "edges": False}
    assert (run.training.steps, run.training.batch) == (2, 2)


@pytest.mark.usefixtures("atlas")
def test_every_run_is_trained_once_and_scored(
    ablation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ablate", str(ablation), "--runs", str(tmp_path / "runs"), "--split", "val"]
    assert main(command) == 0
    told = capsys.readouterr().out
    with (tmp_path / "runs" / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["variant"], r["seed"]) for r in rows] == [
        ("Whole", "1"), ("Whole", "2"), ("Without edges", "1"),
    ]  # fmt: skip
    one, other = (float(row["sf"]) for row in rows[:2])
    assert one != other
    deviation = abs(one - other) / 2**0.5
    assert f"{(one + other) / 2:.2f} ± {deviation:.2f}" in told
    checkpoint = tmp_path / "runs" / "whole-1" / "last.pt"
    written = checkpoint.stat().st_mtime_ns
    assert main(command) == 0
    assert capsys.readouterr().out == told
    assert checkpoint.stat().st_mtime_ns == written


@pytest.mark.usefixtures("atlas")
def test_a_variant_that_could_not_be_scored_is_refused_before_any_is_trained(
    ablation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablation.write_text(f'{ABLATION}data = {{ scaling = "minmax" }}\n')
    assert main(["ablate", str(ablation), "--runs", str(tmp_path / "runs")]) == 1
    assert "stretched to their own range" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_merging_is_encoding_a_strategy_and_decoding(recipe: Callable[..., RunConfig]) -> None:
    network = loop.build_network(recipe("eh-dran")).eval()
    a, b = torch.rand(2, 1, 1, 16, 12, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        fused = ablate.Merged(network, "sfnn-max").eval()(a, b)
        merged = STRATEGIES["sfnn-max"].merge(network.encode(a), network.encode(b))  # type: ignore[operator]
        assert torch.equal(fused, network.decode(merged))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"average"', '"avarage"', "there is no strategy “avarage”"),
        ('"psnr"', '"pnsr"', "there is no score “pnsr”"),
        ('pairs = ["CT-MRI"]', 'pairs = ["CT-CT"]', "there is no pair of modalities “CT-CT”"),
        ("seeds = [1]", "seed = [1]", "unknown key, seed"),
        ("[[variants]]", "[variants]", "is not TOML"),
        ("title = ", "titel = ", "unknown key, titel"),
    ],
)
def test_a_wrong_ablation_is_refused_in_words(
    ablation: Path, old: str, new: str, said: str
) -> None:
    ablation.write_text(ABLATION.replace(old, new))
    with pytest.raises(ConfigError, match=said):
        read_ablation(ablation)


def test_a_missing_file_and_a_wrong_key_are_named(ablation: Path) -> None:
    with pytest.raises(ConfigError, match=r"“none.toml” could not be read"):
        read_ablation(ablation.parent / "none.toml")
    ablation.write_text(ABLATION.replace("steps = 2", "stpes = 2"))
    with pytest.raises(ConfigError, match="“Without edges”, section training has an unknown key"):
        runs(read_ablation(ablation).variants[1], ablation.parent)
