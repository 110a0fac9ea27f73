"""A run on disk: what is needed to go on as if nothing had happened."""

import json
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from training.config import RunConfig, run_config
from training.errors import RunError

State = dict[str, Tensor]


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    best_score: float = float("-inf")
    best_step: int = 0


def save(
    path: Path,
    config: RunConfig,
    progress: Progress,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
) -> None:
    """Write beside and rename: a run killed here keeps the checkpoint from before.

    Raises:
        RunError: the disk is full, or the folder cannot be written.
    """
    content = {
        "config": json.dumps(asdict(config)),
        "progress": asdict(progress),
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    beside = path.with_suffix(".part")
    try:
        torch.save(content, beside)
        beside.replace(path)
    except (OSError, RuntimeError) as error:  # torch's writer turns the former into the latter
        raise RunError(
            f"The checkpoint “{path.name}” could not be written; the one before is still there.",
            "Free some space, then resume.",
        ) from error


def restore(
    path: Path, config: RunConfig, network: nn.Module, optimiser: torch.optim.Optimizer
) -> Progress:
    """Continue `network`, `optimiser` and the random numbers where `save` left them.

    Raises:
        RunError: no readable checkpoint, or one of another recipe.
    """
    content = _read(path)
    if _config(content, path).digest() != config.digest():
        raise RunError(
            f"“{path.name}” belongs to another recipe or seed than the one to resume.",
            "Resume with the recipe that the run began with, or start a new run folder.",
        )
    network.load_state_dict(content["network"])  # type: ignore[arg-type]
    optimiser.load_state_dict(content["optimiser"])  # type: ignore[arg-type]
    torch.set_rng_state(content["random"])  # type: ignore[arg-type]
    if torch.cuda.is_available() and content["random_cuda"]:
        torch.cuda.set_rng_state_all(content["random_cuda"])  # type: ignore[arg-type]
    return Progress(**content["progress"])  # type: ignore[arg-type]


def read_network(path: Path) -> tuple[RunConfig, Progress, State]:
    """The recipe, the progress and the weights of a checkpoint.

    Raises:
        RunError: no readable checkpoint.
    """
    content = _read(path)
    progress = Progress(**content["progress"])  # type: ignore[arg-type]
    return _config(content, path), progress, content["network"]  # type: ignore[return-value]


def _read(path: Path) -> dict[str, object]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunError(f"There is no checkpoint “{path.name}” in “{path.parent.name}”.") from error
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RunError(f"The checkpoint “{path.name}” is broken.") from error
    wanted = {"config", "progress", "network", "optimiser", "random", "random_cuda"}
    if not isinstance(content, dict) or set(content) != wanted:
        raise RunError(f"“{path.name}” is not a checkpoint of this program.")
    return content


def _config(content: dict[str, object], path: Path) -> RunConfig:
    return run_config(json.loads(str(content["config"])), f"The checkpoint “{path.name}”")
