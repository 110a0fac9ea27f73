"""Scores on one scale, so that methods can be compared over all of them at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fusionviewer.metrics.table import METRICS, Metric

MIDDLE = 0.5


@dataclass(frozen=True)
class Axis:
    """One score from its worst value, at 0, to its best, at 1.

    Where more is neither better nor worse, the greatest value is at 1.
    """

    metric: Metric
    worst: float
    best: float

    def place(self, value: float) -> float:
        """Where `value` is on the axis; below 0 or above 1 when it is outside."""
        if self.worst == self.best:
            return MIDDLE
        return (value - self.worst) / (self.best - self.worst)


def axis_of(name: str, values: Sequence[float | None]) -> Axis | None:
    """The axis from the worst to the best of `values`; None when none of them is a number."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return None
    low, high = min(known), max(known)
    metric = METRICS[name]
    return Axis(metric, high, low) if metric.better == "lower" else Axis(metric, low, high)
