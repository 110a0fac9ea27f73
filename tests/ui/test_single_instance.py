"""A second start hands its files to the first window."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from fusionviewer.ui import single_instance
from fusionviewer.ui.single_instance import FirstInstance, first_instance

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from fusionviewer.ui.single_instance import first_instance
app = QCoreApplication([])
taken, _ = first_instance([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]))
sys.exit(0 if taken else 3)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:  # the name of a socket has to be short
        yield Path(name)


@pytest.fixture
def first(folder: Path) -> Iterator[FirstInstance]:
    taken, first = first_instance([], folder)
    assert not taken and first is not None
    first.attend()
    yield first
    first.close()


def start_again(folder: Path, *names: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", SECOND, str(folder), *names]
    return subprocess.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(Path.cwd())})


def test_a_second_start_hands_its_files_over_and_ends(
    qtbot: QtBot, folder: Path, first: FirstInstance
) -> None:
    with qtbot.waitSignal(first.handed, timeout=20_000) as handed:
        second = start_again(folder, "a b.dcm", "Größe.nii")
    assert second.wait(20) == 0
    assert handed.args == [[folder / "a b.dcm", folder / "Größe.nii"]]


def test_files_wait_until_the_first_window_is_there(qtbot: QtBot, folder: Path) -> None:
    taken, first = first_instance([], folder)
    assert not taken and first is not None
    second = start_again(folder, "early.dcm")
    qtbot.waitUntil(first._server.hasPendingConnections, timeout=20_000)
    with qtbot.waitSignal(first.handed, timeout=20_000) as handed:
        first.attend()
    assert handed.args == [[folder / "early.dcm"]]
    assert second.wait(20) == 0
    first.close()


def test_a_start_between_the_lock_and_the_socket_of_the_first_waits(
    qtbot: QtBot, folder: Path
) -> None:
    name = single_instance._socket_name(folder)
    lock = QLockFile(str(folder / f"{single_instance._key()}.lock"))
    assert lock.tryLock(0)
    second = start_again(folder, "between.dcm")
    qtbot.wait(500)  # it has found the lock, and as yet no socket
    first = FirstInstance(lock, name)
    with qtbot.waitSignal(first.handed, timeout=20_000) as handed:
        first.attend()
    assert handed.args == [[folder / "between.dcm"]]
    assert second.wait(20) == 0
    first.close()


def test_files_of_many_starts_at_once_are_opened_together(qtbot: QtBot, folder: Path) -> None:
    """All are answered first: while the first window opens something, the others would give up."""
    taken, first = first_instance([], folder)
    assert not taken and first is not None
    waiting = [QLocalSocket() for _ in range(60)]
    for number, socket in enumerate(waiting):
        socket.connectToServer(single_instance._socket_name(folder))
        socket.write(f'["{number}.dcm"]\n'.encode())
    with qtbot.waitSignal(first.handed, timeout=20_000) as handed:
        first.attend()
    assert sorted(handed.args[0]) == sorted(Path(f"{number}.dcm") for number in range(60))
    assert all(socket.readAll().data() == single_instance.TAKEN for socket in waiting)
    first.close()


def test_a_second_start_without_files_brings_the_first_window(
    qtbot: QtBot, folder: Path, first: FirstInstance
) -> None:
    with qtbot.waitSignal(first.handed, timeout=20_000) as handed:
        second = start_again(folder)
    assert second.wait(20) == 0
    assert handed.args == [[]]


def test_after_the_first_has_gone_the_next_is_the_first(folder: Path) -> None:
    for _ in range(2):
        taken, first = first_instance([], folder)
        assert not taken and first is not None
        first.close()


def test_a_first_that_does_not_answer_keeps_nobody_from_starting(
    folder: Path, first: FirstInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event loop stands still here, as that of a window that hangs."""
    monkeypatch.setattr(single_instance, "PATIENCE_MS", 50)
    assert first_instance([Path("a.dcm")], folder) == (False, None)


def test_a_socket_left_by_a_crash_is_replaced(
    qtbot: QtBot, folder: Path, first: FirstInstance
) -> None:
    first._server.close()
    first._lock.unlock()
    left = Path(single_instance._socket_name(folder))
    left.write_bytes(b"")
    taken, again = first_instance([], folder)
    assert not taken and again is not None
    again.attend()
    with qtbot.waitSignal(again.handed, timeout=20_000):
        second = start_again(folder, "c.dcm")
    assert second.wait(20) == 0
    again.close()


@pytest.mark.parametrize("message", [b"\n", b"not json\n", b'{"a": 1}\n', b"[1, 2]\n", b"\xff\n"])
def test_what_is_no_list_of_names_is_dropped(
    qtbot: QtBot, folder: Path, first: FirstInstance, message: bytes
) -> None:
    socket = QLocalSocket()
    with qtbot.assertNotEmitted(first.handed), qtbot.waitSignal(socket.disconnected):
        socket.connectToServer(single_instance._socket_name(folder))
        assert socket.waitForConnected(1000)
        socket.write(message)
    assert socket.readAll().data() == b""


def test_only_this_user_may_open_the_socket(folder: Path, first: FirstInstance) -> None:
    socket = Path(single_instance._socket_name(folder))
    assert socket.stat().st_mode & 0o077 == 0


def test_a_folder_that_others_may_enter_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_all = tmp_path / "run" / "fusionviewer-run"
    open_to_all.mkdir(parents=True)
    open_to_all.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    found = single_instance._private_folder()
    assert found is not None and found != open_to_all


def test_with_no_folder_at_all_the_window_opens_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(blocked))
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert first_instance([Path("a.dcm")]) == (False, None)
