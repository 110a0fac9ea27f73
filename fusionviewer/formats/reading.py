"""Opening whatever the user gives us: picked by content, not by extension."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from fusionviewer.errors import InputError, UnreadableFile
from fusionviewer.formats import dicom, dicom_header, nifti, raster
from fusionviewer.formats.description import Description
from fusionviewer.formats.dicom_series import Series
from fusionviewer.formats.files import files_below, head
from fusionviewer.imaging.image import Image

T = TypeVar("T")
Check = Callable[[], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Reader:
    """A kind of file that holds one image each.

    Attributes:
        matches: whether a file that begins with these bytes is of this kind.
    """

    label: str
    matches: Callable[[bytes], bool]
    open: Callable[[Path], Image]
    describe: Callable[[Path], Description]


READERS = {
    "picture": Reader(
        "PNG, JPEG or TIFF", raster.matches, raster.open_picture, raster.describe_picture
    ),
    "nifti": Reader("NIfTI", nifti.matches, nifti.open_nifti, nifti.describe_nifti),
}


@dataclass(frozen=True)
class Opened:
    """What came of a request to open files.

    Attributes:
        problems: why something in a folder that looked like an image did not open.
        skipped: files that are no images, links, and what lay beyond the limits.
    """

    images: tuple[Image, ...]
    problems: tuple[InputError, ...] = ()
    skipped: int = 0


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
    found = _found(paths, check)
    steps = _Steps(len(found.singles) + 2 * len(found.dicom_files), progress or _nothing)
    images: list[Image] = []
    for path, reader in found.singles:
        check()
        images += found.tried(partial(reader.open, path))
        steps.done()
    for series in found.series(check, steps):
        images += found.tried(partial(dicom.open_series, series, check, steps.done))
    images.sort(key=lambda image: found.rank(image.source.paths[0]))
    found.raise_if_empty(images)
    return Opened(tuple(images), tuple(found.problems), found.skipped)


@dataclass(frozen=True)
class Listed:
    """What files and folders hold; the rest as in `Opened`."""

    images: tuple[Description, ...]
    problems: tuple[InputError, ...] = ()
    skipped: int = 0


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
    found = _found(paths, _nothing)
    told: list[Description] = []
    for path, reader in found.singles:
        told += found.tried(partial(reader.describe, path))
    told += [dicom.describe_series(one) for one in found.series(_nothing, _Steps(0, _nothing))]
    told.sort(key=lambda one: found.rank(one.path))
    found.raise_if_empty(told)
    return Listed(tuple(told), tuple(found.problems), found.skipped)


def _nothing(*_: int) -> None:
    pass


class _Steps:
    """Counts steps, and tells how far it is."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress, self._count = total, progress, 0

    def done(self, *_: int) -> None:
        self._count += 1
        self._progress(min(self._count, self._total), self._total)


@dataclass
class _Found:
    """Files by kind, and what went wrong with those that nobody named."""

    given: tuple[Path, ...]
    singles: list[tuple[Path, Reader]] = field(default_factory=list)
    dicom_files: list[Path] = field(default_factory=list)
    order: dict[Path, int] = field(default_factory=dict)
    problems: list[InputError] = field(default_factory=list)
    skipped: int = 0

    def add(self, path: Path, first: bytes) -> bool:
        """Sort in a file that begins with `first`; False when it is no image."""
        if path in self.order:
            return True
        reader = next((reader for reader in READERS.values() if reader.matches(first)), None)
        if dicom_header.matches(first):
            self.dicom_files.append(path)
        elif reader is not None:
            self.singles.append((path, reader))
        else:
            return False
        self.order[path] = len(self.order)
        return True

    def rank(self, path: Path) -> int:
        return self.order[path]

    def tried(self, work: Callable[[], T]) -> list[T]:
        """What `work` gives, or nothing when it fails for a file that nobody named.

        Raises:
            InputError: the user named the very file.
        """
        try:
            return [work()]
        except InputError as problem:
            self.note(problem)
            return []

    def note(self, problem: InputError) -> None:
        """Keep a problem.

        Raises:
            InputError: `problem` itself, when the user named the file or series.
        """
        path = getattr(problem, "path", None)
        if path in self.given or (path is None and all(p in self.order for p in self.given)):
            raise problem
        self.problems.append(problem)

    def series(self, check: Check, steps: _Steps) -> list[Series]:
        series, problems = dicom.find_series(self.dicom_files, check, steps.done)
        for problem in problems:
            self.note(problem)
        return series

    def raise_if_empty(self, results: Sequence[object]) -> None:
        """Raises: InputError: there is nothing, and why."""
        if results:
            return
        if self.problems:
            raise self.problems[0]
        names = ", ".join(f"“{path.name or path}”" for path in self.given)
        raise InputError(
            f"The folder {names} holds no image that can be opened.",
            "Choose a folder with DICOM, NIfTI, PNG, JPEG or TIFF files.",
        )


def _found(paths: Path | Sequence[Path], check: Check) -> _Found:
    """Sort files and the contents of folders by what they are.

    Raises:
        InputError: a named file is missing, empty or no image, or nothing was named.
    """
    given = (paths,) if isinstance(paths, Path) else tuple(paths)
    found = _Found(given)
    for path in given:
        check()
        if path.is_dir():
            _add_folder(found, path, check)
        elif not found.add(path, head(path)):
            raise UnreadableFile(
                path, "is not an image that can be opened", f"It takes DICOM, {_KINDS}."
            )
    return found


def _add_folder(found: _Found, folder: Path, check: Check) -> None:
    below = files_below(folder, check)
    found.skipped += below.skipped
    for path in below.files:
        check()
        try:
            found.skipped += not found.add(path, head(path))
        except UnreadableFile as problem:
            found.skipped += 1
            if path.stat().st_size:
                found.problems.append(problem)


_KINDS = " and ".join(reader.label for reader in READERS.values())
