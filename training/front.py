"""`python -m training front`: the search as a picture, scores against structures that are kept.

A dot for each row of the search, the mean rank among all methods on validation against the share of
planted structures that are seen. A line joins the rows that no other one beats in both.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fusionviewer.errors import ExportError
from fusionviewer.formats.writing import write_file
from training.errors import DataError

RANK, KEPT, NAME, INVENTING = "mean rank", "kept %", "what", "cases with inventions"
DOTS_PER_INCH = 110


@dataclass(frozen=True)
class Tried:
    """One row of the search; a smaller rank and more kept are better."""

    name: str
    rank: float
    kept: float
    inventing: int


def front_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("search", type=Path, help="such as training/clarus_search.csv")
    parser.add_argument("--out", type=Path, default=Path("runs/front.png"))


def front_command(given: argparse.Namespace) -> None:
    """Draw it, and print what lies on the front.

    Raises:
        DataError: the file is no such table, or no row has both numbers.
        ExportError: Matplotlib is not installed, or the picture cannot be written.
    """
    tried = read_search(given.search)
    best = front(tried)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    write_file(given.out, _picture(tried, best), overwrite=True)
    for one in best:
        sys.stdout.write(f"{one.rank:.2f}  {one.kept:.1f} %  {one.name}\n")


def read_search(path: Path) -> list[Tried]:
    """The rows that have a mean rank and a share of structures; others are left out.

    Raises:
        DataError: the file is no such table, or no row has both.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        tried = [
            Tried(row[NAME], float(row[RANK]), float(row[KEPT]), int(row[INVENTING] or 0))
            for row in rows
            if row[RANK] and row[KEPT]
        ]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(f"“{path.name}” cannot be read as a table of a search.") from error
    if not tried:
        raise DataError(f"“{path.name}” has no row with “{RANK}” and “{KEPT}”.")
    return tried


def front(tried: Sequence[Tried]) -> list[Tried]:
    """Those that no other one beats or equals in both, by rank."""
    found: list[Tried] = []
    for one in sorted(tried, key=lambda t: (t.rank, -t.kept)):
        if not found or one.kept > found[-1].kept:
            found.append(one)
    return found


def _picture(tried: Sequence[Tried], best: Sequence[Tried]) -> bytes:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ExportError(
            "Pictures of a search need Matplotlib, which is not installed."
        ) from error
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([t.rank for t in best], [t.kept for t in best], color="0.7", zorder=1)
    by_rank = sorted(tried, key=lambda t: (t.rank, -t.kept))
    for clean, colour, label in ((True, "C0", "no inventions"), (False, "C3", "inventions")):
        chosen = [t for t in tried if (t.inventing == 0) == clean]
        axes.scatter([t.rank for t in chosen], [t.kept for t in chosen], c=colour, label=label)
    for number, one in enumerate(by_rank, start=1):
        place = (4, 5) if number % 2 else (4, -12)  # numbers of close ones above and below
        axes.annotate(
            str(number), (one.rank, one.kept), place, textcoords="offset points", fontsize=8
        )
    names = "\n".join(f"{number}  {one.name}" for number, one in enumerate(by_rank, start=1))
    axes.text(1.02, 1, names, transform=axes.transAxes, verticalalignment="top", fontsize=8)
    axes.set_xlabel("mean rank on validation, 1 is best")
    axes.set_ylabel("planted structures kept, %")
    axes.legend(loc="center right")
    content = BytesIO()
    figure.savefig(content, format="png", dpi=DOTS_PER_INCH)
    return content.getvalue()
