"""Which patients train, choose and test: whole patients, both grades in each part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.classify.brats import GRADES
from training.classify.settings import Settings
from training.classify.slices import Patient
from training.errors import DataError


@dataclass(frozen=True, eq=False)
class Split:
    """Three parts without a patient in common."""

    train: list[Patient]
    validation: list[Patient]
    test: list[Patient]


def split_patients(patients: Sequence[Patient], settings: Settings, trial: int) -> Split:
    """The parts of one trial; the test patients are the same in every trial.

    Raises:
        DataError: a grade has too few patients.
    """
    split = Split([], [], [])
    for grade, name in enumerate(GRADES):
        group = sorted((p for p in patients if p.grade == grade), key=lambda p: p.name)
        rest = len(group) - settings.test_per_class
        if rest < 2:
            raise DataError(
                f"{name} has {len(group)} patients with slices; {settings.test_per_class} for the"
                f" test and 2 more are needed.",
                "Use --test-per-class to test with fewer.",
            )
        group = _shuffled(group, (settings.seed, grade))
        split.test.extend(group[: settings.test_per_class])
        group = _shuffled(group[settings.test_per_class :], (settings.seed, grade, trial))
        held = min(max(round(rest * settings.validation_share), 1), rest - 1)
        split.validation.extend(group[:held])
        split.train.extend(group[held:])
    return split


def _shuffled(patients: list[Patient], seed: tuple[int, ...]) -> list[Patient]:
    return [patients[i] for i in np.random.default_rng(seed).permutation(len(patients))]
