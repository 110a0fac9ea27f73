"""How two examinations lie to each other, as a Spatial Registration: written, and read again.

Source: DICOM PS3.3 A.39.1 (Spatial Registration), C.20.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset
from pydicom.uid import SpatialRegistrationStorage

from fusionviewer.errors import InputError
from fusionviewer.formats.derived_header import put_body_part
from fusionviewer.formats.derived_objects import Setting, new_object
from fusionviewer.formats.dicom_header import text
from fusionviewer.formats.dicom_writing import clean, code, decimals, put_time, sequence
from fusionviewer.formats.drawn import references
from fusionviewer.formats.presentation_images import put_common_references
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import text as _

SERIES_NUMBER = 9040
Matrix = NDArray[np.float64]  # (4, 4), homogeneous; positions in mm, LPS

FRAME_IDENTITY, BY_CONTENT, BY_EYE = "frame of reference", "content", "by eye"
# How it was found. Source: DICOM PS3.16 CID 7100.
WAYS: Mapping[str, tuple[str, str, str]] = {
    FRAME_IDENTITY: ("125021", "DCM", "Frame of Reference Identity"),
    BY_CONTENT: ("125024", "DCM", "Image Content-based Alignment"),
    BY_EYE: ("125025", "DCM", "Visual Alignment"),
}
RIGID_TOLERANCE = 1e-6


def registration(
    where: Setting, fixed_to_moving: ArrayLike | None, moving: int, way: str = BY_CONTENT
) -> list[Dataset]:
    """Where the moving source lies in the frame of reference of the other.

    Args:
        fixed_to_moving: (4, 4), from positions in the fixed source to positions in the moving one,
            in mm, LPS; None where both are in one frame of reference as they are.
        moving: 0 or 1, which source of the pair it is.
        way: how it was found, a key of `WAYS`.

    Returns: one object; none when there is nothing to refer to, or nothing is known.

    Raises:
        ValueError: not an invertible (4, 4) matrix of finite numbers.
    """
    pair = where.pair
    still, moved = pair.native[1 - moving], pair.native[moving]
    own_frame = _frame_read(moved)
    if fixed_to_moving is None:
        if not own_frame or own_frame != _frame_read(still):
            return []
        fixed_to_moving, way = np.eye(4), FRAME_IDENTITY
    matrix = _checked(fixed_to_moving)
    if not own_frame and not _references(moved):
        return []
    d = new_object(
        where, SpatialRegistrationStorage, "REG", SERIES_NUMBER, "Registration, not for diagnosis"
    )
    put_body_part(d, pair)
    put_time(d, where.when, "Content")
    d.ContentLabel, d.ContentCreatorName = "REGISTRATION", ""
    d.ContentDescription = clean(f"{moved.modality} to {still.modality}", 64)
    d.FrameOfReferenceUID, d.PositionReferenceIndicator = where.frame_uid, ""
    d.RegistrationSequence = sequence(
        _item(still, where.frame_uid, np.eye(4), FRAME_IDENTITY),
        _item(moved, own_frame, np.asarray(np.linalg.inv(matrix), np.float64), way),
    )
    put_common_references(
        d, [(i.source.study_uid, i.source.series_uid, _references(i)) for i in (still, moved)]
    )
    return [d]


def _frame_read(image: Image) -> str:
    """The frame of reference that the file names: a registered image has taken on the other's."""
    headers = image.source.headers
    said = text(headers[0], "FrameOfReferenceUID") if headers else ""
    return said or image.source.frame_of_reference_uid


@dataclass(frozen=True, eq=False)
class Move:
    """How a pair was registered.

    Attributes:
        moving: which source was moved, 0 or 1.
        fixed_to_moving: (4, 4), mm in LPS.
        way: how it was found, a key of `WAYS`.
    """

    moving: int
    fixed_to_moving: Matrix
    way: str


def move_of(pair: Pair) -> Move | None:
    """The registration that placed one of the sources: from where its files say that it lies to
    where it lies now. None when neither was moved.
    """
    for i, image in enumerate(pair.native):
        card = image.placed_by
        if card is None or not card.matrix or card.fixed_key != pair.native[1 - i].key:
            continue
        way = BY_CONTENT if card.kind in ("rigid", "affine") else BY_EYE
        return Move(i, np.reshape(card.matrix, (4, 4)), way)
    return None


def _checked(matrix: ArrayLike) -> Matrix:
    values = np.array(matrix, dtype=np.float64)
    if values.shape != (4, 4) or not np.isfinite(values).all():
        raise ValueError(f"a registration has (4, 4) finite numbers, not {values.tolist()}")
    if not np.array_equal(values[3], [0, 0, 0, 1]) or abs(np.linalg.det(values)) < 1e-9:
        raise ValueError(f"not a transform of space that can be undone: {values.tolist()}")
    return values


def kind_of(matrix: Matrix) -> str:
    """RIGID where the matrix turns and shifts alone, else AFFINE. Source: PS3.3 C.20.2.1.2."""
    linear = matrix[:3, :3]
    straight = np.abs(linear @ linear.T - np.eye(3)).max() <= RIGID_TOLERANCE
    return "RIGID" if straight and np.linalg.det(linear) > 0 else "AFFINE"


def _item(image: Image, frame: str, to_registered: Matrix, way: str) -> Dataset:
    matrix = Dataset()
    matrix.FrameOfReferenceTransformationMatrixType = kind_of(to_registered)
    matrix.FrameOfReferenceTransformationMatrix = decimals(to_registered.ravel())
    step = Dataset()
    step.RegistrationTypeCodeSequence = sequence(code(*WAYS[way]))
    step.MatrixSequence = sequence(matrix)
    item = Dataset()
    if frame:
        item.FrameOfReferenceUID = frame
    if references := _references(image):
        item.ReferencedImageSequence = references
    item.MatrixRegistrationSequence = sequence(step)
    return item


def _references(image: Image) -> list[Dataset]:
    return references(image, range(len(image.source.instance_uids)))


@dataclass(frozen=True, eq=False)
class Placement:
    """What one item of a registration says.

    Attributes:
        frame: the frame of reference that it takes positions from; "" where only images are named.
        instances: SOP Instance UIDs of the images that it is about.
        matrix: (4, 4), from there to the registered frame.
    """

    frame: str
    instances: frozenset[str]
    matrix: Matrix

    def is_about(self, frame: str, instances: Sequence[str] = ()) -> bool:
        """Whether it speaks of these images, or, where it names none, of their frame."""
        if self.instances and instances:
            return not self.instances.isdisjoint(instances)
        return bool(frame) and self.frame == frame


def placements(d: Dataset) -> list[Placement]:
    """Every item of a Spatial Registration.

    Raises:
        InputError: it is none, it deforms, or a matrix in it is damaged.
    """
    if text(d, "SOPClassUID") != SpatialRegistrationStorage:
        raise InputError(
            _("This is not a rigid or affine registration."),
            _("Choose a DICOM Spatial Registration."),
        )
    return [_placement(item) for item in d.get("RegistrationSequence") or ()]


def fixed_to_moving(d: Dataset, fixed: Image, moving: Image) -> Matrix | None:
    """From positions in `fixed` to positions in `moving`, (4, 4); None where it says nothing.

    An image that no item speaks of lies where it is when its frame of reference is the registered
    one.

    Raises:
        InputError: as `placements`.
    """
    found = placements(d)
    own = text(d, "FrameOfReferenceUID")
    first, second = (_to_registered(found, image, own) for image in (fixed, moving))
    if first is None or second is None:
        return None
    return np.asarray(np.linalg.inv(second) @ first)


def _to_registered(found: Sequence[Placement], image: Image, own: str) -> Matrix | None:
    source = image.source
    for one in found:
        if one.is_about(source.frame_of_reference_uid, source.instance_uids):
            return one.matrix
    return np.eye(4) if own and source.frame_of_reference_uid == own else None


def _placement(item: Dataset) -> Placement:
    matrix: Matrix = np.eye(4)
    for step in item.get("MatrixRegistrationSequence") or ():
        for part in step.get("MatrixSequence") or ():
            matrix = _matrix(part) @ matrix  # in the order of the items
    uids = (
        text(one, "ReferencedSOPInstanceUID") for one in item.get("ReferencedImageSequence") or ()
    )
    return Placement(text(item, "FrameOfReferenceUID"), frozenset(uids) - {""}, matrix)


def _matrix(part: Dataset) -> Matrix:
    try:
        said = part.FrameOfReferenceTransformationMatrix
        return _checked(np.array([float(value) for value in said]).reshape(4, 4))
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            _("A matrix in this registration is damaged."), _("Ask for the registration again.")
        ) from error
