"""`fusionviewer score --plots`: box plots, curves and a comparison, as PNG files in a folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fusionviewer import __version__
from fusionviewer.errors import ExportError
from fusionviewer.formats.writing import new_folder, require_folder_place
from fusionviewer.metrics.report import Scores

DOTS_PER_INCH = 110
_OURS = ("comparison", "boxes-", "curves-")
_LOOK = {"text.parse_math": False, "font.size": 10, "axes.titlesize": 11}  # “$” is a dollar


def require_plots(folder: Path, overwrite: bool) -> None:
    """Before the long work, what would make `write_plots` fail after it.

    Raises:
        ExportError: Matplotlib is not installed, or `folder` cannot take the plots.
    """
    _require_matplotlib()
    if not folder.absolute().parent.is_dir():
        raise ExportError(f"“{folder.name}” cannot be made: the folder around it does not exist.")
    require_folder_place(folder, overwrite=overwrite, ours=_is_ours)


def write_plots(
    folder: Path,
    cases: Sequence[str],
    table: Mapping[str, Sequence[Scores]],
    own: Mapping[str, Sequence[Scores]],
    *,
    overwrite: bool = False,
) -> None:
    """All files, or none. `own` is what the sources would score as the fused image, by letter.

    Plots of an earlier call are replaced when `overwrite` is set; other files never are.

    Raises:
        ExportError: nothing was written, and what was there is still there.
    """
    _require_matplotlib()
    from matplotlib import rc_context

    from fusionviewer.cli.score_figures import figures
    from fusionviewer.cli.score_styles import Comparison

    with (
        new_folder(folder, overwrite=overwrite, ours=_is_ours) as part,
        rc_context(_LOOK),  # type: ignore[arg-type]
    ):
        for name, draw in figures(Comparison(cases, table, own)).items():
            about = {"Software": f"FusionViewer {__version__}", "Title": name}
            draw().savefig(part / f"{name}.png", dpi=DOTS_PER_INCH, metadata=about)


def _require_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ExportError(
            "Plots need Matplotlib, which is not installed.",
            "Install it with: pip install 'fusionviewer[plots]'",
        ) from error


def _is_ours(entry: Path) -> bool:
    return entry.is_file() and entry.suffix == ".png" and entry.name.startswith(_OURS)
