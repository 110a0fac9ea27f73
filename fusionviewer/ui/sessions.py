"""Saving what is open as a session, opening it again, and losing nothing in a crash.

While the window is open, its session is kept in a folder of its user alone, and goes when the window
closes. If it is there at the next start, the program did not end well: then it is offered, until
the user has answered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.errors import ExportError, InputError
from fusionviewer.formats.catalogue import catalogue, open_entry
from fusionviewer.formats.writing import write_file
from fusionviewer.imaging.image import Image
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.runner import Job, QueueRunner
from fusionviewer.ui.store import Store
from fusionviewer.workspace.session import (
    ENDING,
    digest,
    files_of,
    read_session,
    session_of,
    stamp,
    text_of,
)
from fusionviewer.workspace.session_restore import Reopened, reopened, restored
from fusionviewer.workspace.state import ViewState

log = logging.getLogger(__name__)
SOON_MS = 1500  # after the first of a run of changes
NOW, BEFORE = f"open{ENDING}", f"before{ENDING}"
Digests = dict[str, str]  # of files, by their stamp


@dataclass(frozen=True)
class Crashed:
    """What was open when the program ended badly."""

    path: Path
    kinds: tuple[str, ...]


class Sessions(QObject):
    said = Signal(object, str)  # Notice, "error", "warning" or "good"
    failed = Signal(Exception)

    def __init__(self, store: Store, queue: QueueRunner, parent: QWidget) -> None:
        super().__init__(parent)
        self._store, self._queue, self._window = store, queue, parent
        self._path: Path | None = None  # where it was saved last
        self._saved: tuple[Image, ...] = ()  # what is in that file
        self._folder: Path | None = None  # where it is kept while the window is open
        self._quiet: QueueRunner | None = None
        self._digests: Digests = {}
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._keep_now)
        store.changed.connect(self._follow)

    def save(self) -> None:
        """Into the file of the last time; where there is none, the user is asked."""
        if self._path is None:
            self.save_as()
        else:
            self._save(self._path)

    def save_as(self) -> None:
        name = str(self._path or Path.home() / f"session{ENDING}")
        dialog = QFileDialog(
            self._window, _("Save the session"), name, _("Session (*{ending})", ending=ENDING)
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ENDING)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.save_to(Path(chosen)))
        dialog.open()

    def save_to(self, path: Path) -> None:
        self._save(path)

    def open(self, path: Path) -> None:
        """In place of what is open; that comes back with undo."""
        self._open(path, lambda: self._keep_path(path, self._store.state.natives))

    def _keep_path(self, path: Path, images: tuple[Image, ...]) -> None:
        """Where these images are saved the next time, as long as one of them is open."""
        self._path, self._saved = path, images
        self._forget_path(self._store.state)

    def _forget_path(self, now: ViewState) -> None:
        """Nothing of what it holds is open: saving would overwrite it with something else."""
        if not any(image is one for image in now.natives for one in self._saved):
            self._path, self._saved = None, ()

    def _open(self, path: Path, then: Callable[[], object]) -> None:
        def done(found: Reopened) -> None:
            self._show(found)
            then()

        title = _("Opening the session “{name}”", name=path.name)
        self._queue.add(Job(title, lambda c, p: _read(path, c, p), done, self.failed.emit))

    def _show(self, found: Reopened) -> None:
        notes: list[str] = []

        def change(state: ViewState) -> ViewState:
            result = restored(found, state)
            notes.extend(result.notes)
            return result.state

        self._store.settle()
        self._store.apply(change)
        self._store.settle()
        if notes:
            self.said.emit(Notice(" ".join(notes)), "warning")

    def _save(self, path: Path) -> None:
        state, known = self._store.state, dict(self._digests)

        def done(digests: Digests) -> None:
            self._digests |= digests
            self._keep_path(path, state.natives)
            self.said.emit(Notice(_("The session is saved as “{name}”.", name=path.name)), "good")

        title = _("Saving the session “{name}”", name=path.name)
        work = _writing(path, state, known)
        self._queue.add(Job(title, work, done, self.failed.emit, lasting=True))

    def keep_in(self, folder: Path) -> Crashed | None:
        """Keep what is open in `folder` from now on; what a crash has left there, if anything.

        Nothing is kept where nothing can be written.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            if (folder / NOW).exists():
                (folder / NOW).replace(folder / BEFORE)
        except OSError as error:
            log.warning("No session is kept, because of %s", type(error).__name__)
            return None
        self._folder, self._quiet = folder, QueueRunner(self)
        return _crashed(folder / BEFORE)

    def reopen(self, crashed: Crashed) -> None:
        self._open(crashed.path, lambda: self.forget(crashed))

    def forget(self, crashed: Crashed) -> None:
        _removed(crashed.path)

    def stop_keeping(self, forget: bool = False) -> None:
        """The window closes: what was open goes. What a crash had left stays until it is answered,
        or until the user wants nothing kept (`forget`).
        """
        self._soon.stop()
        if self._quiet is not None:
            self._quiet.close()
        if self._folder is not None:
            for name in (NOW, BEFORE) if forget else (NOW,):
                _removed(self._folder / name)
        self._folder = self._quiet = None

    def _follow(self, _before: ViewState, now: ViewState) -> None:
        self._forget_path(now)
        if self._folder is not None and not self._soon.isActive():
            self._soon.start()

    def _keep_now(self) -> None:
        if self._folder is None or self._quiet is None:
            return
        if self._quiet.busy:
            self._soon.start()
        elif self._store.state.slots:
            work = _writing(self._folder / NOW, self._store.state, dict(self._digests))
            self._quiet.add(Job(_("Keeping the session"), work, self._digests.update, _not_kept))
        else:
            _removed(self._folder / NOW)


def _read(path: Path, cancel: CancelToken, progress: Progress) -> Reopened:
    def open_files(paths: Sequence[Path], check: Callable[[], None]) -> Iterator[Image]:
        for entry in catalogue(paths, check).entries:
            yield open_entry(entry, check)

    return reopened(read_session(path), open_files, cancel.check, progress)


def _writing(
    path: Path, state: ViewState, known: Digests
) -> Callable[[CancelToken, Progress], Digests]:
    """The work of writing `state` to `path`; it gives the fingerprints that it had to take."""

    def write(cancel: CancelToken, progress: Progress) -> Digests:
        digests, stamps = {}, [stamp(files_of(image)) for image in state.natives]
        for done, (image, one) in enumerate(zip(state.natives, stamps, strict=True)):
            digests[one] = known.get(one) or digest(files_of(image), cancel.check)
            progress(done, len(state.natives))
        session = session_of(state, [digests[one] for one in stamps])
        cancel.check()
        write_file(path, text_of(session, path.parent).encode(), overwrite=True)
        return digests

    return write


def _not_kept(error: Exception) -> None:
    kind = "a full or missing disk" if isinstance(error, ExportError) else type(error).__name__
    log.warning("The open session was not kept, because of %s", kind)


def _crashed(path: Path) -> Crashed | None:
    """What is kept in `path`; None when there is none, or none that can be read."""
    if not path.exists():
        return None
    try:
        kinds = tuple(kept.kind for kept in read_session(path).images)
    except InputError:
        _removed(path)
        return None
    return Crashed(path, kinds) if kinds else None


def _removed(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
