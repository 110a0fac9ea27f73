"""The whole study: prepare, split, fuse, train, test; trial by trial, input by input."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from fusionviewer.fusion.weights import read_card
from training.classify.brats import Case, find_cases
from training.classify.classifier import examples, fit, judged, predict
from training.classify.fusing import AUTOENCODER, fused_split
from training.classify.networks import CLASSIFIERS
from training.classify.report import Result, report, write_json
from training.classify.settings import Settings
from training.classify.slices import read_patients
from training.classify.split import Split, split_patients
from training.errors import DataError, RunError

Tell = Callable[[str], None]


def study(
    root: Path,
    out: Path,
    settings: Settings,
    *,
    trials: int,
    inputs: Sequence[str],
    device: str,
    tell: Tell,
) -> dict[str, object]:
    """The report, also written to OUT/report.json.

    What is finished (slices, fused slices, each trial of each input) is kept in `out`, so
    that a study that was stopped goes on where it was.

    Raises:
        DataError, UnreadableFile: the cases cannot be used.
        RunError: training failed, or `out` belongs to a study with other settings.
        WeightsError: the shipped weights were asked for and cannot be used.
    """
    cases = find_cases(root)
    _claim(out, cases, settings)
    patients = read_patients(cases, settings, out / "slices", tell)
    empty = [p.name for p in patients if not len(p.t2)]
    if len(empty) == len(patients):
        share = f"{100 * settings.least_share:g} %"
        raise DataError(f"No case has a slice with {share} tumour.", "Try --resampling crop.")
    used = [p for p in patients if len(p.t2)]
    results = []
    for trial in range(1, trials + 1):
        split = split_patients(used, settings, trial)
        results += _trial(
            split, out, settings, trial=trial, inputs=inputs, device=device, tell=tell
        )
    answer = report(results, used, empty, settings)
    write_json(out / "report.json", answer)
    return answer


def _trial(
    split: Split,
    out: Path,
    settings: Settings,
    *,
    trial: int,
    inputs: Sequence[str],
    device: str,
    tell: Tell,
) -> list[Result]:
    """One result for each input: the same patients, slices and seed for all."""
    folder = out / f"trial-{trial}"
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for which in inputs:
        path = folder / f"{which}.json"
        if not path.exists():
            say = _named(tell, trial, which)
            if which == "fused":
                split = fused_split(split, settings, folder, device, say)
            found = _result(split, settings, trial=trial, which=which, device=device, tell=say)
            write_json(path, asdict(found))
        results.append(Result(**json.loads(path.read_text(encoding="utf-8"))))
    return results


def _result(
    split: Split, settings: Settings, *, trial: int, which: str, device: str, tell: Tell
) -> Result:
    seed = settings.seed + trial
    torch.manual_seed(seed)
    training, validation, test = (
        examples(part, which) for part in (split.train, split.validation, split.test)
    )
    network = CLASSIFIERS[settings.network](training.pixels.shape[1])
    epoch = fit(network, training, validation, settings, seed=seed, device=device, tell=tell)
    logits = predict(network, test, settings.batch, device)
    return Result(
        trial=trial,
        input=which,
        best_epoch=epoch,
        parameters=sum(p.numel() for p in network.parameters()),
        slices={
            "train": len(training.labels),
            "validation": len(validation.labels),
            "test": len(test.labels),
        },
        scores=judged(logits, test),
    )


def _named(tell: Tell, trial: int, which: str) -> Tell:
    return lambda line: tell(f"trial {trial}, {which}: {line}")


def _claim(out: Path, cases: Sequence[Case], settings: Settings) -> None:
    """Make `out` the folder of this study.

    Raises:
        RunError: it belongs to one with other settings or cases.
    """
    about = {"settings": asdict(settings), "cases": _digest(cases)}
    if settings.fusion == "shipped":
        about["weights"] = read_card(AUTOENCODER).sha256
    path = out / "settings.json"
    out.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_json(path, about)
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"“{out.name}/settings.json” could not be read.") from error
    if before != about:
        raise RunError(
            f"“{out.name}” holds a study with other settings or cases.",
            "Name another folder with --out, or use the settings in its settings.json.",
        )


def _digest(cases: Sequence[Case]) -> str:
    """Tells whether the cases are the same: their grades, files and sizes."""
    lines = [
        f"{case.grade}/{case.name}/{name}/{path.stat().st_size}"
        for case in cases
        for name, path in sorted(case.files.items())
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
