"""The one image that a path on the command line stands for: alone there, or chosen as PATH#N."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from fusionviewer.errors import InputError
from fusionviewer.formats.reading import Choice, describe_all
from fusionviewer.imaging.image import Image

MOST_LISTED = 12


def single_image(named: Path) -> Image:
    """The image at `named`; where a file or folder holds several, PATH#N names the N-th of them.

    The numbers are those of `fusionviewer info PATH`, volumes of a 4-D series one by one.

    Raises:
        InputError: there are several and none was chosen, or not as many, or none.
    """
    path, number = split(named)
    listed = describe_all(path)
    found = listed.choices
    if without := listed.left_out.sentence():
        print(f"“{path.name}”: {without}", file=sys.stderr)
    if number is None and len(found) == 1:
        return found[0].open()
    if number is None:
        raise InputError(
            f"“{path.name}” holds {len(found)} images, and one is wanted: {_listed(found)}.",
            f"Name it by its number, such as “{named}#1”; `fusionviewer info` lists all of them.",
        )
    if not 1 <= number <= len(found):
        raise InputError(
            f"“{path.name}” has no image {number}; there is {_listed(found)}.",
            "Numbers count from 1, as `fusionviewer info` shows them.",
        )
    return found[number - 1].open()


def split(named: Path) -> tuple[Path, int | None]:
    """A path and the number after its last “#”; a file that is really called so is itself."""
    found = re.fullmatch(r"(.+)#(\d+)", str(named), re.DOTALL)
    if found is None or named.exists():
        return named, None
    return Path(found[1]), int(found[2])


def _listed(found: Sequence[Choice]) -> str:
    """ "#1 DWI b 0, #2 DWI b 1000 and 3 more" """
    names = [f"#{i} {one.told.name}" for i, one in enumerate(found[:MOST_LISTED], start=1)]
    more = len(found) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
