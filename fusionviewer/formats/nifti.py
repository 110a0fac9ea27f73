"""NIfTI files in, `Image`s out: turned from RAS to LPS."""

import math
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from numpy.typing import NDArray

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.colours import grey_or_colour
from fusionviewer.formats.description import Description, spacing_of
from fusionviewer.formats.files import check_memory, head, unreadable
from fusionviewer.formats.names import modality_from_name
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.stored import SMALL, StoredValues, Values, measured
from fusionviewer.imaging.windowing import automatic

GZIP_MAGIC = b"\x1f\x8b"
LARGEST_HEADER = 544  # of NIfTI-2, with the flag that announces extensions
MAX_BYTES = 8 * 1024**3
CHUNK = 1 << 20
HUGE = 1e30
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
SPACING_RANGE_MM = (0.01, 50.0)
UNIT_IN_MM = {"meter": 1000.0, "mm": 1.0, "micron": 0.001}
NO_PLACE = "The file does not say where the patient is: no mm, left and right unknown."
BAD_PLACE = "The file's orientation is not usable: no mm, left and right unknown."


def matches(first: bytes) -> bool:
    """Whether a file that begins with `first` is NIfTI-1 or -2, plain or gzipped."""
    if first.startswith(GZIP_MAGIC):
        try:
            first = zlib.decompressobj(wbits=31).decompress(first, LARGEST_HEADER)
        except zlib.error:
            return False
    return _header_class(first) is not None


def _header_class(first: bytes) -> Any:
    if first[4:8] in (b"n+2\0", b"ni2\0"):
        return Nifti2Header
    if first[344:348] in (b"n+1\0", b"ni1\0"):
        return Nifti1Header
    return None


def volumes(path: Path) -> int:
    """How many volumes lie in `path`, one after another.

    Raises:
        UnreadableFile: as `open_nifti`.
    """
    try:
        return _layout(path, 0).volumes
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error


def open_nifti(path: Path, volume: int | None = None) -> Image:
    """The volume in `path`: slices are its third axis, rows its second, columns its first.

    Voxels that are not numbers become padding with the value 0. An affine that does not describe
    voxels at right angles, or none at all, leaves the image without a grid, and a note says so.

    Args:
        volume: which of several, from 0; None when there should be one alone.

    Raises:
        UnreadableFile: damaged, cut off, several volumes and no word of which, or one half of a pair
            of files.

    Source: nifti.nimh.nih.gov/nifti-1 (nifti1.h, "method 2" and "method 3").
    """
    try:
        layout = _layout(path, volume)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    return _opened(path, layout)


def _opened(path: Path, layout: "_Layout") -> Image:
    try:
        stored = np.frombuffer(_contents(path, layout), dtype=layout.dtype)
        stored = stored.reshape(layout.shape)  # S H W: the first axis of a file varies fastest
        grid, notes = _grid(layout)
        values, rgb = _values(stored, layout)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    padding = None
    if isinstance(values, np.ndarray) and not np.isfinite(values).all():
        padding = ~np.isfinite(values)
        values[padding] = 0
        notes += ("Values that are not numbers are shown empty.",)
    modality, unit = _modality_and_unit(path, colour=layout.colour)
    window = automatic(measured(values, padding), modality, unit)
    return Image(
        name=_name(path, layout),
        values=values,
        modality=modality,
        unit=unit,
        grid=grid,
        rgb=rgb,
        padding=padding,
        window=window,
        source=Source(paths=(path,), kind="NIfTI"),
        notes=notes,
    )


def preview_nifti(path: Path, volume: int | None = None) -> Image:
    """The middle slice of a volume alone, where it lies; the others are not kept.

    Raises:
        UnreadableFile: as `open_nifti`.
    """
    try:
        layout = _middle(_layout(path, volume))
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    return _opened(path, layout)


def describe_nifti(path: Path, volume: int | None = None) -> Description:
    """What the header of `path` says.

    Raises:
        UnreadableFile: as `open_nifti`, without looking at the voxels.
    """
    try:
        layout = _layout(path, volume)
        grid, notes = _grid(layout)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    modality, unit = _modality_and_unit(path, colour=layout.colour)
    return Description(
        path=path,
        kind="NIfTI",
        name=_name(path, layout),
        modality=modality,
        size=layout.shape,
        spacing_mm=None if grid is None else spacing_of(grid.spacing),
        unit=unit,
        notes=notes,
    )


@dataclass(frozen=True)
class _Layout:
    """Where the voxels of one volume lie in the file; `shape` is (S, H, W)."""

    header: Any
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    gzipped: bool
    volume: int
    volumes: int
    first: int = 0  # slice, of those in the file

    @property
    def colour(self) -> bool:
        return self.dtype.names is not None

    @property
    def end(self) -> int:
        slices, height, width = self.shape
        return self.offset + slices * height * width * self.dtype.itemsize


def _layout(path: Path, volume: int | None) -> _Layout:
    first = head(path)
    gzipped = first.startswith(GZIP_MAGIC)
    first = _section(path, 0, LARGEST_HEADER, gzipped)
    kind = _header_class(first)
    if kind is None:
        raise UnreadableFile(path, "is not a NIfTI file")
    if b"ni1\0" in first[344:348] or b"ni2\0" in first[4:8]:
        raise UnreadableFile(
            path, "is one half of a pair (.hdr and .img)", "Convert the pair to one .nii file."
        )
    header = kind(first[: kind.sizeof_hdr], check=False)
    dtype = header.get_data_dtype()
    if dtype.kind not in "iufV" or dtype.itemsize > 8:
        raise UnreadableFile(path, f"holds values of a kind that cannot be shown ({dtype})")
    shape, count = _shape(path, header)
    if volume is None and count > 1:
        raise UnreadableFile(
            path,
            f"holds {count} volumes, one after another",
            "Open it from the list of series and choose one, or save that one as a file.",
        )
    which = volume or 0
    offset = int(header.get_data_offset()) + which * math.prod(shape) * dtype.itemsize
    layout = _Layout(header, shape, dtype, offset, gzipped, which, count)
    _check_size(path, layout)
    return layout


def _middle(layout: _Layout) -> _Layout:
    slices, height, width = layout.shape
    middle = slices // 2
    before = middle * height * width * layout.dtype.itemsize
    return replace(layout, shape=(1, height, width), offset=layout.offset + before, first=middle)


def _shape(path: Path, header: Any) -> tuple[tuple[int, int, int], int]:
    """(S, H, W) of each volume, and how many there are."""
    rank = int(header["dim"][0])
    sizes = [int(n) for n in header["dim"][1 : rank + 1]]
    if not 2 <= rank <= 7 or min(sizes) < 1:
        raise UnreadableFile(path, "says that it has no voxels")
    width, height, slices = (*sizes, 1)[:3]
    return (slices, height, width), math.prod(sizes[3:])


def _check_size(path: Path, layout: _Layout) -> None:
    if layout.end > MAX_BYTES:
        raise UnreadableFile(path, "is too large to open", "Save a smaller part of it.")
    there = path.stat().st_size
    # Deflate stores at most 1032 bytes in one.
    if layout.offset < 0 or layout.end > (there * 1032 if layout.gzipped else there):
        raise UnreadableFile(path, "is cut off: voxels are missing", "Copy it again.")
    check_memory(path, layout.end - layout.offset + 4 * math.prod(layout.shape))


def _contents(path: Path, layout: _Layout) -> memoryview:
    data = _section(path, layout.offset, layout.end, layout.gzipped)
    if len(data) < layout.end - layout.offset:
        raise UnreadableFile(path, "is cut off: voxels are missing", "Copy it again.")
    return memoryview(data)


def _section(path: Path, start: int, end: int, gzipped: bool) -> bytes:
    """The bytes from `start` to `end`, unpacked if need be and never more: gzip bombs stay small."""
    with path.open("rb") as file:
        if not gzipped:
            file.seek(start)
            return file.read(end - start)
        unpack = zlib.decompressobj(wbits=31)
        parts: list[bytes] = []
        at = 0
        while at < end and not unpack.eof:
            packed = unpack.unconsumed_tail or file.read(CHUNK)
            if not packed:
                break
            part = unpack.decompress(packed, min(end - at, CHUNK))
            parts.append(part[max(start - at, 0) :])
            at += len(part)
        return b"".join(parts)


def _values(stored: NDArray[Any], layout: _Layout) -> tuple[Values, NDArray[np.uint8] | None]:
    if layout.colour:
        return grey_or_colour(stored.view(np.uint8).reshape(*layout.shape, -1)[..., :3])
    slope, intercept = layout.header.get_slope_inter()
    slope, intercept = (1.0, 0.0) if slope is None else (float(slope), float(intercept))
    if stored.dtype.name in SMALL and max(abs(slope), abs(intercept)) < HUGE:
        own = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        return StoredValues(own, *(np.full((1, 1, 1), one) for one in (slope, intercept))), None
    values = np.empty(layout.shape, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for s, picture in enumerate(stored):
            values[s] = picture.astype(np.float64) * slope + intercept
    return values, None


def _grid(layout: _Layout) -> tuple[Grid | None, tuple[str, ...]]:
    """The place in the patient, by the sform or else the qform, and what is wrong with them."""
    header = layout.header
    affines = [
        affine
        for read, code in ((header.get_sform, "sform_code"), (header.get_qform, "qform_code"))
        if int(header[code]) > 0 and (affine := _affine(read)) is not None
    ]
    if not affines:
        coded = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
        return None, (BAD_PLACE if coded else NO_PLACE,)
    factor = UNIT_IN_MM.get(header.get_xyzt_units()[0], 1.0)
    for affine in affines:
        try:
            moved = affine.copy()
            moved[:3, 3] += affine[:3, 2] * layout.first
            return grid_from_affine(moved, layout.shape, factor), ()
        except ValueError:
            continue
    return None, (BAD_PLACE,)


def _affine(read: Any) -> NDArray[np.float64] | None:
    try:
        return np.asarray(read(), dtype=np.float64)
    except Exception:  # noqa: BLE001 - a quaternion longer than 1, NaN: there is no affine
        return None


def grid_from_affine(
    affine: NDArray[np.float64], shape: tuple[int, int, int], unit_mm: float = 1.0
) -> Grid:
    """The grid of a (4, 4) affine from (column, row, slice) to RAS.

    Raises:
        ValueError: it is singular, sheared, not finite, or its voxels are not 0.01 to 50 mm large.
    """
    if not np.isfinite(affine).all():
        raise ValueError("the affine is not finite")
    to_lps = RAS_TO_LPS @ affine[:3] * unit_mm
    columns = to_lps[:, 2::-1]  # slice, row, column
    spacing = np.linalg.norm(columns, axis=0)
    low, high = SPACING_RANGE_MM
    if (spacing < low).any() or (spacing > high).any():
        raise ValueError(f"spacing is {spacing.tolist()} mm")
    return Grid(shape, spacing, to_lps[:, 3], (columns / spacing).T)


def _modality_and_unit(path: Path, *, colour: bool) -> tuple[str, str]:
    modality = modality_from_name(path) or ("PT" if colour else "OT")
    if colour:
        return modality, "grey level"
    return modality, "HU" if modality == "CT" else "a.u."


def _name(path: Path, layout: _Layout) -> str:
    plain = path.name.removesuffix(".gz").removesuffix(".nii")
    return f"{plain}, {part(layout.volume, layout.volumes)}" if layout.volumes > 1 else plain


def part(volume: int, volumes: int) -> str:
    """What one of several volumes is called."""
    return f"volume {volume + 1} of {volumes}"
