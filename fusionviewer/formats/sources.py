"""What an export may not do: replace what it was made from, or hold more than its format can."""

import os
from pathlib import Path

from fusionviewer.errors import ExportError
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import text as _


def require_no_source(path: Path, pair: Pair) -> None:
    """Raises: ExportError: writing `path` would replace a file that `pair` was read from."""
    target = Path(os.path.realpath(path))
    for source in (file for image in pair.native for file in image.source.paths):
        place = Path(os.path.realpath(source))
        if target == place or target in place.parents:
            raise ExportError(
                _("“{name}” is, or holds, one of the images that are being fused.", name=path.name),
                _("Choose another name: an export never replaces its sources."),
            )


def require_size(path: Path, shape: tuple[int, int, int], most: int) -> None:
    """Raises: ExportError: a slice has more rows or columns than the format of `path` can say."""
    if max(shape[1:]) > most:
        raise ExportError(
            _(
                "“{name}” was not written: its format holds at most {most} rows and columns.",
                name=path.name,
                most=most,
            ),
            _("Export it as PNG or TIFF."),
        )
