"""The process that decodes compressed pixels: it may hang or die, the program goes on."""

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, RLELossless

from fusionviewer.errors import Cancelled, UnreadableFile
from fusionviewer.formats import decode, decode_ahead
from fusionviewer.formats.decode_size import codestream_size
from fusionviewer.formats.dicom_header import read_header
from fusionviewer.formats.reading import open_images

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stops processes by signals")
PIXELS = np.random.default_rng(5).integers(-3000, 3000, (40, 30), dtype=np.int16)


def never() -> None:
    pass


@pytest.fixture
def compressed(write_dicom) -> Path:
    path = write_dicom(PIXELS)
    data = dcmread(path)
    data.compress(RLELossless)
    data.save_as(path)
    return path


def frames(path: Path, check=never) -> list[np.ndarray]:
    return list(decode.stored_frames(path, read_header(path), [0], check))


def process_used_last() -> subprocess.Popen[bytes] | None:
    return decode._idle[-1]._process


def test_the_process_gives_the_pixels(compressed: Path) -> None:
    (pixels,) = frames(compressed)
    assert (pixels == PIXELS).all()


def test_it_starts_once_and_is_used_again(compressed: Path) -> None:
    frames(compressed)
    first = process_used_last()
    frames(compressed)
    assert process_used_last() is first


def test_after_a_crash_the_next_file_opens(compressed: Path) -> None:
    frames(compressed)
    process = process_used_last()
    assert process is not None
    process.send_signal(signal.SIGSEGV)
    process.wait()
    assert (frames(compressed)[0] == PIXELS).all()


def test_a_codec_that_dies_is_one_sentence(compressed: Path) -> None:
    frames(compressed)
    process = process_used_last()
    assert process is not None
    process.send_signal(signal.SIGSTOP)  # it gets the request, and dies before it answers

    def dies() -> None:
        process.kill()

    with pytest.raises(UnreadableFile, match="cannot be decompressed"):
        frames(compressed, dies)
    assert (frames(compressed)[0] == PIXELS).all()


def test_a_codec_that_hangs_is_ended(compressed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames(compressed)
    process = process_used_last()
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(decode, "TIMEOUT_S", 0.5)
    with pytest.raises(UnreadableFile, match="could not be decompressed within"):
        frames(compressed)
    assert process.poll() is not None
    monkeypatch.undo()
    assert (frames(compressed)[0] == PIXELS).all()


def test_cancelling_ends_a_codec_that_is_busy(compressed: Path) -> None:
    frames(compressed)
    process = process_used_last()
    assert process is not None
    process.send_signal(signal.SIGSTOP)

    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        frames(compressed, cancelled)
    assert process.poll() is not None


def test_it_ends_when_the_program_does() -> None:
    process = subprocess.Popen(
        decode._command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=decode._environment(),
    )
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_an_answer_that_does_not_fit_the_header_is_not_believed(
    compressed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = read_header(compressed)
    header.Rows = 41
    with pytest.raises(UnreadableFile, match="cannot be decompressed"):
        list(decode.stored_frames(compressed, header, [0], never))


@pytest.mark.parametrize("kind", ["jpeg", "jpeg2000", "jp2"])
def test_a_picture_tells_its_size_before_it_is_decompressed(kind: str) -> None:
    picture = Pillow.fromarray(np.zeros((40, 30), np.uint8))
    file = io.BytesIO()
    if kind == "jpeg":
        picture.save(file, "JPEG")
    else:
        picture.save(file, "JPEG2000", no_jp2=kind == "jpeg2000")
    assert codestream_size(file.getvalue()) == (40, 30)
    assert codestream_size(b"\0" * 100) is None


def test_a_small_file_that_holds_a_huge_picture_is_refused_at_once(
    tmp_path: Path, dicom_header: Callable
) -> None:
    file = io.BytesIO()
    Pillow.new("L", (9000, 9000)).save(file, "JPEG2000", no_jp2=True)
    bomb = dicom_header(np.zeros((16, 16), np.uint8))
    bomb.file_meta.TransferSyntaxUID = JPEG2000Lossless
    bomb.PixelData = encapsulate([file.getvalue()])
    bomb["PixelData"].is_undefined_length = True
    path = tmp_path / "bomb.dcm"
    bomb.file_meta.MediaStorageSOPInstanceUID = "1.2.3.1"
    bomb.file_meta.MediaStorageSOPClassUID = bomb.SOPClassUID
    bomb.save_as(path, enforce_file_format=True)
    with pytest.raises(UnreadableFile, match="cannot be decompressed"):
        frames(path)


@pytest.fixture
def compressed_series(tmp_path: Path, write_series: Callable, make_grid_at: Callable) -> list[Path]:
    volume = np.random.default_rng(9).integers(-900, 900, (24, 8, 6)).astype(np.int16)
    paths = write_series(tmp_path / "series", volume, make_grid_at(volume.shape))
    for path in paths:
        data = dcmread(path)
        data.compress(RLELossless, generate_instance_uid=False)
        data.save_as(path)
    return paths


def test_slices_that_are_decoded_side_by_side_keep_their_order(
    compressed_series: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = compressed_series[0].parent
    (alone,) = open_images(folder)
    monkeypatch.setattr(decode_ahead, "AT_ONCE", 3)
    monkeypatch.setattr(decode_ahead, "AHEAD", 5)
    (together,) = open_images(folder)
    assert np.array_equal(alone.values, together.values)
    expected = np.random.default_rng(9).integers(-900, 900, (24, 8, 6))
    assert np.array_equal(together.values, expected)


def test_a_damaged_slice_among_them_is_named(compressed_series: list[Path]) -> None:
    bad = compressed_series[10]
    content = bytearray(bad.read_bytes())
    start = content.rindex(b"\xfe\xff\x00\xe0") + 8
    content[start : start + 64] = b"\xff" * 64  # the table of RLE segments
    bad.write_bytes(content)
    with pytest.raises(UnreadableFile, match=f"“{bad.name}” is damaged"):
        open_images(bad.parent)
    bad.unlink()
    assert open_images(bad.parent)[0].shape[0] == 23


def test_reading_ahead_stops_when_cancelled(compressed_series: list[Path]) -> None:
    calls = iter(range(40))

    def soon() -> None:
        if next(calls, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        open_images(compressed_series[0].parent, soon)
    assert open_images(compressed_series[0].parent)[0].shape[0] == 24
