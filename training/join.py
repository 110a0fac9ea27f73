"""`python -m training join`: one network of two runs of Clarus, without training.

It answers for pairs with PET or SPECT by the weights of the second run, for others by those of the first.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from training import checkpoints, loop
from training.config import DataConfig, RunConfig
from training.environment import note_environment
from training.errors import RunError


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
    note = f"{anatomy.name} for CT-MRI, {functional.name} for pairs with PET or SPECT"
    _require_a_free_place(target, note)
    target.mkdir(parents=True, exist_ok=True)
    noted, optimiser = (
        replace(both, notes=(*both.notes, note)),
        torch.optim.Adam(network.parameters()),
    )
    for file in ("last.pt", "best.pt"):
        checkpoints.save(target / file, noted, progress, network, optimiser)


def _data(one: RunConfig, other: RunConfig) -> DataConfig:
    """The data of the second, with the pairs and volumes of the first as well."""
    pairs, volumes = (
        tuple(dict.fromkeys(getattr(one.data, key) + getattr(other.data, key)))
        for key in ("pairs", "volumes")
    )
    return replace(other.data, pairs=pairs, volumes=volumes)


def _require_a_free_place(target: Path, note: str) -> None:
    """Nothing, where `target` holds no run, or what was joined so before.

    Raises:
        RunError: it holds another run.
    """
    if not checkpoints.holds_run(target):
        return
    config, _, _ = checkpoints.read_network(target / "last.pt")
    if note not in config.notes:
        checkpoints.require_free(target)
