"""An export never replaces what it was made from."""

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
