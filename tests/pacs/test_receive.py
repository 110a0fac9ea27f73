"""Listening: only while asked to, only for the archive that was asked."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, StorageCommitmentPushModel

from fusionviewer.errors import Cancelled, PacsError
from fusionviewer.pacs.archive import Archive
from fusionviewer.pacs.commit import commit
from fusionviewer.pacs.get import get
from fusionviewer.pacs.receive import receiving

Serve = Callable[..., Archive]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def moving(port: int, *objects: Dataset) -> Callable[[Any], Iterator[Any]]:
    def handle(_event: Any) -> Iterator[Any]:
        yield "127.0.0.1", port
        yield len(objects)
        for one in objects:
            yield 0xFF00, one

    return handle


def test_what_an_archive_sends_on_a_connection_of_its_own_is_fetched(
    serve: Serve, make_image: Callable[..., Dataset], free_port: int, tmp_path: Path
) -> None:
    archive = serve(EVT_C_MOVE=moving(free_port, make_image(1), make_image(2)))
    there = replace(archive, receiver=("127.0.0.1", free_port))
    assert get(there, "2.25.1", tmp_path / "got") == 2
    assert not listens(free_port)


def test_what_a_cancelled_transfer_still_brings_is_not_mixed_in(
    serve: Serve, make_image: Callable[..., Dataset], make_beside: Callable[..., Dataset],
    free_port: int, tmp_path: Path,
) -> None:  # fmt: skip
    late = make_image(9)
    late.StudyInstanceUID = "2.25.77"

    def handle(event: Any) -> Iterator[Any]:
        ae = AE(ae_title="FAKE")
        ae.add_requested_context(CTImageStorage)
        link = ae.associate("127.0.0.1", free_port, ae_title="FUSIONVIEWER")
        assert link.send_c_store(late).Status == 0xA700
        link.release()
        yield from moving(free_port, make_image(1), make_beside(2))(event)

    archive = replace(serve(EVT_C_MOVE=handle), receiver=("127.0.0.1", free_port))
    assert get(archive, "2.25.1", tmp_path / "got") == 2
    assert sorted(f.name for f in (tmp_path / "got").iterdir()) == [
        "2.25.100.1.dcm", "2.25.100.2.dcm",
    ]  # fmt: skip


def test_nobody_listens_unless_asked_to(serve: Serve) -> None:
    with pytest.raises(PacsError, match="no receiver"), receiving(serve(), [], []):
        pass


@pytest.mark.parametrize(("theirs", "ours"), [("STRANGER", "FUSIONVIEWER"), ("FAKE", "OTHER")])
def test_only_the_archive_that_was_asked_gets_in(free_port: int, theirs: str, ours: str) -> None:
    archive = Archive("127.0.0.1", 1, "FAKE", receiver=("127.0.0.1", free_port))
    with receiving(archive, [CTImageStorage], []):
        ae = AE(ae_title=theirs)
        ae.add_requested_context(CTImageStorage)
        assert not ae.associate("127.0.0.1", free_port, ae_title=ours).is_established
        assert listens(free_port)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = Archive("127.0.0.1", 1, "FAKE", receiver=server.getsockname()[:2])
        with (
            pytest.raises(PacsError, match="Nothing can be received"),
            receiving(taken, [CTImageStorage], []),
        ):
            pass


def test_an_archive_that_does_not_know_us_says_so(
    serve: Serve, free_port: int, tmp_path: Path
) -> None:
    def handle(_event: Any) -> Iterator[Any]:
        yield None, None

    archive = replace(serve(EVT_C_MOVE=handle), receiver=("127.0.0.1", free_port))
    with pytest.raises(PacsError, match="does not know where “FUSIONVIEWER” is"):
        get(archive, "2.25.1", tmp_path / "got")
    assert list(tmp_path.iterdir()) == []


def word_of(
    archive_port: int, failed: tuple[str, ...] = (), kept: tuple[str, ...] = ()
) -> Callable[[Any], Any]:
    """Promises, and keeps its promise on a connection of its own."""

    def report(transaction: str) -> None:
        said = Dataset()
        said.TransactionUID = transaction
        items, others = [], []
        for uid in kept:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, uid
            others.append(item)
        if others:
            said.ReferencedSOPSequence = others
        for uid in failed:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, uid
            item.FailureReason = 0x0112
            items.append(item)
        said.FailedSOPSequence = items
        ae = AE(ae_title="FAKE")
        ae.add_requested_context(StorageCommitmentPushModel)
        from pynetdicom import build_role

        role = build_role(StorageCommitmentPushModel, scp_role=True)
        link = ae.associate("127.0.0.1", archive_port, ae_title="FUSIONVIEWER", ext_neg=[role])
        link.send_n_event_report(said, 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
        link.release()

    def handle(event: Any) -> tuple[int, None]:
        transaction = str(event.action_information.TransactionUID)
        threading.Timer(0.2, report, [transaction]).start()
        return 0x0000, None

    return handle


def test_an_archive_vouches_for_what_it_keeps(
    serve: Serve, make_file: Callable[..., Path], free_port: int
) -> None:
    handler = word_of(free_port, ("2.25.100.2",))
    archive = replace(serve(EVT_N_ACTION=handler), receiver=("127.0.0.1", free_port))
    word = commit(archive, [make_file(1), make_file(2)])
    assert word.kept == 1
    assert word.failed == ("“2.dcm” is not kept by “FAKE” (reason 0112).",)


def test_what_an_archive_says_nothing_of_is_not_vouched_for(
    serve: Serve, make_file: Callable[..., Path], free_port: int
) -> None:
    word = word_of(free_port, kept=("2.25.100.1",))
    there = replace(serve(EVT_N_ACTION=word), receiver=("127.0.0.1", free_port))
    said = commit(there, [make_file(1), make_file(2)])
    assert said.kept == 1
    assert "“2.dcm” is not kept" in said.failed[0]


def test_a_word_that_does_not_come_is_not_waited_for(
    serve: Serve, make_file: Callable[..., Path]
) -> None:
    archive = serve(EVT_N_ACTION=lambda _event: (0x0000, None))
    with pytest.raises(PacsError, match="has not said yet"):
        commit(replace(archive, answer_s=1), [make_file(1)])
    start = time.monotonic()

    def check() -> None:
        if time.monotonic() - start > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        commit(archive, [make_file(1)], check=check)


def test_an_archive_without_commitment_says_so(
    serve: Serve, make_file: Callable[..., Path]
) -> None:
    archive = serve(EVT_N_ACTION=lambda _event: (0x0110, None))
    with pytest.raises(PacsError, match="promise to keep"):
        commit(archive, [make_file(1)])


def test_an_interrupted_fetch_goes_on_where_it_stopped(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    asked: list[Dataset] = []
    images = {f"2.25.100.{n}": make_image(n) for n in range(1, 6)}

    def handle_get(event: Any) -> Iterator[Any]:
        asked.append(event.identifier)
        uids = event.identifier.get("SOPInstanceUID") or list(images)
        wanted = [uids] if isinstance(uids, str) else list(uids)
        cut = len(asked) == 1
        yield len(wanted)
        for uid in wanted[: 3 if cut else None]:
            yield 0xFF00, images[uid]
        if cut:
            yield 0xA702, None

    def handle_find(event: Any) -> Iterator[Any]:
        level = event.identifier.QueryRetrieveLevel
        for uid in images if level == "IMAGE" else ["2.25.2"]:
            d = Dataset()
            d.QueryRetrieveLevel = level
            d.StudyInstanceUID, d.SeriesInstanceUID = "2.25.1", "2.25.2"
            if level == "IMAGE":
                d.SOPInstanceUID = uid
            yield 0xFF00, d

    archive = serve(EVT_C_GET=handle_get, EVT_C_FIND=handle_find)
    with pytest.raises(PacsError):
        get(archive, "2.25.1", tmp_path / "got", resume=True)
    assert not (tmp_path / "got").exists()
    assert get(archive, "2.25.1", tmp_path / "got", resume=True) == 5
    assert asked[1].QueryRetrieveLevel == "IMAGE"
    assert sorted(asked[1].SOPInstanceUID) == ["2.25.100.4", "2.25.100.5"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["got"]
