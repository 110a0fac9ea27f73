"""What opening files does in the worker's thread: list, look at one slice, read, fingerprint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.errors import InputError
from fusionviewer.formats.catalogue import Catalogue, SeriesEntry, catalogue, open_entry, preview
from fusionviewer.formats.catalogue_reading import Heard
from fusionviewer.formats.reading import Opened, open_all
from fusionviewer.imaging.image import Image
from fusionviewer.paths import sample_folder
from fusionviewer.texts import plural
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.workspace.arrangement import MAX_IMAGES, pane_rank
from fusionviewer.workspace.captions import kind

Previewed = Callable[[Image, int], None]  # one slice, of how many that are being read
SAMPLE_SERIES = ("CT", "T1")
LARGE = 60  # slices from which on one of them is shown before the rest is read


@dataclass(frozen=True)
class Found:
    """What files and folders hold.

    Attributes:
        opened: None where there is more than panes have room for; without images, but with a
            problem, where nothing opens.
    """

    catalogue: Catalogue
    opened: Opened | None


def found_in(
    paths: Sequence[Path],
    previewed: Previewed,
    cancel: CancelToken,
    progress: Progress,
    heard: Heard | None = None,
) -> Found:
    """The series of what was given, opened where there are few enough of them.

    `heard` hears of them while their headers are read.

    Raises:
        InputError: there is no series at all, or none of those that should open does, and why.
    """
    listed = catalogue(paths, cancel.check, progress, heard)
    good = [entry for entry in listed.entries if entry.opens]
    if len(good) > MAX_IMAGES:
        return Found(listed, None)
    refused = tuple(InputError(e.problem, e.hint) for e in listed.entries if not e.opens)
    if not good:
        return Found(listed, Opened((), refused, listed.left_out))
    found = opened_series(
        sorted(good, key=lambda entry: _rank(entry, paths)), previewed, cancel, progress
    )
    problems = (*found.problems, *refused, *listed.problems)
    return Found(listed, Opened(found.images, problems, listed.left_out))


def opened_series(
    entries: Sequence[SeriesEntry], previewed: Previewed, cancel: CancelToken, progress: Progress
) -> Opened:
    """The images of `entries`; what does not open is a problem, unless nothing does.

    Raises:
        InputError: none of them opens, and why the first does not.
    """
    large = next((entry for entry in entries if _is_large(entry)), None)
    if large is not None:
        _preview(large, previewed, cancel)
    images: list[Image] = []
    problems: list[InputError] = []
    for entry in entries:
        cancel.check()
        try:
            images.append(open_entry(entry, cancel.check, progress))
        except InputError as problem:
            problems.append(problem)
    if not images:
        raise problems[0]
    _hash(images, cancel)
    return Opened(tuple(images), tuple(problems))


def _is_large(entry: SeriesEntry) -> bool:
    """Whether it has many slices, of which one can be read without all others."""
    return entry.count >= LARGE and entry.file_kind in ("DICOM", "NIfTI")


def _preview(entry: SeriesEntry, previewed: Previewed, cancel: CancelToken) -> None:
    """What is wrong with the series is said when it is opened."""
    try:
        previewed(preview(entry, cancel.check), entry.count)
    except InputError:
        return


def _rank(entry: SeriesEntry, paths: Sequence[Path]) -> int:
    """Series come in the order in which their files and folders were given."""
    first = entry.paths[0]
    return next((i for i, p in enumerate(paths) if first == p or p in first.parents), len(paths))


def _hash(images: Sequence[Image], cancel: CancelToken) -> None:
    """Fingerprints and lowest values take time too: here, and not when the window asks."""
    for image in best_three(images):
        cancel.check()
        image.look_through()
    cancel.check()


def _read(paths: Sequence[Path], cancel: CancelToken, progress: Progress) -> Opened:
    found = open_all(paths, cancel.check, progress)
    _hash(found.images, cancel)
    return found


def made_sample(cancel: CancelToken, progress: Progress) -> Opened:
    from fusionviewer.formats.sample import sample_is_whole, write_sample

    folder = sample_folder()
    if not sample_is_whole(folder):
        write_sample(folder, progress, cancel.check, overwrite=True)
    return _read([folder / "DICOM" / name for name in SAMPLE_SERIES], cancel, progress)


def best_three(images: Sequence[Image]) -> tuple[Image, ...]:
    """At most three: of each rank the one with the most slices, then the rest in their order."""
    if len(images) <= MAX_IMAGES:
        return tuple(images)
    by_size = sorted(images, key=lambda image: -image.values.size)
    firsts = {pane_rank(image): image for image in reversed(by_size)}
    chosen = list(firsts.values())
    chosen += [image for image in images if not any(image is one for one in chosen)]
    return tuple(chosen[:MAX_IMAGES])


def what_to_say(found: Opened, chosen: Sequence[Image], before: Sequence[Image]) -> Notice | None:
    """What should be known of how it went: open already, not shown, not opened, left out."""
    parts = []
    known = {image.key for image in before}
    again = [image for image in chosen if image.key in known]
    if again:
        parts.append(_("“{name}” is open already.", name=again[0].name))
    elif len({image.key for image in chosen}) < len(chosen):
        parts.append(_("The same image was given twice, and opened once."))
    if len(chosen) < len(found.images):
        names = ", ".join(f"{kind(image)} “{image.name}”" for image in chosen)
        parts.append(
            _(
                "There are {count} images; these were opened: {names}.",
                count=len(found.images),
                names=names,
            )
        )
    if found.problems:
        count = len(found.problems)
        said = plural(
            "{count} file did not open: {problem}",
            "{count} files did not open: {problem}",
            count,
            problem=found.problems[0],
        )
        parts.append(said)
    parts += [found.left_out.sentence()] if found.left_out.sentence() else []
    return Notice(" ".join(parts)) if parts else None
