"""`python -m training ablate`: train variants of recipes with several seeds, and compare them."""

import argparse
import csv
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fusionviewer.fusion.blocks import even_padded
from fusionviewer.fusion.strategies import STRATEGIES
from fusionviewer.metrics.table import METRICS
from training import checkpoints, datasets, export, loop
from training.config import DataConfig, RunConfig
from training.datasets import Sample
from training.environment import note_environment
from training.evaluate import every
from training.fusion_tasks import fusion_scores
from training.splits import SPLITS
from training.variants import Ablation, Variant, read_ablation, runs

Row = dict[str, str | float]  # the columns of FOUND, and the means by score

FOUND = ("variant", "seed", "split", "pair", "images")


def ablate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ablation", type=Path, help="such as training/ablations/eh-dran-cpu.toml")
    parser.add_argument("--runs", type=Path, default=Path("runs/ablation"), help="run folders")
    parser.add_argument("--split", choices=SPLITS, default="test", help="what is scored")
    parser.add_argument("--every", type=every, default=1, help="score every n-th pair")
    parser.add_argument("--out", type=Path, help="a CSV (default: scores.csv beside the runs)")


def ablate_command(given: argparse.Namespace) -> None:
    """Train what is not trained yet, score all of it, write the CSV, print means and deviations.

    A run that was stopped goes on where it was, and scores that the CSV has are taken from it: the
    command may be killed and repeated. A changed recipe needs another folder of runs.

    Raises:
        ConfigError: the file or a recipe means nothing.
        DataError: there are no such images.
        RunError: a variant learns from stretched images.
    """
    ablation = read_ablation(given.ablation)
    pairs = _pairs(ablation, given.split, given.every)
    out = given.out or given.runs / "scores.csv"
    before, rows = _read(out, ablation.scores), []
    for variant in ablation.variants:
        for config in runs(variant, given.ablation.parent):
            export.require_plain_scaling(config)
    for variant in ablation.variants:
        for config in runs(variant, given.ablation.parent):
            folder = given.runs / f"{_plain(variant.name)}-{config.seed}"
            _trained(config, folder, given.arguments)
            for pair, of_pair in pairs.items():
                known = (variant.name, config.seed, given.split, pair, len(of_pair))
                row: Row = dict(zip(FOUND, known, strict=True))
                found = before.get(tuple(map(str, known)))
                rows.append(row | (found or _scores(variant, folder, of_pair, ablation.scores)))
            _write(out, rows, ablation.scores)
            sys.stderr.write(f"{variant.name}, seed {config.seed}: done\n")
    sys.stdout.write(summary(rows, ablation))


class Merged(nn.Module):
    """An auto-encoder with a strategy: two images (B, 1, H, W) to one."""

    def __init__(self, autoencoder: nn.Module, strategy: str) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.strategy = STRATEGIES[strategy]

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        height, width = a.shape[-2:]
        fa, fb = (self.autoencoder.encode(even_padded(x)) for x in (a, b))  # type: ignore[operator]
        fused: Tensor = self.autoencoder.decode(self.strategy.merge(fa, fb))  # type: ignore[operator]
        return fused[..., :height, :width]


def summary(rows: Sequence[Row], ablation: Ablation) -> str:
    """Mean ± deviation (n − 1) over the seeds, as Markdown tables by pair of modalities."""
    parts = []
    for pair in ablation.pairs:
        heads = ["variant", "seeds", *(METRICS[name].label for name in ablation.scores)]
        lines = [f"{ablation.title}: {pair}", "", _line(heads), "|" + "---|" * len(heads)]
        for variant in ablation.variants:
            of_variant = [
                row for row in rows if (row["variant"], row["pair"]) == (variant.name, pair)
            ]
            cells = [
                _cell(name, [float(row[name]) for row in of_variant]) for name in ablation.scores
            ]
            lines.append(_line([variant.name, str(len(of_variant)), *cells]))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _pairs(ablation: Ablation, split: str, step: int) -> dict[str, list[Sample]]:
    config = DataConfig(pairs=ablation.pairs)
    root = datasets.data_root(config)
    found = datasets.read_pairs(root, datasets.read_splits(root, config), split)
    return {
        name: datasets.stacked(each for each in found if each.pair == name)[::step]
        for name in ablation.pairs
    }


def _trained(config: RunConfig, folder: Path, arguments: list[str]) -> None:
    root = datasets.data_root(config.data)
    parts = datasets.read_splits(root, config.data)
    read = datasets.AS_READ[loop.task_of(config).reads]
    training, validation = (
        read(datasets.read_pairs(root, parts, split, config.data.scaling))
        for split in ("train", "val")
    )
    note_environment(folder, arguments, "cpu", checkpoints.holds_run(folder))
    loop.train(config, folder, training, validation, resume=True)


def _scores(variant: Variant, folder: Path, pairs: Sequence[Sample], names: Sequence[str]) -> Row:
    """The means of the scores over `pairs`, which are of one kind."""
    _, _, network = export.trained_network(folder)
    fusing = Merged(network, variant.strategy) if variant.strategy else network
    with torch.no_grad():
        found = fusion_scores(fusing.eval(), pairs, names)
    return {name: round(found[f"{pairs[0].kind} {name}"], 5) for name in names}


def _read(path: Path, scores: Sequence[str]) -> dict[tuple[str, ...], Row]:
    """The scores of a CSV by the values of `FOUND`; none where there is no file, or not all."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        tuple(row[name] for name in FOUND): {name: float(row[name]) for name in scores}
        for row in rows
        if {*FOUND, *scores} <= set(row)
    }


def _write(path: Path, rows: Sequence[Row], scores: Sequence[str]) -> None:
    beside = path.with_name(f"{path.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, (*FOUND, *scores), extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    beside.replace(path)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(name: str, values: Sequence[float]) -> str:
    digits = METRICS[name].digits
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {np.std(values, ddof=1):.{digits}f}"
