"""File ▸ Open recent: what was opened lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QMenuBar

from fusionviewer.texts import text as _
from fusionviewer.ui.store import Store
from fusionviewer.workspace.recent import Recent, load_recent, save_recent, with_recent
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import ViewState

AFTER = "open-folder"  # the command that it comes after


class RecentFiles(QObject):
    """Remembers what was asked for once its images are there, and offers it again."""

    chosen = Signal(object)  # list[Path]

    def __init__(
        self, store: Store, settings: Callable[[], Settings], folder: Path, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._settings, self._folder = settings, folder
        self._asked: tuple[Path, ...] = ()
        self.known: tuple[Recent, ...] = load_recent(folder) if self._kept else ()
        self.menu = QMenu(_("Open &recent"))
        self.menu.aboutToShow.connect(self._fill)
        self._show_whether_any()
        store.changed.connect(self._follow)

    def add_to(self, bar: QMenuBar) -> None:
        """Below the command AFTER in its menu."""
        for action in bar.actions():
            menu = action.menu()
            below = [one.objectName() for one in menu.actions()] if isinstance(menu, QMenu) else []
            if AFTER in below[:-1] and isinstance(menu, QMenu):
                menu.insertMenu(menu.actions()[below.index(AFTER) + 1], self.menu)

    def note(self, paths: Sequence[Path]) -> None:
        """These were asked for; they count once an image of them is there."""
        self._asked = tuple(path.absolute() for path in paths)

    def clear(self) -> None:
        self.known = ()
        self.keep()

    @property
    def _kept(self) -> bool:
        return self._settings().recent_files != "run"

    def _follow(self, before: ViewState, now: ViewState) -> None:
        known = {id(image) for image in before.natives}
        new = [image for image in now.natives if id(image) not in known]
        if not new or not self._asked:
            return
        recent = Recent(self._asked, tuple(image.kind for image in new), datetime.now())
        self.known, self._asked = with_recent(self.known, recent), ()
        self.keep()

    def keep(self) -> None:
        """On the disk where the settings allow it; else nowhere."""
        self._show_whether_any()
        save_recent(self.known if self._kept else (), self._folder)

    def _show_whether_any(self) -> None:
        self.menu.menuAction().setEnabled(bool(self.known))

    def _fill(self) -> None:
        self.menu.clear()
        names, today = self._settings().recent_files == "named", datetime.now().date()
        for number, recent in enumerate(self.known, start=1):
            text = recent.label(today, names=names).replace("&", "&&")
            one = self.menu.addAction("  ".join((f"&{number}", text)))
            one.triggered.connect(partial(self._choose, recent))
        self.menu.addSeparator()
        self.menu.addAction(_("&Forget these")).triggered.connect(lambda _checked: self.clear())

    def _choose(self, recent: Recent, _checked: bool = False) -> None:
        self.chosen.emit(list(recent.paths))
