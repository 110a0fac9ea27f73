"""Opening whatever the user gives: files, folders, and everything that is no image."""

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless

from fusionviewer.cli.info import info_command
from fusionviewer.errors import Cancelled, InputError
from fusionviewer.formats.left_out import LeftOut
from fusionviewer.formats.reading import READERS, describe, open_all, open_images
from fusionviewer.imaging import memory

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4)


def png(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(GREY).save(path, format="PNG")
    return path


def refusal(path: Path | list[Path]) -> InputError:
    """The error, after checking that it is one sentence with a hint."""
    with pytest.raises(InputError) as caught:
        open_images(path)
    error = caught.value
    assert str(error).endswith(".")
    assert "\n" not in str(error)
    assert "Traceback" not in str(error)
    assert error.hint
    return error


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"Dear colleague, the images are in the other folder. " * 9, "is not an image"),
        (b"\0" * 128 + b"DICM", "is damaged"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 500, "is damaged"),
        (b"MZ" + b"\x90" * 600, "is not an image"),
    ],
)
def test_what_is_no_image_is_refused_by_name(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "scan.dcm"
    path.write_bytes(content)
    assert str(refusal(path)).startswith(f"“scan.dcm” {problem}")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    assert str(refusal(tmp_path / "gone.dcm")) == "“gone.dcm” does not exist."


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="the superuser reads everything")
def test_a_file_without_permission_is_refused_by_name(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    path.chmod(0)
    assert "permission denied" in str(refusal(path))


def test_a_denied_file_is_named_even_for_the_superuser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = png(tmp_path / "a.png")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert str(refusal(path)) == "“a.png” may not be opened: permission denied."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in str(refusal(tmp_path / "pipe"))


@pytest.mark.parametrize("keep", [140, 400, 700, -20, -1])
def test_a_dicom_file_cut_off_anywhere_is_refused(write_dicom: Callable, keep: int) -> None:
    path = write_dicom(np.ones((16, 16), np.int16))
    path.write_bytes(path.read_bytes()[:keep])
    assert "one.dcm" in str(refusal(path))


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": 65535, "Columns": 65535},
        {"Rows": 0},
        {"Rows": 8},
        {"Columns": 12},
        {"PixelData": bytes(512 * 2)},
        {"PixelData": bytes(512 * 1000)},
        {"NumberOfFrames": 2**31 - 1},
        {"NumberOfFrames": 0},
        {"BitsAllocated": 17},
        {"Rows": None},
        {"SamplesPerPixel": 7},
        {"PixelData": None},
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"ImageType": ["DERIVED", "PRIMARY", "M", "MOSAIC"]},
        {"Modality": "RTSTRUCT"},
    ],
)
def test_a_header_that_contradicts_its_pixels_is_refused(
    write_dicom: Callable, elements: dict
) -> None:
    assert "one.dcm" in str(refusal(write_dicom(np.ones((16, 16), np.int16), **elements)))


def test_a_deflated_bomb_is_refused_before_it_fills_the_memory(
    write_dicom: Callable, tmp_path: Path
) -> None:
    plain = write_dicom(np.ones((16, 16), np.int16)).read_bytes()
    start = 144 + int.from_bytes(plain[140:144], "little")
    packer = zlib.compressobj(wbits=-15, level=1)
    syntax = DeflatedExplicitVRLittleEndian.encode()
    old = b"1.2.840.10008.1.2.1\0"
    meta = plain[:start].replace(
        len(old).to_bytes(2, "little") + old,
        (len(syntax) + len(syntax) % 2).to_bytes(2, "little") + syntax.ljust(22, b"\0"),
    )
    grown = len(meta) - start
    meta = meta[:140] + (start - 144 + grown).to_bytes(4, "little") + meta[144:]
    packed = [packer.compress(plain[start:])]
    packed += [packer.compress(bytes(1 << 24)) for _ in range(40)]
    bomb = tmp_path / "bomb.dcm"
    bomb.write_bytes(meta + b"".join(packed) + packer.flush())
    assert bomb.stat().st_size < 8 << 20
    assert str(refusal(bomb)) == "“bomb.dcm” unpacks to more than 512 MiB."


def test_deep_nesting_is_one_sentence(write_dicom: Callable) -> None:
    path = write_dicom(np.ones((4, 4), np.int16))
    whole = path.read_bytes()
    pixels = whole.index(b"\xe0\x7f\x10\x00")
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    sequence = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff" + item
    path.write_bytes(whole[:pixels] + sequence * 5000 + whole[pixels:])
    assert "one.dcm" in str(refusal(path))


def test_compressed_rubbish_is_refused(write_dicom: Callable) -> None:
    rubbish = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0\x08\0\0\0" + b"\xff\x4f\xff\x51" * 2

    path = write_dicom(np.ones((16, 16), np.int16))
    from pydicom import dcmread

    data = dcmread(path)
    data.file_meta.TransferSyntaxUID = JPEG2000Lossless
    data.PixelData = rubbish + b"\xfe\xff\xdd\xe0\0\0\0\0"
    data["PixelData"].is_undefined_length = True
    data.save_as(path)
    assert "cannot be decompressed" in str(refusal(path))


def test_an_unknown_transfer_syntax_is_refused(write_dicom: Callable) -> None:
    path = write_dicom(np.ones((4, 4), np.int16))
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.99999.1.2.1\0"))
    assert "one.dcm" in str(refusal(path))


def test_more_than_half_of_the_free_memory_is_not_taken(
    tmp_path: Path,
    write_dicom: Callable,
    write_nifti: Callable,
    make_grid_at: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    volume = np.zeros((2, 30, 40), np.int16)
    files = (
        write_dicom(volume[0]),
        write_nifti(tmp_path / "a.nii", volume, make_grid_at(volume.shape)),
        png(tmp_path / "a.png"),
    )
    for path in files:
        open_images(path)
    monkeypatch.setattr(memory, "free_memory", lambda: 100)
    for path in files:
        assert "too large for this computer's memory" in str(refusal(path))


@pytest.mark.parametrize("kind", ["dicom", "nifti", "png"])
def test_files_changed_at_random_open_or_are_refused_and_nothing_else(
    tmp_path: Path, kind: str, write_dicom: Callable, write_nifti: Callable, make_grid_at: Callable
) -> None:
    volume = np.arange(48, dtype=np.int16).reshape(3, 4, 4)
    path = {
        "dicom": lambda: write_dicom(volume[0], "CT", RescaleSlope=1, RescaleIntercept=-1024),
        "nifti": lambda: write_nifti(tmp_path / "a.nii", volume, make_grid_at(volume.shape)),
        "png": lambda: png(tmp_path / "a.png"),
    }[kind]()
    whole = path.read_bytes()
    random = np.random.default_rng(11)
    for _ in range(150):
        data = bytearray(whole)
        for at in random.integers(0, len(data), random.integers(1, 6)):
            data[at] = random.choice([0, 1, 127, 128, 255])
        path.write_bytes(data)
        try:
            images = open_images(path)
        except InputError as error:
            assert path.name in str(error)
        else:
            assert all(np.isfinite(image.values).all() for image in images)


def test_a_folder_opens_everything_that_is_an_image_and_counts_the_rest(
    tmp_path: Path, write_series: Callable, write_nifti: Callable, make_grid_at: Callable
) -> None:
    volume = np.zeros((2, 3, 4), np.int16)
    write_series(tmp_path / "deep/er/ct", volume, make_grid_at(volume.shape))
    write_nifti(tmp_path / "t1.nii.gz", volume, make_grid_at(volume.shape))
    png(tmp_path / "b" / "picture_without_extension")
    (tmp_path / "notes.txt").write_text("nothing here")
    (tmp_path / "empty.png").touch()
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.png").symlink_to(tmp_path / "b" / "picture_without_extension")
    opened = open_all(tmp_path)
    assert sorted(image.source.kind for image in opened.images) == ["DICOM", "NIfTI", "PNG"]
    assert opened.left_out == LeftOut(empty=1, links=2, others=1)
    assert [one.kind for one in describe(tmp_path)] == [i.source.kind for i in opened.images]


def test_a_folder_without_images_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("hello")
    assert "The folder “letters” holds no image" in str(refusal(tmp_path / "letters"))


def test_images_come_in_the_order_in_which_they_were_named(tmp_path: Path) -> None:
    paths = [png(tmp_path / name) for name in ("b.png", "a.png", "c.png")]
    assert [image.name for image in open_images(paths)] == ["b", "a", "c"]


def test_a_file_named_twice_is_opened_once(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    assert len(open_images([path, path])) == 1


def test_one_bad_file_among_named_ones_is_an_error(tmp_path: Path) -> None:
    good, bad = png(tmp_path / "good.png"), tmp_path / "bad.png"
    bad.write_bytes(good.read_bytes()[:40])
    assert "bad.png" in str(refusal([good, bad]))


def test_opening_stops_when_asked(tmp_path: Path) -> None:
    paths = [png(tmp_path / f"{i}.png") for i in range(5)]
    seen: list[tuple[int, int]] = []

    def check() -> None:
        if len(seen) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        open_images(paths, check, lambda *step: seen.append(step))
    assert seen == [(1, 5), (2, 5)]


def test_progress_ends_at_its_total(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    volume = np.zeros((4, 3, 4), np.int16)
    write_series(tmp_path / "a", volume, make_grid_at(volume.shape))
    png(tmp_path / "b.png")
    seen: list[tuple[int, int]] = []
    open_images(tmp_path, progress=lambda *step: seen.append(step))
    assert seen[-1] == (9, 9)
    assert seen == sorted(seen)


def test_every_reader_has_a_label_for_the_messages() -> None:
    assert all(reader.label for reader in READERS.values())


def test_info_prints_one_json_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    info_command(png(tmp_path / "a.png"), json=True)
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["kind"], one["size"], one["unit"]) == ("PNG", [1, 3, 4], "grey level")


def test_info_prints_a_row_for_each_image(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    write_series: Callable,
    make_grid_at: Callable,
) -> None:
    volume = np.zeros((4, 3, 4), np.int16)
    write_series(tmp_path / "a", volume, make_grid_at(volume.shape), SeriesDescription="T1 [bold]")
    png(tmp_path / "picture.png")
    (tmp_path / "letter.txt").write_text("hello")
    (tmp_path / "bad.png").write_bytes((tmp_path / "picture.png").read_bytes()[:40])
    info_command(tmp_path, json=False)
    out, error = capsys.readouterr()
    assert "T1 [bold]" in out
    assert "0.5 × 1.5 × 2" in out
    assert "picture" in out
    assert "“bad.png” is damaged" in error
    assert "1 file was left out (1 of other kinds)." in error
