"""Opening whatever the user gives us: picked by content, not by extension."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fusionviewer.errors import InputError
from fusionviewer.formats import dicom
from fusionviewer.formats.description import Description
from fusionviewer.formats.dicom_series import Series
from fusionviewer.formats.found import READERS, Check, Contents, Reader, find, parts_of
from fusionviewer.formats.left_out import NOTHING, LeftOut
from fusionviewer.imaging.image import Image

__all__ = [
    "READERS",
    "Choice",
    "Listed",
    "Opened",
    "describe",
    "describe_all",
    "open_all",
    "open_images",
]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Opened:
    """What came of a request to open files.

    Attributes:
        problems: why something in a folder that looked like an image did not open.
        left_out: files that are no images, links, and what lay beyond the limits.
    """

    images: tuple[Image, ...]
    problems: tuple[InputError, ...] = ()
    left_out: LeftOut = NOTHING


def open_images(
    paths: Path | Sequence[Path], check: Check | None = None, progress: Progress | None = None
) -> list[Image]:
    """Every image in files and folders, in the order in which they were given.

    Files of one DICOM series become one image. `check` is called often and may raise to stop;
    `progress` hears how many of how many steps are done.

    Raises:
        InputError: a file that was named does not open, or a folder holds no image that does.
    """
    return list(open_all(paths, check, progress).images)


def open_all(
    paths: Path | Sequence[Path], check: Check | None = None, progress: Progress | None = None
) -> Opened:
    """As `open_images`, with what was left out of folders.

    Raises:
        InputError: as `open_images`.
    """
    check = check or _nothing
    found = find(paths, check)
    steps = _Steps(len(found.singles) + 2 * len(found.dicom_files), progress or _nothing)
    images: list[Image] = []
    for path, reader in found.singles:
        check()
        images += found.tried(partial(reader.open, path, check=check))
        steps.done()
    for series in _series(found, check, steps):
        images += found.tried(partial(dicom.open_series, series, check, steps.done))
    images.sort(key=lambda image: found.rank(image.source.paths[0]))
    found.raise_if_empty(images)
    return Opened(tuple(images), tuple(found.problems), found.left_out)


@dataclass(frozen=True)
class Choice:
    """One of the images in files and folders, and how to open it alone."""

    told: Description
    open: Callable[[], Image]


@dataclass(frozen=True)
class Listed:
    """What files and folders hold; the rest as in `Opened`."""

    choices: tuple[Choice, ...]
    problems: tuple[InputError, ...] = ()
    left_out: LeftOut = NOTHING

    @property
    def images(self) -> tuple[Description, ...]:
        return tuple(one.told for one in self.choices)


def describe(paths: Path | Sequence[Path]) -> list[Description]:
    """What files and folders hold, from their headers.

    Raises:
        InputError: as `open_images`, but pixels are not looked at.
    """
    return list(describe_all(paths).images)


def describe_all(paths: Path | Sequence[Path]) -> Listed:
    """As `describe`, with what was left out of folders.

    Raises:
        InputError: as `describe`.
    """
    found = find(paths, _nothing)
    listed: list[Choice] = []
    for path, reader in found.singles:
        for each in found.tried(partial(_described, path, reader)):
            listed += each
    for one in _series(found, _nothing, _Steps(0, _nothing)):
        listed.append(
            Choice(dicom.describe_series(one), partial(dicom.open_series, one, _nothing, _nothing))
        )
    listed.sort(key=lambda one: found.rank(one.told.path))
    found.raise_if_empty(listed)
    return Listed(tuple(listed), tuple(found.problems), found.left_out)


def _series(found: Contents, check: Check, steps: "_Steps") -> list[Series]:
    series, problems = dicom.find_series(found.dicom_files, check, steps.done)
    for problem in problems:
        found.note(problem)
    return series


def _described(path: Path, reader: Reader) -> list[Choice]:
    return [
        Choice(part.describe(path), partial(part.open, path, check=_nothing))
        for part, _ in parts_of(path, reader)
    ]


def _nothing(*_: int) -> None:
    pass


class _Steps:
    """Counts steps, and tells how far it is."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress, self._count = total, progress, 0

    def done(self, *_: int) -> None:
        self._count += 1
        self._progress(min(self._count, self._total), self._total)
