"""The pixels of a whole series, in one array each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import shift

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.colours import grey_or_colour
from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_header import size
from fusionviewer.formats.dicom_pixels import read_slices
from fusionviewer.formats.files import check_memory


@dataclass(frozen=True, eq=False)
class Volume:
    """What an `Image` takes: values (S, H, W), colours (S, H, W, 3), padding (S, H, W).

    Attributes:
        from_colour: the pixels came as RGB, also where they turned out to be grey.
    """

    values: NDArray[np.float32]
    rgb: NDArray[np.uint8] | None
    padding: NDArray[np.bool_] | None
    from_colour: bool = False

    @property
    def measured(self) -> NDArray[np.float32]:
        """The values outside the padding."""
        return self.values if self.padding is None else self.values[~self.padding]


def read_volume(
    frames: Sequence[Frame],
    unit: str,
    check: Callable[[], None],
    progress: Callable[[int, int], None],
) -> Volume:
    """The pixels of `frames`, slice by slice into place: never twice in memory.

    Raises:
        UnreadableFile: a file is damaged or cut off, or the series does not fit in memory.
    """
    header, path = frames[0].header, frames[0].path
    shape = (len(frames), *size(header))
    check_memory(path, shape[0] * shape[1] * shape[2] * 4)
    slices = read_slices(frames, unit, check)
    values: NDArray[np.float32] | None = None
    rgb: NDArray[np.uint8] | None = None
    padding: NDArray[np.bool_] | None = None
    for s, one in enumerate(slices):
        check()
        if one.rgb is not None and values is None:
            rgb = np.empty((*shape, 3), dtype=np.uint8) if rgb is None else rgb
            rgb[s] = one.rgb
        elif one.values is not None and rgb is None:
            values = np.empty(shape, dtype=np.float32) if values is None else values
            values[s] = one.values
        else:
            raise UnreadableFile(frames[s].path, "is in colour, and others of its series are not")
        if one.padding is not None:
            padding = np.zeros(shape, dtype=bool) if padding is None else padding
            padding[s] = one.padding
        progress(s + 1, len(frames))
    if rgb is not None:
        return Volume(*grey_or_colour(rgb), padding=None, from_colour=True)
    if values is None:
        raise ValueError("a series without frames")
    return Volume(values, None, padding)


def upright(volume: Volume, shifts: NDArray[np.float64], rows: int, columns: int) -> Volume:
    """`volume` with its slices moved by `shifts`, (S, 2), onto `rows` × `columns`.

    Linear between pixels; what no slice reaches is padding with the lowest value, and black.
    """
    shape = (len(shifts), rows, columns)
    values = np.empty(shape, dtype=np.float32)
    padding = np.empty(shape, dtype=bool)
    height, width = volume.values.shape[1:]
    larger = ((0, rows - height), (0, columns - width))
    for s, by in enumerate(shifts):
        inside = np.ones((height, width), dtype=np.float32)
        if volume.padding is not None:
            inside[volume.padding[s]] = 0
        share = shift(np.pad(inside, larger), by, order=1)
        moved = shift(np.pad(volume.values[s] * inside, larger), by, order=1)
        padding[s] = share < 0.5
        values[s] = moved / np.maximum(share, 0.5)
    values[padding] = volume.measured.min(initial=0)
    if volume.rgb is None:
        return Volume(values, None, padding, volume.from_colour)
    rgb = np.zeros((*shape, 3), dtype=np.uint8)
    for s, c in np.ndindex(len(shifts), 3):
        rgb[s, ..., c] = shift(np.pad(volume.rgb[s, ..., c], larger), shifts[s], order=1)
    return Volume(values, rgb, padding, volume.from_colour)
