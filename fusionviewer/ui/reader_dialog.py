"""The blinded reading itself: two pictures without names, and what the reader says of them."""

from html import escape
from pathlib import Path
from time import monotonic

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.engine.engine import Engine
from fusionviewer.errors import ExportError
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.reader_pictures import ReaderPictures
from fusionviewer.ui.reader_rating import RatingRow
from fusionviewer.ui.reader_work import TrialPictures, TrialWorker
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.text_file import save_text
from fusionviewer.workspace.reader import Reading, Trial, as_csv, with_rating
from fusionviewer.workspace.reader_summary import summary_page
from fusionviewer.workspace.state import ViewState

HELP = marked(
    "1 to 5: score of the left, then of the right (5 is best) · ← ↓ →: left, alike, right is "
    "better · Enter: next · Backspace: again · Wheel with Ctrl, right drag: zoom"
)


class ReaderDialog(QDialog):
    """One trial after another; every answer is in the file before the next is shown."""

    ended = Signal()

    def __init__(
        self,
        reading: Reading,
        path: Path,
        engine: Engine,
        state: ViewState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.reading, self._path = reading, path
        self._since = monotonic()
        self._trial: Trial | None = None
        self._skipped: set[int] = set()  # those that could not be shown
        self._failed = False
        self.pictures = ReaderPictures()
        self.rating = RatingRow()
        self.place, self.problem = QLabel(), QLabel(wordWrap=True)
        self.next = QPushButton(_("&Next"))
        self.page = QTextBrowser()
        self._pages = QStackedWidget()
        self._runner = NewestOnlyRunner(TrialWorker(engine, state), self)
        self._runner.finished.connect(self._receive)
        self._runner.failed.connect(self._fail)
        self.rating.changed.connect(self._enable)
        self.next.clicked.connect(self._go_on)
        self._build()
        self._ask()

    def _build(self) -> None:
        self.setWindowTitle(_("Blinded reading · Not for diagnostic use"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.problem.setObjectName("quiet")
        self.page.setAccessibleName(_("Result of the reading"))
        self.next.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self.rating, stretch=1)
        foot.addWidget(self.next)
        help_line = QLabel(_(HELP), wordWrap=True)
        help_line.setObjectName("quiet")
        reading = QWidget()
        rows = QVBoxLayout(reading)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.pictures, stretch=1)
        rows.addLayout(foot)
        rows.addWidget(help_line)
        result = QWidget()
        column = QVBoxLayout(result)
        column.setContentsMargins(0, 0, 0, 0)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column.addWidget(self.page)
        column.addWidget(close)
        for page in (reading, result):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(self.place)
        layout.addWidget(self.problem)
        layout.addWidget(self._pages, stretch=1)

    @property
    def waiting(self) -> bool:
        """Whether pictures are being made."""
        return self._trial is not None and self.pictures.number != self._trial.number

    def _ask(self) -> None:
        """The first trial that is not rated, or the end."""
        self._trial, self._failed = self.reading.next(self._skipped), False
        self.rating.clear()
        self._say("")
        if self._trial is None:
            self._end()
            return
        self.place.setText(
            _(
                "Comparison {number} of {count}",
                number=self.reading.done + 1,
                count=len(self.reading.trials),
            )
        )
        self.pictures.wait()
        self._enable()
        self._runner.start(self._trial)

    def _receive(self, made: TrialPictures) -> None:
        if self._trial is not None and made.number == self._trial.number:
            self.pictures.show_pictures(made)
            self._since = monotonic()
            self._enable()
            self.pictures.setFocus()

    def _fail(self, error: Exception) -> None:
        """It stays unrated, and the others can go on."""
        words = notice(error)
        self._failed = True
        self._say(_("{text} {hint} Next skips this comparison.", text=words.text, hint=words.hint))
        self._enable()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _enable(self) -> None:
        self.rating.setEnabled(not self.waiting)
        self.next.setEnabled(self._failed or (self.rating.complete and not self.waiting))

    def _go_on(self) -> None:
        if self._trial is None or not self.next.isEnabled():
            return
        if self._failed:
            self._skipped.add(self._trial.number)
            self._ask()
            return
        seconds = monotonic() - self._since
        rated = with_rating(
            self.reading, self._trial.number, self.rating.scores, self.rating.preference, seconds
        )
        if self._saved(rated):
            self.reading = rated
            self._ask()

    def _saved(self, reading: Reading) -> bool:
        """Whether it is in the file; if not, nothing moves on and nothing is lost."""
        try:
            save_text(self._path, as_csv(reading))
        except ExportError as error:
            words: Notice = notice(error)
            self._say(
                _(
                    "{text} Free some space, or mount the disk again, and press Next.",
                    text=words.text,
                )
            )
            return False
        return True

    def _end(self) -> None:
        """Only now are the methods named."""
        self.place.setText(_("All comparisons are done."))
        self.page.setHtml(
            "<h3>{}</h3>{}<p>{}</p>".format(
                _("Result"),
                summary_page(self.reading),
                escape(_("Every answer is in “{name}”.", name=self._path.name)),
            )
        )
        self._pages.setCurrentIndex(1)
        self.page.setFocus()
        self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_on()
        elif self.waiting or not self.rating.press(event.key()):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.done(0)
        event.accept()

    def done(self, result: int) -> None:
        self._runner.close()
        super().done(result)
