"""Files and folders, sorted by what is in them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from fusionviewer.errors import InputError, UnreadableFile
from fusionviewer.formats import dicom_header, dicomdir, nifti, nifti_layout, raster, zips
from fusionviewer.formats.description import Description
from fusionviewer.formats.files import files_below, head
from fusionviewer.formats.left_out import NOTHING, LeftOut, left_out
from fusionviewer.imaging.image import Image
from fusionviewer.texts import text as _

T = TypeVar("T")
Check = Callable[[], None]


class Opens(Protocol):
    """Makes an image of a file; `check` is called often and may raise to stop."""

    def __call__(self, path: Path, /, *, check: Check) -> Image: ...


@dataclass(frozen=True)
class Reader:
    """A kind of file.

    Attributes:
        matches: whether a file that begins with these bytes is of this kind.
        preview: the middle slice alone, as an image.
        split: a reader for each of the images in a file that holds several, with what each is called;
            empty for a file with one image.
    """

    label: str
    matches: Callable[[bytes], bool]
    open: Opens
    describe: Callable[[Path], Description]
    preview: Opens
    split: Callable[[Path], "list[tuple[Reader, str]]"] = lambda _path: []


def parts_of(path: Path, reader: Reader) -> list[tuple[Reader, str]]:
    """A reader for each image in a file, with what it is called among them; "" where it is alone.

    Raises:
        UnreadableFile: the header is damaged.
    """
    return reader.split(path) or [(reader, "")]


def _volumes(path: Path) -> list[tuple[Reader, str]]:
    count = nifti.volumes(path)
    if count == 1:
        return []
    return [(_of_volume(i), nifti.part(i, count)) for i in range(min(count, MAX_PARTS))]


def _of_volume(volume: int) -> Reader:
    return replace(
        READERS["nifti"],
        open=partial(nifti.open_nifti, volume=volume),
        describe=partial(nifti.describe_nifti, volume=volume),
        preview=partial(nifti.preview_nifti, volume=volume),
        split=lambda _path: [],
    )


def _picture(path: Path, *, check: Check) -> Image:
    check()
    return raster.open_picture(path)


READERS = {
    "picture": Reader(
        "PNG, JPEG or TIFF",
        raster.matches,
        _picture,
        raster.describe_picture,
        _picture,
    ),
    "nifti": Reader(
        "NIfTI",
        nifti_layout.matches,
        nifti.open_nifti,
        nifti.describe_nifti,
        nifti.preview_nifti,
        _volumes,
    ),
}


@dataclass
class Contents:
    """Files by kind, and what went wrong with those that nobody named."""

    given: tuple[Path, ...]
    singles: list[tuple[Path, Reader]] = field(default_factory=list)
    dicom_files: list[Path] = field(default_factory=list)
    order: dict[Path, int] = field(default_factory=dict)
    problems: list[InputError] = field(default_factory=list)
    left_out: LeftOut = NOTHING

    def add(self, path: Path, first: bytes) -> bool:
        """Sort in a file that begins with `first`; False when it is no image."""
        if path in self.order:
            return True
        reader = _reader(first)
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

    def raise_if_empty(self, results: Sequence[object]) -> None:
        """Raises: InputError: there is nothing, and why."""
        if results:
            return
        if self.problems:
            raise self.problems[0]
        names = ", ".join(f"“{path.name or path}”" for path in self.given)
        raise InputError(
            _("The folder {names} holds no image that can be opened.", names=names)
            if all(path.is_dir() for path in self.given)
            else _("{names} holds no image that can be opened.", names=names),
            _("Choose a folder with DICOM, NIfTI, PNG, JPEG or TIFF files."),
        )


def find(paths: Path | Sequence[Path], check: Check) -> Contents:
    """Sort files and the contents of folders, zip archives and DICOMDIRs by what they are.

    Raises:
        InputError: a named file is missing, empty or no image, or nothing was named.
    """
    given = (paths,) if isinstance(paths, Path) else tuple(paths)
    found = Contents(given)
    for path in given:
        check()
        if path.is_dir():
            _add_folder(found, path, check)
            continue
        first = head(path)
        if zips.matches(first):
            _add_zip(found, path, check)
        elif dicomdir.matches(first):
            _add_listed(found, path, check)
        elif not found.add(path, first):
            raise UnreadableFile(
                path,
                _("is not an image that can be opened"),
                _("It takes DICOM, {kinds}.", kinds=_KINDS),
            )
    return found


def _add_folder(found: Contents, folder: Path, check: Check) -> None:
    below = files_below(folder, check)
    found.left_out += below.left_out
    _add_files(found, below.files, check)


def _add_files(found: Contents, paths: Sequence[Path], check: Check) -> None:
    for path, first in _heads(paths, check):
        if isinstance(first, UnreadableFile):
            if _is_empty(path):
                found.left_out += left_out(path, 0)
            else:
                found.problems.append(first)
        elif zips.matches(first) and path.suffix.lower() == ".zip":
            found.tried(partial(_add_zip, found, path, check))
        elif dicomdir.matches(first):
            found.left_out += LeftOut(others=1)  # the files that it lists are found without it
        elif not found.add(path, first):
            found.left_out += left_out(path, len(first))


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:  # it has gone meanwhile
        return False


def _add_zip(found: Contents, path: Path, check: Check) -> None:
    unpacked = zips.files_unpacked(path, _is_image, check)
    found.left_out += unpacked.left_out
    _add_files(found, unpacked.files, check)


def _add_listed(found: Contents, path: Path, check: Check) -> None:
    listed, problems = dicomdir.files_listed(path, check)
    found.problems += problems
    found.left_out += listed.left_out
    _add_files(found, listed.files, check)


def _reader(first: bytes) -> Reader | None:
    return next((reader for reader in READERS.values() if reader.matches(first)), None)


def _is_image(first: bytes) -> bool:
    if zips.matches(first) or dicomdir.matches(first):  # no archives within archives
        return False
    return dicom_header.matches(first) or _reader(first) is not None


def _heads(paths: Sequence[Path], check: Check) -> Iterator[tuple[Path, bytes | UnreadableFile]]:
    """The first bytes of each file, several at a time: a drive in the network answers slowly."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="heads") as pool:
        for start in range(0, len(paths), BATCH):
            check()
            some = paths[start : start + BATCH]
            yield from zip(some, pool.map(_head_or_problem, some), strict=True)


def _head_or_problem(path: Path) -> bytes | UnreadableFile:
    try:
        return head(path)
    except UnreadableFile as problem:
        return problem


_KINDS = " and ".join(reader.label for reader in READERS.values())
AT_ONCE = 8
MAX_PARTS = 5_000
BATCH = 64
