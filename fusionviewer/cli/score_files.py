"""Scores as CSV and JSON."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fusionviewer.formats.writing import write_file
from fusionviewer.metrics.report import Scores, Summary
from fusionviewer.metrics.table import METRICS


def write_csv(
    path: Path,
    cases: Sequence[str],
    table: Mapping[str, Sequence[Scores]],
    *,
    overwrite: bool = False,
) -> None:
    """One line per case and method, one column per score; the last column says what is missing.

    Raises:
        ExportError: the file cannot be written; one that was there before is still there.
    """
    names = list(next(iter(table.values()))[0])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["case", "method", *names, "missing"])
    for index, case in enumerate(cases):
        for method, rows in table.items():
            writer.writerow([case, method, *_values(rows[index]), _missing(rows[index])])
    data = text.getvalue().encode(errors="surrogateescape")  # names of files as their bytes are
    write_file(path, data, overwrite=overwrite)


def as_document(
    convention: str | None,
    cases: Sequence[str],
    table: Mapping[str, Sequence[Scores]],
    summaries: Mapping[str, Mapping[str, Summary]],
) -> dict[str, Any]:
    """Everything, as JSON can hold it."""
    return {
        "convention": convention,
        "scores": {name: _described(name) for name in summaries},
        "cases": [
            {
                "case": case,
                "method": method,
                "scores": {name: asdict(score) for name, score in rows[index].items()},
            }
            for index, case in enumerate(cases)
            for method, rows in table.items()
        ],
        "summary": {
            name: {method: asdict(found) for method, found in by_method.items()}
            for name, by_method in summaries.items()
        },
    }


def _described(name: str) -> dict[str, Any]:
    metric = METRICS[name]
    return {
        "label": metric.label,
        "unit": metric.unit,
        "range": list(metric.range),
        "better": metric.better,
        "convention": metric.convention,
        "source": metric.source,
    }


def _values(scores: Scores) -> list[str]:
    return ["" if score.value is None else f"{score.value:.10g}" for score in scores.values()]


def _missing(scores: Scores) -> str:
    return "; ".join(f"{name}: {s.why_not}" for name, s in scores.items() if s.value is None)
