"""`python -m training train | evaluate | export | import-dilran`"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fusionviewer.errors import FusionViewerError
from training import datasets, loop
from training.config import RunConfig, read_config
from training.datasets import Sample


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
    chosen = parser.parse_args(arguments)
    try:
        COMMANDS[chosen.command].run(chosen)
    except FusionViewerError as error:
        print(f"{error} {error.hint}".strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; --resume goes on from the last checkpoint.", file=sys.stderr)
        return 130
    return 0


def samples(config: RunConfig, split: str) -> list[Sample]:
    """The images of one split, as the task of `config` reads them."""
    root = datasets.data_root(config.data)
    pairs = datasets.read_pairs(root, datasets.read_splits(root, config.data), split)
    as_task = {"images": datasets.images, "pairs": datasets.stacked}
    return as_task[loop.task_of(config).reads](pairs)


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, help="a recipe, such as training/configs/dilran.toml")
    parser.add_argument("--run", type=Path, help="the run folder (default: runs/NAME)")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or mps")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--steps", type=int, help="instead of the recipe's")


def _train(given: argparse.Namespace) -> None:
    config = read_config(given.config)
    if given.seed is not None:
        config = replace(config, seed=given.seed)
    if given.steps is not None:
        config = replace(config, training=replace(config.training, steps=given.steps))
    loop.train(
        config,
        given.run or Path("runs") / config.name,
        samples(config, "train"),
        samples(config, "val"),
        device=given.device,
        resume=given.resume,
        tell=_show,
    )


def _show(report: loop.Report) -> None:
    """One line that renews itself on a terminal; elsewhere a line per validation."""
    line = (
        f"step {report.step}/{report.steps}  loss {report.loss:.5f}  "
        f"{report.seconds_left / 60:.1f} min left"
    )
    scores = "  ".join(f"{name} {value:.2f}" for name, value in report.scores.items())
    if scores:
        print(f"{line}  {scores}", file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        print(line, end="\r", file=sys.stderr, flush=True)


COMMANDS = {
    "train": Command("train one recipe", _train_arguments, _train),
}

if __name__ == "__main__":
    sys.exit(main())
