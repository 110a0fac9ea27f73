"""What is drawn while two images are laid on each other, and what a hand does to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import PLANES, PlaneName
from fusionviewer.imaging.registration_by_hand import Placing
from fusionviewer.imaging.registration_levels import Level
from fusionviewer.imaging.registration_preview import (
    EDGE_COLOUR,
    STYLES,
    edges,
    reach,
    seen,
    sheet,
    shown,
)
from fusionviewer.imaging.transform import from_parts, rotation
from fusionviewer.imaging.windowing import Window

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
TILT = AXIAL @ rotation((9, -20, 30))
TILTED = Grid((14, 20, 24), np.array([5.0, 3.0, 2.0]), np.array([-20.0, 7, 40]), TILT)
names = st.sampled_from(list(PLANES))
vectors = st.tuples(*[st.floats(-60, 60)] * 3)


def ramp(grid: Grid) -> Level:
    """Brighter by 0.004 for every mm to the left, and by 0.002 to the head."""
    places = grid.position(np.moveaxis(np.indices(grid.shape), 0, -1))
    values = 0.3 + places @ np.array([0.004, 0, 0.002])
    return Level(values.astype(np.float32), np.ones(grid.shape, np.bool_), grid)


class TestSheet:
    @given(names, st.floats(0.1, 0.9))
    @settings(max_examples=15, deadline=None)
    def test_its_values_are_those_of_its_places(self, plane: PlaneName, share: float) -> None:
        low, high = reach(TILTED, plane)
        cut = sheet(TILTED, plane, low + share * (high - low))
        grey = seen(ramp(TILTED), cut)
        expected = 0.3 + cut.places @ np.array([0.004, 0, 0.002])
        index = TILTED.index(cut.places)
        inner = ((index >= 0) & (index <= np.array(TILTED.shape) - 1)).all(axis=-1)
        assert inner.any()
        np.testing.assert_allclose(grey[inner], expected[inner], atol=1e-4)
        outer = ((index < -0.5) | (index > np.array(TILTED.shape) - 0.5)).any(axis=-1)
        assert np.isnan(grey[outer]).all()

    @given(names, st.floats(0, 300), st.floats(0, 300))
    def test_a_pixel_and_its_place_say_the_same(
        self, plane: PlaneName, row: float, column: float
    ) -> None:
        cut = sheet(TILTED, plane, 12.0)
        np.testing.assert_allclose(cut.pixel(cut.place(row, column)), (row, column, 0), atol=1e-9)
        further = cut.place(row, column) + cut.away * 3
        assert cut.pixel(further)[2] == pytest.approx(3)

    def test_a_transform_takes_the_image_along(self) -> None:
        cut = sheet(TILTED, "axial", float(np.mean(reach(TILTED, "axial"))))
        shift = from_parts(np.eye(3), np.zeros(3), np.array([4.0, 0, 0]))
        one, moved = seen(ramp(TILTED), cut), seen(ramp(TILTED), cut, shift)
        index = [TILTED.index(places) for places in (cut.places, shift.apply(cut.places))]
        both = [((i >= 0) & (i <= np.array(TILTED.shape) - 1)).all(axis=-1) for i in index]
        here = both[0] & both[1]
        np.testing.assert_allclose(moved[here] - one[here], 0.016, atol=1e-4)


class TestEdges:
    def disc(self, side: int = 120, radius: float = 40) -> np.ndarray:
        rows, columns = np.indices((side, side)) - (side - 1) / 2
        return np.hypot(rows, columns) < radius

    def test_of_a_disc_they_are_its_rim(self) -> None:
        lines = edges(np.where(self.disc(), 0.8, 0.1).astype(np.float32), 1.0)
        rows, columns = np.nonzero(lines)
        radii = np.hypot(rows - 59.5, columns - 59.5)
        assert abs(radii - 40).max() < 2
        assert 2 * np.pi * 40 * 0.6 < lines.sum() < 2 * np.pi * 40 * 1.6  # thin, and nearly closed

    def test_where_nothing_is_there_are_none(self) -> None:
        assert not edges(np.full((60, 60), 0.4, np.float32), 1.0).any()

    def test_the_end_of_an_image_is_no_edge(self) -> None:
        grey = np.full((80, 80), np.float32(np.nan))
        grey[20:60, 20:60] = 0.7
        assert not edges(grey, 1.0).any()

    @pytest.mark.parametrize("name", STYLES)
    def test_every_style_takes_images_that_end(self, name: str) -> None:
        fixed = np.where(self.disc(), 0.5, 0).astype(np.float32)
        moving = fixed.copy()
        moving[:, :20] = np.nan
        drawn = STYLES[name](fixed, moving, 1.0)
        assert drawn.shape == (120, 120, 3)
        assert drawn.dtype == np.uint8

    def test_edges_are_drawn_in_their_colour_over_the_fixed_image(self) -> None:
        fixed = np.full((120, 120), 0.5, np.float32)
        drawn = next(iter(STYLES.values()))(fixed, np.float32(self.disc()), 1.0)
        coloured = (drawn == EDGE_COLOUR).all(axis=-1)
        assert coloured.any()
        assert (drawn[~coloured] == 127).all()


def test_what_is_shown_is_windowed_and_small() -> None:
    grid = Grid((40, 700, 600), np.array([1.0, 0.5, 0.5]), np.zeros(3), AXIAL)
    values = np.broadcast_to(np.float32(40), grid.shape).copy()
    level = shown(Image("ct", values, "CT", "HU", grid=grid), Window.between(0, 80))
    assert max(level.grid.shape) <= 360
    np.testing.assert_allclose(level.values, 0.5)


class TestPlacing:
    start = Placing(np.array([5.0, -3, 20]))

    @given(vectors, vectors)
    def test_turns_follow_each_other(self, first, second) -> None:  # type: ignore[no-untyped-def]
        twice = self.start.turned(first).turned(second)
        np.testing.assert_allclose(
            rotation(twice.turn), rotation(second) @ rotation(first), atol=1e-8
        )

    @given(vectors, vectors)
    def test_the_middle_goes_where_it_is_shifted(self, turn, shift) -> None:  # type: ignore[no-untyped-def]
        moved = self.start.turned(turn).shifted(shift)
        center = self.start.center
        np.testing.assert_allclose(moved.transform.apply(center + shift), center, atol=1e-8)

    def test_nothing_done_is_nothing_moved(self) -> None:
        assert not self.start.by_hand
        assert self.start.shifted((1, 0, 0)).by_hand
        assert not self.start.shifted((1, 0, 0)).set_by_hand((0, 0, 0), (0, 0, 0)).by_hand
