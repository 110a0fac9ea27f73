"""Transforms, landmarks, levels and measures: what registrations are made of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import card, moved
from fusionviewer.imaging.registration_information import (
    Information,
    information,
    samples_of,
    volume_of,
)
from fusionviewer.imaging.registration_landmarks import by_landmarks, from_landmarks
from fusionviewer.imaging.registration_levels import Level, body_box, prepared, smaller
from fusionviewer.imaging.registration_measures import agreement
from fusionviewer.imaging.registration_refine import Course, refined
from fusionviewer.imaging.registration_search import rotations
from fusionviewer.imaging.registration_verdict import distance_mm
from fusionviewer.imaging.transform import (
    IDENTITY,
    KINDS,
    Kind,
    Transform,
    from_parts,
    rotation,
    rotation_vector,
)

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
angles = st.tuples(*[st.floats(-100, 100)] * 3)
places = st.tuples(*[st.floats(-500, 500)] * 3)


@given(angles)
def test_a_rotation_is_that_of_scipy(vector: tuple[float, float, float]) -> None:
    expected = Rotation.from_rotvec(vector, degrees=True).as_matrix()
    np.testing.assert_allclose(rotation(vector), expected, atol=1e-12)


@given(
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 1e-3),
    st.sampled_from([0, 1e-9, 1e-4, 1, 30, 90, 179, 179.9999, 180]),
)
def test_a_rotation_is_told_by_its_vector(axis: tuple[float, float, float], degrees: float) -> None:
    vector = np.asarray(axis) / np.linalg.norm(axis) * degrees
    turn = rotation(vector)
    found = rotation_vector(turn)
    assert np.linalg.norm(found) == pytest.approx(degrees, abs=1e-5)
    np.testing.assert_allclose(rotation(found), turn, atol=1e-7)


@given(angles, places, places)
def test_there_and_back_is_where_it_was(turn, shift, place) -> None:
    move = from_parts(rotation(turn), (1, 2, 3), shift)
    np.testing.assert_allclose(move.inverse().apply(move.apply(place)), place, atol=1e-8)
    np.testing.assert_allclose(move.compose(move.inverse()).matrix, np.eye(4), atol=1e-8)


@given(angles, angles, places)
def test_composing_is_doing_one_after_the_other(first, second, place) -> None:
    one, two = (from_parts(rotation(v), (5, 6, 7), v) for v in (first, second))
    np.testing.assert_allclose(
        two.compose(one).apply(place), two.apply(one.apply(place)), atol=1e-8
    )


def test_degrees_of_a_turn() -> None:
    for degrees in (1e-7, 0.5, 35, 90, 179.9):
        turned = from_parts(rotation((0, degrees, 0)), (0, 0, 0), (9, 9, 9))
        assert turned.degrees == pytest.approx(degrees, rel=1e-6)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.diag([2.0, 1, 1, 1]), "neither stretches"),
        (np.diag([-1.0, 1, 1, 1]), "nor mirrors"),
        (np.diag([0.0, 1, 1, 1]), "cannot be undone"),
        (np.full((4, 4), np.nan), "finite"),
        (np.ones((4, 4)), "last row"),
        (np.eye(3), "finite"),
    ],
)
def test_what_is_no_rigid_transform_is_none(matrix, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Transform(matrix)


def test_what_an_affine_transform_enlarges_is_not_cropped() -> None:
    values = np.zeros((20, 40, 30), np.float32)
    values[2:18, 2:38, 2:28] = 1
    one = Image("one", values, grid=Grid(values.shape, np.ones(3), np.array([5.0, 0, 9]), AXIAL))
    for linear in (np.diag([0.8, 0.8, 0.8]), np.diag([1.25, 1, 1.1]) @ rotation((0, 20, 5))):
        there = moved(one, from_parts(linear, (0, 0, 0), (3, 2, 1), "affine"))
        assert there.grid is not None
        grown = values.sum() / np.linalg.det(linear)
        assert there.values.sum() * there.grid.voxel_volume_mm3 == pytest.approx(grown, rel=0.02)
        assert there.shape == one.shape  # what is listed for each slice stays with it
    there = moved(one, from_parts(np.eye(3), (0, 0, 0), (3, 2, 1), "affine"))
    np.testing.assert_allclose(there.values, values, atol=1e-5)


class TestLandmarks:
    fixed = np.array([[0.0, 0, 0], [50, 0, 0], [0, 40, 0], [10, 10, 30]])

    @given(angles, places)
    def test_exact_ones_give_the_exact_transform(self, turn, shift) -> None:
        truth = from_parts(rotation(turn), (0, 0, 0), shift)
        found, residuals = from_landmarks(self.fixed, truth.apply(self.fixed))
        np.testing.assert_allclose(found.matrix, truth.matrix, atol=1e-8)
        assert max(residuals) < 1e-8

    def test_residuals_tell_which_was_set_wrong(self) -> None:
        moving = self.fixed.copy()
        moving[3] += (0, 0, 8)
        _, residuals = from_landmarks(self.fixed, moving)
        assert int(np.argmax(residuals)) == 3
        assert 1 < residuals[3] < 8

    def test_two_are_refused(self) -> None:
        with pytest.raises(GeometryMismatch, match="2 pairs of landmarks leave the turn open"):
            from_landmarks(self.fixed[:2], self.fixed[:2])

    def test_a_registration_by_them_says_so_with_their_residuals(self) -> None:
        grid = Grid((12, 14, 16), np.full(3, 5.0), np.zeros(3), AXIAL)
        values = np.random.default_rng(0).uniform(0, 1, grid.shape).astype(np.float32)
        one = Image("one", values, "MR", grid=grid)
        away = from_parts(np.eye(3), (0, 0, 0), (3, 4, 0))
        other, moving = moved(one, away.inverse()), away.apply(self.fixed)
        told = card(by_landmarks(one, other, self.fixed, moving), one)
        assert told.sentence() == "Registered: landmarks, 5.0 mm, 0.0°."
        assert len(told.residuals_mm) == 4
        moving[3] += (0, 0, 40)
        doubtful = by_landmarks(one, other, self.fixed, moving)
        assert doubtful.doubts[0].startswith("A landmark is off by")
        worse = by_landmarks(one, one, self.fixed, self.fixed + np.array([9, 0, 0]))
        assert worse.doubts[-1] == "The images share less than as placed."

    def test_three_pairs_that_fit_and_are_wrong_are_not_called_registered(self) -> None:
        """Three places that make an isosceles triangle fit as well with two of them exchanged."""
        grid = Grid((24, 24, 24), np.full(3, 8.0), np.full(3, -92.0), AXIAL)
        values = gaussian_filter(np.random.default_rng(0).uniform(0, 1, grid.shape), 1)
        one = Image("one", values.astype(np.float32), "MR", grid=grid)
        away = from_parts(np.eye(3), (0, 0, 0), (0, 0, 300))
        other = moved(one, away.inverse())
        places = np.array([[32.0, -70, -10], [-32, -70, -10], [0, -20, 55]])
        right = by_landmarks(one, other, places, away.apply(places))
        assert right.doubts == ("Three pairs of landmarks cannot contradict each other.",)
        wrong = by_landmarks(one, other, places, away.apply(places)[[1, 0, 2]])
        assert max(wrong.residuals_mm) < 1e-6
        assert [doubt.split(":")[0] for doubt in wrong.doubts] == [
            "The landmarks turn the patient by 180°",
            "The images tell almost nothing of each other.",
            "Three pairs of landmarks cannot contradict each other.",
        ]
        aside = by_landmarks(one, other, places, away.apply(places + np.array([120.0, 90, 60])))
        assert aside.doubts[0].startswith("Only ")
        again = np.vstack([places, places.mean(axis=0) + np.array([0, 0, 20])])
        assert by_landmarks(one, other, again, away.apply(again)).reliable

    def test_of_single_slices_they_are_taken_without_being_measured(self) -> None:
        grid = Grid((1, 14, 16), np.full(3, 5.0), np.zeros(3), AXIAL)
        values = np.random.default_rng(0).uniform(0, 1, grid.shape).astype(np.float32)
        one = Image("one", values, "MR", grid=grid)
        told = card(by_landmarks(one, one, self.fixed, self.fixed + np.array([40.0, 0, 0])), one)
        assert told.doubts == ("Too little is seen to measure how well the images agree.",)
        assert told.overlap == pytest.approx(0.5)
        assert told.corner() == "Overlap 50 % · landmarks off by up to 0.0 mm"
        assert not any("information" in line for line in told.lines())
        with pytest.raises(GeometryMismatch, match="does not know its place"):
            by_landmarks(one, Image("bare", values), self.fixed, self.fixed)

    def test_those_on_a_line_are_refused(self) -> None:
        line = np.outer([0, 1, 2, 5], [10.0, 4, 3])
        with pytest.raises(GeometryMismatch, match="on one line"):
            from_landmarks(line, line + 3)


def level(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Level:
    grid = Grid(shape, np.array(spacing), np.array([3.0, -5.0, 11.0]), AXIAL)
    x = grid.position(np.moveaxis(np.indices(shape), 0, -1)) @ np.array([0.001, 0.002, 0.003])
    return Level((x - x.min()).astype(np.float32), np.ones(shape, bool), grid)


@given(st.tuples(*[st.integers(6, 30)] * 3), st.floats(1, 12))
def test_a_smaller_level_has_its_voxels_where_they_were(shape, spacing_mm: float) -> None:
    """A field that grows evenly: the mean of a block is the value in its middle."""
    whole = level(shape, (3.0, 1.0, 1.5))
    small = smaller(whole, spacing_mm)
    index = whole.grid.index(small.grid.position(np.moveaxis(np.indices(small.grid.shape), 0, -1)))
    start = whole.values[0, 0, 0]
    steps = np.array([0.009, 0.002, 0.0015])
    np.testing.assert_allclose(small.values, start + index @ steps, atol=1e-5)


def test_rotations_start_with_none_and_leave_no_gap() -> None:
    vectors = np.array(rotations())
    assert not vectors[0].any()
    probes = np.random.default_rng(1).normal(size=(200, 3))
    probes *= (np.random.default_rng(2).uniform(0, 42, 200) / np.linalg.norm(probes, axis=1))[
        :, None
    ]
    nearest = np.linalg.norm(probes[:, None] - vectors, axis=2).min(axis=1)
    assert nearest.max() <= 15 * np.sqrt(3) / 2 + 2


@pytest.fixture(scope="module")
def pair() -> tuple[Level, Level]:
    grid = Grid((12, 14, 16), np.full(3, 5.0), np.zeros(3), AXIAL)
    texture = gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), 1.5)
    values = ((texture - texture.min()) / np.ptp(texture)).astype(np.float32)
    inside = np.ones(grid.shape, bool)
    inside[:3] = False
    return Level(values, inside, grid), Level(1 - values**2, inside, grid)


class TestInformation:
    """What is maximised, and its slope."""

    @given(st.sampled_from(KINDS), st.tuples(*[st.floats(-1, 1)] * 12), st.integers(0, 11))
    @settings(max_examples=40)
    def test_its_slope_is_that_of_small_steps(self, pair, kind: Kind, at, along: int) -> None:
        fixed, moving = pair
        course = Course(IDENTITY, kind, body_box(fixed), 2.0)
        steps = np.array(at)[: course.size] / 3
        seen, volume = samples_of(fixed, 4000, 3), volume_of(moving)

        def bits(x: NDArray[np.float64]) -> Information:
            return information(seen, volume, course.transform(x).apply(seen.positions))

        step = np.eye(course.size)[along % course.size] * 1e-3
        expected = (bits(steps + step).bits - bits(steps - step).bits) / 2e-3
        told = course.slope(steps, seen, bits(steps).slopes)[along % course.size]
        assert told == pytest.approx(expected, abs=2e-3)

    def test_it_is_largest_where_they_lie_on_each_other(self, pair) -> None:
        fixed, moving = pair
        seen, volume = samples_of(fixed, 4000, 3), volume_of(moving)
        here = information(seen, volume, seen.positions).bits
        assert here > 1
        for shift in (2.0, 9.0, 30.0):
            assert information(seen, volume, seen.positions + shift).bits < here

    def test_nothing_in_common_is_no_bit(self, pair) -> None:
        fixed, moving = pair
        seen, volume = samples_of(fixed, 4000, 3), volume_of(moving)
        told = information(seen, volume, seen.positions + 500)
        assert told.bits == 0
        assert not told.slopes.any()

    def test_the_optimum_is_found_from_nearby(self, pair) -> None:
        fixed, moving = pair
        start = from_parts(rotation((3, -4, 2)), (35, 32, 30), (39, 30, 32))
        end = refined(fixed, moving, start, step_mm=2.0)
        assert end is not None
        assert distance_mm(fixed, end, IDENTITY) < 0.3

    def test_images_far_apart_lose_each_other(self, pair) -> None:
        far = from_parts(np.eye(3), (0, 0, 0), (900, 0, 0))
        assert refined(*pair, far, step_mm=2.0) is None


class TestAgreement:
    def pair(self) -> tuple[Level, Level]:
        grid = Grid((12, 14, 16), np.full(3, 5.0), np.zeros(3), AXIAL)
        values = np.random.default_rng(0).uniform(0, 1, grid.shape).astype(np.float32)
        inside = np.ones(grid.shape, bool)
        return Level(values, inside, grid), Level(1 - values, inside, grid)

    def test_an_inverted_copy_shares_everything_and_is_anticorrelated(self) -> None:
        told = agreement(*self.pair(), IDENTITY)
        assert told.overlap == 1
        assert told.ncc == pytest.approx(-1, abs=1e-5)
        assert told.mutual_information == pytest.approx(np.log2(24), abs=0.2)

    def test_half_a_box_away_half_is_left_and_nothing_is_shared(self) -> None:
        told = agreement(*self.pair(), from_parts(np.eye(3), (0, 0, 0), (40, 0, 0)))
        assert told.overlap == pytest.approx(0.5, abs=0.04)
        assert told.mutual_information < 0.1

    def test_nothing_in_common_is_nothing(self) -> None:
        told = agreement(*self.pair(), from_parts(np.eye(3), (0, 0, 0), (400, 0, 0)))
        assert (told.overlap, told.mutual_information, told.shared) == (0, 0, 0)


def test_the_table_of_a_ct_is_taken_away_and_the_body_on_it_stays() -> None:
    grid = Grid((20, 40, 40), np.array([3.0, 2.0, 2.0]), np.zeros(3), AXIAL)
    values = np.full(grid.shape, -1000, np.float32)
    values[:, 5:25, 5:33] = 40
    values[:, 25:27] = 300  # a table, right under the skin
    level = prepared(Image("ct", values, "CT", "HU", grid=grid))
    assert level.body[:, 6:24, 6:32].all()
    assert not level.body[:, 25:27, 35:].any()
    assert not level.body[:, 28:].any()
    mr = prepared(Image("mr", values, "MR", grid=grid))
    assert mr.body[:, 25:27].all()
