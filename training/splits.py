"""Which slices are for training, for choosing, and for the final table.

A file says so, or a rule: `study` keeps each patient on one side. The random splits of the papers put
neighbouring slices of one patient on both sides; they are here for parity only.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from training.errors import DataError

FILE = "splits.json"
SPLITS = ("train", "val", "test")
Parts = dict[str, list[str]]  # train, val, test → names
Names = Mapping[str, Sequence[str]]  # pair → names
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


def by_study(names: Names) -> dict[str, Parts]:
    """Whole studies at random: a fifth of the slices for the test, a tenth to choose, or a little more.

    A study is what stands before the last digits of a name, three at most, which count its slices:
    2004 is slice 4 of study 2. It is on the same side in every pair.

    Raises:
        DataError: a pair has too few studies.
    """
    side_of: dict[str, str] = {}
    return {pair: _whole_studies(pair, of_pair, side_of) for pair, of_pair in names.items()}


def _whole_studies(pair: str, names: Sequence[str], side_of: dict[str, str]) -> Parts:
    """The split of one pair; `side_of` is where studies are, and is added to."""
    studies: dict[str, list[str]] = {}
    for name in names:
        studies.setdefault(re.sub(r"[-_ ]?\d{1,3}$", "", name), []).append(name)
    order = [str(study) for study in np.random.RandomState(3407).permutation(sorted(studies))]
    parts: Parts = {split: [] for split in SPLITS}

    def put(study: str, split: str) -> None:
        side_of[study] = split
        parts[split] += studies[study]

    for study in order:
        if study in side_of:
            put(study, side_of[study])
    left = [study for study in order if study not in side_of]
    for split, share, kept in (("test", 0.2, 2), ("val", 0.1, 1)):
        while len(left) > kept and len(parts[split]) < share * len(names):
            put(left.pop(), split)
    for study in left:
        put(study, "train")
    if not all(parts.values()):
        raise DataError(
            f"{pair} has {len(studies)} studies by its names, too few to split by patient.",
            f"Name files by study and slice, such as 2004; or write {FILE}; or set splits = "
            "“slice” in the recipe.",
        )
    return {split: sorted(of_split) for split, of_split in parts.items()}


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


def as_eh_dran(names: Names, run: int) -> dict[str, Parts]:
    """The split of run 0, 1 or 2, which have disjoint test sets: 50 pairs of SPECT-MRI, else 30.

    Of fewer than six times as many pairs, a sixth. Which slices the authors drew is not known.

    Source: arXiv:2411.11799, section IV.
    """
    found = {}
    for pair, of_pair in names.items():
        size = min(50 if pair == "SPECT-MRI" else 30, len(of_pair) // 6)
        order = np.random.RandomState(3407).permutation(len(of_pair))
        drawn = order[run * size : (run + 1) * size]
        found[pair] = _without(of_pair, {of_pair[i] for i in drawn})
    return found


def _pair_by_pair(rule: Callable[[Sequence[str]], Parts], names: Names) -> dict[str, Parts]:
    return {pair: rule(of_pair) for pair, of_pair in names.items()}


EH_DRAN_RUNS = ("eh-dran-1", "eh-dran-2", "eh-dran-3")
BY_NAME: dict[str, Callable[[Names], dict[str, Parts]]] = {
    "study": by_study,
    "slice": partial(_pair_by_pair, by_slice),
    "dilran": partial(_pair_by_pair, as_dilran),
    **{name: partial(as_eh_dran, run=run) for run, name in enumerate(EH_DRAN_RUNS)},
}


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
