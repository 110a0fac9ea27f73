"""One window per user and screen: a second start hands its files to the first, and ends.

Whoever holds the lock file is the first. It listens on a socket that only its own user may open;
the names of files go through it, and they may name patients. Where neither can be made, or the first
does not answer, a second window opens: nothing here keeps the program from starting.
"""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from fusionviewer.paths import APP

PATIENCE_MS = 60_000  # the first may still be starting, and a hundred others with it
FIRST_MS = 5_000  # from its lock to its socket
AGAIN_MS = 50
SILENCE_MS = 10_000  # that a later start may keep before it is left
GATHERING_MS = 100  # what many starts at once name is opened together
MOST_WAITING = 200
MAX_MESSAGE = 1_000_000
LONGEST_SOCKET = 100  # bytes; Linux allows 108, macOS 104
TAKEN = b"taken\n"


class FirstInstance(QObject):
    """Listens for those that start later, as long as it lives."""

    handed = Signal(object)  # list[Path]; empty when the second start named no file

    def __init__(self, lock: QLockFile, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.key = _key()  # of the screen on which it is the first
        self._lock = lock
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setListenBacklogSize(MOST_WAITING)
        self._guest: QLocalSocket | None = None
        self._deadline = QTimer(self, interval=SILENCE_MS, singleShot=True)
        self._deadline.timeout.connect(self._give_up)
        self._gathered: list[Path] = []
        self._soon = QTimer(self, interval=GATHERING_MS, singleShot=True)
        self._soon.timeout.connect(self._tell)
        QLocalServer.removeServer(name)  # what a crash left; the lock says that nobody uses it
        self._server.listen(name)

    def attend(self) -> None:
        """Hear those that wait and those to come. Until then they wait: no window is there yet."""
        self._server.newConnection.connect(self._greet)
        self._greet()

    def close(self) -> None:
        self._give_up()
        self._server.close()
        self._lock.unlock()

    def _greet(self) -> None:
        """A second start at a time is listened to; the next one waits for its turn."""
        if self._guest is None and self._server.hasPendingConnections():
            self._guest = self._server.nextPendingConnection()
            self._guest.readyRead.connect(self._hear)
            self._guest.disconnected.connect(self._leave)
            self._deadline.start()
            self._hear()

    def _hear(self) -> None:
        guest = self._guest
        if guest is None or not guest.canReadLine():
            if guest is not None and guest.bytesAvailable() > MAX_MESSAGE:
                guest.abort()
            return
        paths = _understood(bytes(guest.readLine().data()))
        if paths is not None:
            guest.write(TAKEN)
            guest.flush()
            self._gathered += paths
            self._soon.start()
        guest.disconnectFromServer()

    def _tell(self) -> None:
        """After those that wait were answered: opening takes longer than answering."""
        gathered, self._gathered = self._gathered, []
        self.handed.emit(gathered)

    def _give_up(self) -> None:
        if self._guest is not None:
            self._guest.abort()

    def _leave(self) -> None:
        self._deadline.stop()
        if self._guest is not None:
            self._guest.deleteLater()
            self._guest = None
        self._greet()


def first_instance(
    paths: Sequence[Path], folder: Path | None = None
) -> tuple[bool, FirstInstance | None]:
    """Whether another window took `paths`; if not, what listens for later starts, where possible.

    Args:
        folder: for lock and socket; only this user may enter it.
    """
    folder = folder or _private_folder()
    if folder is None:
        return False, None
    name = _socket_name(folder)
    lock = QLockFile(str(folder / f"{_key()}.lock"))
    lock.setStaleLockTime(0)  # a lock is stale when its process is gone, however old it is
    if lock.tryLock(0):
        return False, FirstInstance(lock, name) if name else None
    return bool(name) and _hand_over(name, paths), None


def _hand_over(name: str, paths: Sequence[Path]) -> bool:
    """Whether the first window took them."""
    socket = QLocalSocket()
    if not _connected(socket, name):
        return False
    message = json.dumps([str(path.absolute()) for path in paths]).encode() + b"\n"
    if len(message) > MAX_MESSAGE:
        return False
    socket.write(message)
    taken = socket.waitForReadyRead(PATIENCE_MS) and socket.readLine().data() == TAKEN
    socket.abort()
    return taken


def _connected(socket: QLocalSocket, name: str) -> bool:
    """Whether the first window listens, or does so soon: it has its lock a moment earlier."""
    deadline = QDeadlineTimer(FIRST_MS)
    while True:
        socket.connectToServer(name)
        if socket.waitForConnected(PATIENCE_MS):
            return True
        if deadline.hasExpired():
            return False
        QThread.msleep(AGAIN_MS)  # nothing of this start is on the screen yet


def _understood(message: bytes) -> list[Path] | None:
    """The paths in a message; None when it is none."""
    try:
        names = json.loads(message)
    except ValueError:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return [Path(name) for name in names]


def _private_folder() -> Path | None:
    """Where only this user may look; None where there is no such place."""
    for place in (os.environ.get("XDG_RUNTIME_DIR"), platformdirs.user_cache_dir(APP, False)):
        folder = Path(place or "") / "fusionviewer-run"
        if not place:
            continue
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if sys.platform == "win32" or _is_ours_alone(folder):
                return folder
        except OSError:
            continue
    return None


def _is_ours_alone(folder: Path) -> bool:
    about = folder.stat()
    return about.st_uid == os.getuid() and not about.st_mode & 0o077


def _socket_name(folder: Path) -> str:
    """The name of the socket, or of the pipe on Windows; "" when it would be too long."""
    if sys.platform == "win32":
        user = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        return f"fusionviewer-{user}-{_key()}"
    path = str(folder / f"{_key()}.socket")
    return path if len(os.fsencode(path)) <= LONGEST_SOCKET else ""


def _key() -> str:
    """One per screen: who starts it on a second screen wants a window there."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "SESSIONNAME")
    where = "|".join(os.environ.get(name, "") for name in names)
    return hashlib.sha256(where.encode()).hexdigest()[:12]
