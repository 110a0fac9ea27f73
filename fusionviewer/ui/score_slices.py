"""The scores of all slices as text and CSV: their means, and slice by slice."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fusionviewer.metrics.report import Score, Scores
from fusionviewer.metrics.table import METRICS, Metric
from fusionviewer.texts import plural
from fusionviewer.texts import text as _
from fusionviewer.ui.scoring import VolumeScores

Cell = TypeVar("Cell")
Values = NDArray[np.float64]  # (S,); NaN where there is no value


@dataclass(frozen=True)
class Spread:
    """Mean and sample deviation (n − 1) over the slices with a value; None where there is none."""

    mean: float | None
    deviation: float | None
    slices: int

    def text(self, metric: Metric) -> str:
        """ "0.512 ± 0.034 over 24 slices", or a dash."""
        if self.mean is None:
            return "–"
        spread = "" if self.deviation is None else f" ± {self.deviation:.{metric.digits}f}"
        mean = f"{self.mean:.{metric.digits}f}{spread}"
        return plural(
            "{mean} over {count} slice", "{mean} over {count} slices", self.slices, mean=mean
        )

    @property
    def cells(self) -> list[float | int | str]:
        """For CSV; empty where there is none."""
        return [_cell(self.mean), _cell(self.deviation), self.slices]


def spread(values: Values) -> Spread:
    known = values[np.isfinite(values)]
    return Spread(
        float(known.mean()) if known.size else None,
        float(known.std(ddof=1)) if known.size > 1 else None,
        known.size,
    )


def values_of(volume: VolumeScores, name: str) -> tuple[Values, Values]:
    """One score in every slice, of the fused image and of the reference."""
    fused = [_value(one.fused, name) for one in volume.slices]
    reference = [_value(one.reference or {}, name) for one in volume.slices]
    return np.array(fused, dtype=np.float64), np.array(reference, dtype=np.float64)


def volume_text(volume: VolumeScores) -> str:
    """Mean ± SD of every score, tab-separated, after an empty line."""
    rows = [[_("Score"), _("All slices"), *_if_reference(volume, _("Reference, all slices"))]]
    for name in volume.asked.names:
        fused, reference = (spread(v).text(METRICS[name]) for v in values_of(volume, name))
        rows.append([_(METRICS[name].label), fused, *_if_reference(volume, reference)])
    return "\n" + "".join("\t".join(row) + "\n" for row in rows)


def volume_csv(volume: VolumeScores) -> str:
    """Means and deviations, then slice by slice, each after an empty line; full precision."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([])
    writer.writerow(["name", *_columns(volume, "mean over all slices", "SD", "slices")])
    for name in volume.asked.names:
        fused, reference = (spread(values).cells for values in values_of(volume, name))
        writer.writerow([name, *fused, *_if_reference(volume, *reference)])
    writer.writerow([])
    writer.writerow(["slice", *_columns(volume, *volume.asked.names)])
    for number, one in enumerate(volume.slices, start=1):
        parts = (one.fused, *([one.reference or {}] if volume.asked.reference else []))
        cells = [_cell(_number(part, name)) for part in parts for name in volume.asked.names]
        writer.writerow([number, *cells])
    return file.getvalue()


def _columns(volume: VolumeScores, *names: str) -> list[str]:
    return [*names, *_if_reference(volume, *(f"reference: {name}" for name in names))]


def _if_reference(volume: VolumeScores, *cells: Cell) -> list[Cell]:
    return list(cells) if volume.asked.reference is not None else []


def _number(scores: Scores | Mapping[str, Score], name: str) -> float | None:
    score = scores.get(name)
    return None if score is None else score.value


def _value(scores: Scores | Mapping[str, Score], name: str) -> float:
    value = _number(scores, name)
    return np.nan if value is None else value


def _cell(value: float | None) -> float | str:
    return "" if value is None else value
