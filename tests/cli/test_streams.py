"""The program as a process: what arrives in pipes and files, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

POSIX_ALONE = pytest.mark.skipif(os.name == "nt", reason="names of bytes, /dev/full and signals")
PATIENCE = 300  # seconds, for a machine with much else to do
STRICT = {"PYTHONIOENCODING": "utf-8:strict"}  # as in any locale but C
COMMAND = [sys.executable, "-m", "fusionviewer"]


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    levels = np.random.default_rng(1).integers(0, 256, (2, 24, 24), dtype=np.uint8)
    for name, picture in zip("ab", levels, strict=True):
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    return [str(tmp_path / "a.png"), str(tmp_path / "b.png")]


def run(*arguments: object, **settings: object) -> "subprocess.CompletedProcess[bytes]":
    """With a stdout that holds back, as in any pipe; PYTHONUNBUFFERED of a test machine does not."""
    environment = os.environ | {"PYTHONUNBUFFERED": ""} | settings.pop("env", {})
    words = [os.fsencode(str(word)) for word in (*COMMAND, *arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
    return subprocess.run(words, env=environment, timeout=PATIENCE, check=False, **pipes)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_table_in_a_pipe_has_its_arrows_whatever_the_system_speaks(pair, encoding) -> None:
    done = run(
        "score", *pair, pair[0], "--convention", "di2025", env={"PYTHONIOENCODING": encoding}
    )
    assert done.returncode == 0
    assert "Entropy, bit ↑" in done.stdout.decode()


def test_json_in_a_pipe_is_utf8_whatever_the_system_speaks(pair) -> None:
    words = ("score", *pair, pair[0], "--convention", "di2025", "--json")
    done = run(*words, env={"PYTHONIOENCODING": "cp1252"})
    assert json.loads(done.stdout)["convention"] == "di2025"


@POSIX_ALONE
class TestANameThatIsNoText:
    @pytest.fixture
    def named(self, tmp_path: Path, pair: list[str]) -> str:
        path = tmp_path / os.fsdecode(b"Sch\xe4del.png")
        path.write_bytes(Path(pair[0]).read_bytes())
        return str(path)

    def test_is_printed_as_its_bytes(self, pair: list[str], tmp_path: Path) -> None:
        out = tmp_path / os.fsdecode(b"F\xe4.png")
        done = run("fuse", *pair, "-o", out, "--method", "average", env=STRICT)
        assert done.returncode == 0
        assert done.stdout.strip() == b"Wrote " + os.fsencode(out)

    def test_leaves_json_valid(self, named: str) -> None:
        done = run("info", named, "--json", env=STRICT)
        assert json.loads(done.stdout.decode())[0]["name"] == os.fsdecode(b"Sch\xe4del")

    def test_goes_into_tables(self, pair: list[str], named: str, tmp_path: Path) -> None:
        table = tmp_path / "scores.csv"
        done = run("score", *pair, named, "--convention", "mfinet", "--csv", table, env=STRICT)
        assert done.returncode == 0
        assert b"Sch\xe4del" in table.read_bytes()
        assert b"Sch\xe4del" in done.stdout


@POSIX_ALONE
class TestWhatCannotBePrinted:
    def test_goes_nowhere_quietly_when_the_reader_has_gone(self, pair, tmp_path: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        out = tmp_path / "f.png"
        done = run("fuse", *pair, "-o", out, "--method", "average", stdout=writing)
        os.close(writing)
        assert b"BrokenPipe" not in done.stderr
        assert done.returncode == 1
        assert out.is_file()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
    def test_is_said_when_the_disk_is_full(self) -> None:
        with Path("/dev/full").open("wb") as full:
            done = run("methods", "--json", stdout=full)
        assert done.returncode == 1
        lines = done.stderr.decode().splitlines()
        assert lines[0] == "Error: The system refused: no space left on device."
        assert len(lines) == 2

    def test_is_no_reason_to_fail_without_an_output(self, pair) -> None:
        words = " ".join(f"'{word}'" for word in (*COMMAND, "info", pair[0]))
        done = subprocess.run(f"{words} >&-", shell=True, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@POSIX_ALONE
def test_a_name_that_the_system_refuses_is_an_error_in_words(pair) -> None:
    done = run("info", "x" * 300)
    assert done.returncode == 1
    assert b"The system refused: file name too long." in done.stderr


@POSIX_ALONE
@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_hears_that_it_is_cancelled(pair, tmp_path: Path, asked) -> None:
    words = ["score", *pair, pair[0], "--plots", str(tmp_path / "plots")]
    assert interrupted(words, asked, tmp_path, waiting_for="matplotlib") == (130, b"Cancelled.\n")
    assert not (tmp_path / "plots").exists()


@POSIX_ALONE
def test_an_interrupt_while_libraries_load_is_no_traceback(tmp_path: Path) -> None:
    ended = interrupted(["methods"], signal.SIGINT, tmp_path, waiting_for="typer")
    assert ended == (-signal.SIGINT, b"")


def interrupted(
    words: list[str], asked: signal.Signals, place: Path, waiting_for: str
) -> tuple[int, bytes]:
    """Exit code and stderr of a program that was asked to stop while a library took its time."""
    library, started = place / "slow" / f"{waiting_for}.py", place / "started"
    library.parent.mkdir()
    library.write_text(
        f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(600)\n"
    )
    path = os.pathsep.join([str(library.parent), os.environ.get("PYTHONPATH", "")])
    slow = os.environ | {"PYTHONPATH": path}
    ignored = signal.signal(signal.SIGINT, signal.SIG_DFL)  # by tests in the background, and theirs
    program = subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, env=slow)
    signal.signal(signal.SIGINT, ignored)
    with program:
        wait_for(started.exists)
        program.send_signal(asked)
        _, said = program.communicate(timeout=PATIENCE)
    return program.returncode, said


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)
