"""Where the frames of a series lie in the patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_header import number, numbers, size
from fusionviewer.imaging.geometry import MAX_SPACING_MM, ORTHONORMAL_TOLERANCE, Grid
from fusionviewer.texts import in_english

EVEN = 0.01  # of a step: what rounding in the header may move a slice
UNEVEN = 0.10  # of a step: beyond this no grid describes the slices
MOST_GAPS = 1 / 3  # of the steps: where more are wide, nothing is missing, but all uneven
STRAIGHT = 1e-3  # of the height of the stack: what rounding may put slices aside …
STRAIGHT_MM = 0.05  # … or this much
MAX_TILT_DEGREES = 40.0  # gantries tilt by 30° at most
SCATTERED = in_english("The slices do not lie above each other: no mm between slices, no volume.")
NO_SPACING = in_english("The pixel spacing is missing or not above 0: no mm.")
NO_ORIENTATION = in_english("Position or orientation is missing: no mm, left and right unknown.")
BAD_ORIENTATION = in_english(
    "Rows and columns are not at right angles: no mm, left and right unknown."
)


@dataclass(frozen=True, eq=False)
class Placed:
    """Frames in the order of their slices, their grid, and what must be said of it.

    Attributes:
        shifts: (S, 2) rows and columns by which each slice must be moved to fill an upright grid;
            None when the slices lie straight above each other.
    """

    frames: tuple[Frame, ...]
    grid: Grid | None
    notes: tuple[str, ...] = ()
    shifts: NDArray[np.float64] | None = None


def orientation(header: Dataset) -> NDArray[np.float64] | None:
    """Unit vectors along which slice, row and column index grow, (3, 3); None when not usable.

    Source: DICOM PS3.3 C.7.6.2.1.1: the first triple of Image Orientation (Patient) is the
    direction in which the column index grows.
    """
    cosines = numbers(header, "ImageOrientationPatient", 6)
    if cosines is None:
        return None
    along_row, along_column = cosines[:3], cosines[3:]
    off = np.abs(np.array([along_row, along_column]) @ np.array([along_row, along_column]).T)
    if np.abs(off - np.eye(2)).max() > ORTHONORMAL_TOLERANCE:
        return None
    along_row = along_row / np.linalg.norm(along_row)
    along_column = along_column - along_row * (along_column @ along_row)
    along_column /= np.linalg.norm(along_column)
    return np.array([np.cross(along_row, along_column), along_column, along_row])


def pixel_spacing(header: Dataset) -> NDArray[np.float64] | None:
    """mm between rows and between columns; None when missing, not finite or not above 0.

    Source: DICOM PS3.3 10.7.1.3.
    """
    spacing = numbers(header, "PixelSpacing", 2)
    if spacing is None or (spacing <= 0).any() or (spacing > MAX_SPACING_MM).any():
        return None
    return spacing


def heights(frames: Sequence[Frame]) -> NDArray[np.float64] | None:
    """mm of each frame along the slice normal; None when a frame does not say where it is."""
    axes = orientation(frames[0].header)
    positions = [numbers(frame.header, "ImagePositionPatient", 3) for frame in frames]
    if axes is None or any(position is None for position in positions):
        return None
    return np.array([position @ axes[0] for position in positions if position is not None])


def slice_corners(frames: Sequence[Frame]) -> NDArray[np.float64] | None:
    """Where each frame lies, as `Source.slice_corners`; None when one of them does not say."""
    corners = [_corners(frame.header) for frame in frames]
    return None if any(one is None for one in corners) else np.array(corners)


def _corners(header: Dataset) -> NDArray[np.float64] | None:
    first, axes = numbers(header, "ImagePositionPatient", 3), orientation(header)
    spacing = pixel_spacing(header)
    if first is None or axes is None or spacing is None:
        return None
    down, right = axes[1:] * (spacing * (np.array(size(header)) - 1))[:, None]
    return np.array([first, first + right, first + down])


def placed(frames: Sequence[Frame]) -> Placed:
    """`frames` sorted along their normal, and the grid they make.

    Frames without a place are sorted by Instance Number and have no grid. Uneven steps of more than
    a tenth leave the image without a grid: no single step describes it, and a note says so. Slices
    that are stacked askew (a tilted gantry) get the upright grid that holds them all.

    Source: DICOM PS3.3 C.7.6.2.1.1; the step comes from positions, never from the thickness.
    """
    along = heights(frames)
    header = frames[0].header
    if along is None:
        by_number = sorted(frames, key=lambda frame: number(frame.header, "InstanceNumber", 0))
        return Placed(tuple(by_number), None, (_why_not_placed(frames),))
    ordered = tuple(frames[i] for i in np.argsort(along, kind="stable"))
    spacing = pixel_spacing(header)
    if spacing is None:
        return Placed(ordered, None, (NO_SPACING,))
    step, notes = _step(header, np.sort(along))
    if step is None:
        return Placed(ordered, None, notes)
    aside = _aside(ordered)
    straight = _grid(ordered, step, spacing)
    if np.abs(aside).max() <= max(STRAIGHT_MM, STRAIGHT * step * len(ordered)):
        return Placed(ordered, straight, notes)
    return _upright(ordered, straight, aside / spacing, notes)


def _why_not_placed(frames: Sequence[Frame]) -> str:
    lost = sum(numbers(frame.header, "ImagePositionPatient", 3) is None for frame in frames)
    cosines = numbers(frames[0].header, "ImageOrientationPatient", 6)
    if lost == len(frames) or cosines is None:
        return NO_ORIENTATION
    if orientation(frames[0].header) is None:
        return BAD_ORIENTATION
    return in_english(
        "The position of {lost} of {count} slices is missing: no mm, left and right unknown.",
        count=len(frames),
        lost=lost,
    )


def _grid(frames: Sequence[Frame], step: float, spacing: NDArray[np.float64]) -> Grid:
    header = frames[0].header
    shape = (len(frames), *size(header))
    return Grid(shape, np.array([step, *spacing]), _position(header), _axes(header))


def _upright(
    frames: tuple[Frame, ...], first: Grid, aside: NDArray[np.float64], notes: tuple[str, ...]
) -> Placed:
    """The grid over the first slice, made wide enough for all; `aside` in rows and columns."""
    even = np.linspace(0, 1, len(frames))[:, None] * aside[-1]
    tilt = np.arctan2(
        np.linalg.norm(aside[-1] * first.spacing[1:]), first.spacing[0] * (len(frames) - 1)
    )
    if np.abs(aside - even).max() > 1 or np.degrees(tilt) > MAX_TILT_DEGREES:
        return Placed(frames, None, (*notes, SCATTERED))
    low, high = np.floor(aside.min(axis=0)), np.ceil(aside.max(axis=0))
    rows, columns = (high - low).astype(int) + first.shape[1:]
    grid = Grid(
        (len(frames), int(rows), int(columns)),
        first.spacing,
        first.position((0, low[0], low[1])),
        first.axes,
    )
    said = in_english(
        "The gantry was tilted by {tilt:.1f}°; the slices were moved upright.",
        tilt=np.degrees(tilt),
    )
    return Placed(frames, grid, (*notes, said), aside - low)


def _aside(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """mm by which each slice lies beside the first, along rows and columns, (S, 2)."""
    positions = np.array([_position(frame.header) for frame in frames])
    return np.asarray((positions - positions[0]) @ _axes(frames[0].header)[1:].T)


def _position(header: Dataset) -> NDArray[np.float64]:
    position = numbers(header, "ImagePositionPatient", 3)
    if position is None:
        raise ValueError("a frame without a position cannot be placed")
    return position


def _axes(header: Dataset) -> NDArray[np.float64]:
    axes = orientation(header)
    if axes is None:
        raise ValueError("a frame without an orientation cannot be placed")
    return axes


def _step(header: Dataset, along: NDArray[np.float64]) -> tuple[float | None, tuple[str, ...]]:
    """mm from slice to slice, None when there is no such number; and what to say about it."""
    if len(along) == 1:
        return _single_step(header)
    step = float(along[-1] - along[0]) / (len(along) - 1)
    if not 0 < step <= MAX_SPACING_MM:
        return None, (NO_SPACING,)
    expected = along[0] + step * np.arange(len(along))
    worst = float(np.abs(along - expected).max())
    if worst <= max(EVEN * step, 1e-3):
        return step, ()
    if worst <= UNEVEN * step:
        return step, (
            in_english("Slices lie up to {mm:.2f} mm off their regular places.", mm=worst),
        )
    return None, (_gaps(along),)


def _single_step(header: Dataset) -> tuple[float, tuple[str, ...]]:
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        step = abs(number(header, keyword, 0.0))
        if 0 < step <= MAX_SPACING_MM:
            return step, ()
    return 1.0, (in_english("The slice thickness is not known; 1 mm is assumed."),)


def _gaps(along: NDArray[np.float64]) -> str:
    steps = np.diff(along)
    usual = float(np.median(steps))
    wide = np.flatnonzero(steps > 1.5 * usual)
    if 0 < len(wide) <= MOST_GAPS * len(steps):
        after = ", ".join(str(i + 1) for i in wide[:5])
        return in_english("Slices are missing after slice {after}: no mm, no volume.", after=after)
    return in_english(
        "Slices lie {least:.2f} to {most:.2f} mm apart: no mm, no volume.",
        least=steps.min(),
        most=steps.max(),
    )
