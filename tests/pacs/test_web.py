"""DICOMweb with a small server in this process: what honest and hostile archives do."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as some
from loopback import Handler, reply, served
from pydicom.dataset import Dataset

from fusionviewer.errors import Cancelled, PacsError
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.pacs.service import service
from fusionviewer.pacs.web import WebArchive, answered, below
from fusionviewer.pacs.web_parts import boundary_of, parts

Web = Callable[..., WebArchive]
B = b"frontier"
MULTIPART = 'multipart/related; type="application/dicom"; boundary=frontier'


@pytest.fixture
def web() -> Iterator[Web]:
    """`web(handler, …)` starts a server on loopback and says where it is."""
    with ExitStack() as open_:

        def start(
            handle: Handler, secured: ssl.SSLContext | None = None, **more: Any
        ) -> WebArchive:
            url = f"{open_.enter_context(served(handle, secured))}/dicom-web"
            return WebArchive(url, **{"answer_s": 5, "whole_s": 20, **more})

        yield start


def joined(*objects: bytes) -> bytes:
    whole = b"".join(
        b"--" + B + b"\r\nContent-Type: application/dicom\r\n\r\n" + one + b"\r\n"
        for one in objects
    )
    return whole + b"--" + B + b"--\r\n"


def matches(count: int) -> bytes:
    one = {"0020000D": {"vr": "UI", "Value": ["2.25.1"]},
           "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]},
           "00080061": {"vr": "CS", "Value": ["CT", "PT"]}}  # fmt: skip
    return json.dumps([one] * count).encode()


def giving(*objects: bytes) -> Handler:
    def handle(request: BaseHTTPRequestHandler) -> None:
        if "json" in request.headers["Accept"]:
            reply(request, b"[]")
        else:
            reply(request, joined(*objects), MULTIPART)

    return handle


def test_a_search_reads_names_and_several_values(web: Web) -> None:
    asked: list[str] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        reply(request, matches(1))

    archive = web(handle)
    (match,) = service(archive).find(archive, "study", {"PatientName": "Doe^J*"}).matches
    assert (match["PatientName"], match["ModalitiesInStudy"]) == ("Doe^Jane", "CT, PT")
    assert asked[0].startswith("/dicom-web/studies?PatientName=Doe^J*&limit=501&includefield=")


def test_ten_thousand_matches_are_cut_to_what_was_asked_for(web: Web) -> None:
    archive = web(lambda request: reply(request, matches(10_001)))
    found = service(archive).find(archive, "study", {}, limit=10_000)
    assert (len(found.matches), found.more) == (10_000, True)


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"a": 1}', b"[" * 5000, b'[1, "x", {"0020000D": 3}]', b"\xff\xfe"]
)
def test_answers_that_are_no_answers_are_a_sentence_or_nothing(web: Web, body: bytes) -> None:
    archive = web(lambda request: reply(request, body))
    try:
        found = service(archive).find(archive, "study", {})
    except PacsError as error:
        assert "form that is not DICOMweb's" in str(error)
    else:
        assert all(not any(match.values()) for match in found.matches)


def test_a_study_is_fetched_as_it_is(
    web: Web, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    objects = [encoded(make_image(number)) for number in (1, 2)]
    archive = web(giving(*objects))
    assert service(archive).get(archive, "2.25.1", tmp_path / "got") == 2
    files = sorted((tmp_path / "got").iterdir())
    assert [file.read_bytes() for file in files] == objects


@pytest.mark.parametrize("uid", ["../../evil", "/etc/passwd", "..", "a\\b", "x" * 60])
def test_names_from_the_other_side_stay_in_their_folder(
    web: Web, make_image: Callable[..., Dataset], tmp_path: Path, uid: str
) -> None:
    one = make_image(1)
    with pydicom.config.disable_value_validation():
        one.SOPInstanceUID = uid
        data = encoded(one)
    archive = web(giving(data))
    service(archive).get(archive, "2.25.1", tmp_path / "got")
    assert [f.parent for f in tmp_path.rglob("*") if f.is_file()] == [tmp_path / "got"]


def test_a_study_that_nobody_asked_for_is_not_kept(
    web: Web, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    archive = web(giving(encoded(make_image(1))))
    with pytest.raises(PacsError, match="not asked for"):
        service(archive).get(archive, "2.25.77", tmp_path / "got")
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_a_study_is_not_taken_for_all_of_it(
    web: Web, make_image: Callable[..., Dataset], tmp_path: Path
) -> None:
    """206: what the archive may not send as asked was left out. Source: DICOM PS3.18 (2018) 6.5.1.3."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        if "json" in request.headers["Accept"]:
            reply(request, b"[]")
        else:
            reply(request, joined(encoded(make_image(1))), MULTIPART, 206)

    archive = web(handle)
    with pytest.raises(PacsError, match="did not send everything"):
        service(archive).get(archive, "2.25.1", tmp_path / "got")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["cut", "no DICOM", "no parts", "nothing"])
def test_what_did_not_come_whole_leaves_nothing(
    web: Web, make_image: Callable[..., Dataset], tmp_path: Path, what: str
) -> None:
    good = encoded(make_image(1))

    def handle(request: BaseHTTPRequestHandler) -> None:
        if "json" in request.headers["Accept"]:
            reply(request, b"[]")
        elif what == "cut":
            request.send_response(200)
            request.send_header("Content-Type", MULTIPART)
            request.send_header("Content-Length", "100000")
            request.end_headers()
            request.wfile.write(joined(good)[:-200])
        else:
            body = {"no DICOM": joined(good, b"letter"), "no parts": b"x", "nothing": joined()}[
                what
            ]
            reply(request, body, "text/html" if what == "no parts" else MULTIPART)

    archive = web(handle)
    with pytest.raises(PacsError):
        service(archive).get(archive, "2.25.1", tmp_path / "got")
    assert list(tmp_path.iterdir()) == []


def test_cancelling_does_not_wait_for_an_answer_that_never_ends(web: Web, tmp_path: Path) -> None:
    over, start = threading.Event(), time.monotonic()

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", MULTIPART)
        request.end_headers()
        while not over.wait(0.02):
            request.wfile.write(b"x")  # a drop at a time, so that no time-out is reached

    def check() -> None:
        if time.monotonic() - start > 0.5:
            raise Cancelled

    archive = web(handle)
    with pytest.raises(Cancelled):
        service(archive).get(archive, "2.25.1", tmp_path / "got", check=check)
    over.set()
    assert time.monotonic() - start < 5
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_takes_too_long_is_left(web: Web) -> None:
    over = threading.Event()
    archive = web(lambda _request: over.wait(8) and None, answer_s=30, whole_s=0.5)
    with pytest.raises(PacsError, match="took too long"):
        service(archive).echo(archive)
    over.set()


def test_a_busy_archive_is_asked_again(web: Web) -> None:
    asked: list[str] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        reply(request, b"[]", status=503 if len(asked) == 1 else 200)

    archive = web(handle)
    assert service(archive).echo(archive) > 0
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "user and password"), (403, "allow"), (302, "moved"), (500, "status 500")],
)
def test_refusals_have_words(web: Web, status: int, said: str) -> None:
    archive = web(lambda request: reply(request, b"", status=status))
    with pytest.raises(PacsError, match=said):
        service(archive).echo(archive)


def test_files_are_sent_and_refusals_named(web: Web, make_file: Callable[..., Path]) -> None:
    bodies: list[bytes] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        bodies.append(request.rfile.read(int(request.headers["Content-Length"])))
        failed = {"00081155": {"vr": "UI", "Value": ["2.25.100.2"]},
                  "00081197": {"vr": "US", "Value": [0x0122]}}  # fmt: skip
        reply(
            request, json.dumps({"00081198": {"vr": "SQ", "Value": [failed]}}).encode(), status=202
        )

    archive = web(handle)
    files = [make_file(1), make_file(2)]
    sent = service(archive).send(archive, files)
    assert sent.kept == 1
    assert "“2.dcm” was refused" in sent.refused[0]
    assert "0122" in sent.refused[0]
    assert all(file.read_bytes() in bodies[0] for file in files)


@pytest.mark.parametrize(("status", "kept"), [(200, 1), (202, 0), (409, 0)])
def test_an_answer_that_cannot_be_read_does_not_say_that_some_were_kept(
    web: Web, make_file: Callable[..., Path], status: int, kept: int
) -> None:
    """202: some or all. Source: DICOM PS3.18 Table 10.5.3-1."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers["Content-Length"]))
        reply(request, b"<NativeDicomModel/>", "application/dicom+xml", status)

    archive = web(handle)
    assert service(archive).send(archive, [make_file(1)]).kept == kept


def test_secrets_are_sent_as_asked_and_shown_nowhere(web: Web) -> None:
    said: list[str] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        said.append(request.headers["Authorization"])
        reply(request, b"[]")

    archive = web(handle, user="reader", password="secret")
    service(archive).echo(archive)
    service(archive).echo(replace(archive, token="bearer-of-it"))
    assert said == ["Basic cmVhZGVyOnNlY3JldA==", "Bearer bearer-of-it"]
    assert "secret" not in repr(archive)


@pytest.mark.parametrize(
    "url",
    ["", "pacs", "ftp://h/x", "http://", "https://u:p@h/", "https://h/x?y=1", "https://h:99999/"],
)
def test_addresses_that_cannot_be_are_refused(url: str) -> None:
    with pytest.raises(PacsError):
        WebArchive(url)


def test_a_password_does_not_travel_in_the_clear() -> None:
    with pytest.raises(PacsError, match="unencrypted"):
        WebArchive("http://pacs.example/dicom-web", "reader", "secret")


@pytest.mark.parametrize(("name", "trusted"), [("IP:127.0.0.1", True), ("IP:127.0.0.1", False),
                                               ("DNS:other", True)])  # fmt: skip
def test_tls_is_spoken_only_with_an_archive_that_proves_its_name(
    web: Web, certificate: Callable[[str], tuple[Path, ssl.SSLContext]], name: str, trusted: bool
) -> None:
    pem, context = certificate(name)
    archive = web(lambda request: reply(request, b"[]"), secured=context)
    archive = replace(archive, certificates=pem if trusted else None, password="x")
    if trusted and name.endswith("127.0.0.1"):
        assert service(archive).echo(archive) > 0
    else:
        with pytest.raises(PacsError, match="does not prove its name"):
            service(archive).echo(archive)


def test_nobody_there_is_said(web: Web) -> None:
    with pytest.raises(PacsError, match="cannot be reached"):
        service(one := WebArchive("http://127.0.0.1:9/dicom-web")).echo(one)


@given(some.text(max_size=40))
def test_what_goes_into_a_path_stays_one_part_of_it(text: str) -> None:
    assert below(text).count("/") == 1
    assert "?" not in below(text)
    assert "\r" not in below(text)


@given(some.lists(some.binary(max_size=300), max_size=4), some.integers(1, 50))
def test_parts_come_as_they_were_however_the_pieces_fall(bodies: list[bytes], step: int) -> None:
    bodies = [body for body in bodies if b"--" + B not in body]
    whole = b"before" + b"\r\n" * bool(bodies) + joined(*bodies) if bodies else joined()
    place = 0

    def read(_most: int) -> bytes:
        nonlocal place
        place += step
        return whole[place - step : place]

    assert [b"".join(part) for part in parts(read, B)] == bodies


@pytest.mark.parametrize(
    "kind", ["", "text/html", "multipart/related", "multipart/mixed; boundary=a"]
)
def test_other_answers_have_no_boundary(kind: str) -> None:
    with pytest.raises(PacsError):
        boundary_of(kind)


def test_the_block_of_an_answer_may_fail_by_itself(web: Web) -> None:
    archive = web(lambda request: reply(request, b"[]"))
    with pytest.raises(KeyError), answered(archive, "/x", accept="*/*", check=lambda: None):
        raise KeyError
