"""What was left out of a folder is counted by reason, and said."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from fusionviewer.formats import files
from fusionviewer.formats.catalogue import catalogue
from fusionviewer.formats.left_out import LeftOut, left_out
from fusionviewer.formats.reading import open_all


@pytest.fixture
def slices(tmp_path: Path, write_series: Callable, make_grid_at: Callable) -> list[Path]:
    volume = np.arange(6 * 12, dtype=np.int16).reshape(6, 3, 4)
    paths: list[Path] = write_series(tmp_path, volume, make_grid_at((6, 3, 4)))
    return paths


@pytest.mark.parametrize(
    ("found", "said", "all_of_it"),
    [
        (LeftOut(), "", ""),
        (LeftOut(others=2), "", "2 files were left out (2 of other kinds)."),
        (
            LeftOut(empty=1, others=2),
            "1 file was left out (1 empty).",
            "3 files were left out (1 empty, 2 of other kinds).",
        ),
        (
            LeftOut(no_images=3, links=1, beyond=5),
            "9 files were left out (3 without an image, 1 link, 5 beyond the limits of 20000 files and "
            "16 levels of folders).",
            "9 files were left out (3 without an image, 1 link, 5 beyond the limits of 20000 files and "
            "16 levels of folders).",
        ),
    ],
)
def test_the_sentence_counts_what_somebody_may_miss(
    found: LeftOut, said: str, all_of_it: str
) -> None:
    assert found.sentence() == said
    assert found.sentence(every=True) == all_of_it


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("029.dcm", LeftOut(no_images=1)),
        ("IM_0001", LeftOut(no_images=1)),
        ("1.2.840.113619.2", LeftOut(no_images=1)),
        ("brain.nii.gz", LeftOut(no_images=1)),
        ("brain.mha", LeftOut(no_images=1)),
        ("00000012", LeftOut(no_images=1)),
        ("3F2A00B1", LeftOut(no_images=1)),
        ("CT.1.2.840.17", LeftOut(no_images=1)),
        ("img-0001-00002", LeftOut(no_images=1)),
        ("LICENSE", LeftOut(others=1)),
        ("LICENSE2", LeftOut(others=1)),
        ("VERSION2", LeftOut(others=1)),
        ("VERSION1.0", LeftOut(others=1)),
        ("INDEX1", LeftOut(others=1)),
        ("viewer2.exe", LeftOut(others=1)),
        ("notes.txt", LeftOut(others=1)),
    ],
)
def test_a_name_tells_what_somebody_may_miss(name: str, expected: LeftOut) -> None:
    assert left_out(name, 9) == expected
    assert left_out(name, 0) == LeftOut(empty=1)


@pytest.mark.parametrize("path", ["._IM0001.dcm", "a/._IM0001", "__MACOSX/a/IM0001.dcm"])
@pytest.mark.parametrize("size", [0, 9])
def test_what_a_mac_lays_beside_files_is_missed_by_nobody(path: str, size: int) -> None:
    assert left_out(path, size) == LeftOut(others=1)


def test_nor_in_a_folder_or_an_archive(tmp_path: Path, slices: list[Path]) -> None:
    packed = tmp_path.parent / "a.zip"
    (tmp_path / "__MACOSX").mkdir()
    for name in ("._001.dcm", "__MACOSX/002.dcm", "__MACOSX/._003.dcm"):
        (tmp_path / name).write_bytes(b"\0\5\x16\7" + bytes(200))
    (tmp_path / "._004.dcm").touch()
    with ZipFile(packed, "w") as archive:
        for path in tmp_path.rglob("*.dcm"):
            archive.write(path, path.relative_to(tmp_path))
    for place in (tmp_path, packed):
        assert open_all(place).left_out == catalogue(place).left_out == LeftOut(others=4)


def test_an_empty_slice_and_slices_of_zeros_are_told(tmp_path: Path, slices: list[Path]) -> None:
    slices[5].write_bytes(b"")
    for path in slices[3:5]:
        path.write_bytes(bytes(5000))
    expected = LeftOut(empty=1, no_images=2)
    assert open_all(tmp_path).left_out == catalogue(tmp_path).left_out == expected


def test_files_beyond_the_limit_are_told(
    tmp_path: Path, slices: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 4)
    assert open_all(tmp_path).left_out == LeftOut(beyond=2)
