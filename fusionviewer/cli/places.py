"""Whether an output can be written where it is to go, said before the work and not after it."""

from collections.abc import Iterable
from pathlib import Path

from fusionviewer.errors import ExportError


def require_free(out: Path, overwrite: bool, images: Iterable[Path] = ()) -> None:
    """
    Raises:
        ExportError: `out` is there and stays, it is one of `images`, or its folder is not there.
    """
    if out.exists() and not overwrite:
        raise ExportError(f"“{out.name}” is there already.", "Use --overwrite to replace it.")
    if out.exists() and any(out.samefile(image) for image in images):
        raise ExportError(f"“{out.name}” is one of the images.", "Choose another name.")
    if not out.absolute().parent.is_dir():
        raise ExportError(
            f"“{out.name}” cannot be written: its folder does not exist.",
            "Make the folder, or choose another one.",
        )
