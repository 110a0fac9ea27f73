"""`python -m training COMMAND`: train and export networks, and judge methods; see COMMANDS."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fusionviewer.errors import FusionViewerError
from fusionviewer.paths import resources
from training import (
    ablate,
    checkpoints,
    datasets,
    evaluate,
    export,
    front,
    join,
    loop,
    planted,
    published,
    reconstruct,
    sheet,
    significance,
    workers,
    worst,
)
from training.classify import command as classify
from training.config import PRECISIONS, RunConfig, read_config, run_config
from training.datasets import Sample
from training.environment import note_environment
from training.splits import SPLITS
from training.volumes import registered_pairs


@dataclass(frozen=True)
class Command:
    """One subcommand: what it says about itself, its arguments, what it does."""

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 done, 1 an error in words, 2 wrong usage, 130 stopped by the user."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.help))
    arguments = sys.argv[1:] if arguments is None else arguments
    chosen = parser.parse_args(arguments)
    chosen.arguments = arguments
    try:
        COMMANDS[chosen.command].run(chosen)
    except FusionViewerError as error:
        _say(f"{error} {error.hint}".strip())
        return 1
    except OSError as error:  # a folder that cannot be made, a disk that is full
        _say(f"“{error.filename}”: {error.strerror}." if error.filename else f"{error}.")
        return 1
    except KeyboardInterrupt:
        _say("Stopped; --resume goes on from the last checkpoint.")
        return 130
    return 0


def _say(line: str, end: str = "\n") -> None:
    sys.stderr.write(line + end)
    sys.stderr.flush()


def samples(config: RunConfig, split: str) -> list[Sample]:
    """The images of one split, as the task of `config` reads them; to train on, volumes as well."""
    root = datasets.data_root(config.data)
    pairs = datasets.read_pairs(
        root, datasets.read_splits(root, config.data), split, config.data.scaling
    )
    if split == "train":
        for folder in config.data.volumes:
            pairs += registered_pairs(datasets.data_home() / folder)
    return datasets.AS_READ[loop.task_of(config).reads](pairs)


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, help="a recipe, such as training/configs/dilran.toml")
    parser.add_argument("--run", type=Path, help="the run folder (default: runs/NAME)")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or mps")
    parser.add_argument("--devices", type=int, default=1, help="of this kind on each machine")
    parser.add_argument("--num-nodes", type=int, default=1, help="machines that share the run")
    parser.add_argument("--precision", choices=PRECISIONS, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--steps", type=int, help="instead of the recipe's")


def _train(given: argparse.Namespace) -> None:
    config = _as_told(read_config(given.config), given)
    folder = given.run or Path("runs") / config.name
    root = datasets.data_root(config.data)
    if (rule := datasets.split_rule(root, config.data)) != config.data.splits:
        _say(f"“{config.data.root}” has no {config.data.splits}; it is split by {rule}.")
    team = workers.assemble(given.device, given.devices, given.num_nodes)
    if not given.resume:
        checkpoints.require_free(folder)
    elif not (folder / "last.pt").exists():
        _say(f"“{folder}” holds no run to resume; it starts at step 0.")
    if team.rank == 0:
        goes_on = checkpoints.holds_run(folder)
        note_environment(folder, given.arguments, given.device, goes_on)
    loop.train(
        config,
        folder,
        samples(config, "train"),
        samples(config, "val"),
        workers=team,
        resume=given.resume,
        tell=_show,
    )


def _as_told(config: RunConfig, given: argparse.Namespace) -> RunConfig:
    """The recipe with what the command line says instead, checked as a recipe is."""
    training = config.training
    if given.seed is not None:
        config = replace(config, seed=given.seed)
    if given.steps is not None:
        training = replace(training, steps=given.steps, epochs=0)
    if given.precision is not None:
        training = replace(training, precision=given.precision)
    return run_config(asdict(replace(config, training=training)), "The command line")


def _show(report: loop.Report) -> None:
    """One line that renews itself on a terminal; elsewhere a line per validation."""
    line = (
        f"step {report.step}/{report.steps}  loss {report.loss:.5f}  "
        f"{report.seconds_left / 60:.1f} min left"
    )
    scores = "  ".join(f"{name} {value:.2f}" for name, value in report.scores.items())
    if scores:
        _say(f"{line}  {scores}")
    elif sys.stderr.isatty():
        _say(line, end="\r")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", type=Path, help="the folder of a run, such as runs/dilran")
    parser.add_argument("--to", type=Path, default=resources() / "weights")
    parser.add_argument("--scored", type=int, default=0, help="images of each kind; 0 scores all")


def _export(given: argparse.Namespace) -> None:
    config, _, _ = export.trained_network(given.run_folder)
    root = datasets.data_root(config.data)
    scored = {
        split: datasets.spread(samples(config, split), given.scored) for split in ("val", "test")
    }
    splits = datasets.read_splits(root, config.data)
    learned_from = samples(config, "train")
    _say(f"Wrote {export.export(given.run_folder, given.to, splits, scored, learned_from)}")


def _reconstruct_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", help="weights, such as dilran")
    parser.add_argument("--weights", type=Path, default=resources() / "weights")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--every", type=evaluate.every, default=1, help="take every n-th image")


def _reconstruct(given: argparse.Namespace) -> None:
    for name in given.names:
        config = reconstruct.shipped_recipe(name, given.weights)
        chosen = samples(config, given.split)[:: given.every]
        scores = reconstruct.shipped_scores(name, given.weights, chosen)
        for score, value in scores.items():
            sys.stdout.write(f"{name}\t{given.split}\t{score}\t{value:.3f}\n")


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the authors' weights, a .pt or .pth file")
    parser.add_argument("--to", type=Path, default=Path("runs/dilran-published"))


def _import(given: argparse.Namespace) -> None:
    _say(f"Wrote {published.import_dilran(given.file, given.to)}")


COMMANDS = {
    "train": Command("train one recipe", _train_arguments, _train),
    "export": Command("turn a run into weights and their card", _export_arguments, _export),
    "join": Command(
        "make one network of two runs of Clarus", join.join_arguments, join.join_command
    ),
    "evaluate": Command(
        "score every method on real pairs", evaluate.evaluate_arguments, evaluate.evaluate_command
    ),
    "ablate": Command(
        "train variants with several seeds, and compare",
        ablate.ablate_arguments,
        ablate.ablate_command,
    ),
    "sheet": Command(
        "draw a few pairs by every method", sheet.sheet_arguments, sheet.sheet_command
    ),
    "reconstruct": Command(
        "score shipped weights by their own task", _reconstruct_arguments, _reconstruct
    ),
    "planted": Command(
        "count planted structures that are seen after fusion",
        planted.planted_arguments,
        planted.planted_command,
    ),
    "significance": Command(
        "test whether a method is better than others",
        significance.significance_arguments,
        significance.significance_command,
    ),
    "worst": Command(
        "find the pairs on which a method does worst", worst.worst_arguments, worst.worst_command
    ),
    "front": Command(
        "draw a search, scores against kept structures", front.front_arguments, front.front_command
    ),
    "import-dilran": Command("take over published weights", _import_arguments, _import),
    "classify": Command(
        "tell grades of glioma apart, with and without fusion",
        classify.classify_arguments,
        classify.classify,
    ),
    "classify-phantom": Command(
        "write invented cases for classify", classify.phantom_arguments, classify.phantom
    ),
}

if __name__ == "__main__":
    sys.exit(main())
