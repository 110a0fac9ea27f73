"""A checkpoint becomes weights, graphs and their card in resources/weights."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path

import safetensors.torch
import torch
from torch import nn

from training import checkpoints, datasets, loop
from training.checkpoints import Progress
from training.config import RunConfig
from training.datasets import Sample
from training.environment import read_environment
from training.errors import RunError
from training.graphs import GRAPHS

LICENCE = "Apache-2.0"
Card = dict[str, object]


def trained_network(folder: Path) -> tuple[RunConfig, Progress, nn.Module]:
    """The network that a run folder holds, in evaluation mode: its best or its last.

    Raises:
        RunError: no readable checkpoint, the best and the last are of two runs, or they were
            trained on stretched images.
    """
    config, _, _ = checkpoints.read_network(folder / "last.pt")
    require_plain_scaling(config)
    file = folder / f"{config.training.keep}.pt"
    kept, progress, weights = checkpoints.read_network(file)
    if kept.digest() != config.digest():
        raise RunError(
            f"In “{folder.name}”, “{file.name}” and “last.pt” are of different recipes or seeds.",
            "Train again, into a new run folder.",
        )
    network = loop.build_network(config)
    loop.load_weights(network, weights, folder)
    return config, progress, network.eval()


def require_plain_scaling(config: RunConfig) -> None:
    """That a network saw images as the program shows them.

    Two stretched images have no common scale to which the fused one could be taken back.

    Raises:
        RunError: each image was stretched to its own range.
    """
    if config.data.scaling != "div255":
        raise RunError(
            f"“{config.name}” learned from images that were each stretched to their own range "
            f"({config.data.scaling}). The program shows images as they are, so it would fuse wrongly.",
            "Train with scaling = “div255” what is to be exported or scored.",
        )


def export(
    folder: Path,
    target: Path,
    splits: Mapping[str, Mapping[str, list[str]]],
    samples: Mapping[str, Sequence[Sample]],
    training: Sequence[Sample] = (),
) -> Path:
    """Write NAME.safetensors, the graphs and NAME.json; the path of the card.

    `samples` are the images to score by split, “val” and “test”; `training` are those that the
    network learned from, for a card that holds limits. The card comes last and
    holds the checksums, so that a half-finished export is noticed when it is loaded.

    Raises:
        RunError: no readable checkpoint, or a graph differs from the network.
    """
    config, progress, network = trained_network(folder)
    task = loop.task_of(config)
    scores = {
        split: {name: round(v, 3) for name, v in loop.validate(task, network, list(s)).items()}
        for split, s in samples.items()
    }
    counted = {split: _count(s) for split, s in samples.items()}
    shipped = task.exported(network)
    files = write_weights(shipped, config.name, target, task.graphs)
    last = checkpoints.read_network(folder / "last.pt")[1]
    card = {
        **_about(config, shipped),
        "data": _data(config, splits),
        "steps": progress.step,
        "scores": scores,
        "scored_images": counted,
        **read_environment(folder),
        "notes": [*config.notes, *unfinished(last, config)],
    }
    if task.limits is not None:
        card["limits"] = dict(task.limits(training))
    return write_card(card, files, target / f"{config.name}.json")


def write_weights(network: nn.Module, name: str, target: Path, graphs: str) -> list[Path]:
    """NAME.safetensors and the ONNX graphs of one kind; the paths.

    Raises:
        RunError: the weights are not finite, or a graph differs from the network.
    """
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    if not all(value.isfinite().all() for value in tensors.values()):
        raise RunError(f"The weights of {name} hold values that are not numbers.")
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{name}.safetensors"
    beside = path.with_suffix(".part")
    beside.write_bytes(safetensors.torch.save(tensors))
    beside.replace(path)
    return [path, *GRAPHS[graphs](network, name, target)]


def write_card(card: Card, files: Sequence[Path], path: Path) -> Path:
    """`card` as JSON, with the checksums of `files`."""
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    text = json.dumps({**card, "files": sums}, indent=1, ensure_ascii=False)
    beside = path.with_suffix(".part")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def unfinished(last: Progress, config: RunConfig) -> list[str]:
    """What the card says of a run that did not go to its end; nothing of one that did."""
    steps = config.training.steps
    if last.step >= steps:
        return []
    if loop.stalled(last, config.training):
        return [f"stopped at step {last.step} of {steps}: validation got no better"]
    return [f"preliminary: exported at step {last.step} of {steps}"]


def _about(config: RunConfig, network: nn.Module) -> Card:
    chosen = getattr(network, "config", None)
    known = is_dataclass(chosen) and not isinstance(chosen, type)
    return {
        "name": config.name,
        "architecture": config.task,
        "config": asdict(chosen) if known else dict(config.network),  # type: ignore[arg-type]
        "parameters": sum(p.numel() for p in network.parameters()),
        "licence": LICENCE,
        "use": "Research and teaching. Not for diagnostic use.",
        "seed": config.seed,
        "recipe": asdict(config),
        "torch": torch.__version__,
    }


def _data(config: RunConfig, splits: Mapping[str, Mapping[str, list[str]]]) -> Card:
    return {
        "root": config.data.root,
        "splits": datasets.split_rule(datasets.data_root(config.data), config.data),
        "pairs": {p: {s: len(names) for s, names in parts.items()} for p, parts in splits.items()},
        "sha256": datasets.list_digest(splits),
        **({"volumes": list(config.data.volumes)} if config.data.volumes else {}),
    }


def _count(samples: Sequence[Sample]) -> dict[str, int]:
    kinds = [s.kind for s in samples]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
