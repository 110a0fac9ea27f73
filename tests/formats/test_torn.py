"""Rows and columns that do not fit the pixels: refused, and never a torn picture."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian

from fusionviewer.errors import InputError
from fusionviewer.formats.reading import open_images

TORN = "holds more pixels than its rows, columns and frames say"
NOISE = np.random.default_rng(0).integers(1, 999, (40, 60)).astype(np.int16)


@pytest.fixture
def changed(write_dicom: Callable[..., Path]) -> Callable[..., Path]:
    """A file of NOISE, or of other pixels, whose header says something else of them."""

    def write(stored: np.ndarray = NOISE, more: bytes = b"", **elements: Any) -> Path:
        path = write_dicom(stored, "MR")
        one = dcmread(path)
        for keyword, value in elements.items():
            setattr(one, keyword, value)
        one.PixelData = one.PixelData + more
        one.save_as(path)
        return path

    return write


@pytest.mark.parametrize(
    "elements",
    [
        {"Columns": 59},  # 80 bytes too many, and a row has 118
        {"Columns": 58},
        {"Rows": 39},
        {"Rows": 20},
        {"Rows": 41, "Columns": 58},
    ],
    ids=str,
)
def test_pixels_that_the_header_does_not_count_are_no_padding(
    changed: Callable[..., Path], elements: dict[str, int]
) -> None:
    with pytest.raises(InputError, match=TORN):
        open_images(changed(**elements))


def test_neither_are_they_in_colour(changed: Callable[..., Path]) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (40, 60, 3)).astype(np.uint8)
    with pytest.raises(InputError, match=TORN):
        open_images(changed(rgb, Columns=59))


def test_nor_where_the_file_is_deflated(changed: Callable[..., Path]) -> None:
    path = changed(Columns=59)
    one = dcmread(path)
    one.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    one.save_as(path)
    with pytest.raises(InputError, match=TORN):
        open_images(path)


@pytest.mark.parametrize("more", [bytes(120), bytes(78), bytes(2)], ids=len)
def test_a_row_of_zeros_or_less_is_padding(changed: Callable[..., Path], more: bytes) -> None:
    (image,) = open_images(changed(more=more))
    assert (image.values[0] == NOISE).all()


@pytest.mark.parametrize(
    "more",
    [
        b"\1\2",
        b"\1\2\3\4",
        np.full(60, -2000, np.int16).tobytes(),  # a row, whose two bytes differ
        np.full(9, -2000, np.int16).tobytes(),
    ],
    ids=len,
)
def test_so_are_stray_bytes_and_one_value(changed: Callable[..., Path], more: bytes) -> None:
    (image,) = open_images(changed(more=more))
    assert (image.values[0] == NOISE).all()


@pytest.mark.parametrize("block", [512, 1024])
def test_so_are_zeros_that_fill_a_block(changed: Callable[..., Path], block: int) -> None:
    stored = NOISE[:37]
    (image,) = open_images(changed(stored, more=bytes(-stored.nbytes % block)))
    assert (image.values[0] == stored).all()


@pytest.mark.parametrize("columns", [59, 55, 50])
def test_columns_that_are_not_counted_are_no_padding_where_they_are_black(
    changed: Callable[..., Path], columns: int
) -> None:
    black = NOISE.copy()
    black[25:] = 0
    with pytest.raises(InputError, match=TORN):
        open_images(changed(black, Columns=columns))


def test_one_byte_makes_a_file_even(write_dicom: Callable[..., Path]) -> None:
    odd = np.arange(15, dtype=np.uint8).reshape(3, 5)
    (image,) = open_images(write_dicom(odd, "MR"))
    assert (image.values[0] == odd).all()
