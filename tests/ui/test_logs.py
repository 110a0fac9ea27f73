"""The log keeps types and places, and never more than it may."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusionviewer import logs
from fusionviewer.logs import FILE, start_log


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    hook, raising = threading.excepthook, logging.raiseExceptions
    yield
    threading.excepthook, logging.raiseExceptions = hook, raising
    ours = logging.getLogger("fusionviewer")
    for handler in list(ours.handlers):
        ours.removeHandler(handler)
        handler.close()


def test_the_log_says_which_program_wrote_it(tmp_path: Path) -> None:
    path = start_log(tmp_path)
    assert path == tmp_path / FILE
    assert "FusionViewer" in path.read_text()


def test_two_starts_in_one_process_write_each_line_once(tmp_path: Path) -> None:
    start_log(tmp_path)
    path = start_log(tmp_path)
    logging.getLogger("fusionviewer.ui").warning("only once")
    assert path is not None and path.read_text().count("only once") == 1


def test_the_log_has_two_files_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES", 2000)
    start_log(tmp_path)
    for number in range(300):
        logging.getLogger("fusionviewer").warning("line %d", number)
    kept = sorted(tmp_path.glob(f"{FILE}*"))
    assert [path.name for path in kept] == [FILE, f"{FILE}.1"]
    assert all(path.stat().st_size <= 2000 for path in kept)


def test_where_nothing_can_be_written_there_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert start_log(tmp_path / "file" / "below") is None


def test_a_failing_thread_leaves_its_kind_and_place_and_no_text(tmp_path: Path) -> None:
    path = start_log(tmp_path)

    def fail() -> None:
        raise ValueError("Mustermann^Erika")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert path is not None
    said = path.read_text()
    assert "ValueError" in said and "test_logs.py" in said
    assert "Mustermann" not in said


def test_other_libraries_do_not_write_into_it(tmp_path: Path) -> None:
    path = start_log(tmp_path)
    logging.getLogger("pydicom").warning("PatientName is Mustermann")
    assert path is not None and "Mustermann" not in path.read_text()
