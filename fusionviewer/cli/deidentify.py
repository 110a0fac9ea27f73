"""`fusionviewer deidentify`: copies without the persons."""

import sys
from pathlib import Path

from fusionviewer.cli.progress import progress
from fusionviewer.errors import InputError
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.deidentify_files import deidentify
from fusionviewer.formats.deidentify_words import Dates

SHOWN = 5  # files left out that are named


def deidentify_command(
    source: Path,
    out: Path,
    keep_dates: bool,
    shift_dates: bool,
    keep_descriptions: bool,
    overwrite: bool,
) -> None:
    """Write the copies; says on stdout where they are, and on stderr what to look at.

    Raises:
        FusionViewerError: a sentence and a hint.
    """
    if keep_dates and shift_dates:
        raise InputError("Dates are kept or moved, not both.", "Give one of the two options.")
    dates: Dates = "keep" if keep_dates else "shift" if shift_dates else "remove"
    how = Deidentifier(dates, keep_descriptions)
    with progress("De-identifying") as advance:
        report = deidentify(source, out, how, overwrite=overwrite, progress=advance)
    for sentence in report.left_out[:SHOWN]:
        print(f"Left out: {sentence}", file=sys.stderr)
    if len(report.left_out) > SHOWN:
        print(f"Left out: {len(report.left_out) - SHOWN} more files.", file=sys.stderr)
    if report.with_text:
        print(
            f"Names may be drawn into {report.with_text} of the pictures: look at them before you "
            "pass them on.",
            file=sys.stderr,
        )
    print(f"Wrote {report.written} files into {out}")
