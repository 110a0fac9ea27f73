"""Which slices are for training, for choosing, and for the final table.

The default is a file that keeps each patient on one side. The random splits of the papers
put neighbouring slices of one patient on both sides; they are here for parity only.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from training.errors import DataError

SPLITS = ("train", "val", "test")
Parts = dict[str, list[str]]  # train, val, test → names
Splits = Mapping[str, Mapping[str, list[str]]]  # pair → Parts

# Drawn by the authors from 184 CT-MRI pairs: NumPy's legacy generator, seed 3407.
DILRAN_TEST = (
    *("16013", "2007", "2012", "2017", "28010", "32003", "34003", "34008", "34014", "37007"),
    *("37008", "37009", "37013", "37015", "37016", "37017", "37022", "41007", "41011", "41015"),
)


def read_split_file(path: Path, pairs: Sequence[str]) -> dict[str, Parts]:
    """{pair: {train|val|test: names}} from a JSON file.

    Raises:
        DataError: the file is missing or broken, or puts one slice into two splits.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        splits = {p: {s: list(table[p][s]) for s in SPLITS} for p in pairs}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"The split file “{path.name}” is missing or broken.") from error
    for pair, parts in splits.items():
        listed = [name for names in parts.values() for name in names]
        if len(set(listed)) != len(listed):
            raise DataError(f"“{path.name}” has a slice of {pair} in two splits.")
    return splits


def by_slice(names: Sequence[str]) -> Parts:
    """20 slices at random for the test, of the others 80 % for training; patients mix."""
    rng = np.random.RandomState(3407)  # the legacy generator, as in the papers' code
    test = {names[i] for i in rng.choice(len(names), min(20, len(names) // 3), replace=False)}
    return _without(names, test)


def as_dilran(names: Sequence[str]) -> Parts:
    """The test slices of the DILRAN paper; of the others 80 % for training.

    Source: arXiv:2212.04661, by the seed in its public code.

    Raises:
        DataError: a slice of the published list is not there.
    """
    if missing := sorted(set(DILRAN_TEST) - set(names)):
        raise DataError(
            f"The published test slices are not all here; {missing[0]} is missing.",
            "They come from the 184 CT-MRI pairs of the authors' repository.",
        )
    return _without(names, set(DILRAN_TEST))


BY_NAME: dict[str, Callable[[Sequence[str]], Parts]] = {"slice": by_slice, "dilran": as_dilran}


def _without(names: Sequence[str], test: set[str]) -> Parts:
    rest = [name for name in names if name not in test]
    count = int(0.8 * len(rest))
    order = np.random.RandomState(3407).permutation(len(rest))
    shuffled = [rest[i] for i in order]
    return {
        "train": sorted(shuffled[:count]),
        "val": sorted(shuffled[count:]),
        "test": sorted(test),
    }
