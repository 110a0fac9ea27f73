"""Opening files, pairing images, making the sample patient: off the GUI thread."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fusionviewer.formats.catalogue import SeriesEntry
from fusionviewer.formats.reading import Opened
from fusionviewer.imaging.image import Image
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.opening_work import (
    Found,
    best_three,
    found_in,
    made_sample,
    opened_series,
    what_to_say,
)
from fusionviewer.ui.runner import Job, QueueRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.arrangement import (
    MAX_IMAGES,
    Paired,
    all_closed,
    find_pair,
    is_as_placed,
    opened,
    opened_at,
    with_pairing,
)
from fusionviewer.workspace.state import Refusal, ViewState


class Opener(QObject):
    """Brings files into the state. What is open stays open when a new file fails."""

    said = Signal(object, str)  # Notice, "error", "warning" or "good"
    failed = Signal(Exception)
    patients_differ = Signal()  # the state's refusal may be overruled by the user
    listed = Signal(object)  # the Catalogue of what was given
    reading = Signal(object)  # Growing series, while headers are read; none when that is over
    choice_asked = Signal()  # it has more series than can be shown at once
    previewed = Signal(object, int)  # the middle slice as an Image, of how many that are being read

    def __init__(self, store: Store, queue: QueueRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._queue = store, queue
        self._asked: tuple[object, ...] = ()  # which pair is being found
        store.changed.connect(self._follow)

    def open(self, paths: Sequence[Path]) -> None:
        files, tell, heard = tuple(paths), self.previewed.emit, self.reading.emit
        if not files:
            return
        title = (
            _("Opening “{name}”", name=files[0].name)
            if len(files) == 1
            else _("Opening {count} files", count=len(files))
        )
        self._queue.add(
            Job(
                title,
                lambda c, p: found_in(files, tell, c, p, heard),
                self._receive,
                self._fail,
                lambda: self.reading.emit(()),
            )
        )

    def open_series(self, entries: Sequence[SeriesEntry], place: int | None = None) -> None:
        """Open series of a catalogue; a single one in pane `place`, if that is given."""
        wanted = tuple(entries)[:MAX_IMAGES]
        title = (
            _("Opening “{name}”", name=wanted[0].name)
            if len(wanted) == 1
            else _("Opening {count} series", count=len(wanted))
        )
        there, tell = place if len(wanted) == 1 else None, self.previewed.emit
        self._queue.add(
            Job(
                title,
                lambda c, p: opened_series(wanted, tell, c, p),
                lambda found: self._place(found, there),
                self._fail,
            )
        )

    def open_sample(self) -> None:
        """Make the sample patient when it is not there yet, and open its CT and MR."""
        self._queue.add(
            Job(_("Making the sample patient"), made_sample, self._place_sample, self._fail)
        )

    def _place_sample(self, found: Opened) -> None:
        self._store.apply(all_closed)
        self._place(found)

    def _receive(self, found: Found) -> None:
        self.reading.emit(())
        self.listed.emit(found.catalogue)
        if found.opened is not None and not found.opened.images:
            self._fail(found.opened.problems[0])
            return
        if found.opened is not None:
            self._place(found.opened)
            return
        count = sum(entry.opens for entry in found.catalogue.entries)
        words = _(
            "There are {count} series. Choose those to be shown: double click, or Enter.",
            count=count,
        )
        without = found.catalogue.left_out.sentence()
        self.said.emit(Notice(f"{words} {without}".strip()), "warning")
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
        said = what_to_say(found, chosen, before)
        if said is not None:
            self.said.emit(said, "warning")

    def _fail(self, error: Exception) -> None:
        self.reading.emit(())
        self.failed.emit(error)

    def _follow(self, _before: ViewState, now: ViewState) -> None:
        if not now.pairing_due:
            self._asked = ()
            return
        as_placed = is_as_placed(now)
        asked = (*now.natives, now.fused_slots, now.confirmed, as_placed)
        if asked == self._asked:
            return
        self._asked = asked
        natives, fused_slots, confirmed = now.natives, now.fused_slots, now.confirmed
        self._queue.add(
            Job(
                _("Bringing the images together"),
                lambda cancel, _p: find_pair(
                    natives, fused_slots, confirmed, as_placed, cancel.check
                ),
                self._paired,
                lambda error: self._not_paired(natives, fused_slots, error),
                lambda: self._not_paired(natives, fused_slots, None),
            )
        )

    def _paired(self, found: Paired) -> None:
        self._store.apply(with_pairing, found)
        refusal = self._store.state.refusal
        if refusal is not None and refusal is found.refusal and refusal.asks == "patients":
            self.patients_differ.emit()

    def _not_paired(
        self, natives: tuple[Image, ...], fused_slots: tuple[int, int], error: Exception | None
    ) -> None:
        """Cancelled, or a fault of ours: the pane says so, and the images stay."""
        if error is None:
            words = Notice(
                _("The two images were not brought together, for it was cancelled."),
                _("Open one again."),
            )
        else:
            self.failed.emit(error)
            words = notice(error)
        refusal = Refusal(words.text, words.hint)
        self._store.apply(with_pairing, Paired(natives, fused_slots, refusal=refusal))
