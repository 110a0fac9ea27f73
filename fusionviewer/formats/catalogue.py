"""What is in files and folders, series by series, told from headers before any volume is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import InputError
from fusionviewer.formats import dicom
from fusionviewer.formats.catalogue_entry import SeriesEntry, of_file, of_refused, of_series
from fusionviewer.formats.catalogue_reading import Heard, Readings
from fusionviewer.formats.dicom_series import Series
from fusionviewer.formats.found import Check, Reader, find, parts_of
from fusionviewer.formats.left_out import NOTHING, LeftOut
from fusionviewer.formats.thumbnails import small_picture
from fusionviewer.imaging.image import Image

__all__ = ["Catalogue", "SeriesEntry", "catalogue", "open_entry", "preview", "thumbnail"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Catalogue:
    """What files and folders hold.

    Attributes:
        entries: by patient, study date and series; what does not open comes with its reason.
        problems: files that could not even be listed, with their names.
        left_out: files that are no images, links, and what lay beyond the limits.
    """

    entries: tuple[SeriesEntry, ...]
    problems: tuple[InputError, ...] = ()
    left_out: LeftOut = NOTHING


def catalogue(
    paths: Path | Sequence[Path],
    check: Check | None = None,
    progress: Progress | None = None,
    heard: Heard | None = None,
) -> Catalogue:
    """List what files and folders hold, from their headers; pixels are not looked at.

    `check` is called often and may raise to stop; `progress` hears how many of how many headers
    are read, and `heard`, now and then, of the series so far.

    Raises:
        InputError: a named file is missing, empty or no image; or nothing at all was found.
    """
    check, progress = check or _nothing, progress or _nothing
    found = find(paths, check)
    entries: list[SeriesEntry] = []
    for path, reader in found.singles:
        check()
        for each in found.tried(partial(_of_file, path, reader)):
            entries += each
    readings = Readings(heard or _nothing)
    series, problems = dicom.find_series(found.dicom_files, check, progress, readings.add)
    refused, rest = of_refused(problems)
    entries += [*map(of_series, series), *refused]
    found.problems += rest
    found.raise_if_empty(entries)
    ordered = sorted(entries, key=lambda entry: entry.order)
    return Catalogue(tuple(ordered), tuple(found.problems), found.left_out)


def open_entry(
    entry: SeriesEntry, check: Check | None = None, progress: Progress | None = None
) -> Image:
    """The image that an entry stands for.

    Raises:
        InputError: it cannot be opened; the sentence says why.
    """
    check, progress = check or _nothing, progress or _nothing
    if isinstance(entry.content, Series):
        return dicom.open_series(entry.content, check, progress)
    if entry.content is None:
        raise InputError(entry.problem, entry.hint)
    image = entry.content.open(entry.paths[0], check=check)
    progress(1, 1)
    return image


def preview(entry: SeriesEntry, check: Check | None = None) -> Image:
    """The middle slice alone, as an image: what can be shown while the rest is read.

    Raises:
        InputError: as `open_entry`.
    """
    if isinstance(entry.content, Series):
        return dicom.open_middle(entry.content, check or _nothing)
    if entry.content is None:
        raise InputError(entry.problem, entry.hint)
    return entry.content.preview(entry.paths[0], check=check or _nothing)


def thumbnail(entry: SeriesEntry, check: Check | None = None) -> NDArray[np.uint8]:
    """The middle slice as a small picture, (H, W) or (H, W, 3), at most 128 pixels a side.

    Raises:
        InputError: as `open_entry`.
    """
    return small_picture(preview(entry, check))


def _of_file(path: Path, reader: Reader) -> list[SeriesEntry]:
    return [of_file(one.describe(path), one, part) for one, part in parts_of(path, reader)]


def _nothing(*_: object) -> None:
    pass
