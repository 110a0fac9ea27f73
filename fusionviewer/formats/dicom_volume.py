"""The pixels of a whole series, in one array each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.colours import grey_or_colour
from fusionviewer.formats.dicom_frames import Frame, frame_bytes
from fusionviewer.formats.dicom_header import size
from fusionviewer.formats.dicom_pixels import Colours, Slice, read_slices
from fusionviewer.formats.files import check_memory
from fusionviewer.imaging.stored import SMALL, StoredValues, Values, measured
from fusionviewer.texts import text as _

COLOUR_BYTES = 7  # float32 luminance and three colours


@dataclass(frozen=True, eq=False)
class Volume:
    """What an `Image` takes: values (S, H, W), colours (S, H, W, 3), padding (S, H, W).

    Attributes:
        from_colour: the pixels came as RGB, also where they turned out to be grey.
    """

    values: Values
    rgb: NDArray[np.uint8] | None
    padding: NDArray[np.bool_] | None
    from_colour: bool = False

    @property
    def measured(self) -> NDArray[np.float32]:
        return measured(self.values, self.padding)


def scaled(volume: Volume, factors: Sequence[float]) -> Volume:
    """`volume` with the values of each slice multiplied by its factor."""
    by_slice = np.array(factors, dtype=np.float64).reshape(-1, 1, 1)
    values = volume.values
    if isinstance(values, StoredValues):
        slope, intercept = values.slope * by_slice, values.intercept * by_slice
        return replace(volume, values=StoredValues(values.stored, slope, intercept))
    return replace(volume, values=(values * by_slice).astype(np.float32))


def read_volume(
    frames: Sequence[Frame],
    unit: str,
    check: Callable[[], None],
    progress: Callable[[int, int], None],
) -> Volume:
    """The pixels of `frames`, slice by slice into place: never twice in memory.

    Integers of at most 16 bits stay as they are stored.

    Raises:
        UnreadableFile: a file is damaged or cut off, or the series does not fit in memory.
    """
    header, path = frames[0].header, frames[0].path
    shape = (len(frames), *size(header))
    check_memory(path, len(frames) * frame_bytes(header))
    kind = None
    grey, rgb = _Grey(shape), None
    for s, one in enumerate(read_slices(frames, unit, check)):
        check()
        kind = kind or type(one)
        if not isinstance(one, kind):
            raise UnreadableFile(
                frames[s].path, _("is in colour, and others of its series are not")
            )
        if isinstance(one, Colours):
            if rgb is None:
                check_memory(path, COLOUR_BYTES * math.prod(shape))
                rgb = np.empty((*shape, 3), dtype=np.uint8)
            rgb[s] = one.rgb
        else:
            grey.put(s, one)
        progress(s + 1, len(frames))
    if rgb is not None:
        return Volume(*grey_or_colour(rgb), padding=None, from_colour=True)
    return Volume(grey.values(), None, grey.padding)


class _Grey:
    """Slices on their way into one array: of integers while they are of one kind, else float32."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.padding: NDArray[np.bool_] | None = None
        self._shape = shape
        self._pixels: NDArray[Any] = np.empty((0, *shape[1:]), np.uint8)
        self._slope, self._intercept = np.ones((shape[0], 1, 1)), np.zeros((shape[0], 1, 1))

    def put(self, s: int, one: Slice) -> None:
        if s == 0:
            self._pixels = np.empty(self._shape, one.pixels.dtype)
        elif self._whole and one.pixels.dtype != self._pixels.dtype:
            self._widen(s)
        self._pixels[s] = one.pixels if self._whole else one.pixels * one.slope + one.intercept
        self._slope[s], self._intercept[s] = one.slope, one.intercept
        if one.padding is not None:
            if self.padding is None:
                self.padding = np.zeros(self._shape, dtype=bool)
            self.padding[s] = one.padding

    def values(self) -> Values:
        if self._whole:
            return StoredValues(self._pixels, self._slope, self._intercept)
        return self._pixels.astype(np.float32, copy=False)

    @property
    def _whole(self) -> bool:
        return self._pixels.dtype.name in SMALL

    def _widen(self, count: int) -> None:
        """Go on with float32, also for the first `count` slices."""
        before, self._pixels = self._pixels, np.empty(self._shape, np.float32)
        for s in range(count):
            self._pixels[s] = before[s] * self._slope[s] + self._intercept[s]


def upright(volume: Volume, shifts: NDArray[np.float64], rows: int, columns: int) -> Volume:
    """`volume` with its slices moved by `shifts`, (S, 2), onto `rows` × `columns`.

    Linear between pixels; what no slice reaches is padding with the lowest value, and black.
    """
    shape = (len(shifts), rows, columns)
    values = np.empty(shape, dtype=np.float32)
    padding = np.empty(shape, dtype=bool)
    height, width = volume.values.shape[1:]
    lowest = volume.measured.min(initial=0)
    larger = ((0, rows - height), (0, columns - width))
    for s, by in enumerate(shifts):
        inside = np.ones((height, width), dtype=np.float32)
        if volume.padding is not None:
            inside[volume.padding[s]] = 0
        share = scipy.ndimage.shift(np.pad(inside, larger), by, order=1)
        moved = scipy.ndimage.shift(np.pad(volume.values[s] * inside, larger), by, order=1)
        padding[s] = share < 0.5
        values[s] = moved / np.maximum(share, 0.5)
    values[padding] = lowest
    if volume.rgb is None:
        return Volume(values, None, padding, volume.from_colour)
    rgb = np.zeros((*shape, 3), dtype=np.uint8)
    for s, c in np.ndindex(len(shifts), 3):
        rgb[s, ..., c] = scipy.ndimage.shift(
            np.pad(volume.rgb[s, ..., c], larger), shifts[s], order=1
        )
    return Volume(values, rgb, padding, volume.from_colour)
