"""NIfTI files in, `Image`s out: turned from RAS to LPS."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import Cancelled
from fusionviewer.formats.colours import grey_or_colour
from fusionviewer.formats.description import Description, spacing_of
from fusionviewer.formats.files import unreadable
from fusionviewer.formats.names import modality_from_name
from fusionviewer.formats.nifti_layout import (
    Check,
    Layout,
    checked_contents,
    contents,
    middle_of,
    nothing,
    read_layout,
)
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import ORIENTATIONS_DISAGREE, SIDES_DISAGREE, Image, Source
from fusionviewer.imaging.stored import SMALL, StoredValues, Values, measured
from fusionviewer.imaging.windowing import automatic
from fusionviewer.texts import in_english

HUGE = 1e30
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
SPACING_RANGE_MM = (0.01, 50.0)
UNIT_IN_MM = {"meter": 1000.0, "mm": 1.0, "micron": 0.001}
NO_PLACE = in_english("The file does not say where the patient is: no mm, left and right unknown.")
THIN_HU, LOWEST_HU, HIGHEST_HU = -200.0, -32_768.0, 65_535.0
TAKEN_FOR_CT = in_english("Taken for CT by its name.")
CT_WITHOUT_HU = in_english("Taken for CT by its name; its values need not be Hounsfield units.")
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


def open_nifti(path: Path, volume: int | None = None, *, check: Check = nothing) -> Image:
    """The volume in `path`: slices are its third axis, rows its second, columns its first.

    Voxels that are not numbers become padding with the value 0. An affine that does not describe
    voxels at right angles, or none at all, leaves the image without a grid, and a note says so.

    Args:
        volume: which of several, from 0; None when there should be one alone.
        check: is called often and may raise to stop.

    Raises:
        UnreadableFile: damaged, cut off, several volumes and no word of which, or one half of a pair
            of files.

    Source: nifti.nimh.nih.gov/nifti-1 (nifti1.h, "method 2" and "method 3").
    """
    try:
        layout = read_layout(path, volume)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    return _opened(path, layout, check)


def _opened(path: Path, layout: Layout, check: Check, *, whole: bool = True) -> Image:
    """`whole`: packed files are looked at up to their checksum."""
    try:
        read = checked_contents if whole else _unchecked_contents
        data, of_end = read(path, layout, check)
        stored = np.frombuffer(data, dtype=layout.dtype)
        stored = stored.reshape(layout.shape)  # S H W: the first axis of a file varies fastest
        grid, notes = _grid(layout)
        values, rgb = _values(stored, layout)
    except Cancelled:
        raise
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    padding = None
    if isinstance(values, np.ndarray) and not np.isfinite(values).all():
        padding = ~np.isfinite(values)
        values[padding] = 0
        notes += (in_english("Values that are not numbers are shown empty."),)
    notes += (of_end,) if of_end else ()
    modality, seen = _modality(path, colour=layout.colour), measured(values, padding)
    unit, said = _unit(modality, seen, colour=layout.colour)
    window = automatic(seen, modality, unit)
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
        notes=notes + said,
    )


def _unchecked_contents(path: Path, layout: Layout, check: Check) -> tuple[memoryview, str]:
    return contents(path, layout, check), ""


def preview_nifti(path: Path, volume: int | None = None, *, check: Check = nothing) -> Image:
    """The middle slice of a volume alone, where it lies; the others are not kept.

    Raises:
        UnreadableFile: as `open_nifti`.
    """
    try:
        layout = middle_of(read_layout(path, volume))
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    return _opened(path, layout, check, whole=False)


def describe_nifti(path: Path, volume: int | None = None) -> Description:
    """What the header of `path` says; what it was measured in may have to be seen from the voxels.

    Raises:
        UnreadableFile: as `open_nifti`, without looking at the voxels.
    """
    try:
        layout = read_layout(path, volume)
        grid, notes = _grid(layout)
    except Exception as error:  # nibabel passes on what its parsers meet
        raise unreadable(path, error) from error
    modality = _modality(path, colour=layout.colour)
    return Description(
        path=path,
        kind="NIfTI",
        name=_name(path, layout),
        modality=modality,
        size=layout.shape,
        spacing_mm=None if grid is None else spacing_of(grid.spacing),
        unit="grey level" if layout.colour else "" if modality == "CT" else "a.u.",
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
            return grid_from_affine(moved, layout.shape, factor), _contradictions(affines)
        except ValueError:
            continue
    return None, (BAD_PLACE,)


def _contradictions(affines: list[NDArray[np.float64]]) -> tuple[str, ...]:
    """What is said of sides that two orientations exchange: of the patient's axes, those turned round.

    A standard space may turn a head by some degrees; none turns it by more than a right angle.
    """
    if len(affines) < 2 or not all(np.isfinite(affine).all() for affine in affines):
        return ()
    rows = [_directions(affine) for affine in affines]
    against = (rows[0] * rows[1]).sum(axis=1) < 0
    if against[0]:
        return (SIDES_DISAGREE,)
    return (ORIENTATIONS_DISAGREE,) if against.any() else ()


def _directions(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """How each of the patient's axes runs through the voxels, whatever their size."""
    columns = affine[:3, :3]
    return np.asarray(columns / np.maximum(np.linalg.norm(columns, axis=0), np.finfo(float).tiny))


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


def _modality(path: Path, *, colour: bool) -> str:
    return modality_from_name(path) or ("PT" if colour else "OT")


def _unit(modality: str, seen: NDArray[np.float32], *, colour: bool) -> tuple[str, tuple[str, ...]]:
    """In what the values are measured, and what it rests on: NIfTI has a field for neither.

    A name says CT of a mask and of a CT scaled to 0…1 as well. HU are taken for granted only where there is
    something as thin as lung or air, which no mask and no scaled image has.
    """
    if colour:
        return "grey level", ()
    if modality != "CT":
        return "a.u.", ()
    low, high = float(seen.min(initial=0.0)), float(seen.max(initial=0.0))
    if LOWEST_HU <= low < THIN_HU and high <= HIGHEST_HU:
        return "HU", (TAKEN_FOR_CT,)
    return "a.u.", (CT_WITHOUT_HU,)


def _name(path: Path, layout: Layout) -> str:
    plain = path.name.removesuffix(".gz").removesuffix(".nii")
    return f"{plain}, {part(layout.volume, layout.volumes)}" if layout.volumes > 1 else plain


def part(volume: int, volumes: int) -> str:
    """What one of several volumes is called."""
    return f"volume {volume + 1} of {volumes}"
