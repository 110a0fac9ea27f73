"""Two volumes come to lie on each other, or it is said why not."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from fusionviewer.errors import Cancelled, DifferentFrames, GeometryMismatch
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.alignment import AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.pair import Alignment, make_pair
from fusionviewer.imaging.registration import Registration, card, measured, moved, placed, register
from fusionviewer.imaging.registration_levels import body_box, prepared
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.transform import (
    IDENTITY,
    Transform,
    from_parts,
    nearest_rotation,
    rotation,
)

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
SHAPE, SPACING = (36, 60, 52), np.array([4.0, 3.0, 3.0])
GRID = Grid(SHAPE, SPACING, np.array([-78.0, -90.0, -72.0]), AXIAL)


def ball(
    center: tuple[float, float, float], radii: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Of voxels of GRID, by millimetres (x, y, z)."""
    positions = GRID.position(np.moveaxis(np.indices(SHAPE), 0, -1))
    return (((positions - np.array(center)) / np.array(radii)) ** 2).sum(axis=-1) <= 1


def head(tissue: float, skull: float, fluid: float, lesion: float, *, name: str) -> Image:
    """A head without symmetry: skull, tissue, two fluid spaces, a lesion."""
    values = np.zeros(SHAPE)
    values[ball((0, 0, 0), (62, 76, 60))] = skull
    values[ball((0, 2, 0), (54, 68, 53))] = tissue
    values[ball((-16, 6, 8), (9, 24, 14))] = fluid
    values[ball((18, -4, 2), (8, 17, 12))] = fluid
    values[ball((26, 34, -14), (13, 11, 12))] = lesion
    noise = np.random.default_rng(len(name)).normal(0, 2, SHAPE)
    smooth = gaussian_filter(values, 0.6) + noise
    return Image(name, smooth.astype(np.float32), "MR", grid=GRID, source=Source(kind="DICOM"))


@pytest.fixture(scope="module")
def t1() -> Image:
    one = head(100, 30, 40, 70, name="t1")
    return replace(one, source=Source(kind="DICOM", frame_of_reference_uid="1.2"))


@pytest.fixture(scope="module")
def t2() -> Image:
    one = head(60, 20, 140, 110, name="second")
    return replace(one, source=Source(kind="DICOM", frame_of_reference_uid="1.3"))


def away(turn: tuple[float, float, float], shift: tuple[float, float, float]) -> Transform:
    return from_parts(rotation(turn), (0, 0, 0), shift)


def error_mm(image: Image, one: Transform, other: Transform) -> float:
    box = body_box(prepared(image))
    return float(np.linalg.norm(one.apply(box) - other.apply(box), axis=1).max())


class Clock:
    """Counts the times it is looked at, and raises from one of them on."""

    def __init__(self, stop_at: float = np.inf) -> None:
        self.looks, self._stop_at = 0, stop_at

    def __call__(self) -> None:
        self.looks += 1
        if self.looks >= self._stop_at:
            raise Cancelled


TRUTH = from_parts(rotation((20, 20, -24)), (0, 0, 0), (300, -600, 430))


@dataclass(frozen=True)
class Found:
    """T2, lying 37° and 800 mm away, registered to T1."""

    far: Image
    registration: Registration
    told: list[tuple[int, int]]
    looks: int


@pytest.fixture(scope="module")
def found(t1: Image, t2: Image) -> Found:
    far, told, clock = moved(t2, TRUTH.inverse()), [], Clock()
    one = register(t1, far, check=clock, progress=lambda done, total: told.append((done, total)))
    return Found(far, one, told, clock.looks)


@pytest.mark.slow
class TestFromFarAway:
    def test_another_contrast_is_found(self, t1: Image, found: Found) -> None:
        one = found.registration
        assert error_mm(t1, one.transform, TRUTH) < 3
        assert one.doubts == ()
        assert one.before.overlap == 0
        assert one.after.mutual_information > 1
        assert one.offset_mm == pytest.approx(np.linalg.norm((300, -600, 430)), abs=3)
        assert one.degrees == pytest.approx(np.linalg.norm((20, 20, -24)), abs=1)

    def test_the_same_images_give_the_same_transform(self, t1: Image, found: Found) -> None:
        again = register(t1, found.far).transform.matrix
        np.testing.assert_array_equal(again, found.registration.transform.matrix)

    def test_progress_grows_to_its_total(self, found: Found) -> None:
        counts = [done for done, _ in found.told]
        assert counts == sorted(counts)
        assert len({total for _, total in found.told}) == 1
        assert found.told[-1][0] == found.told[-1][1]

    def test_it_stops_at_every_stage_when_asked(self, t1: Image, found: Found) -> None:
        for stop_at in (1, 2, 30, found.looks // 2):
            stopped = Clock(stop_at)
            with pytest.raises(Cancelled):
                register(t1, found.far, check=stopped)
            assert stopped.looks == stop_at


@pytest.mark.slow
def test_affine_undoes_a_stretch_that_rigid_cannot(t1: Image, t2: Image) -> None:
    linear = rotation((4, -3, 5)) @ np.diag([1.06, 0.95, 1.0])
    stretch = from_parts(linear, (0, 0, 0), (10, 5, -8), "affine")
    seen = resampled(t2, GRID, stretch.inverse().apply)
    found = register(t1, seen, "affine")
    assert found.transform.kind == "affine"
    rigid = Transform(_nearest_rigid(stretch))
    assert error_mm(t1, found.transform, stretch) < error_mm(t1, rigid, stretch) - 2


def _nearest_rigid(stretch: Transform) -> NDArray[np.float64]:
    matrix = stretch.matrix.copy()
    matrix[:3, :3] = nearest_rotation(matrix[:3, :3])
    return matrix


@pytest.mark.slow
def test_noise_on_noise_is_never_called_registered() -> None:
    random = np.random.default_rng(4)
    grid = Grid((14, 18, 18), np.full(3, 6.0), np.zeros(3), AXIAL)
    one, other = (
        Image(name, random.normal(100, 20, grid.shape).astype(np.float32), "MR", grid=grid)
        for name in ("one", "other")
    )
    found = register(one, other)
    assert not found.reliable
    assert card(found, one).state is AlignmentState.UNVERIFIED


def test_one_slice_is_refused(t1: Image) -> None:
    assert t1.grid is not None
    grid = Grid((1, 60, 52), t1.grid.spacing, t1.grid.origin, AXIAL)
    slice_ = Image("scout", t1.values[:1], "MR", grid=grid)
    with pytest.raises(GeometryMismatch, match="“scout” has 1 slice of 52×60, too few"):
        register(t1, slice_)


def test_a_constant_volume_is_refused(t1: Image) -> None:
    for values in (np.full(SHAPE, 7, np.float32), np.full(SHAPE, np.nan, np.float32)):
        with pytest.raises(GeometryMismatch, match="“flat” is the same everywhere"):
            register(t1, Image("flat", values, "MR", grid=GRID))


def test_a_picture_without_geometry_is_refused(t1: Image) -> None:
    with pytest.raises(GeometryMismatch, match="“png” does not know its place"):
        register(t1, Image("png", t1.values, "MR"))


def test_a_volume_that_is_all_padding_is_refused(t1: Image) -> None:
    nothing = replace(t1, padding=np.ones(SHAPE, bool), name="nothing")
    with pytest.raises(GeometryMismatch, match="“nothing” is the same everywhere"):
        register(t1, nothing)


class TestMoved:
    def test_a_rigid_move_keeps_every_voxel_and_takes_places_along(self, t1: Image) -> None:
        move = away((10, -25, 30), (100, -40, 7))
        there = moved(t1, move)
        assert there.values is t1.values
        assert there.grid is not None
        index = np.array([[0, 0, 0], [35, 59, 51], [12.5, 3, 40]])
        np.testing.assert_allclose(
            move.apply(there.grid.position(index)), GRID.position(index), atol=1e-9
        )

    def test_an_affine_move_interpolates_and_says_so(self, t1: Image) -> None:
        stretch = from_parts(np.diag([1.1, 1.0, 0.9]), (0, 0, 0), (0, 0, 0), "affine")
        there = moved(t1, stretch)
        assert there.grid is not None
        assert there.notes == ("Resampled.",)
        place = np.array([20.0, 8.0, 4.0])
        here, _ = (np.round(grid.index(place)).astype(int) for grid in (there.grid, GRID))
        source = np.round(GRID.index(stretch.apply(there.grid.position(here)))).astype(int)
        assert there.values[tuple(here)] == pytest.approx(t1.values[tuple(source)], abs=8)

    def test_interpolating_can_be_stopped(self, t1: Image) -> None:
        def stopped() -> None:
            raise Cancelled

        stretch = from_parts(np.diag([1.1, 1.0, 0.9]), (0, 0, 0), (0, 0, 0), "affine")
        told = measured(t1, t1, stretch)
        with pytest.raises(Cancelled):
            placed(t1, t1, told, stopped)
        with pytest.raises(Cancelled):
            make_pair(t1, t1, registration=told, check=stopped)


class TestPairs:
    @pytest.fixture
    def registered(self, t1: Image, found: Found) -> Image:
        return placed(found.far, t1, found.registration)

    @pytest.mark.slow
    def test_what_was_registered_says_so_and_how_far_it_was(self, t1, registered) -> None:
        pair = make_pair(t1, registered)
        assert pair.alignment is Alignment.REGISTERED
        assert pair.card.state is AlignmentState.REGISTERED
        assert pair.notes[0].startswith("Registered: rigid, 79")
        assert registered.source.frame_of_reference_uid == "1.2"

    @pytest.mark.slow
    def test_a_registration_speaks_for_its_fixed_image_only(self, t1, registered) -> None:
        other = replace(t1, values=t1.values + 1, name="other")
        assert make_pair(other, registered).alignment is not Alignment.REGISTERED

    def test_without_one_the_frames_decide(self, t1: Image, t2: Image) -> None:
        half_its_width = moved(t2, away((0, 0, 0), (78, 0, 0)))
        with pytest.raises(DifferentFrames):
            make_pair(t1, half_its_width)
        apart = make_pair(t1, half_its_width, as_placed=True).card
        assert apart.state is AlignmentState.OVERLAP_ONLY
        assert apart.overlap == pytest.approx(0.5, abs=0.03)
        same = replace(t2, source=t1.source)
        assert make_pair(t1, same).card.state is AlignmentState.SAME_FRAME


def test_the_identity_goes_nowhere(t1: Image) -> None:
    assert IDENTITY.degrees == 0
    assert error_mm(t1, IDENTITY, IDENTITY) == 0


@pytest.mark.slow
def test_a_real_pet_is_brought_back_to_where_it_lay_on_its_ct(data: Path) -> None:
    """To 6 mm at the corners: so little of a limb does not hold its turn, see the benchmarks."""
    folder = data / "dicom" / "sts_ct_pet_mr" / "STS_002"
    ct, pet = (open_images(folder / name)[0] for name in ("CT", "PET"))
    assert ct.grid is not None
    middle = ct.grid.position((np.array(ct.shape) - 1) / 2)
    truth = from_parts(rotation((18, -15, 22)), middle, middle + np.array([120, -200, 90]))
    found = register(ct, moved(pet, truth.inverse()))
    assert error_mm(ct, found.transform, truth) < 6
