import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusionviewer.errors import ExportError
from fusionviewer.formats.writing import STALE_S, new_folder, replaced, write_file

OLD, NEW = b"old " * 1000, b"new " * 100_000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "fused.bin"
    path.write_bytes(OLD)
    return path


def left_over(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.suffix == ".part")


def test_a_new_file_is_there_with_what_was_written(tmp_path: Path) -> None:
    write_file(tmp_path / "a.bin", NEW)
    assert (tmp_path / "a.bin").read_bytes() == NEW
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_a_new_file_may_be_read_by_those_whom_the_user_lets(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    write_file(tmp_path / "a.bin", NEW)
    assert (tmp_path / "a.bin").stat().st_mode == plain.stat().st_mode


def test_an_existing_file_is_refused_and_kept(target: Path) -> None:
    with pytest.raises(ExportError, match=r"“fused\.bin” exists already") as refused:
        write_file(target, NEW)
    assert refused.value.hint
    assert target.read_bytes() == OLD


def test_an_existing_file_is_replaced_when_asked(target: Path) -> None:
    write_file(target, NEW, overwrite=True)
    assert target.read_bytes() == NEW


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with pytest.raises(ExportError, match="exists already"), replaced(path) as file:
        file.write(NEW)
        path.write_bytes(b"somebody else's")
    assert path.read_bytes() == b"somebody else's"
    assert left_over(tmp_path) == []


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path, target: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(target)
    write_file(link, NEW, overwrite=True)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("when", ["writing", "verifying"])
def test_a_failure_leaves_the_old_file_and_nothing_else(target: Path, when: str) -> None:
    def verify(_part: Path) -> None:
        if when == "verifying":
            raise ExportError("It is not right.")

    with (
        pytest.raises((ExportError, RuntimeError)),
        replaced(target, overwrite=True, verify=verify) as file,
    ):
        file.write(NEW[:100])
        if when == "writing":
            raise RuntimeError
    assert target.read_bytes() == OLD
    assert left_over(target.parent) == []


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("missing/a.bin", "its folder does not exist"),
        ("fused.bin/a.bin", "its folder does not exist"),
        (".", "is a folder"),
        ("n" * 300, "too long"),
    ],
)
def test_a_place_that_cannot_be_is_said_in_one_sentence(
    target: Path, place: str, sentence: str
) -> None:
    with pytest.raises(ExportError, match=sentence) as refused:
        write_file(target.parent / place, NEW, overwrite=True)
    assert refused.value.hint


def test_a_pipe_is_no_place_for_an_export(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExportError, match="not a plain file"):
        write_file(tmp_path / "pipe", NEW, overwrite=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only an administrator may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(small_disk: Path) -> None:
    target = small_disk / "fused.bin"
    target.write_bytes(OLD)
    with pytest.raises(ExportError, match="the disk is full"):
        write_file(target, NEW, overwrite=True)
    assert target.read_bytes() == OLD
    assert left_over(small_disk) == []


def test_a_read_only_disk_is_said_so(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(ExportError, match="read-only"):
        write_file(small_disk / "a.bin", NEW)
    with pytest.raises(ExportError, match="read-only"), new_folder(small_disk / "series"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_folder_without_permission_is_said_so(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(ExportError, match="no permission"):
        write_file(locked / "a.bin", NEW)


WRITES_UP_TO = """
import resource, sys
from pathlib import Path
from fusionviewer.errors import ExportError
from fusionviewer.formats.writing import write_file
target, data = Path(sys.argv[1]), b"new " * 10_000
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit in range(0, len(data), 1501):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        write_file(target, data, overwrite=True)
    except ExportError as error:
        assert "larger than a file may be" in str(error), error
    else:
        raise SystemExit(f"written in spite of a limit of {limit}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert target.read_bytes() == b"old " * 1000
    assert [e.name for e in target.parent.iterdir() if e.suffix == ".part"] == []
"""


def test_a_write_that_fails_at_any_byte_leaves_the_old_file(target: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WRITES_UP_TO, str(target)], capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()


WRITES_FOREVER = """
import sys
from pathlib import Path
from fusionviewer.formats.writing import write_file
target = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for letter in b"abc":
        write_file(target, bytes([letter]) * 3_000_000, overwrite=True)
"""


def test_a_killed_writer_leaves_a_whole_file(target: Path) -> None:
    moments = random.Random(5)
    for _ in range(15):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITES_FOREVER, str(target)], stdout=subprocess.PIPE
        )
        with writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(moments.uniform(0.001, 0.06))
            writer.kill()
        content = target.read_bytes()
        assert content == OLD or (len(content) == 3_000_000 and len(set(content)) == 1)


def test_what_a_killed_writer_left_is_swept_away_a_day_later(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (".fusionviewer-1.part", ".fusionviewer-2.part", "notes.part")
    )
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (time.time() - STALE_S - 60,) * 2)
    write_file(tmp_path / "a.bin", NEW)
    assert [path.exists() for path in (old, young, other)] == [False, True, True]


class TestNewFolder:
    def test_appears_with_everything_in_it(self, tmp_path: Path) -> None:
        with new_folder(tmp_path / "series") as part:
            (part / "1.dcm").write_bytes(NEW)
            assert not (tmp_path / "series").exists()
        assert [entry.name for entry in (tmp_path / "series").iterdir()] == ["1.dcm"]

    def test_is_not_there_after_a_failure(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError), new_folder(tmp_path / "series") as part:
            (part / "1.dcm").write_bytes(NEW)
            raise RuntimeError
        assert list(tmp_path.glob("*series*")) == []
        assert list(tmp_path.glob("*.part")) == []

    def test_takes_over_an_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "series").mkdir()
        with new_folder(tmp_path / "series") as part:
            (part / "1.dcm").touch()
        assert (tmp_path / "series" / "1.dcm").exists()

    def test_is_never_mixed_with_what_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "series").mkdir()
        (tmp_path / "series" / "old.dcm").touch()
        with pytest.raises(ExportError, match="not empty"), new_folder(tmp_path / "series"):
            pass

    def test_replaces_only_what_an_earlier_export_wrote(self, tmp_path: Path) -> None:
        folder = tmp_path / "series"
        folder.mkdir()
        (folder / "old.dcm").touch()

        def ours(entry: Path) -> bool:
            return entry.suffix == ".dcm"

        with new_folder(folder, overwrite=True, ours=ours) as part:
            (part / "new.dcm").touch()
        assert [entry.name for entry in folder.iterdir()] == ["new.dcm"]
        (folder / "thesis.txt").touch()
        with (
            pytest.raises(ExportError, match="not from an earlier export"),
            new_folder(folder, overwrite=True, ours=ours),
        ):
            pass
        assert (folder / "thesis.txt").exists()

    def test_cannot_take_the_place_of_a_file(self, target: Path) -> None:
        with pytest.raises(ExportError, match="is a file"), new_folder(target, overwrite=True):
            pass
        assert target.read_bytes() == OLD
