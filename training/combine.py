"""`python -m training average | join`: a run made of others, without training.

Runs that began with the same weights end close enough for their mean to be a network too, often one
that is better than each of them (Wortsman et al. 2022, arXiv:2203.05482). Two runs of Clarus join to one
network that answers for pairs with PET or SPECT by the weights of the second.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from training import checkpoints, loop
from training.config import DataConfig, RunConfig
from training.environment import note_environment
from training.errors import RunError


def average_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs that ended")
    parser.add_argument("--run", type=Path, required=True, help="the run folder to write")


def average_command(given: argparse.Namespace) -> None:
    """Write the mean into a run folder, which `export` takes like any other.

    Raises:
        RunError: as `average`.
    """
    average(given.runs, given.run)
    note_environment(given.run, given.arguments, "cpu", goes_on=False)


def average(folders: Sequence[Path], target: Path) -> None:
    """Write the mean of the last weights of runs as `last.pt` and `best.pt`, under the first one's recipe.

    It replaces a mean that was written before.

    Raises:
        RunError: a run has no readable checkpoint, is of another network, or did not end; or the
            target holds a run of another kind.
    """
    found = [checkpoints.read_network(folder / "last.pt") for folder in folders]
    config, progress, _ = found[0]
    for folder, (other, at, weights) in zip(folders, found, strict=True):
        if (other.task, dict(other.network)) != (config.task, dict(config.network)):
            raise RunError(
                f"“{folder.name}” is of another network than “{folders[0].name}”.",
                "Take runs that began with the same weights.",
            )
        if at.step < other.training.steps:
            raise RunError(
                f"“{folder.name}” stopped at step {at.step} of {other.training.steps}.",
                "Go on with it with --resume first.",
            )
        network = loop.build_network(config)
        loop.load_weights(network, weights, folder)
    mean = {
        name: torch.stack([weights[name].double() for _, _, weights in found]).mean(dim=0).to(first)
        for name, first in found[0][2].items()
    }
    loop.load_weights(network, mean, target)
    names = ", ".join(folder.name for folder in folders)
    _write(target, config, f"the mean of the weights of the runs {names}", progress, network)


def join_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("anatomy", type=Path, help="the run for CT-MRI and MRI-MRI")
    parser.add_argument("functional", type=Path, help="the run for pairs with PET or SPECT")
    parser.add_argument("--run", type=Path, required=True, help="the run folder to write")


def join_command(given: argparse.Namespace) -> None:
    """Write both as one network into a run folder, which `export` takes like any other.

    Raises:
        RunError: as `join`.
    """
    join(given.anatomy, given.functional, given.run)
    note_environment(given.run, given.arguments, "cpu", goes_on=False)


def join(anatomy: Path, functional: Path, target: Path) -> None:
    """Write `last.pt` and `best.pt` of two runs of Clarus as one, under the recipe of the second.

    Its data are those of both, so that scores and limits on the card are.

    Raises:
        RunError: a run has no readable checkpoint, or is not of Clarus; or the target holds a run of
            another kind.
    """
    other, _, first = checkpoints.read_network(anatomy / "last.pt")
    config, progress, second = checkpoints.read_network(functional / "last.pt")
    if config.task != "clarus":
        raise RunError(f"“{functional.name}” is not a run of Clarus, which alone can be joined.")
    both = replace(
        config, network={**config.network, "functional": True}, data=_data(other, config)
    )
    network = loop.build_network(both)
    before = "network."
    joined = first | {
        f"{before}functional.{name.removeprefix(before)}": weights
        for name, weights in second.items()
    }
    loop.load_weights(network, joined, anatomy)
    _write(
        target,
        both,
        f"{anatomy.name} for CT-MRI, {functional.name} for pairs with PET or SPECT",
        progress,
        network,
    )


def _data(one: RunConfig, other: RunConfig) -> DataConfig:
    """The data of the second, with the pairs and volumes of the first as well."""
    pairs, volumes = (
        tuple(dict.fromkeys(getattr(one.data, key) + getattr(other.data, key)))
        for key in ("pairs", "volumes")
    )
    return replace(other.data, pairs=pairs, volumes=volumes)


def _write(
    target: Path, config: RunConfig, note: str, progress: checkpoints.Progress, network: nn.Module
) -> None:
    """
    Raises:
        RunError: the folder holds another run.
    """
    noted = replace(config, notes=(*config.notes, note))
    _require_a_free_place(target, note)
    target.mkdir(parents=True, exist_ok=True)
    optimiser = torch.optim.Adam(network.parameters())
    for file in ("last.pt", "best.pt"):
        checkpoints.save(target / file, noted, progress, network, optimiser)


def _require_a_free_place(target: Path, note: str) -> None:
    """
    Raises:
        RunError: the folder holds another run.
    """
    if not checkpoints.holds_run(target):
        return
    config, _, _ = checkpoints.read_network(target / "last.pt")
    if note not in config.notes:
        checkpoints.require_free(target)
