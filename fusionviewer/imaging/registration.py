"""Laying one examination on another: rigid or affine, by mutual information.

All shifts of a grid of rotations are scored at once on coarse voxels (`registration_search`), the
best are refined from level to level (`registration_stages`), and the winner is doubted before it is
called registered (`registration_verdict`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.alignment import AlignmentCard, AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import FUNCTIONAL_MODALITIES, Image
from fusionviewer.imaging.overlap import box_corners, shared_box
from fusionviewer.imaging.registration_levels import (
    FUNCTIONAL_BLUR_MM,
    Level,
    blurred,
    body_box,
    prepared,
    require_grid,
)
from fusionviewer.imaging.registration_measures import Agreement, agreement
from fusionviewer.imaging.registration_search import found_starts, rotations
from fusionviewer.imaging.registration_stages import (
    FINEST_SHARE,
    STEPS,
    Progress,
    Steps,
    apart,
    levels_at,
    optima,
    stretched,
)
from fusionviewer.imaging.registration_verdict import HALVES, Doubts, doubts
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.transform import IDENTITY, Kind, Transform, from_parts, nearest_rotation
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _

Check = Callable[[], object]  # raises when nobody waits for the answer any more

CHECKS = 2  # refinements that doubt the winner
SEED = 20


@dataclass(frozen=True, eq=False)
class Registration:
    """How the moving image lies to the fixed one.

    Attributes:
        transform: from positions in the fixed image to positions in the moving one.
        before, after: how well they lie on each other as placed, and with the transform.
        center: of the fixed image's body, in mm; offsets are told there.
        doubts: why it is not called registered; none when it is.
        residuals_mm: of landmarks, one each; none when there were no landmarks.
        how: "landmarks", "by hand" or "file"; "" when the images themselves were compared.
    """

    transform: Transform
    before: Agreement
    after: Agreement
    center: NDArray[np.float64]
    doubts: Doubts = ()
    residuals_mm: tuple[float, ...] = ()
    how: str = ""

    @property
    def reliable(self) -> bool:
        return not self.doubts

    @property
    def offset_mm(self) -> float:
        return self.transform.shift_mm(self.center)

    @property
    def degrees(self) -> float:
        return self.transform.degrees


def register(
    fixed: Image,
    moving: Image,
    kind: Kind = "rigid",
    check: Check = lambda: None,
    progress: Progress = lambda _done, _total: None,
) -> Registration:
    """The transform that lays `moving` on `fixed`, found without knowing where either lies.

    The same images give the same transform. Turns of up to 45° are found, shifts of any length.

    Args:
        check: called between steps and iterations; may raise to stop.

    Raises:
        GeometryMismatch: no geometry, too few slices, nothing to see, or nothing in common.
        Exception: whatever `check` raises.
    """
    a, b = _matched(fixed, moving, check)
    swapped = _volume(b) < _volume(a)  # every voxel of the smaller one has a counterpart
    small, large = (b, a) if swapped else (a, b)
    steps = Steps(progress, len(rotations()) + STEPS + CHECKS + HALVES + 1)
    starts = apart(small, [s.transform for s in found_starts(small, large, check, steps.done)])
    candidates = optima(small, large, [IDENTITY, *starts], check, steps)
    if not candidates:
        raise GeometryMismatch(
            _(
                "“{fixed}” and “{moving}” have nothing in common to be registered by.",
                fixed=fixed.name,
                moving=moving.name,
            ),
            _("Check that both series show the same part of the same patient."),
        )
    best = candidates[0]
    finest = levels_at(small, large, FINEST_SHARE)
    reasons = doubts(*finest, candidates, check, CHECKS, SEED, steps.done)
    if kind == "affine":
        best = stretched(*finest, best, check)
    steps.done()
    found = best.inverse() if swapped else best
    return measured(fixed, moving, found, reasons, (a, b))


def measured(
    fixed: Image,
    moving: Image,
    transform: Transform,
    reasons: Doubts = (),
    levels: tuple[Level, Level] | None = None,
    how: str = "",
    check: Check = lambda: None,
) -> Registration:
    """A transform from anywhere, with how well the images lie on each other before and after.

    It holds where nothing can be measured as well, such as on a single slice; that is a doubt then.

    Raises:
        GeometryMismatch: an image has no geometry.
        Exception: whatever `check` raises.
    """
    if how in _UNCHECKED:
        reasons = (*reasons, _UNCHECKED[how])
    grids = require_grid(fixed), require_grid(moving)
    try:
        a, b = levels_at(*(levels or _matched(fixed, moving, check)), FINEST_SHARE)
    except GeometryMismatch:
        return _unmeasured(*grids, transform, reasons, how)
    center = body_box(a).mean(axis=0)
    before, after = agreement(a, b, IDENTITY), agreement(a, b, transform)
    return Registration(transform, before, after, center, reasons, how=how)


def _unmeasured(
    fixed: Grid, moving: Grid, transform: Transform, reasons: Doubts, how: str
) -> Registration:
    """Of images that nothing can be told from but where they are."""
    before, after = (
        Agreement(shared_box(fixed, there), 0.0, 0.0)
        for there in (moving, _moved_grid(moving, transform))
    )
    center = fixed.position((np.array(fixed.shape) - 1) / 2)
    return Registration(transform, before, after, center, (*reasons, NOT_MEASURED), how=how)


NOT_MEASURED = in_english("Too little is seen to measure how well the images agree.")
_UNCHECKED = {
    "file": in_english("It was read from a file."),
    "by hand": in_english("It was made by hand."),
}


def card(registration: Registration, fixed: Image) -> AlignmentCard:
    """What is said of a registration to `fixed`."""
    before, after = registration.before, registration.after
    return AlignmentCard(
        AlignmentState.REGISTERED if registration.reliable else AlignmentState.UNVERIFIED,
        registration.how or registration.transform.kind,
        after.overlap,
        (before.mutual_information, after.mutual_information),
        (before.ncc, after.ncc),
        registration.offset_mm,
        registration.degrees,
        registration.residuals_mm,
        registration.doubts,
        fixed.key,
    )


def placed(
    moving: Image, fixed: Image, registration: Registration, check: Check = lambda: None
) -> Image:
    """`moving` where `fixed` has it, in the frame of reference of `fixed`, with its card.

    Raises: as `moved`.
    """
    frame = fixed.source.frame_of_reference_uid
    here = moved(moving, registration.transform, check)
    source = replace(here.source, frame_of_reference_uid=frame)
    before, matrix = moving.placed_by, registration.transform.matrix
    if before is not None and before.matrix:
        matrix = np.reshape(before.matrix, (4, 4)) @ matrix
    told = replace(
        card(registration, fixed),
        matrix=tuple(matrix.ravel().tolist()),
        moving_key=(before.moving_key if before is not None else "") or moving.key,
    )
    return replace(here, source=source, placed_by=told)


def moved(image: Image, transform: Transform, check: Check = lambda: None) -> Image:
    """`image` where the fixed image has it: its voxels untouched when rigid, else interpolated.

    Args:
        check: called now and then while it is interpolated; may raise to stop.

    Raises:
        InputError: what interpolating would take does not fit in memory.
        ValueError: `image` has no grid.
    """
    if image.grid is None:
        raise ValueError(f"{image.name} has no geometry to be moved")
    grid = _moved_grid(image.grid, transform)
    if transform.kind == "rigid":
        here = replace(image, grid=grid)
        if "key" in vars(image):  # the same voxels: no second look at all of them
            vars(here)["key"] = image.key
        return here
    return resampled(image, grid, transform.apply, check)


def _moved_grid(grid: Grid, transform: Transform) -> Grid:
    """`grid` where the fixed image has it: exactly when rigid. Else it turns as the nearest rotation
    does, and as many voxels lie as far apart as it takes to hold all of the image."""
    turn = nearest_rotation(transform.matrix[:3, :3])
    middle = grid.position((np.array(grid.shape) - 1) / 2)
    back = from_parts(turn.T, middle, transform.inverse().apply(middle))
    turned = replace(grid, origin=back.apply(grid.origin), axes=grid.axes @ back.matrix[:3, :3].T)
    if transform.kind == "rigid":
        return turned
    ends = turned.index(transform.inverse().apply(grid.position(box_corners(grid))))
    low, high = ends.min(axis=0), ends.max(axis=0)
    wider = (high - low) / np.array(grid.shape)
    first = turned.position(low + wider / 2)
    return replace(turned, spacing=grid.spacing * wider, origin=first)


def _matched(fixed: Image, moving: Image, check: Check = lambda: None) -> tuple[Level, Level]:
    """Both ready to be compared: a sharp image beside PET or SPECT loses its sharpness."""
    levels = []
    for image, other in ((fixed, moving), (moving, fixed)):
        level = prepared(image, check)
        if other.modality in FUNCTIONAL_MODALITIES and image.modality not in FUNCTIONAL_MODALITIES:
            level = blurred(level, FUNCTIONAL_BLUR_MM)
        levels.append(level)
    check()
    return levels[0], levels[1]


def _volume(level: Level) -> float:
    return float(level.inside.sum()) * level.grid.voxel_volume_mm3
