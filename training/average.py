"""`python -m training average`: one network whose weights are the mean of those of several runs.

Runs that began with the same weights end close enough for their mean to be a network too, often one
that is better than each of them.

Source: Wortsman et al. 2022, arXiv:2203.05482.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from training import checkpoints, loop
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
    noted = replace(config, notes=(*config.notes, f"the mean of the weights of the runs {names}"))
    _require_a_mean(target, noted.notes[-1])
    target.mkdir(parents=True, exist_ok=True)
    optimiser = torch.optim.Adam(network.parameters())
    for file in ("last.pt", "best.pt"):
        checkpoints.save(target / file, noted, progress, network, optimiser)


def _require_a_mean(target: Path, note: str) -> None:
    """
    Raises:
        RunError: the folder holds another run.
    """
    if not checkpoints.holds_run(target):
        return
    config, _, _ = checkpoints.read_network(target / "last.pt")
    if note not in config.notes:
        checkpoints.require_free(target)
