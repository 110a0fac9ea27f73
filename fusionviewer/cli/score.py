"""`fusionviewer score`: fused images against their sources, one pair or folders of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fusionviewer.cli.places import require_free
from fusionviewer.cli.progress import progress
from fusionviewer.cli.score_files import as_document, write_csv
from fusionviewer.cli.score_plots import require_plots, write_plots
from fusionviewer.cli.score_text import print_scores
from fusionviewer.cli.streams import print_json
from fusionviewer.errors import InputError, UnreadableFile
from fusionviewer.formats.files import head
from fusionviewer.formats.raster import matches, open_picture
from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.report import Scores, scores_of, summary
from fusionviewer.metrics.table import CONVENTIONS, METRICS

_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_SOURCES = ("A", "B")
Table = dict[str, list[Scores]]  # by method, in the order of the cases


@dataclass(frozen=True)
class Case:
    """Two sources, and what each method made of them."""

    name: str
    a: Path
    b: Path
    fused: Mapping[str, Path]  # by method


def score_command(
    a: Path,
    b: Path,
    fused: Sequence[Path],
    json: bool,
    csv: Path | None,
    convention: str | None,
    plots: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Score and print: a table, or one JSON document.

    Files are one pair with any number of candidates, each named by its file. Folders hold the
    same names each (the ending may differ), and each folder of fused images is a method; pairs
    that the first method has no image of are left out.

    Raises:
        InputError: files mixed with folders, names without a partner, unknown convention,
            pictures that cannot be read or have different sizes.
        ExportError: the CSV file or the plots cannot be written, or are there already.
    """
    names = _score_names(convention)
    cases = _matched_folders(a, b, fused) if a.is_dir() else [_single_case(a, b, fused)]
    if csv is not None:
        images = [path for case in cases for path in (case.a, case.b, *case.fused.values())]
        require_free(csv, overwrite, images)
    if plots is not None:
        require_plots(plots, overwrite)
    table, own = _tables(cases, names, with_own=plots is not None)
    summaries, ids = summary(table), [case.name for case in cases]
    if csv is not None:
        write_csv(csv, ids, table, overwrite=overwrite)
    if plots is not None:
        write_plots(plots, ids, table, own, overwrite=overwrite)
    if json:
        document = as_document(convention, ids, table, summaries)
        print_json(document)
    else:
        print_scores(summaries, list(table), len(cases))


def _score_names(convention: str | None) -> Sequence[str]:
    if convention is None:
        return tuple(METRICS)
    if convention not in CONVENTIONS:
        raise InputError(
            f"No convention is called “{convention}”.", f"There are {', '.join(CONVENTIONS)}."
        )
    return CONVENTIONS[convention]


def _single_case(a: Path, b: Path, fused: Sequence[Path]) -> Case:
    if folder := next((path for path in (b, *fused) if path.is_dir()), None):
        raise InputError(
            f"“{folder.name}” is a folder, but “{a.name}” is not.",
            "Give three files or more, or three folders or more.",
        )
    return Case(a.stem, a, b, _named(fused))


def _matched_folders(a: Path, b: Path, fused: Sequence[Path]) -> list[Case]:
    in_a, in_b = _pictures_in(a), _pictures_in(b)
    methods = {method: _pictures_in(folder) for method, folder in _named(fused).items()}
    names = list(next(iter(methods.values())))
    for folder, found in ((a, in_a), (b, in_b), *zip(fused, methods.values(), strict=True)):
        if lacking := [name for name in names if name not in found]:
            raise InputError(
                f"“{folder.name}” has no image called “{lacking[0]}”"
                + (f", nor {len(lacking) - 1} others." if lacking[1:] else "."),
                "Images belong together by name: every folder needs the names of the first result.",
            )
    for folder, found in zip(fused, methods.values(), strict=True):
        if more := [name for name in found if name not in names]:
            raise InputError(
                f"“{folder.name}” has “{more[0]}”, which “{fused[0].name}” has not.",
                "Methods can be compared on the same images only.",
            )
    return [
        Case(name, in_a[name], in_b[name], {m: found[name] for m, found in methods.items()})
        for name in names
    ]


def _pictures_in(folder: Path) -> dict[str, Path]:
    """By stem, in the order of names.

    Raises:
        InputError: no folder, no picture in it, or two of the same stem.
    """
    if not folder.is_dir():
        raise InputError(
            f"“{folder.name}” is not a folder, but the first source is.",
            "Give three files or more, or three folders or more.",
        )
    paths = sorted(path for path in folder.iterdir() if _is_picture(path))
    if not paths:
        raise InputError(
            f"“{folder.name}” has no pictures in it.", f"It should hold {', '.join(_PICTURES)}."
        )
    found = {path.stem: path for path in paths}
    if len(found) < len(paths):
        twice = next(path for path in paths if found[path.stem] != path)
        raise InputError(
            f"“{folder.name}” has two pictures called “{twice.stem}”.", "Keep one of them."
        )
    return found


def _is_picture(path: Path) -> bool:
    """By its name; macOS puts a hidden file beside each one on disks that are not its own."""
    hidden = path.name.startswith(".")
    return path.suffix.lower() in _PICTURES and not hidden and path.is_file()


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """By stem; where two are alike, by as much of the path as tells them apart."""
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        names = [Path(*path.with_suffix("").parts[-depth:]).as_posix() for path in paths]
        if len(set(names)) == len(paths):
            return dict(zip(names, paths, strict=True))
    raise InputError("The same fused image is given twice.", "Name each of them once.")


def _tables(cases: Sequence[Case], names: Sequence[str], with_own: bool) -> tuple[Table, Table]:
    """The scores of the methods and, by letter, those of the sources; case by case."""
    table: Table = {method: [] for method in cases[0].fused}
    own: Table = {letter: [] for letter in _SOURCES if with_own}
    with progress("Scoring") as advance:
        for done, case in enumerate(cases, start=1):
            sources = Sources(_grey_levels(case.a), _grey_levels(case.b))
            for method, path in case.fused.items():
                table[method].append(scores_of(sources, _grey_levels(path), names))
            for letter, picture in zip(own, (sources.a, sources.b), strict=False):
                own[letter].append(scores_of(sources, picture, names))
            advance(done, len(cases))
    return table, own


def _grey_levels(path: Path) -> Picture:
    """The picture in `path`, as scores see it.

    Colours are kept, and their luminance is rounded to 8 bits; 16-bit levels are divided by
    257; floats that do not exceed 1 are multiplied by 255.

    Raises:
        UnreadableFile: missing, damaged, several pages, or not a picture.
        InputError: outside 0…255, or not numbers.
    """
    if not matches(head(path)):
        raise UnreadableFile(
            path, "is no picture", "Scores take PNG, JPEG and TIFF; `fuse` writes PNG and TIFF."
        )
    image = open_picture(path)
    if len(image.values) != 1 or image.padding is not None:
        problem = "has several pages" if image.padding is None else "has values that are no numbers"
        raise UnreadableFile(path, problem, "Scores take one grey or colour picture per file.")
    levels = image.values[0].astype(np.float64)
    if image.rgb is not None:
        return Picture(np.rint(levels), image.rgb[0], f"“{path.name}”")
    if image.unit != "grey level":
        levels *= 255 if levels.min() >= 0 and levels.max() <= 1 else 1
    elif image.window.width > 255:
        levels /= 257
    return Picture(levels, name=f"“{path.name}”")
