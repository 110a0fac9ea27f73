"""What a study found, as JSON and as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.classify.brats import GRADES
from training.classify.scores import NAMES, mean_and_deviation
from training.classify.settings import Settings
from training.classify.slices import Patient

Summary = dict[str, dict[str, tuple[float, float | None]]]  # {input: {score: (mean, deviation)}}


@dataclass(frozen=True)
class Result:
    """One classifier on the test patients."""

    trial: int
    input: str
    best_epoch: int
    parameters: int
    slices: Mapping[str, int]
    scores: Mapping[str, float]


def report(
    results: Sequence[Result], used: Sequence[Patient], empty: Sequence[str], settings: Settings
) -> dict[str, object]:
    """Settings, what the data came to, every trial, and mean and deviation over trials."""
    return {
        "settings": asdict(settings),
        "patients": {name: sum(p.grade == i for p in used) for i, name in enumerate(GRADES)},
        "slices": {
            name: sum(len(p.t2) for p in used if p.grade == i) for i, name in enumerate(GRADES)
        },
        "without_slices": list(empty),
        "trials": [asdict(result) for result in results],
        "summary": {
            which: {s: {"mean": mean, "sd": sd} for s, (mean, sd) in columns.items()}
            for which, columns in summary(results).items()
        },
    }


def summary(results: Sequence[Result]) -> Summary:
    """Mean and standard deviation (n - 1) over the trials."""
    return {
        which: {
            s: mean_and_deviation([r.scores[s] for r in results if r.input == which]) for s in NAMES
        }
        for which in dict.fromkeys(r.input for r in results)
    }


def table(results: Sequence[Result]) -> str:
    """Rows of inputs, columns of scores, each “mean ± deviation”."""
    titles = ["input", *(name.replace("_", " ") for name in NAMES)]
    rows = [
        [which, *(_cell(*columns[name]) for name in NAMES)]
        for which, columns in summary(results).items()
    ]
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(titles))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in [titles, *rows]
    ]
    return "\n".join(lines)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write beside and rename: a file that is there is whole."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _cell(mean: float, deviation: float | None) -> str:
    return f"{mean:.3f}" if deviation is None else f"{mean:.3f} ± {deviation:.3f}"
