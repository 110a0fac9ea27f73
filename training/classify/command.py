"""`python -m training classify` and `classify-phantom`."""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from training.classify.settings import INPUTS, Settings, small
from training.errors import ConfigError

_HELP = {
    "side": "voxels along each axis",
    "resampling": "whole or crop (to the tumour)",
    "least_share": "share of a T2 slice that the tumour must fill",
    "test_per_class": "test cases of each grade",
    "validation_share": "of the remaining cases",
    "fusion": "train, shipped, or the folder of a run of EH-DRAN",
    "fusion_epochs": "epochs of EH-DRAN",
    "fusion_width": "channels of EH-DRAN",
    "network": "resnet50 or narrow",
    "epochs": "epochs of the classifier",
    "batch": "slices in a batch",
    "rate": "learning rate",
    "alpha": "weight of HGG in the focal loss; 0 weighs both alike",
    "gamma": "exponent of the focal loss",
    "level": "slice or patient: whose validation AUC picks the epoch",
    "seed": "of the splits and networks",
}


def classify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("root", type=Path, help="the training data of BraTS 2019")
    parser.add_argument("--out", type=Path, required=True, help="folder for caches and the report")
    parser.add_argument("--trials", type=int, default=3, help="random splits (default: 3)")
    parser.add_argument("--inputs", default=",".join(INPUTS), help="some of " + ",".join(INPUTS))
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or mps")
    parser.add_argument("--small", action="store_true", help="small volumes and networks")
    parser.add_argument("--flips", action="store_true", help="mirror training slices at random")
    for field in fields(Settings):
        if field.name in _HELP:
            option = "--" + field.name.replace("_", "-")
            text = f"{_HELP[field.name]} (default: {field.default})"
            kind = type(field.default)
            parser.add_argument(option, type=kind, help=text.replace("%", "%%"))


def classify(given: argparse.Namespace) -> None:
    """Run the study; lines of progress on stderr, the table on stdout."""
    from fusionviewer.fusion.torch_backend import torch_device
    from training.classify.report import Result, table
    from training.classify.study import study
    from training.environment import note_environment

    settings, inputs = settings_of(given), inputs_of(given.inputs)
    if given.trials < 1:
        raise ConfigError("There must be at least one trial.", "")
    torch_device(given.device.partition(":")[0])  # says so if there is none
    goes_on = (given.out / "settings.json").exists()
    note_environment(given.out, given.arguments, given.device, goes_on)
    found = study(
        given.root,
        given.out,
        settings,
        trials=given.trials,
        inputs=inputs,
        device=given.device,
        tell=_say,
    )
    results = [Result(**r) for r in found["trials"]]  # type: ignore[attr-defined]
    sys.stdout.write(table(results) + "\n")
    if empty := found["without_slices"]:
        _say(f"{len(empty)} cases have no slice with enough tumour; the report names them.")  # type: ignore[arg-type]


def phantom_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="where to write the invented cases")
    parser.add_argument("--cases", type=int, default=20, help="of each grade (default: 20)")
    parser.add_argument("--side", type=int, default=32, help="voxels along each axis")
    parser.add_argument("--seed", type=int, default=3407)


def phantom(given: argparse.Namespace) -> None:
    from training.classify.phantom import write_phantom

    if given.cases < 1 or given.side < 16:
        raise ConfigError("There must be at least 1 case of at least 16 voxels a side.", "")
    _say(f"Wrote {write_phantom(given.folder, given.cases, given.side, given.seed)}")


def settings_of(given: argparse.Namespace) -> Settings:
    """What the command line says, over the recipe or its small version.

    Raises:
        ConfigError: a value that means nothing.
    """
    said = {name: getattr(given, name) for name in _HELP if getattr(given, name) is not None}
    base = small() if given.small else Settings()
    return replace(base, flips=given.flips or base.flips, **said)


def inputs_of(text: str) -> list[str]:
    """The inputs that a comma-separated list names.

    Raises:
        ConfigError: one that there is not.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in INPUTS]:
        raise ConfigError(f"There is no input “{unknown[0]}”; there are {', '.join(INPUTS)}.", "")
    if not names:
        raise ConfigError("There must be at least one input.", "")
    return list(dict.fromkeys(names))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
