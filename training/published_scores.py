"""The scores that the papers print, from published_scores.json, to stand beside ours.

They are of other splits of the same atlas, so they tell where a method is, not which is better.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("published_scores.json")
MARK = "published, other split"


@dataclass(frozen=True)
class PublishedTable:
    """One table of one paper.

    Attributes:
        task: the pair of modalities, such as “CT-MRI”.
        images: what it is the mean of.
        rows: method → score by its name in `fusionviewer.metrics`.
        deviations: as `rows`; over three runs, for the methods that the paper gives them for.
        seconds: for one pair, by method; on the machine that `notes` name.
        notes: what one must know to read it.
    """

    source: str
    task: str
    images: str
    rows: Mapping[str, Mapping[str, float]]
    deviations: Mapping[str, Mapping[str, float]]
    seconds: Mapping[str, float]
    notes: tuple[str, ...]


def published_tables(task: str) -> list[PublishedTable]:
    """The tables about one pair of modalities, oldest first."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return [_table(entry) for entry in content["tables"] if entry["task"] == task]


def _table(entry: dict[str, object]) -> PublishedTable:
    columns: list[str] = entry["columns"]  # type: ignore[assignment]

    def named(key: str) -> dict[str, dict[str, float]]:
        rows: dict[str, list[float]] = entry.get(key, {})  # type: ignore[assignment]
        return {method: dict(zip(columns, values, strict=True)) for method, values in rows.items()}

    return PublishedTable(
        source=str(entry["source"]),
        task=str(entry["task"]),
        images=str(entry["images"]),
        rows=named("rows"),
        deviations=named("deviations"),
        seconds=entry.get("seconds", {}),  # type: ignore[arg-type]
        notes=tuple(entry.get("notes", ())),  # type: ignore[arg-type]
    )
