"""How well probabilities tell two classes apart; high-grade glioma (1) is the positive one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

THRESHOLD = 0.5
NAMES = ("auc", "f1", "accuracy", "balanced_accuracy", "patient_auc")
Numbers = NDArray[np.float64]


def scores(probabilities: Numbers, labels: Numbers, patients: Sequence[str]) -> dict[str, float]:
    """The scores NAMES of slices; `patients` names the one that each slice is of.

    A patient's probability is the mean over the slices.

    Raises:
        ValueError: only one class is there.
    """
    place = np.unique(np.asarray(patients), return_inverse=True)[1]
    counts = np.bincount(place)
    by_patient = np.bincount(place, probabilities) / counts
    grades = np.bincount(place, labels) / counts
    called, true = probabilities >= THRESHOLD, labels > 0.5
    hits = int(np.sum(called & true))
    recall = (np.mean(called[true]), np.mean(~called[~true]))
    return {
        "auc": area_under_curve(probabilities, labels),
        "f1": 2 * hits / max(int(np.sum(called)) + int(np.sum(true)), 1),
        "accuracy": float(np.mean(called == true)),
        "balanced_accuracy": float(np.mean(recall)),
        "patient_auc": area_under_curve(by_patient, grades),
    }


def area_under_curve(probabilities: Numbers, labels: Numbers) -> float:
    """The chance that a positive one ranks above a negative one; ties count a half.

    Raises:
        ValueError: only one class is there.

    Source: Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747 (Mann-Whitney).
    """
    positive = labels > 0.5
    many, few = int(positive.sum()), int((~positive).sum())
    if not many or not few:
        raise ValueError("the area under the curve needs both classes")
    ranks = rankdata(probabilities)
    return float((ranks[positive].sum() - many * (many + 1) / 2) / (many * few))


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean and the standard deviation with n - 1; None for a single value."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), deviation
