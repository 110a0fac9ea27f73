import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydicom.dataset import Dataset

from fusionviewer.errors import Cancelled, PacsError, UnreadableFile
from fusionviewer.pacs.archive import Archive, archive_at, echo
from fusionviewer.pacs.find import find
from fusionviewer.pacs.get import get
from fusionviewer.pacs.send import send
from fusionviewer.pacs.storage import CLASSES, file_name

Serve = Callable[..., Archive]


def answers(count: int | None) -> Callable[[Any], Iterator[tuple[int, Dataset]]]:
    """Matches of a search; without end when `count` is None."""

    def handle(event: Any) -> Iterator[tuple[int, Dataset]]:
        number = 0
        while count is None or number < count:
            d = Dataset()
            d.QueryRetrieveLevel = event.identifier.QueryRetrieveLevel
            d.PatientID, d.PatientName = f"P{number}", "Doe^Jane"
            d.StudyInstanceUID, d.ModalitiesInStudy = f"2.25.{number}", ["CT", "PT"]
            number += 1
            yield 0xFF00, d

    return handle


def test_an_archive_that_answers_says_how_fast(serve: Serve) -> None:
    assert 0 < echo(serve(EVT_C_ECHO=lambda _event: 0x0000)) < 5


@pytest.mark.parametrize("level", ["patient", "study"])
def test_a_search_gives_what_the_archive_has(serve: Serve, level: str) -> None:
    found = find(serve(EVT_C_FIND=answers(3)), level, {"PatientID": "P*"})
    assert [m["PatientID"] for m in found.matches] == ["P0", "P1", "P2"]
    assert found.matches[2]["PatientName"] == "Doe^Jane"
    if level == "study":
        assert found.matches[2]["StudyInstanceUID"] == "2.25.2"
        assert found.matches[2]["ModalitiesInStudy"] == "CT, PT"
    assert not found.more


def test_what_is_looked_for_is_asked_for(serve: Serve) -> None:
    asked: list[Dataset] = []

    def handle(event: Any) -> Iterator[tuple[int, Dataset]]:
        asked.append(event.identifier)
        yield from ()

    find(serve(EVT_C_FIND=handle), "series", {"StudyInstanceUID": "2.25.1", "Modality": "CT"})
    (query,) = asked
    assert (query.QueryRetrieveLevel, query.StudyInstanceUID, query.Modality) == (
        "SERIES", "2.25.1", "CT",
    )  # fmt: skip


def test_answers_without_end_are_cut_off(serve: Serve) -> None:
    start = time.monotonic()
    found = find(serve(EVT_C_FIND=answers(None)), "study", {}, limit=20)
    assert len(found.matches) == 20
    assert found.more
    assert time.monotonic() - start < 10


def test_hostile_answers_become_one_short_line(serve: Serve) -> None:
    def handle(_event: Any) -> Iterator[tuple[int, Dataset]]:
        d = Dataset()
        d.PatientName = "A\x1b[2J\nB" + "x" * 5000
        yield 0xFF00, d

    (match,) = find(serve(EVT_C_FIND=handle), "patient", {}).matches
    assert match["PatientName"].isprintable()
    assert len(match["PatientName"]) <= 256


def getting(*objects: Dataset, failing: bool = False) -> Callable[[Any], Iterator[Any]]:
    def handle(_event: Any) -> Iterator[Any]:
        yield len(objects) + failing
        for one in objects:
            yield 0xFF00, one
        if failing:
            yield 0xA702, None

    return handle


def test_a_study_is_fetched_as_it_is(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    steps: list[tuple[int, int]] = []
    archive = serve(EVT_C_GET=getting(make_image(1), make_image(2)))
    count = get(archive, "2.25.1", tmp_path / "got", progress=lambda i, n: steps.append((i, n)))
    files = sorted((tmp_path / "got").iterdir())
    assert count == len(files) == 2
    assert [int(pydicom.dcmread(f).pixel_array[0, 0]) for f in files] == [1, 2]
    assert [done for done, _ in steps] == [1, 2]


@pytest.mark.parametrize("sop_class", ["1.2.840.10008.5.1.4.1.1.88.67", "1.3.12.2.1107.5.9.1"])
def test_a_study_with_a_dose_report_or_data_of_the_scanners_maker_is_fetched_whole(
    serve: Serve, make_image: Callable[..., Dataset], make_beside: Callable[..., Dataset],
    tmp_path: Path, sop_class: str,
) -> None:  # fmt: skip
    archive = serve(EVT_C_GET=getting(make_image(1), make_beside(2, sop_class)))
    assert get(archive, "2.25.1", tmp_path / "got") == 2


def test_an_object_of_another_study_is_refused_and_the_rest_fetched(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    stranger = make_image(2)
    stranger.StudyInstanceUID, stranger.PatientID = "2.25.77", "SOMEBODY ELSE"
    with suppress(PacsError):  # an archive may call that a failure
        get(serve(EVT_C_GET=getting(make_image(1), stranger)), "2.25.1", tmp_path / "got")
    assert not list(tmp_path.rglob("2.25.100.2*"))


@pytest.mark.parametrize("uid", ["../../evil", "/etc/passwd", "..", "CON", "a\\b", "x" * 60])
def test_names_from_the_other_side_stay_in_their_folder(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path, uid: str
) -> None:
    one = make_image(1)
    with pydicom.config.disable_value_validation():
        one.SOPInstanceUID = uid
    before = set(tmp_path.rglob("*"))
    with suppress(PacsError):
        get(serve(EVT_C_GET=getting(one)), "2.25.1", tmp_path / "got")
    new = set(tmp_path.rglob("*")) - before
    assert all((tmp_path / "got") in (p, *p.parents) for p in new)


@given(some.text(max_size=80))
def test_every_name_of_a_file_is_harmless(uid: str) -> None:
    name = file_name(uid)
    assert Path(name).name == name
    assert name.endswith(".dcm")
    assert name.isascii()
    assert len(name) <= 68
    assert name.removesuffix(".dcm").strip(".")


def test_what_did_not_come_whole_leaves_nothing(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    with pytest.raises(PacsError, match="FAKE"):
        get(serve(EVT_C_GET=getting(make_image(1), failing=True)), "2.25.1", tmp_path / "got")
    with pytest.raises(PacsError, match="nothing under"):
        get(serve(EVT_C_GET=getting()), "2.25.1", tmp_path / "got")
    assert not (tmp_path / "got").exists()
    assert list(tmp_path.glob(".fusionviewer*")) == []


def test_a_connection_cut_in_the_middle_leaves_nothing(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    def handle(event: Any) -> Iterator[Any]:
        yield 5
        yield 0xFF00, make_image(1)
        event.assoc.abort()
        yield 0xFF00, make_image(2)

    start = time.monotonic()
    with pytest.raises(PacsError):
        get(serve(EVT_C_GET=handle), "2.25.1", tmp_path / "got")
    assert time.monotonic() - start < 10
    assert list(tmp_path.glob("*got*")) == list(tmp_path.glob(".fusionviewer*")) == []


def test_cancelling_a_fetch_leaves_nothing(
    serve: Serve, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    came: list[int] = []

    def check() -> None:
        if came:
            raise Cancelled

    def handle(_event: Any) -> Iterator[Any]:
        yield 400
        for number in range(400):
            yield 0xFF00, make_image(number + 1)

    archive = serve(EVT_C_GET=handle)
    with pytest.raises(Cancelled):
        get(archive, "2.25.1", tmp_path / "got", progress=lambda i, _n: came.append(i), check=check)
    assert len(came) < 400
    assert list(tmp_path.glob("*got*")) == list(tmp_path.glob(".fusionviewer*")) == []


def test_files_and_folders_are_sent(serve: Serve, make_file: Callable[..., Path]) -> None:
    kept: list[str] = []

    def store(event: Any) -> int:
        kept.append(event.dataset.SOPInstanceUID)
        return 0x0000

    first, _ = make_file(1), make_file(2)
    (first.parent / "letter.txt").write_text("no image")
    assert send(serve(EVT_C_STORE=store), [first.parent]).kept == 2
    assert sorted(kept) == ["2.25.100.1", "2.25.100.2"]


def test_a_table_of_contents_is_not_sent(
    serve: Serve, make_file: Callable[..., Path], make_image: Callable[..., Dataset]
) -> None:
    sent: list[str] = []

    def store(event: Any) -> int:
        sent.append(event.request.AffectedSOPInstanceUID)
        return 0x0000

    file = make_file(1)
    table = make_image(2)
    del table.SOPClassUID, table.SOPInstanceUID, table.PixelData
    table.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    table.file_meta.MediaStorageSOPInstanceUID = "2.25.4"
    pydicom.dcmwrite(file.with_name("DICOMDIR"), table, enforce_file_format=True)
    archive = serve(EVT_C_STORE=store)
    assert send(archive, [file.parent]).refused == ()
    assert sent == ["2.25.100.1"]
    with pytest.raises(UnreadableFile, match="table of contents"):
        send(archive, [file.with_name("DICOMDIR")])


def test_refused_files_are_named(serve: Serve, make_file: Callable[..., Path]) -> None:
    sent = send(serve(EVT_C_STORE=lambda _event: 0xA700), [make_file(1)])
    assert sent.kept == 0
    assert sent.refused == ("“1.dcm” was refused by “FAKE” (status A700).",)


def test_a_file_that_is_no_dicom_is_refused_before_anything_is_sent(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("x" * 200)
    with pytest.raises(UnreadableFile, match="not a DICOM"):
        send(serve(), [tmp_path / "letter.txt"])


def test_an_archive_that_does_not_know_us_says_so(serve: Serve) -> None:
    archive = serve(strict=True, EVT_C_ECHO=lambda _event: 0x0000)
    with pytest.raises(PacsError, match="refuses “FUSIONVIEWER”"):
        echo(archive)
    assert echo(replace(archive, own_title="KNOWN")) > 0


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_nobody_at_the_port_and_silence_are_left_in_time(silent: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for port in (free, silent):
        start = time.monotonic()
        with pytest.raises(PacsError, match="cannot be reached"):
            echo(Archive("127.0.0.1", port, "NOBODY", answer_s=1))
        assert time.monotonic() - start < 4


def test_an_archive_that_stops_answering_is_left(serve: Serve) -> None:
    stuck = threading.Event()
    archive = serve(EVT_C_ECHO=lambda _event: (stuck.wait(8) and 0) or 0)
    start = time.monotonic()
    with pytest.raises(PacsError, match="did not answer an echo in time"):
        echo(replace(archive, answer_s=1))
    stuck.set()
    assert time.monotonic() - start < 5


def test_cancelling_does_not_wait_for_the_answer(serve: Serve) -> None:
    stuck, start = threading.Event(), time.monotonic()

    def check() -> None:
        if time.monotonic() - start > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        echo(serve(EVT_C_ECHO=lambda _event: (stuck.wait(8) and 0) or 0), check)
    stuck.set()
    assert time.monotonic() - start < 4


def test_a_peer_without_tls_is_not_talked_to(serve: Serve) -> None:
    archive = replace(serve(EVT_C_ECHO=lambda _event: 0x0000), tls=True, answer_s=2)
    with pytest.raises(PacsError):
        echo(archive)


def test_tls_is_spoken_with_an_archive_that_proves_its_name(
    serve: Serve, certificate: Callable[[str], tuple[Path, ssl.SSLContext]]
) -> None:
    pem, context = certificate("IP:127.0.0.1")
    archive = serve(secured=context, EVT_C_ECHO=lambda _event: 0x0000)
    assert echo(replace(archive, tls=True, certificates=pem)) > 0


@pytest.mark.parametrize(("name", "trusted"), [("IP:127.0.0.1", False), ("DNS:other", True)])
def test_tls_is_refused_with_an_unknown_authority_or_another_name(
    serve: Serve,
    certificate: Callable[[str], tuple[Path, ssl.SSLContext]],
    name: str,
    trusted: bool,
) -> None:
    pem, context = certificate(name)
    archive = serve(secured=context, EVT_C_ECHO=lambda _event: 0x0000)
    with pytest.raises(PacsError):
        echo(replace(archive, tls=True, certificates=pem if trusted else None, answer_s=3))


@pytest.mark.parametrize(
    "address",
    ["", "PACS", "PACS@host", "PACS@host:0", "PACS@host:99999", "@h:1", "A" * 17 + "@h:1"],
)
def test_addresses_that_cannot_be_are_refused(address: str) -> None:
    with pytest.raises(PacsError):
        archive_at(address)


def test_an_address_has_a_title_a_host_and_a_port() -> None:
    assert archive_at("PACS@[::1]:104") == Archive("::1", 104, "PACS")
    assert archive_at("MY PACS@h.example:11112", "ME") == Archive(
        "h.example", 11112, "MY PACS", "ME"
    )


def test_the_kinds_that_are_fetched_fit_into_one_association() -> None:
    assert len(set(CLASSES)) == len(CLASSES) < 128  # PS3.8 9.3.2.2: odd numbers up to 255
