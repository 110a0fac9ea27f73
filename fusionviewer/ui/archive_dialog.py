"""The archive: search it, fetch from it what is to be fused, send it what was exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.texts import marked, plural
from fusionviewer.texts import text as _
from fusionviewer.ui import archive_work as work
from fusionviewer.ui.archive_entries import Entries
from fusionviewer.ui.archive_tables import SERIES, STUDIES, MatchTable
from fusionviewer.ui.messages import notice
from fusionviewer.ui.progress_strip import ProgressStrip
from fusionviewer.ui.runner import Job
from fusionviewer.workspace.archives import ArchiveEntry

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

MODALITIES = (marked("Any kind"), "CT", "MR", "PT", "NM")


def ask_archive(window: MainWindow) -> ArchiveDialog:
    """The dialog of the window: the same each time, with what was found before."""
    dialog = window.findChild(ArchiveDialog) or ArchiveDialog(window)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    dialog.follow_window()
    return dialog


class ArchiveDialog(QDialog):
    """Stays open beside the window; one thing is done after another, and can be cancelled.

    What is fetched lies in a folder that goes when the program ends.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(_("Archive"))
        self.resize(980, 640)
        self._window = window
        self._fetched = TemporaryDirectory(prefix="fusionviewer-", ignore_cleanup_errors=True)
        self.entries = Entries(window)
        self.patient_id, self.name = QLineEdit(), QLineEdit()
        self.days, self.modality = QComboBox(), QComboBox()
        self.search = QPushButton(_("&Search"))
        self.others = QPushButton(_("&Other examinations of the open patient"))
        self.studies = MatchTable(STUDIES, _("Studies"), several=False)
        self.series = MatchTable(SERIES, _("Series"), several=True)
        self.fetch, self.send = QPushButton(_("&Fetch and open")), QPushButton(_("Send a &folder…"))
        self.send_last = QPushButton(_("Send the &last export"))
        self.said = QLabel(wordWrap=True)
        self.progress = ProgressStrip()
        self._build()
        self._connect()
        self.follow_window()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.entries)
        form = QHBoxLayout()
        for label, field in ((_("Patient &ID"), self.patient_id), (_("&Name"), self.name)):
            text = QLabel(label)
            text.setBuddy(field)
            field.setAccessibleName(label.replace("&", ""))
            field.setClearButtonEnabled(True)
            form.addWidget(text)
            form.addWidget(field, stretch=1)
        for words, days in work.DAYS.items():
            self.days.addItem(_(words), days)
        self.days.setAccessibleName(_("When"))
        self.modality.addItems([_(kind) for kind in MODALITIES])
        self.modality.setAccessibleName(_("Kind of images"))
        for part in (self.days, self.modality, self.search):
            form.addWidget(part)
        layout.addLayout(form)
        layout.addWidget(self.studies, stretch=3)
        layout.addWidget(self.series, stretch=2)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.said)
        layout.addWidget(self.progress)
        row = QHBoxLayout()
        for button in (self.others, self.send_last, self.send, self.fetch):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.insertStretch(1)
        layout.addLayout(row)
        self.search.setDefault(True)
        self.patient_id.setFocus()

    def _connect(self) -> None:
        self.search.clicked.connect(lambda _checked: self.look())
        self.others.clicked.connect(lambda _checked: self.look_for_others())
        self.studies.itemSelectionChanged.connect(self._list_series)
        self.series.itemSelectionChanged.connect(self.follow_window)
        self.series.itemDoubleClicked.connect(lambda _item: self.bring())
        self.fetch.clicked.connect(lambda _checked: self.bring())
        self.send.clicked.connect(lambda _checked: self._ask_folder())
        self.send_last.clicked.connect(lambda _checked: self._send_last())
        self.entries.changed.connect(self._other_archive)
        self.entries.tested.connect(self._test)
        self.entries.refused.connect(self._fail)
        queue = self._window.queue
        queue.started.connect(self.progress.begin)
        queue.progressed.connect(self.progress.advance)
        queue.idle.connect(self.progress.end)
        self.progress.cancel_asked.connect(queue.cancel)

    def follow_window(self) -> None:
        """What can be done now."""
        there = self.entries.entry is not None
        self.search.setEnabled(there)
        self.fetch.setEnabled(there and bool(self.series.chosen))
        self.send.setEnabled(there)
        self.send_last.setEnabled(there and self._window.exporter.last is not None)
        self.others.setEnabled(there and bool(_patient(self._window).get("PatientID")))

    def look(self) -> None:
        kind = self.modality.currentText() if self.modality.currentIndex() else ""
        days = self.days.currentData()
        wanted = work.asked(self.patient_id.text(), self.name.text(), days, kind)
        self._do(_("Searching"), lambda e, c, _p: work.studies(e, wanted, c), self._show_studies)

    def look_for_others(self) -> None:
        patient = _patient(self._window)
        self._do(_("Searching"), lambda e, c, _p: work.others(e, patient, c), self._show_others)

    def bring(self) -> None:
        chosen, folder = self.series.chosen, Path(self._fetched.name)
        if chosen:
            self._do(
                plural("Fetching {count} series", "Fetching {count} series", len(chosen)),
                lambda e, c, p: work.fetched(e, chosen, folder, c, p),
                self._open,
            )

    def send_path(self, path: Path) -> None:
        self._do(
            _("Sending “{name}”", name=path.name),
            lambda e, c, p: work.sent(e, path, c, p),
            self._tell_sent,
        )

    def _do(
        self,
        title: str,
        act: Callable[[ArchiveEntry, CancelToken, Progress], Any],
        done: Callable[[Any], None],
    ) -> None:
        entry = self.entries.entry
        if entry is None:
            return
        self._say(title + "…")
        self._window.queue.add(
            Job(
                title,
                lambda cancel, progress: act(entry, cancel, progress),
                done,
                self._fail,
                lambda: self._say(_("Cancelled. What came before can be gone on with.")),
            )
        )

    def _show_studies(self, found: work.Studies) -> None:
        self.studies.show_matches(found.matches)
        self.series.show_matches(())
        said = plural("{count} study.", "{count} studies.", len(found.matches))
        self._say(f"{said} {_('There are more: ask more narrowly.')}" if found.more else said)

    def _show_others(self, found: list[Any]) -> None:
        self.studies.show_matches(())
        self.series.show_matches(
            [
                {**p.series, **{k: p.study[k] for k in ("StudyDate", "StudyInstanceUID")}}
                for p in found
            ]
        )
        self._say(
            plural(
                "{count} series of another kind of this patient.",
                "{count} series of another kind of this patient, the nearest first.",
                len(found),
            )
        )

    def _list_series(self) -> None:
        for study in self.studies.chosen:
            self._list_series_of(study["StudyInstanceUID"], study["StudyDate"])

    def _list_series_of(self, uid: str, day: str) -> None:
        self._do(
            _("Listing series"),
            lambda e, c, _p: work.series(e, uid, c),
            lambda found: self._show_series(found, day),
        )

    def _show_series(self, found: tuple[work.Match, ...], day: str) -> None:
        self.series.show_matches([{"StudyDate": day, **match} for match in found])
        self._say(plural("{count} series.", "{count} series. Choose one or two.", len(found)))

    def _open(self, folders: list[Path]) -> None:
        self._say(_("Fetched, and opened."))
        self._window.open(folders)

    def _tell_sent(self, told: tuple[int, tuple[str, ...]]) -> None:
        kept, refused = told
        said = plural("The archive kept {count} file.", "The archive kept {count} files.", kept)
        if refused:
            said += " " + _("{count} were not kept: {first}", count=len(refused), first=refused[0])
        self._say(said, warning=bool(refused))

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, _("Send a folder"), str(self._window.export_folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.send_path(Path(name)))
        dialog.open()

    def _send_last(self) -> None:
        if self._window.exporter.last is not None:
            self.send_path(self._window.exporter.last)

    def _other_archive(self) -> None:
        """Of another archive nothing was found yet."""
        self.studies.show_matches(())
        self.series.show_matches(())
        self._say("")
        self.follow_window()

    def _test(self) -> None:
        self._do(
            _("Testing"),
            lambda e, c, _p: work.echoed(e, c),
            lambda seconds: self._say(
                _("It answers, in {seconds:.0f} ms.", seconds=seconds * 1000)
            ),
        )

    def _fail(self, error: Exception) -> None:
        words = notice(error)
        if words.is_bug:
            self._window.say_error(error)
        self._say(" ".join((words.text, words.hint)), warning=True)

    def _say(self, text: str, *, warning: bool = False) -> None:
        self.said.setText(text)
        self.said.setProperty("kind", "warning" if warning else "")
        self.follow_window()


def _patient(window: MainWindow) -> dict[str, str]:
    """Whose image is active: what its header says of patient, kind and day."""
    state = window.store.state
    if not state.slots:
        return {}
    native = state.slots[state.fused_slots[0] if state.pair else 0].native
    header = native.source.headers[0] if native.source.headers else {}
    return {
        "PatientID": native.patient.id,
        "PatientBirthDate": native.patient.birth_date,
        "Modality": native.modality,
        "StudyDate": str(header.get("StudyDate") or ""),
    }
