"""Peers that mean harm, and disks that are full: clear words, nothing left, no endless wait."""

import os
import resource
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from fusionviewer.errors import ExportError, PacsError
from fusionviewer.pacs.archive import Archive, echo
from fusionviewer.pacs.find import find
from fusionviewer.pacs.get import get

Serve = Callable[..., Archive]


@pytest.fixture
def huge() -> Iterator[int]:
    """A port that answers everything with a PDU of 4 GiB, and sends what it can of it."""
    over = threading.Event()

    def talk(server: socket.socket) -> None:
        while not over.is_set():
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link:
                try:
                    link.recv(4096)
                    link.sendall(struct.pack(">BBL", 2, 0, 2**32 - 1))
                    while not over.is_set():
                        link.sendall(bytes(1 << 20))
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=talk, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        over.set()


def test_a_message_of_four_gigabytes_is_not_read(huge: int) -> None:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(PacsError):
        echo(Archive("127.0.0.1", huge, "HUGE", answer_s=5))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
    assert time.monotonic() - start < 20


def test_two_thousand_matches_are_all_there(serve: Serve) -> None:
    def handle(_event: Any) -> Iterator[Any]:
        for number in range(2_000):
            d = Dataset()
            d.QueryRetrieveLevel, d.StudyInstanceUID = "STUDY", f"2.25.{number}"
            yield 0xFF00, d

    found = find(serve(EVT_C_FIND=handle), "study", {}, limit=10_000)
    assert len({match["StudyInstanceUID"] for match in found.matches}) == 2_000
    assert not found.more


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this system lets tests make no disk of their own")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_fetch_onto_a_full_disk_leaves_nothing(
    serve: Serve, make_image: Callable[..., Dataset], small_disk: Path
) -> None:
    def handle(_event: Any) -> Iterator[Any]:
        yield 1
        yield 0xFF00, make_image(1)

    with pytest.raises(PacsError, match="disk is nearly full"):
        get(serve(EVT_C_GET=handle), "2.25.1", small_disk / "got")
    assert list(small_disk.iterdir()) == []


def test_a_fetch_never_replaces_a_folder(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    (tmp_path / "got" / "mine").write_text("mine")
    for resume in (False, True):
        with pytest.raises(ExportError, match="not empty"):
            get(serve(), "2.25.1", tmp_path / "got", resume=resume)
    assert (tmp_path / "got" / "mine").read_text() == "mine"


@pytest.mark.parametrize(("title", "port"), [("FAKE", 9), ("WRONG", None)])
def test_a_wrong_port_and_a_wrong_title_have_words(
    serve: Serve, title: str, port: int | None
) -> None:
    there = serve(strict=True, EVT_C_ECHO=lambda _event: 0x0000)
    with pytest.raises(PacsError, match="cannot be reached" if port else "refuses"):
        echo(Archive("127.0.0.1", port or there.port, title, answer_s=2))


def test_an_archive_that_hangs_up_once_is_asked_again(serve: Serve) -> None:
    asked: list[int] = []

    def hang_up_at_first(event: Any) -> None:
        asked.append(1)
        if len(asked) == 1:
            event.assoc.abort()

    archive = serve(EVT_REQUESTED=hang_up_at_first, EVT_C_ECHO=lambda _event: 0x0000)
    assert echo(archive) > 0
    assert len(asked) == 2
