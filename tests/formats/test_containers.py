"""Zip archives and DICOMDIRs: what is in them opens, and what they try does not happen."""

import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from fusionviewer.errors import Cancelled, InputError
from fusionviewer.formats import zips
from fusionviewer.formats.catalogue import catalogue
from fusionviewer.formats.left_out import LeftOut
from fusionviewer.formats.reading import open_all, open_images

SHAPE = (3, 6, 8)
HOSTILE_NAMES = [
    "../outside.png",
    "a/../../../outside.png",
    "/etc/outside.png",
    "C:\\outside.png",
    "..\\..\\outside.png",
    "//server/share/outside.png",
    "con.png",
    "x" * 300 + ".png",
    "name\u202egnp.exe.png",
    "a:b|c?.png",
    "./././plain.png",
]


@pytest.fixture
def png(tmp_path: Path) -> bytes:
    Pillow.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "source.png")
    return (tmp_path / "source.png").read_bytes()


@pytest.fixture
def slices(tmp_path: Path, write_series: Callable, make_grid_at: Callable) -> list[Path]:
    volume = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    return write_series(tmp_path / "disc" / "IMAGES", volume, make_grid_at(SHAPE))


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def dicomdir(path: Path, listed: list[list[str] | str]) -> Path:
    records = []
    for parts in listed:
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", parts
        record.OffsetOfTheNextDirectoryRecord = 0  # all offsets are wrong on purpose
        records.append(record)
    directory = Dataset()
    directory.SOPClassUID, directory.SOPInstanceUID = MediaStorageDirectoryStorage, "1.2.3.4"
    directory.DirectoryRecordSequence = records
    directory.file_meta = Dataset()
    directory.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    directory.save_as(path, enforce_file_format=True)
    return path


def test_a_zip_opens_as_the_series_in_it(tmp_path: Path, slices: list[Path], png: bytes) -> None:
    files = {f"study/deep/{path.name}": path.read_bytes() for path in slices}
    archive = zipped(tmp_path / "all.zip", {**files, "readme.txt": b"hello", "x/a.png": png})
    opened = open_all(archive)
    assert sorted(image.shape for image in opened.images) == [(1, 8, 8), SHAPE]
    assert opened.left_out == LeftOut(others=1)
    (again,) = [image for image in open_images(archive) if image.shape == SHAPE]
    assert again.source.paths[0].is_file()
    assert stat.S_IMODE(again.source.paths[0].parents[2].stat().st_mode) & 0o077 == 0


def test_a_zip_in_a_folder_is_looked_into(tmp_path: Path, png: bytes) -> None:
    zipped(tmp_path / "inner.zip", {"a.png": png})
    assert len(catalogue(tmp_path).entries) == 2  # the fixture's own picture, and the packed one


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_in_a_zip_leads_out_of_its_folder(tmp_path: Path, png: bytes, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    archive = zipped(tmp_path / "hostile.zip", {name: png, "good.png": png})
    images = open_images(archive)
    assert len(images) == 2
    folders = {zips_folder(image.source.paths[0]) for image in images}
    assert len(folders) == 1
    assert sorted(tmp_path.rglob("*")) == sorted([*before, archive])


def zips_folder(path: Path) -> Path:
    return next(part for part in path.resolve().parents if part.name.startswith(zips.PREFIX))


def test_links_in_a_zip_are_left_out(tmp_path: Path, png: bytes) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "links.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.png", png)
    opened = open_all(tmp_path / "links.zip")
    assert (len(opened.images), opened.left_out) == (1, LeftOut(links=1))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, png: bytes) -> None:
    path = zipped(tmp_path / "bomb.zip", {"a.png": png, "b.png": png + bytes(200 << 20)})
    with pytest.raises(InputError, match=r"“bomb.zip” unpacks to hundreds of times its size"):
        open_images(path)


def test_a_zip_that_lies_about_its_sizes_is_refused(
    tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "liar.zip", {"a.png": png + bytes(5 << 20)})
    true, told = (len(png) + (5 << 20)).to_bytes(4, "little"), (100).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, told))
    with pytest.raises(InputError, match=r"“liar.zip” is damaged"):
        open_images(path)
    monkeypatch.setattr(zips, "MAX_UNPACKED_BYTES", 10)
    with pytest.raises(InputError, match=r"unpacks to more than there is room for"):
        open_images(zipped(tmp_path / "large.zip", {"a.png": png}))


@pytest.mark.parametrize("keep", [30, 60, -10])
def test_a_zip_cut_off_is_one_sentence(tmp_path: Path, png: bytes, keep: int) -> None:
    path = zipped(tmp_path / "cut.zip", {"a.png": png})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"“cut.zip” is damaged"):
        open_images(path)


def test_a_zip_with_a_password_says_so(tmp_path: Path, png: bytes) -> None:
    path = zipped(tmp_path / "locked.zip", {"a.png": png})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of the local header, and of the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="locked with a password"):
        open_images(path)


def test_a_zip_without_images_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"“text.zip” holds no image"):
        open_images(zipped(tmp_path / "text.zip", {"a.txt": b"hello"}))


def test_unpacking_can_be_stopped_and_leaves_nothing(tmp_path: Path, png: bytes) -> None:
    calls = iter(range(3))

    def stop_later() -> None:
        if next(calls, None) is None:
            raise Cancelled

    archive = zipped(tmp_path / "many.zip", {f"{i}.png": png for i in range(9)})
    before = folders_here()
    with pytest.raises(Cancelled):
        catalogue(archive, check=stop_later)
    assert folders_here() == before


def folders_here() -> set[Path]:
    return set(Path(zips.tempfile.gettempdir()).glob(f"{zips.PREFIX}{os.getpid()}-*"))


def test_what_was_unpacked_is_gone_when_the_program_ends(tmp_path: Path, png: bytes) -> None:
    archive = zipped(tmp_path / "a.zip", {"a.png": png})
    program = (
        "import sys; from pathlib import Path; from fusionviewer.formats.reading import open_images;"
        "print(open_images(Path(sys.argv[1]))[0].source.paths[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(archive)], capture_output=True, text=True, check=True
    )
    place = Path(done.stdout.strip())
    assert place.name == "a.png"
    assert not place.parent.exists()


def test_a_dicomdir_is_read_as_the_list_of_its_files(tmp_path: Path, slices: list[Path]) -> None:
    toc = dicomdir(tmp_path / "disc/DICOMDIR", [["images", path.name] for path in slices[:2]])
    (image,) = open_images(toc)
    assert image.shape[0] == 2
    assert {path.name for path in image.source.paths} == {path.name for path in slices[:2]}
    assert len(catalogue(tmp_path / "disc").entries) == 1


def test_files_that_a_dicomdir_misses_are_named(tmp_path: Path, slices: list[Path]) -> None:
    listed = [["IMAGES", slices[0].name], *(["IMAGES", f"GONE{i}"] for i in range(5))]
    opened = open_all(dicomdir(tmp_path / "disc/DICOMDIR", listed))
    assert len(opened.images) == 1
    said = str(opened.problems[0])
    assert "lists 6 files, of which 5 are not there" in said
    assert "“IMAGES/GONE0”" in said
    assert "and 2 more" in said


@pytest.mark.parametrize(
    "parts",
    [
        ["..", "secret.dcm"],
        ["/etc", "passwd"],
        ["IMAGES", "x:y"],
        [".."],
        ["A" * 200],
        ["Doe^Peter\r\n"],
    ],
)
def test_a_dicomdir_leads_nowhere_but_into_its_own_folder(
    tmp_path: Path, slices: list[Path], parts: list[str]
) -> None:
    (tmp_path / "secret.dcm").write_bytes(slices[0].read_bytes())
    with pytest.raises(InputError, match="are not there: “a name that makes no sense”"):
        open_images(dicomdir(tmp_path / "disc/DICOMDIR", [parts]))


def test_an_empty_dicomdir_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="“DICOMDIR” lists no files"):
        open_images(dicomdir(tmp_path / "DICOMDIR", []))


@pytest.mark.parametrize(
    "name", ["", "-bigEnd", "-implicit", "-nooffset", "-nopatient", "-reordered"]
)
def test_real_tables_of_contents_list_every_file(data: Path, name: str) -> None:
    path = data / f"dicom/pydicom_files/dicomdirtests/DICOMDIR{name}"
    listed = catalogue(path)
    assert sum(entry.count for entry in listed.entries) == 31
    assert not listed.problems


def test_what_a_program_left_that_did_not_end_well_is_removed(tmp_path: Path, png: bytes) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    left = Path(zips.tempfile.gettempdir()) / f"{zips.PREFIX}{done.pid}-left"
    left.mkdir()
    ours = Path(zips.tempfile.gettempdir()) / f"{zips.PREFIX}{os.getpid()}-ours"
    ours.mkdir()
    try:
        open_images(zipped(tmp_path / "new.zip", {"a.png": png}))
        assert not left.exists()
        assert ours.exists()
    finally:
        ours.rmdir()
