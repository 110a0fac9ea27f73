"""`python -m training sheet`: one picture of a few pairs fused by every method, with their names."""

import argparse
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw

from fusionviewer.formats.writing import write_file
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from training.comparison import Way, fused_levels, pairs_of, ways
from training.errors import DataError

Tile = NDArray[np.uint8]  # (H, W, 3)

STRATEGIES = ("sfnn-max", "sfnn-local", "fer", "learned")
TEXT_HEIGHT = 16


def sheet_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("root", type=Path, help="a folder with CT-MRI/CT/NAME.png and so on")
    parser.add_argument(
        "cases", nargs="+", help="TASK/NAME, such as CT-MRI/24; the sample patient's PNG has them"
    )
    parser.add_argument("--strategies", nargs="+", choices=SELECTABLE, default=STRATEGIES)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--out", type=Path, default=Path("runs/sheet.png"))


def sheet_command(given: argparse.Namespace) -> None:
    """Draw the sheet.

    Raises:
        DataError: a case is not TASK/NAME.
        ExportError: the picture cannot be written.
    """
    known = [way for way in ways(given.strategies) if way.method != "alpha"]
    chosen = [way for way in known if way.method in given.methods]
    cases = [_case(given.root, case) for case in given.cases]
    titles = [case.partition("/")[0] for case in given.cases]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    draw_sheet(cases, chosen, titles, given.out)
    sys.stderr.write(f"Wrote {given.out}\n")


def draw_sheet(
    cases: Sequence[tuple[Shown, Shown]],
    chosen: Sequence[Way],
    titles: Sequence[str],
    out: Path,
    weights: Path | None = None,
) -> None:
    """A picture: a row for each case; the two sources, then each of `chosen`, under their names.

    Networks have the weights of a folder, or those shipped.

    Raises:
        ExportError: it cannot be written.
    """
    runtimes = Runtimes(folder=weights)
    rows = []
    for a, b in cases:
        fused = (way.fuse(a, b, runtimes) for way in chosen)
        rows.append([_tile(a), _tile(b), *map(fused_levels, fused)])
    content = BytesIO()
    picture = _table(rows, ["A", "B", *(way.name for way in chosen)], titles)
    if out.suffix.lower() in (".jpg", ".jpeg"):
        picture.save(content, "JPEG", quality=88)
    else:
        picture.save(content, "PNG", optimize=True)
    write_file(out, content.getvalue(), overwrite=True)


def _case(root: Path, case: str) -> tuple[Shown, Shown]:
    task, _, name = case.partition("/")
    if "-" not in task or not name:
        raise DataError(f"“{case}” is not a case.", "Write TASK/NAME, such as CT-MRI/24.")
    return next(pairs_of(root, task, [name]))


def _table(
    rows: Sequence[Sequence[Tile]], names: Sequence[str], titles: Sequence[str]
) -> Picture.Image:
    """Tiles of one size, `names` above the columns and `titles` in the rows."""
    height, width = rows[0][0].shape[:2]
    picture = Picture.new("RGB", (width * len(names), TEXT_HEIGHT + height * len(rows)))
    draw = ImageDraw.Draw(picture)
    for x, name in enumerate(names):
        draw.text((x * width + 4, 2), name, fill="white")
    for y, (tiles, title) in enumerate(zip(rows, titles, strict=True)):
        for x, tile in enumerate(tiles):
            picture.paste(Picture.fromarray(tile), (x * width, TEXT_HEIGHT + y * height))
        draw.text((4, TEXT_HEIGHT + y * height + 2), title, fill="#ffc850")
    return picture


def _tile(image: Shown) -> Tile:
    rgb = np.repeat(image.grey[..., None], 3, axis=2) if image.rgb is None else image.rgb
    return np.asarray(np.round(rgb * 255), dtype=np.uint8)
