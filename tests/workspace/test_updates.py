"""Looking for a newer version: asked seldom, believed little."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback import Handler, certified, reply, served

from fusionviewer.errors import Cancelled
from fusionviewer.workspace.settings import Settings, load_settings, save_settings
from fusionviewer.workspace.updates import (
    DAY_S,
    MOST_BYTES,
    Newer,
    NoAnswer,
    Question,
    is_due,
    newer_version,
)

PAGE = "https://viewer.example/download"
WANTED = Settings(update_check=True, update_address="https://viewer.example/newest.json")
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as open_:
        yield lambda handle, secured=None: open_.enter_context(served(handle, secured))


def saying(body: bytes | dict[str, object], status: int = 200) -> Handler:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request: reply(request, raw, "application/json", status)


def asked(address: str, **more: object) -> Newer | None:
    limits = {"version": "1.2.0", "silent_s": 2.0, "whole_s": 3.0} | more
    return newer_version(Question(address, **limits), lambda: None)


def test_nobody_is_asked_unless_one_wants_it() -> None:
    assert not Settings().update_check
    assert not is_due(Settings(), DAY_S * 10)
    assert not is_due(Settings(update_check=True), DAY_S * 10)  # and no address is published
    assert not is_due(Settings(update_address=WANTED.update_address), DAY_S * 10)
    assert is_due(WANTED, DAY_S * 10)


@pytest.mark.parametrize(("hours", "due"), [(1, False), (23.9, False), (24, True), (-1, True)])
def test_it_is_asked_once_a_day_also_when_the_clock_was_put_back(hours: float, due: bool) -> None:
    settings = WANTED.model_copy(update={"update_asked_s": DAY_S * 10})
    assert is_due(settings, DAY_S * 10 + hours * 3600) == due


def test_address_and_day_are_remembered() -> None:
    save_settings(WANTED.model_copy(update={"update_asked_s": 5.0}))
    assert load_settings() == WANTED.model_copy(update={"update_asked_s": 5.0})


def test_a_candidate_is_older_than_what_came_after_it(serve: Serve) -> None:
    said = serve(saying({"version": "1.2.1", "page": PAGE}))
    found = asked(said, version="1.2.0rc1")
    assert found is not None and found.version == "1.2.1"
    assert asked(said, version="1.2.1rc1") is None


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("1.2.1", True),
        ("1.10", True),
        ("2", True),
        ("1.2.0", False),
        ("1.2", False),
        ("1.1.9", False),
    ],
)
def test_only_a_newer_version_is_told(serve: Serve, version: str, newer: bool) -> None:
    found = asked(serve(saying({"version": version, "page": PAGE})))
    assert found == (Newer(version=version, page=PAGE) if newer else None)


def test_a_release_candidate_is_not_older_than_its_numbers(serve: Serve) -> None:
    address = serve(saying({"version": "1.2.0", "page": PAGE}))
    assert asked(address, version="1.2.0rc1") is None
    assert asked(address, version="1.1.9.dev3") is not None


def test_the_request_says_nothing_but_what_it_asks_for(serve: Serve) -> None:
    heard: list[tuple[str, str, dict[str, str]]] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        heard.append((request.command, request.path, dict(request.headers)))
        reply(
            request, b'{"version": "1.2.0", "page": "https://viewer.example"}', "application/json"
        )

    address = serve(handle)
    asked(f"{address}/newest.json")
    assert heard == [
        (
            "GET",
            "/newest.json",
            {
                "Host": address.removeprefix("http://"),
                "Accept-Encoding": "identity",
                "Accept": "application/json",
                "User-Agent": "FusionViewer",
            },
        )
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[]", b"null", b"\xff\xfe", b'"1.3"', b"[" * 9_000, b"{}",
        b'{"version": "1.3"}',
        b'{"version": 2, "page": "https://viewer.example"}',
        b'{"version": "newest", "page": "https://viewer.example"}',
        b'{"version": "1.3\\n", "page": "https://viewer.example"}',
        b'{"version": "9999999", "page": "https://viewer.example"}',
        b'{"version": "1.3", "page": "http://viewer.example"}',
        b'{"version": "1.3", "page": "javascript:alert(1)"}',
        b'{"version": "1.3", "page": "https://viewer.example/ now\\nClick"}',
        b'{"version": "1.3", "page": "https://viewer.example/\\u202e"}',
        json.dumps({"version": "1.3", "page": f"https://{'x' * 400}"}).encode(),
        json.dumps({"version": "1.3", "page": PAGE, "more": "x" * MOST_BYTES}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_not_believed(serve: Serve, body: bytes) -> None:
    with pytest.raises(NoAnswer):
        asked(serve(saying(body)))


@pytest.mark.parametrize("status", [301, 404, 409, 500])
def test_other_answers_than_success_are_none(serve: Serve, status: int) -> None:
    with pytest.raises(NoAnswer):
        asked(serve(saying(b"{}", status)))


def test_nobody_is_followed_to_another_address(serve: Serve) -> None:
    visited: list[str] = []

    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        visited.append(request.path)
        request.send_response(302)
        request.send_header("Location", "/other.json")
        request.end_headers()

    with pytest.raises(NoAnswer):
        asked(f"{serve(elsewhere)}/newest.json")
    assert visited == ["/newest.json"]


def endless(request: BaseHTTPRequestHandler) -> None:
    """Never silent for long, and never done."""
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def huge(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b" " * 100_000)


@pytest.mark.parametrize("handle", [endless, huge, lambda request: time.sleep(10)])
def test_an_answer_that_does_not_end_is_left(serve: Serve, handle: Handler) -> None:
    started = time.monotonic()
    with pytest.raises(NoAnswer):
        asked(serve(handle), silent_s=1.0, whole_s=1.5)
    assert time.monotonic() - started < 8


def test_who_closes_the_window_does_not_wait_for_an_answer(serve: Serve) -> None:
    begun = threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        begun.set()
        time.sleep(30)

    def check() -> None:
        if begun.is_set():
            raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        newer_version(Question(serve(silent), silent_s=20, whole_s=20), check)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "address",
    ["", "newest.json", "ftp://viewer.example", "http://viewer.example/newest.json", "https://",
     "https://[", "file:///etc/passwd", "https://user@viewer.example/", "https://a.example/?who=me"],
)  # fmt: skip
def test_an_address_is_one_of_https(address: str) -> None:
    with pytest.raises(NoAnswer):
        asked(address)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(
    ("name", "trusted", "fine"),
    [("IP:127.0.0.1", True, True), ("IP:127.0.0.1", False, False), ("DNS:other", True, False)],
)
def test_only_who_proves_the_name_is_believed(
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    trusted: bool,
    fine: bool,
) -> None:
    pem, secured = certified(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    address = serve(saying({"version": "1.3", "page": PAGE}), secured)
    if fine:
        assert asked(address) == Newer(version="1.3", page=PAGE)
        return
    with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
        asked(address)
