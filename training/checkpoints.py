"""A run on disk: what is needed to go on as if nothing had happened."""

import json
from collections.abc import Mapping
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


def holds_run(folder: Path) -> bool:
    """Whether something was trained in `folder`, be it to the end or not."""
    return any((folder / file).exists() for file in ("last.pt", "best.pt"))


def require_free(folder: Path) -> None:
    """Nothing, where a new run may begin in `folder`.

    Raises:
        RunError: it holds a run.
    """
    if holds_run(folder):
        raise RunError(
            f"“{folder}” holds a run, which a new one would overwrite.",
            "Go on with it with --resume, or name another folder with --run.",
        )


def restore(
    path: Path, config: RunConfig, network: nn.Module, optimiser: torch.optim.Optimizer
) -> Progress:
    """Continue `network`, `optimiser` and the random numbers where `save` left them.

    Raises:
        RunError: no readable checkpoint, one of another recipe, or an altered one.
    """
    content = _read(path)
    if _config(content, path).digest() != config.digest():
        raise RunError(
            f"“{path.name}” belongs to another recipe or seed than the one to resume.",
            "Resume with the recipe that the run began with, or start a new run folder.",
        )
    progress = _progress(content, path)
    try:
        network.load_state_dict(content["network"])  # type: ignore[arg-type]
        _load_optimiser(optimiser, content["optimiser"])  # type: ignore[arg-type]
        torch.set_rng_state(content["random"])  # type: ignore[arg-type]
        of_gpus: list[Tensor] = content["random_cuda"]  # type: ignore[assignment]
        for number, state in enumerate(
            of_gpus[: torch.cuda.device_count()]
        ):  # there may be fewer now
            torch.cuda.set_rng_state(state, number)
    except Exception as error:  # torch has no kind of its own for content that does not fit
        raise _altered(path) from error
    return progress


def read_network(path: Path) -> tuple[RunConfig, Progress, State]:
    """The recipe, the progress and the weights of a checkpoint.

    Raises:
        RunError: no readable checkpoint, or an altered one.
    """
    content = _read(path)
    weights = content["network"]
    if not isinstance(weights, dict) or not all(isinstance(v, Tensor) for v in weights.values()):
        raise _altered(path)
    return _config(content, path), _progress(content, path), weights


def _read(path: Path) -> dict[str, object]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunError(f"There is no checkpoint “{path.name}” in “{path.parent.name}”.") from error
    except Exception as error:  # whatever a damaged file makes torch stumble over
        raise RunError(f"The checkpoint “{path.name}” is broken.", _HINT) from error
    wanted = {"config", "progress", "network", "optimiser", "random", "random_cuda"}
    if not isinstance(content, dict) or {*map(str, content)} != wanted:
        raise RunError(f"“{path.name}” is not a checkpoint of this program.")
    return content


def _config(content: Mapping[str, object], path: Path) -> RunConfig:
    try:
        table = json.loads(str(content["config"]))
    except ValueError as error:
        raise _altered(path) from error
    if not isinstance(table, dict):
        raise _altered(path)
    return run_config(table, f"The checkpoint “{path.name}”")


def _progress(content: Mapping[str, object], path: Path) -> Progress:
    found = content["progress"]
    kinds = {"step": int, "best_score": float, "best_step": int}
    if not isinstance(found, dict) or {k: type(v) for k, v in found.items()} != kinds:
        raise _altered(path)
    if min(found["step"], found["best_step"]) < 0:
        raise _altered(path)
    return Progress(**found)


def _load_optimiser(optimiser: torch.optim.Optimizer, state: dict[str, object]) -> None:
    """
    Raises:
        ValueError: of what torch itself looks at only in the next step, something does not fit.
    """
    known = [set(group) for group in optimiser.param_groups]
    optimiser.load_state_dict(state)
    if [set(group) for group in optimiser.param_groups] != known:
        raise ValueError("its settings are others")
    for parameter, values in optimiser.state.items():
        moments = values["exp_avg"], values["exp_avg_sq"]  # of Adam
        if any(moment.shape != parameter.shape for moment in moments) or values["step"].dim():
            raise ValueError(f"moments for another parameter than one of {parameter.shape}")


_HINT = "Take a copy of it, or train again into a new run folder."


def _altered(path: Path) -> RunError:
    return RunError(f"The checkpoint “{path.name}” was altered: its parts do not fit.", _HINT)
