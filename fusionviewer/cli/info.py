"""What a file or a folder holds, on the terminal."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fusionviewer.cli.streams import print_json
from fusionviewer.formats.description import Description
from fusionviewer.formats.reading import Listed, describe_all


def info_command(path: Path, json: bool) -> None:
    """Print what `path` holds: a table, or with `json` one JSON document.

    What could not be opened, and what was left out, is said on standard error.

    Raises:
        InputError: it holds no image.
    """
    found = describe_all(path)
    if json:
        numbered = enumerate(found.images, start=1)
        document = [{"number": number, **one.as_json()} for number, one in numbered]
        print_json(document)
    else:
        console = Console()
        if not console.is_terminal:
            console.width = PIPED_WIDTH
        console.print(table(found.images))
    for line in _left_out(found):
        print(line, file=sys.stderr)


def _left_out(found: Listed) -> list[str]:
    lines = [str(problem) for problem in found.problems[:MOST_PROBLEMS]]
    more = len(found.problems) - len(lines)
    if more:
        lines.append(f"{more} more files could not be opened.")
    left_out = found.left_out.sentence(every=True)
    return [*lines, left_out] if left_out else lines


def table(found: Sequence[Description]) -> Table:
    """One row per image, numbered where there are several; empty columns are left out."""
    rows = [[text(one) for text in COLUMNS.values()] for one in found]
    used = [i for i in range(len(COLUMNS)) if any(row[i] for row in rows)]
    drawn = Table(show_edge=False, pad_edge=False)
    numbered = len(rows) > 1
    if numbered:  # as PATH#N has them
        drawn.add_column("#", justify="right", no_wrap=True)
    for i in used:
        title = list(COLUMNS)[i]
        drawn.add_column(title, overflow="fold", no_wrap=title not in MAY_WRAP)
    for number, row in enumerate(rows, start=1):
        drawn.add_row(*([str(number)] if numbered else []), *(Text(row[i]) for i in used))
    return drawn


def _spacing(one: Description) -> str:
    """Columns × rows × slices, as radiologists write it; "" without geometry."""
    if one.spacing_mm is None:
        return ""
    between_slices, between_rows, between_columns = one.spacing_mm
    return f"{between_columns:.3g} × {between_rows:.3g} × {between_slices:.3g}"


COLUMNS: dict[str, Callable[[Description], str]] = {
    "Image": lambda one: one.name,
    "Kind": lambda one: one.kind,
    "Modality": lambda one: one.modality,
    "Patient": lambda one: one.patient.name or one.patient.id,
    "Slices": lambda one: str(one.size[0]),
    "Size": lambda one: f"{one.size[2]}×{one.size[1]}",
    "Spacing (mm)": _spacing,
    "Unit": lambda one: one.unit,
    "Date": lambda one: one.study_date,
    "Notes": lambda one: "\n".join(one.notes),
}
MAY_WRAP = ("Image", "Notes")
PIPED_WIDTH = 200
MOST_PROBLEMS = 5
