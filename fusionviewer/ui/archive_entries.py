"""Which archive: a list of those set up, and the way to set them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.archive_setup import ArchiveSetup
from fusionviewer.ui.runner import Job
from fusionviewer.workspace.archives import ArchiveEntry, with_archive, without_archive
from fusionviewer.workspace.settings import save_settings

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


class Entries(QWidget):
    """Keeps the settings of the window up to date, and on disk at once: nothing is typed twice."""

    changed = Signal()  # another archive, or the same with other settings
    tested = Signal()
    refused = Signal(object)  # PacsError: a password that could not be kept

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.choice = QComboBox()
        self.choice.setMinimumWidth(320)
        self.choice.setAccessibleName(_("Archive"))
        self.add, self.change = QPushButton(_("&Add…")), QPushButton(_("&Change…"))
        self.remove, self.test = QPushButton(_("&Remove")), QPushButton(_("&Test"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        label = QLabel(_("A&rchive"))
        label.setBuddy(self.choice)
        row.addWidget(label)
        row.addWidget(self.choice)
        for button in (self.add, self.change, self.remove, self.test):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch()
        self.choice.currentIndexChanged.connect(lambda _i: self._fit())
        self.add.clicked.connect(lambda _checked: self.set_up(None))
        self.change.clicked.connect(lambda _checked: self.set_up(self.entry))
        self.remove.clicked.connect(lambda _checked: self._remove())
        self.test.clicked.connect(lambda _checked: self.tested.emit())
        self._fill("")

    @property
    def entry(self) -> ArchiveEntry | None:
        found: ArchiveEntry | None = self.choice.currentData()
        return found

    def set_up(self, entry: ArchiveEntry | None) -> ArchiveSetup:
        dialog = ArchiveSetup(entry, self)
        old = entry.name if entry else ""
        dialog.saved.connect(lambda new, secret: self._save(new, secret, old))
        dialog.open()
        return dialog

    def _save(self, entry: ArchiveEntry, secret: str, old: str) -> None:
        if secret:
            self._in_store(_("Keeping the password"), lambda: _keep_secret(entry.name, secret))
        self._keep(with_archive(self._window.settings.archives, entry, old))
        self._fill(entry.name)

    def _remove(self) -> None:
        entry = self.entry
        if entry is None:
            return
        if entry.secret != "none":
            self._in_store(_("Forgetting the password"), lambda: _forget_secret(entry.name))
        self._keep(without_archive(self._window.settings.archives, entry.name))
        self._fill("")

    def _in_store(self, title: str, act: Callable[[], None]) -> None:
        """Off the GUI thread: the system may ask its user to unlock the key store."""
        self._window.queue.add(
            Job(title, lambda _c, _p: act(), lambda _nothing: None, self.refused.emit)
        )

    def _keep(self, archives: tuple[ArchiveEntry, ...]) -> None:
        self._window.settings = self._window.settings.model_copy(update={"archives": archives})
        save_settings(self._window.settings)

    def _fill(self, chosen: str) -> None:
        self.choice.blockSignals(True)
        self.choice.clear()
        for entry in self._window.settings.archives:
            self.choice.addItem("   ".join((entry.name, entry.address)), entry)
            if entry.name == chosen:
                self.choice.setCurrentIndex(self.choice.count() - 1)
        if not self.choice.count():
            self.choice.addItem(_("None is set up yet"), None)
        self.choice.blockSignals(False)
        self._fit()

    def _fit(self) -> None:
        for button in (self.change, self.remove, self.test):
            button.setEnabled(self.entry is not None)
        self.changed.emit()


def _keep_secret(name: str, secret: str) -> None:
    from fusionviewer.pacs.secrets import keep_secret  # its library takes a moment

    keep_secret(name, secret)


def _forget_secret(name: str) -> None:
    from fusionviewer.pacs.secrets import forget_secret

    forget_secret(name)
