"""Opening files, pairing images, making the sample patient: off the GUI thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.errors import InputError
from fusionviewer.formats.catalogue import Catalogue, SeriesEntry, catalogue, open_entry
from fusionviewer.formats.reading import Opened, open_all
from fusionviewer.imaging.image import Image
from fusionviewer.paths import sample_folder
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.runner import Job, QueueRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.arrangement import (
    MAX_IMAGES,
    Paired,
    all_closed,
    find_pair,
    opened,
    opened_at,
    pane_rank,
    with_pairing,
)
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.state import Refusal, ViewState

SAMPLE_SERIES = ("CT", "T1")


@dataclass(frozen=True)
class Found:
    """What files and folders hold; `opened` is None where there is more than panes have room for."""

    catalogue: Catalogue
    opened: Opened | None


class Opener(QObject):
    """Brings files into the state. What is open stays open when a new file fails."""

    said = Signal(object, str)  # Notice, "error", "warning" or "good"
    failed = Signal(Exception)
    patients_differ = Signal()  # the state's refusal may be overruled by the user
    listed = Signal(object)  # the Catalogue of what was given
    choice_asked = Signal()  # it has more series than can be shown at once

    def __init__(self, store: Store, queue: QueueRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._queue = store, queue
        self._asked: tuple[object, ...] = ()  # which pair is being found
        store.changed.connect(self._follow)

    def open(self, paths: Sequence[Path]) -> None:
        files = tuple(paths)
        if not files:
            return
        title = f"Opening “{files[0].name}”" if len(files) == 1 else f"Opening {len(files)} files"
        self._queue.add(Job(title, lambda c, p: _found(files, c, p), self._receive, self._fail))

    def open_series(self, entries: Sequence[SeriesEntry], place: int | None = None) -> None:
        """Open series of a catalogue; a single one in pane `place`, if that is given."""
        wanted = tuple(entries)[:MAX_IMAGES]
        title = (
            f"Opening “{wanted[0].name}”" if len(wanted) == 1 else f"Opening {len(wanted)} series"
        )
        there = place if len(wanted) == 1 else None
        self._queue.add(
            Job(
                title,
                lambda c, p: _opened(wanted, c, p),
                lambda found: self._place(found, there),
                self._fail,
            )
        )

    def open_sample(self) -> None:
        """Make the sample patient when it is not there yet, and open its CT and MR."""
        self._queue.add(Job("Making the sample patient", _sample, self._place_sample, self._fail))

    def _place_sample(self, found: Opened) -> None:
        self._store.apply(all_closed)
        self._place(found)

    def _receive(self, found: Found) -> None:
        self.listed.emit(found.catalogue)
        if found.opened is not None:
            self._place(found.opened)
            return
        count = sum(entry.opens for entry in found.catalogue.entries)
        words = f"There are {count} series. Choose those to be shown: double click, or Enter."
        self.said.emit(Notice(words), "warning")
        self.choice_asked.emit()

    def _place(self, found: Opened, place: int | None = None) -> None:
        chosen = best_three(found.images)
        before = self._store.state.natives
        self._store.settle()
        for image in chosen:
            if place is None:
                self._store.apply(opened, image)
            else:
                self._store.apply(opened_at, place, image)
        self._store.settle()
        said = _said(found, chosen, before)
        if said is not None:
            self.said.emit(said, "warning")

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)

    def _follow(self, _before: ViewState, now: ViewState) -> None:
        if not now.pairing_due:
            self._asked = ()
            return
        asked = (*now.natives, now.fused_slots, now.confirmed)
        if asked == self._asked:
            return
        self._asked = asked
        natives, fused_slots, confirmed = now.natives, now.fused_slots, now.confirmed
        self._queue.add(
            Job(
                "Bringing the images together",
                lambda _c, _p: find_pair(natives, fused_slots, confirmed),
                self._paired,
                lambda error: self._not_paired(natives, fused_slots, error),
                lambda: self._not_paired(natives, fused_slots, None),
            )
        )

    def _paired(self, found: Paired) -> None:
        self._store.apply(with_pairing, found)
        refusal = self._store.state.refusal
        if refusal is not None and refusal is found.refusal and refusal.confirmable:
            self.patients_differ.emit()

    def _not_paired(
        self, natives: tuple[Image, ...], fused_slots: tuple[int, int], error: Exception | None
    ) -> None:
        """Cancelled, or a fault of ours: the pane says so, and the images stay."""
        if error is None:
            words = Notice(
                "The two images were not brought together, for it was cancelled.", "Open one again."
            )
        else:
            self.failed.emit(error)
            words = notice(error)
        refusal = Refusal(words.text, words.hint)
        self._store.apply(with_pairing, Paired(natives, fused_slots, refusal=refusal))


def _found(paths: Sequence[Path], cancel: CancelToken, progress: Progress) -> Found:
    """The series of what was given, opened where there are few enough of them.

    Raises:
        InputError: there is nothing that opens, and why.
    """
    listed = catalogue(paths, cancel.check, progress)
    good = [entry for entry in listed.entries if entry.opens]
    if not good:
        first = listed.entries[0]
        raise InputError(first.problem, first.hint)
    if len(good) > MAX_IMAGES:
        return Found(listed, None)
    found = _opened(sorted(good, key=lambda entry: _rank(entry, paths)), cancel, progress)
    refused = tuple(InputError(e.problem, e.hint) for e in listed.entries if not e.opens)
    problems = (*found.problems, *refused, *listed.problems)
    return Found(listed, Opened(found.images, problems, listed.skipped))


def _rank(entry: SeriesEntry, paths: Sequence[Path]) -> int:
    """Series come in the order in which their files and folders were given."""
    first = entry.paths[0]
    return next((i for i, p in enumerate(paths) if first == p or p in first.parents), len(paths))


def _opened(entries: Sequence[SeriesEntry], cancel: CancelToken, progress: Progress) -> Opened:
    """The images of `entries`; what does not open is a problem, unless nothing does.

    Raises:
        InputError: none of them opens, and why the first does not.
    """
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


def _hash(images: Sequence[Image], cancel: CancelToken) -> None:
    """Fingerprints take time too: here, and not when the window asks."""
    for image in best_three(images):
        cancel.check()
        _ = image.key
    cancel.check()


def _read(paths: Sequence[Path], cancel: CancelToken, progress: Progress) -> Opened:
    found = open_all(paths, cancel.check, progress)
    _hash(found.images, cancel)
    return found


def _sample(cancel: CancelToken, progress: Progress) -> Opened:
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


def _said(found: Opened, chosen: Sequence[Image], before: Sequence[Image]) -> Notice | None:
    """What should be known of how it went: left out, skipped, open already."""
    parts = []
    known = {image.key for image in before}
    again = [image for image in chosen if image.key in known]
    if again:
        parts.append(f"“{again[0].name}” is open already.")
    elif len({image.key for image in chosen}) < len(chosen):
        parts.append("The same image was given twice, and opened once.")
    if len(chosen) < len(found.images):
        names = ", ".join(f"{kind(image)} “{image.name}”" for image in chosen)
        parts.append(f"There are {len(found.images)} images; these were opened: {names}.")
    if found.problems:
        count = len(found.problems)
        parts.append(f"{count} file{'s' * (count > 1)} did not open: {found.problems[0]}")
    return Notice(" ".join(parts)) if parts else None
