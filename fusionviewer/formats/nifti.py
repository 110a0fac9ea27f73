"""NIfTI files in, `Image`s out: turned from RAS to LPS."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusionviewer.formats.colours import grey_or_colour
from fusionviewer.formats.description import Description, spacing_of
from fusionviewer.formats.files import unreadable
from fusionviewer.formats.names import modality_from_name
from fusionviewer.formats.nifti_layout import Layout, contents, middle_of, read_layout
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.stored import SMALL, StoredValues, Values, measured
from fusionviewer.imaging.windowing import automatic
from fusionviewer.texts import in_english

HUGE = 1e30
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
SPACING_RANGE_MM = (0.01, 50.0)
UNIT_IN_MM = {"meter": 1000.0, "mm": 1.0, "micron": 0.001}
NO_PLACE = in_english("The file does not say where the patient is: no mm, left and right unknown.")
BAD_PLACE = in_english("The file's orientation is not usable: no mm, left and right unknown.")


def volumes(path: Path) -> int:
    """How many volumes lie in `path`, one after another.

    Raises:
        UnreadableFile: as `open_nifti`.
    """
    try:
        return read_layout(path, 0).volumes
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
        layout = read_layout(path, volume)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    return _opened(path, layout)


def _opened(path: Path, layout: Layout) -> Image:
    try:
        stored = np.frombuffer(contents(path, layout), dtype=layout.dtype)
        stored = stored.reshape(layout.shape)  # S H W: the first axis of a file varies fastest
        grid, notes = _grid(layout)
        values, rgb = _values(stored, layout)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    padding = None
    if isinstance(values, np.ndarray) and not np.isfinite(values).all():
        padding = ~np.isfinite(values)
        values[padding] = 0
        notes += (in_english("Values that are not numbers are shown empty."),)
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
        layout = middle_of(read_layout(path, volume))
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    return _opened(path, layout)


def describe_nifti(path: Path, volume: int | None = None) -> Description:
    """What the header of `path` says.

    Raises:
        UnreadableFile: as `open_nifti`, without looking at the voxels.
    """
    try:
        layout = read_layout(path, volume)
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


def _values(stored: NDArray[Any], layout: Layout) -> tuple[Values, NDArray[np.uint8] | None]:
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


def _grid(layout: Layout) -> tuple[Grid | None, tuple[str, ...]]:
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


def _name(path: Path, layout: Layout) -> str:
    plain = path.name.removesuffix(".gz").removesuffix(".nii")
    return f"{plain}, {part(layout.volume, layout.volumes)}" if layout.volumes > 1 else plain


def part(volume: int, volumes: int) -> str:
    """What one of several volumes is called."""
    return f"volume {volume + 1} of {volumes}"
