"""What the registration dialog asks for off the GUI thread."""

from dataclasses import dataclass
from pathlib import Path

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.formats.transform_files import read_transform
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import Registration, measured, placed, register
from fusionviewer.imaging.registration_by_hand import Placing
from fusionviewer.imaging.registration_landmarks import by_landmarks
from fusionviewer.imaging.registration_levels import Level
from fusionviewer.imaging.registration_preview import Places, shown
from fusionviewer.imaging.transform import Kind


@dataclass(frozen=True, eq=False)
class Wanted:
    """One registration of `moving` to `fixed`; by the images when it says nothing else.

    Attributes:
        by_hand: measure this one.
        landmarks: places in the fixed and in the moving image.
        file: read the transform there.
    """

    fixed: Image
    moving: Image
    kind: Kind = "rigid"
    by_hand: Placing | None = None
    landmarks: tuple[Places, Places] | None = None
    file: Path | None = None


def found(wanted: Wanted, cancel: CancelToken, progress: Progress) -> Registration:
    """Raises: FusionViewerError, Cancelled."""
    a, b = wanted.fixed, wanted.moving
    if wanted.by_hand is not None:
        return measured(a, b, wanted.by_hand.transform, how="by hand", check=cancel.check)
    if wanted.landmarks is not None:
        return by_landmarks(a, b, *wanted.landmarks)
    if wanted.file is not None:
        return measured(a, b, read_transform(wanted.file), how="file", check=cancel.check)
    return register(a, b, wanted.kind, cancel.check, progress)


def looks(wanted: Wanted, cancel: CancelToken, _progress: Progress) -> tuple[Level, Level]:
    """Both images, small enough to be drawn while a hand moves them."""
    fixed, moving = (
        shown(image, opening_look(image).window, cancel.check)
        for image in (wanted.fixed, wanted.moving)
    )
    return fixed, moving


def laid(
    told: tuple[Image, Image, Registration], cancel: CancelToken, _progress: Progress
) -> Image:
    """The moving image where the fixed one has it, ready to be shown.

    Raises: FusionViewerError, Cancelled.
    """
    fixed, moving, registration = told
    image = placed(moving, fixed, registration, cancel.check)
    image.look_through()
    return image
