"""The archive in the window: set up, searched, fetched from, sent to."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)
from pytestqt.qtbot import QtBot

from fusionviewer.ui.archive_dialog import ArchiveDialog
from fusionviewer.ui.archive_setup import ArchiveSetup
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.settings import load_settings

Settled = Callable[[MainWindow], None]


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="module")
def objects(sample_folder: Path) -> list[Dataset]:
    """A few slices of the sample patient's CT and MR."""
    return [
        pydicom.dcmread(file)
        for name in ("CT", "T1")
        for file in sorted((sample_folder / "DICOM" / name).iterdir())[18:22]
    ]


class Shelf:
    """An archive with one study in memory."""

    def __init__(self, objects: list[Dataset]) -> None:
        self.objects, self.stored, self.given = objects, list[str](), list[str]()
        self.go_on = threading.Event()
        self.go_on.set()
        ae = AE(ae_title="SHELF")
        for model in (
            Verification,
            StudyRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelGet,
        ):
            ae.add_supported_context(model)
        for kind in (CTImageStorage, MRImageStorage, SecondaryCaptureImageStorage):
            ae.add_supported_context(kind, scp_role=True, scu_role=True)
        handlers = [(evt.EVT_C_FIND, self._find), (evt.EVT_C_GET, self._get),
                    (evt.EVT_C_STORE, self._store)]  # fmt: skip
        self.server: Any = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.port = self.server.server_address[1]

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            server.shutdown()

    def _find(self, event: Any) -> Iterator[tuple[int, Dataset]]:
        level, seen = event.identifier.QueryRetrieveLevel, set()
        for one in self.objects:
            uid = one.StudyInstanceUID if level == "STUDY" else one.SeriesInstanceUID
            if uid in seen:
                continue
            seen.add(uid)
            d = Dataset()
            d.QueryRetrieveLevel = level
            for keyword in ("PatientID", "PatientName", "PatientBirthDate", "StudyDate", "Modality",
                            "StudyInstanceUID", "SeriesInstanceUID"):  # fmt: skip
                setattr(d, keyword, one.get(keyword, ""))
            yield 0xFF00, d

    def _get(self, event: Any) -> Iterator[Any]:
        wanted = [
            o for o in self.objects if o.SeriesInstanceUID == event.identifier.SeriesInstanceUID
        ]
        yield len(wanted)
        for one in wanted:
            self.given.append(one.SOPInstanceUID)
            yield 0xFF00, one
            self.go_on.wait(20)

    def _store(self, event: Any) -> int:
        self.stored.append(event.dataset.SOPInstanceUID)
        return 0x0000


@pytest.fixture
def shelf(objects: list[Dataset]) -> Iterator[Shelf]:
    shelf = Shelf(objects)
    yield shelf
    threading.Thread(target=shelf.close, daemon=True).start()


@pytest.fixture
def dialog(window: MainWindow, shelf: Shelf) -> ArchiveDialog:
    """The dialog, with the shelf set up by hand."""
    window.actions_by_name["archive"].trigger()
    dialog = window.findChild(ArchiveDialog)
    setup = dialog.entries.set_up(None)
    setup.name.setText("shelf")
    setup.title.setText("SHELF")
    setup.host.setText("127.0.0.1")
    setup.port.setValue(shelf.port)
    setup._save()
    return dialog


def test_an_archive_that_was_set_up_is_there_again_after_a_start(dialog: ArchiveDialog) -> None:
    (entry,) = load_settings().archives
    assert (entry.name, entry.title) == ("shelf", "SHELF")
    dialog.entries.remove.click()
    assert load_settings().archives == ()
    assert not dialog.search.isEnabled()


def test_what_cannot_be_set_up_says_why_and_stays_open(window: MainWindow, qtbot: QtBot) -> None:
    setup = ArchiveSetup(None, window)
    setup.open()
    setup.host.setText("somewhere")
    setup.title.setText("")
    setup._save()
    assert "Write TITLE@HOST:PORT" in setup.problem.text()
    assert setup.isVisible()
    setup.reject()


def test_two_series_are_found_fetched_and_fused(
    dialog: ArchiveDialog, window: MainWindow, qtbot: QtBot, settled: Settled
) -> None:
    dialog.name.setText("Sam")
    dialog.search.click()
    qtbot.waitUntil(lambda: dialog.studies.rowCount() == 1, timeout=60_000)
    dialog.studies.selectRow(0)
    qtbot.waitUntil(lambda: dialog.series.rowCount() == 2, timeout=60_000)
    dialog.series.selectAll()
    dialog.fetch.click()
    qtbot.waitUntil(lambda: window.store.state.pair is not None, timeout=60_000)
    settled(window)
    assert {image.modality for image in window.store.state.natives} == {"CT", "MR"}


def test_what_was_exported_last_is_sent(
    dialog: ArchiveDialog, window: MainWindow, shelf: Shelf, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not dialog.send_last.isEnabled()
    for one in shelf.objects[:2]:
        one.save_as(tmp_path / f"{one.SOPInstanceUID}.dcm")
    window.exporter.last = tmp_path
    dialog.follow_window()
    dialog.send_last.click()
    qtbot.waitUntil(lambda: "kept 2 files" in dialog.said.text(), timeout=60_000)
    assert len(shelf.stored) == 2


def test_an_archive_that_is_down_is_said_and_nothing_is_lost(
    dialog: ArchiveDialog, shelf: Shelf, qtbot: QtBot
) -> None:
    shelf.close()
    dialog.entries.test.click()
    qtbot.waitUntil(lambda: "cannot be reached" in dialog.said.text(), timeout=60_000)
    assert dialog.search.isEnabled()


def test_a_fetch_that_is_cancelled_opens_nothing_and_can_be_asked_for_again(
    dialog: ArchiveDialog, window: MainWindow, shelf: Shelf, qtbot: QtBot, settled: Settled
) -> None:
    dialog.search.click()
    qtbot.waitUntil(lambda: dialog.studies.rowCount() == 1, timeout=60_000)
    dialog.studies.selectRow(0)
    qtbot.waitUntil(lambda: dialog.series.rowCount() == 2, timeout=60_000)
    shelf.go_on.clear()
    dialog.series.selectRow(0)
    qtbot.waitUntil(dialog.fetch.isEnabled, timeout=60_000)
    dialog.fetch.click()

    def one_was_given() -> None:
        assert shelf.given, dialog.said.text()

    qtbot.waitUntil(one_was_given, timeout=60_000)
    window.queue.cancel()
    qtbot.waitUntil(lambda: "Cancelled" in dialog.said.text(), timeout=60_000)
    assert window.store.state.natives == ()

    shelf.go_on.set()
    dialog.fetch.click()
    qtbot.waitUntil(lambda: len(window.store.state.natives) == 1, timeout=60_000)
    assert window.store.state.natives[0].shape[0] == 4
