"""Stored pixels → values in their unit, colours and padding."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.colours import to_8_bit
from fusionviewer.formats.decode_ahead import Request, frames_of
from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_header import number, numbers, real_world, size, text, whole
from fusionviewer.formats.files import unreadable
from fusionviewer.imaging.image import FUNCTIONAL_MODALITIES
from fusionviewer.imaging.stored import SMALL
from fusionviewer.texts import text as _

TOGETHER = 32  # frames of one file that are asked for at once
GREY = ("MONOCHROME1", "MONOCHROME2", "")
MEASURED = ("HU", "SUV", "Bq/ml", "counts", "counts/s")


@dataclass(frozen=True, eq=False)
class Slice:
    """One grey frame: value = slope · pixel + intercept.

    Attributes:
        pixels: (H, W), integers as they are stored, or float32 in the unit of the image.
        padding: (H, W) bool, or None when every pixel was measured.
    """

    pixels: NDArray[Any]
    slope: float = 1.0
    intercept: float = 0.0
    padding: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Colours:
    """One coloured frame, (H, W, 3) uint8."""

    rgb: NDArray[np.uint8]


def read_slices(
    frames: Sequence[Frame], unit: str, check: Callable[[], None]
) -> Iterator[Slice | Colours]:
    """The pixels of `frames`, in their order.

    Raises:
        UnreadableFile: they are damaged, cut off, or of a kind that cannot be shown.
    """
    together = [
        group[i : i + TOGETHER]
        for group in (list(same) for _, same in groupby(frames, key=lambda frame: frame.path))
        for i in range(0, len(group), TOGETHER)
    ]
    requests = [
        Request(some[0].path, some[0].header, tuple(frame.index for frame in some))
        for some in together
    ]
    for some, stored in zip(together, frames_of(requests, check), strict=True):
        for frame, pixels in zip(some, stored, strict=True):
            yield _slice(frame, pixels, unit)


def _slice(frame: Frame, pixels: NDArray[Any], unit: str) -> Slice | Colours:
    header = frame.header
    if pixels.shape[:2] != size(header):
        raise UnreadableFile(frame.path, _("holds a picture of another size than it says"))
    try:
        if text(header, "PhotometricInterpretation") == "PALETTE COLOR":
            return Colours(_looked_up(pixels, header))
        if pixels.ndim == 3:
            return Colours(to_8_bit(pixels[..., :3], whole(header, "BitsStored", 8)))
        return _grey(_aligned(pixels, header), header, unit)
    except Exception as error:  # pydicom passes on what its tables meet
        raise unreadable(frame.path, error) from error


def _looked_up(pixels: NDArray[Any], header: Dataset) -> NDArray[np.uint8]:
    colours = apply_color_lut(pixels, header)
    return to_8_bit(colours[..., :3], 8 * colours.dtype.itemsize)


def _aligned(pixels: NDArray[Any], header: Dataset) -> NDArray[Any]:
    """Only the stored bits: what lies beside them (overlays, rubbish) is dropped, the sign kept.

    Source: DICOM PS3.5 8.1.1.
    """
    allocated = pixels.dtype.itemsize * 8
    bits = whole(header, "BitsStored", allocated)
    if pixels.dtype.kind not in "iu" or not 1 < bits < allocated:
        return pixels
    above = max(allocated - 1 - whole(header, "HighBit", bits - 1), 0)
    if above > allocated - bits:
        return pixels
    return (pixels << above) >> (allocated - bits)


def _grey(stored: NDArray[Any], header: Dataset, unit: str) -> Slice:
    padding = _padding(stored, header)
    slope, intercept = rescale(header)
    inverted = is_inverted(header, unit)
    if stored.dtype.name in SMALL and not header.get("ModalityLUTSequence"):
        if inverted:
            slope, intercept = -slope, intercept + slope * sum(stored_range(header))
        return Slice(stored, slope, intercept, padding)
    values = _rescaled(_inverted(stored, header) if inverted else stored, header)
    bad = ~np.isfinite(values)
    if bad.any():
        values[bad] = 0
        padding = bad if padding is None else padding | bad
    return Slice(values, padding=padding)


def is_inverted(header: Dataset, unit: str) -> bool:
    """Whether the stored values are turned round, so that bright is high as everywhere else.

    MONOCHROME1 shows low values bright. Measured values (HU, SUV, counts) stay as they are.

    Source: DICOM PS3.3 C.7.6.3.1.2.
    """
    return text(header, "PhotometricInterpretation") == "MONOCHROME1" and unit not in MEASURED


def stored_range(header: Dataset) -> tuple[int, int]:
    """The lowest and highest value that the stored bits can hold."""
    bits = whole(header, "BitsStored", 16)
    if whole(header, "PixelRepresentation", 0) == 1:
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def _inverted(stored: NDArray[Any], header: Dataset) -> NDArray[Any]:
    if stored.dtype.kind == "f":
        return -stored
    return sum(stored_range(header)) - stored.astype(np.int64)


def rescale(header: Dataset) -> tuple[float, float]:
    """Slope and intercept; 1 and 0 when they are absent or make no sense.

    PET and SPECT that have none may map to real world values instead.

    Source: DICOM PS3.3 C.11.1.1.2, C.7.6.16.2.11.
    """
    slope = number(header, "RescaleSlope", 1.0)
    intercept = number(header, "RescaleIntercept", 0.0)
    mapping = real_world(header) if text(header, "Modality") in FUNCTIONAL_MODALITIES else None
    if mapping is not None and "RescaleSlope" not in header:
        slope = number(mapping, "RealWorldValueSlope", 1.0)
        intercept = number(mapping, "RealWorldValueIntercept", 0.0)
    return (slope if 0 < abs(slope) < 1e30 else 1.0), (intercept if abs(intercept) < 1e30 else 0.0)


def _rescaled(stored: NDArray[Any], header: Dataset) -> NDArray[np.float32]:
    if header.get("ModalityLUTSequence"):
        return np.asarray(apply_modality_lut(stored, header), dtype=np.float32)
    slope, intercept = rescale(header)
    if slope == 1 and intercept == int(intercept):
        return stored.astype(np.float32) + np.float32(intercept)
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def _padding(stored: NDArray[Any], header: Dataset) -> NDArray[np.bool_] | None:
    """Where the scanner measured nothing.

    Source: DICOM PS3.3 C.7.5.1.1.2 (Pixel Padding Value, Pixel Padding Range Limit).
    """
    value = numbers(header, "PixelPaddingValue", 1)
    if value is None or stored.dtype.kind not in "iu":
        return None
    limit = number(header, "PixelPaddingRangeLimit", float(value[0]))
    low, high = sorted((_as_stored(value[0], stored), _as_stored(limit, stored)))
    mask = (stored >= low) & (stored <= high)
    return mask if mask.any() else None


def _as_stored(value: float, stored: NDArray[Any]) -> int:
    """A padding value in the sign of the pixels: some files give −2000 as 63536."""
    bits = stored.dtype.itemsize * 8
    whole_value = int(value)
    if stored.dtype.kind == "i" and whole_value >= 1 << (bits - 1):
        return whole_value - (1 << bits)
    if stored.dtype.kind == "u" and whole_value < 0:
        return whole_value + (1 << bits)
    return whole_value
