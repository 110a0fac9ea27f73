"""Copies of a slice in every way that DICOM packs pixels and the viewer unpacks them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

Frame = NDArray[np.uint16]
BITS = 12  # of the sample patient's CT

# The codestream of a frame of 12 bits, and by how many grey levels of 255 it may differ from the frame.
CODECS: dict[UID, tuple[Callable[[Frame], bytes], int]] = {
    JPEGLosslessSV1: (lambda frame: _bytes(imagecodecs.ljpeg_encode(frame, bitspersample=BITS)), 0),
    JPEGLossless: (lambda frame: _bytes(imagecodecs.ljpeg_encode(frame, bitspersample=BITS)), 0),
    JPEGExtended12Bit: (
        lambda frame: _bytes(imagecodecs.jpeg8_encode(frame, level=98, bitspersample=BITS)), 20
    ),
    JPEGBaseline8Bit: (lambda frame: _bytes(imagecodecs.jpeg8_encode(_eight(frame), level=98)), 20),
    JPEGLSNearLossless: (lambda frame: _bytes(imagecodecs.jpegls_encode(frame, level=1)), 4),
    JPEG2000: (
        lambda frame: _bytes(imagecodecs.jpeg2k_encode(frame, level=100, codecformat="j2k")), 20
    ),
    HTJ2KLossless: (lambda frame: _bytes(imagecodecs.htj2k_encode(frame)), 0),
    HTJ2K: (lambda frame: _bytes(imagecodecs.htj2k_encode(frame)), 0),
}  # fmt: skip
BY_PYDICOM = (RLELossless, JPEGLSLossless, JPEG2000Lossless)
SYNTAXES: dict[UID, int] = (
    {DeflatedExplicitVRLittleEndian: 0}
    | dict.fromkeys(BY_PYDICOM, 0)
    | {syntax: most for syntax, (_, most) in CODECS.items()}
)


def write_packed(original: Path, syntax: UID, folder: Path) -> Path:
    """A copy of `original` in this transfer syntax."""
    header = dcmread(original)
    if syntax in BY_PYDICOM:
        header.compress(syntax, generate_instance_uid=False)
    elif syntax in CODECS:
        _compress(header, CODECS[syntax][0](header.pixel_array), syntax)
    header.file_meta.TransferSyntaxUID = syntax
    path = folder / f"{syntax.keyword}.dcm"
    header.save_as(path)
    return path


def _compress(header: Dataset, stream: bytes, syntax: UID) -> None:
    if syntax == JPEGBaseline8Bit:
        header.BitsAllocated = header.BitsStored = 8
        header.HighBit = 7
        header.RescaleSlope = float(header.RescaleSlope) * 2 ** (BITS - 8)
    header.PixelData = encapsulate([stream])
    header["PixelData"].VR = "OB"
    header["PixelData"].is_undefined_length = True


def _eight(frame: Frame) -> NDArray[np.uint8]:
    return (frame >> (BITS - 8)).astype(np.uint8)


def _bytes(stream: Any) -> bytes:
    return bytes(stream)
