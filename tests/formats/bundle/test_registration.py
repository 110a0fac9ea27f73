import dataclasses
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from scipy.spatial.transform import Rotation

from fusionviewer.errors import InputError
from fusionviewer.formats.derived_objects import setting
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.export_registration import (
    Matrix,
    fixed_to_moving,
    kind_of,
    move_of,
    placements,
    registration,
)
from fusionviewer.formats.provenance import Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.registration import Registration, placed
from fusionviewer.imaging.registration_measures import Agreement
from fusionviewer.imaging.transform import Transform

MOVED = np.eye(4)
MOVED[:3, :3] = Rotation.from_euler("xyz", [5, -12, 33], degrees=True).as_matrix()
MOVED[:3, 3] = 12.25, -7.125, 33.3333333333


@pytest.fixture
def apart(make_source: Callable[..., Image]) -> Pair:
    """A CT and an MR in frames of reference of their own."""
    mr = make_source("MR", frame_of_reference_uid="2.25.50")
    return make_pair(make_source("CT"), mr, as_placed=True)


def reread(d: Dataset) -> Dataset:
    return pydicom.dcmread(BytesIO(encoded(d)))


@pytest.mark.parametrize("moving", [0, 1])
def test_a_registration_reads_as_what_was_written(
    apart: Pair, how: Provenance, moving: int
) -> None:
    (d,) = registration(setting(apart, how), MOVED, moving)
    still, moved = apart.native[1 - moving], apart.native[moving]
    back = fixed_to_moving(reread(d), still, moved)
    assert back is not None
    np.testing.assert_allclose(back, MOVED, atol=1e-9)
    other_way = fixed_to_moving(reread(d), moved, still)
    assert other_way is not None
    np.testing.assert_allclose(other_way @ MOVED, np.eye(4), atol=1e-9)


def test_the_matrix_takes_a_place_of_the_moving_image_to_the_registered_frame(
    apart: Pair, how: Provenance
) -> None:
    """PS3.3 C.20.2.1.1: the matrix goes from the frame of its item to that of the object."""
    (d,) = registration(setting(apart, how), MOVED, 1)
    first, second = d.RegistrationSequence
    assert first.FrameOfReferenceUID == d.FrameOfReferenceUID == "2.25.99"
    assert second.FrameOfReferenceUID == "2.25.50"
    said = second.MatrixRegistrationSequence[0].MatrixSequence[0]
    matrix = np.array(said.FrameOfReferenceTransformationMatrix, dtype=float).reshape(4, 4)
    in_fixed = np.array([10.0, 20.0, 30.0, 1.0])
    np.testing.assert_allclose(matrix @ (MOVED @ in_fixed), in_fixed, atol=1e-9)
    assert said.FrameOfReferenceTransformationMatrixType == "RIGID"


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        (np.eye(4), "RIGID"),
        (MOVED, "RIGID"),
        (np.diag([1.02, 1, 1, 1]), "AFFINE"),
        (np.diag([-1.0, 1, 1, 1]), "AFFINE"),
    ],
)
def test_a_matrix_is_rigid_when_it_turns_and_shifts_alone(matrix: Matrix, kind: str) -> None:
    assert kind_of(matrix) == kind


def test_one_frame_of_reference_is_said_to_be_one(
    make_source: Callable[..., Image], how: Provenance
) -> None:
    pair = make_pair(make_source("CT"), make_source("MR"))
    (d,) = registration(setting(pair, how), None, 1)
    way = d.RegistrationSequence[1].MatrixRegistrationSequence[0].RegistrationTypeCodeSequence[0]
    assert way.CodeValue == "125021"
    np.testing.assert_array_equal(placements(d)[1].matrix, np.eye(4))


def test_frames_that_nobody_registered_are_not_said_to_be_registered(
    apart: Pair, how: Provenance
) -> None:
    assert registration(setting(apart, how), None, 1) == []


def test_images_of_one_frame_that_moved_all_the_same_are_told_apart(
    make_source: Callable[..., Image], how: Provenance
) -> None:
    pair = make_pair(make_source("CT"), make_source("MR"))
    (d,) = registration(setting(pair, how), MOVED, 1)
    back = fixed_to_moving(reread(d), *pair.native)
    assert back is not None
    np.testing.assert_allclose(back, MOVED, atol=1e-9)


def test_a_registration_of_others_says_nothing(
    apart: Pair, how: Provenance, make_source: Callable[..., Image]
) -> None:
    (d,) = registration(setting(apart, how), MOVED, 1)
    stranger = make_source("PT", frame_of_reference_uid="2.25.77")
    assert fixed_to_moving(d, apart.native[0], stranger) is None


@pytest.mark.parametrize("damage", [[1.0] * 15, [float("nan")] * 16, [0.0] * 16])
def test_a_damaged_matrix_is_refused(apart: Pair, how: Provenance, damage: list[float]) -> None:
    (d,) = registration(setting(apart, how), MOVED, 1)
    part = d.RegistrationSequence[1].MatrixRegistrationSequence[0].MatrixSequence[0]
    part.FrameOfReferenceTransformationMatrix = damage
    with pytest.raises(InputError, match="damaged"):
        fixed_to_moving(d, *apart.native)


def test_something_else_is_no_registration() -> None:
    d = Dataset()
    d.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    with pytest.raises(InputError, match="not a rigid"):
        placements(d)


@pytest.mark.parametrize("matrix", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan)])
def test_what_is_no_transform_is_refused(apart: Pair, how: Provenance, matrix: object) -> None:
    with pytest.raises(ValueError, match=r"transform|finite"):
        registration(setting(apart, how), matrix, 1)  # type: ignore[arg-type]


def test_images_without_a_file_are_placed_by_their_frame(apart: Pair, how: Provenance) -> None:
    first, second = apart.native
    bare = dataclasses.replace(second, source=dataclasses.replace(second.source, instance_uids=()))
    pair = dataclasses.replace(apart, native=(first, bare))
    (d,) = registration(setting(pair, how), MOVED, 1)
    back = fixed_to_moving(d, first, bare)
    assert back is not None
    np.testing.assert_allclose(back, MOVED, atol=1e-9)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_registered_pair_tells_how_it_was_registered(
    data: Path, how: Provenance, tmp_path: Path, swapped: bool
) -> None:
    """The place in the files against the place on the screen: what the registration did."""
    ct, mr, _ = open_images(data / "dicom" / "sts_ct_pet_mr" / "STS_002")
    near = np.eye(4)
    near[:3, :3] = Rotation.from_euler("xyz", [3, -2, 4], degrees=True).as_matrix()
    near[:3, 3] = 12.5, -20.25, 45.125
    there = placed(mr, ct, by(Transform(near)))
    pair = make_pair(there, ct) if swapped else make_pair(ct, there)
    found = move_of(pair)
    assert found is not None
    assert found.moving == (0 if swapped else 1)
    np.testing.assert_allclose(found.fixed_to_moving, near, atol=1e-6)
    (d,) = registration(setting(pair, how), found.fixed_to_moving, found.moving, found.way)
    back = fixed_to_moving(reread(d), ct, mr)
    assert back is not None
    np.testing.assert_allclose(back, near, atol=1e-6)


def test_an_affine_registration_is_written_as_one(
    make_source: Callable[..., Image], how: Provenance
) -> None:
    """After a rigid one, which it goes on from."""
    ct = make_source("CT")
    mr = make_source("MR", frame_of_reference_uid="2.25.50")
    shift, stretch = np.eye(4), np.diag([1.05, 0.97, 1.0, 1.0])
    shift[:3, 3] = 0.5, -0.25, 0.125
    near = placed(mr, ct, by(Transform(shift)))
    there = placed(near, ct, by(Transform(stretch, "affine")))
    found = move_of(make_pair(ct, there))
    assert found is not None and found.moving == 1
    np.testing.assert_allclose(found.fixed_to_moving, shift @ stretch, atol=1e-9)
    (d,) = registration(setting(make_pair(ct, there), how), found.fixed_to_moving, 1, found.way)
    assert kind_of(placements(reread(d))[1].matrix) == "AFFINE"
    back = fixed_to_moving(reread(d), ct, mr)
    assert back is not None
    np.testing.assert_allclose(back, shift @ stretch, atol=1e-6)


def by(transform: Transform) -> Registration:
    nothing = Agreement(1.0, 0.0, 0.0)
    return Registration(transform, nothing, nothing, np.zeros(3))


def test_a_pair_that_nobody_moved_tells_nothing(apart: Pair) -> None:
    assert move_of(apart) is None
