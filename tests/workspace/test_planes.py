"""The plane of the state: images, pair, slice and crosshair go along, and come back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import make_grid, make_image, together
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.imaging.image import Source
from fusionviewer.imaging.native import value_at
from fusionviewer.imaging.planes import PLANES, PlaneName
from fusionviewer.imaging.slab import Slab
from fusionviewer.imaging.transform import rotation
from fusionviewer.imaging.upright import UPRIGHT
from fusionviewer.workspace import planes
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.captions import source_captions
from fusionviewer.workspace.history import History, recorded, undone
from fusionviewer.workspace.layouts import mirrored, rotated, with_interpolation, with_layout
from fusionviewer.workspace.session import digest, read_session, session_of, text_of
from fusionviewer.workspace.session_restore import reopened, restored
from fusionviewer.workspace.state import Place, at_slice, pointed, scrolled, zoomed

SHAPE = (8, 16, 20)
GRID = make_grid(SHAPE, (3.0, 1.0, 0.5), (-10, -20, 30))
CT = make_image(SHAPE, name="ct", modality="CT", unit="HU", seed=1, grid=GRID)
MR = make_image((4, 16, 20), name="mr", seed=2, grid=make_grid((4, 16, 20), (6, 1, 0.5)))


PAIRED = together(CT, replace(MR, grid=make_grid((4, 16, 20), (6, 1, 0.5), (-10, -20, 30))))


def test_every_image_and_the_pair_go_into_the_plane() -> None:
    state = planes.with_plane(PAIRED, "coronal")
    assert state.pair is not None and state.slice_count == 16
    assert [slot.drawn.shape for slot in state.slots] == [(16, 8, 20), (16, 8, 20)]
    assert state.slots[0].drawn is state.pair.a and state.slots[1].drawn is state.pair.b
    assert np.array_equal(state.pair.a.values[5, 0], CT.values[7, 5])  # the head is up


def test_going_back_gives_the_very_images_that_were_stored() -> None:
    back = planes.with_plane(planes.with_plane(PAIRED, "sagittal"), "")
    assert back.pair is PAIRED.pair
    assert [s.drawn for s in back.slots] == [s.drawn for s in PAIRED.slots]
    assert planes.with_plane(PAIRED, "axial").pair is PAIRED.pair


@given(
    st.tuples(st.integers(0, 7), st.floats(0, 15), st.floats(0, 19)),
    st.lists(st.sampled_from(["", *PLANES]), max_size=5),
)
def test_the_crosshair_stays_at_its_place_in_the_patient(
    at: tuple[int, float, float], way: list[str]
) -> None:
    state = pointed(PAIRED, Place(*at))
    expected = GRID.position(at)
    for plane in way:
        state = planes.with_plane(state, plane)  # type: ignore[arg-type]
        grid, here = state.place_grid, state.crosshair
        assert grid is not None and here is not None
        assert grid.position((here.slice, here.row, here.col)) == pytest.approx(expected)
        assert state.slice_index == round(here.slice)


def test_without_a_crosshair_the_middle_of_the_slice_is_the_place() -> None:
    state = planes.with_plane(at_slice(PAIRED, 2), "coronal")
    assert state.slice_index == 8 and state.crosshair is None


def test_what_lies_under_the_cursor_is_the_native_voxel_in_every_plane() -> None:
    for plane in PLANES:
        slot = planes.with_plane(PAIRED, plane).slots[0]  # type: ignore[arg-type]
        for index in ((0, 0, 0), (3, 5, 7), (7, 2, 1)):
            read = value_at(slot.native, index, slot.drawn.grid)
            assert read.value == slot.drawn.values[index]


def test_one_image_alone_can_be_turned_as_well() -> None:
    state = planes.with_plane(together(CT), "sagittal")
    assert state.slots[0].drawn.shape == (20, 8, 16)
    assert state.slice_count == 20 and state.plane == "sagittal"


def test_an_image_that_comes_later_goes_into_the_same_plane() -> None:
    state = opened(
        planes.with_plane(together(CT), "coronal"), replace(MR, grid=GRID, values=CT.values + 1)
    )
    state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    assert state.pair is not None and state.pair.shape == (16, 8, 20)
    assert {slot.drawn.shape for slot in state.slots} == {(16, 8, 20)}


def test_pictures_without_geometry_have_no_planes() -> None:
    state = together(make_image((5, 6, 7)))
    assert not planes.has_planes(state)
    assert planes.with_plane(state, "coronal") == state
    assert planes.shown_plane(state) is None


def test_the_letters_follow_the_plane() -> None:
    edges = {}
    for plane in PLANES:
        found = source_captions(planes.with_plane(PAIRED, plane), "A", 1.0, None).letters  # type: ignore[arg-type]
        edges[plane] = found.top + found.bottom + found.left + found.right
    assert edges == {"axial": "APRL", "coronal": "HFRL", "sagittal": "HFAP"}


def test_another_plane_is_one_step_of_undo() -> None:
    history = recorded(History(PAIRED), planes.with_plane(PAIRED, "coronal"))
    assert history.now.plane == "coronal"
    assert undone(history).now == PAIRED


def test_a_magnified_view_stays_on_the_crosshair() -> None:
    state = zoomed(pointed(PAIRED, Place(2, 4, 15)), 4)
    view = planes.with_plane(state, "sagittal").view
    assert view.zoom == 4
    assert (view.row, view.col) == pytest.approx((5.5 / 8, 4.5 / 16))  # 2 of 8 from the feet


def test_thick_slices_are_of_one_thickness_in_all_images_also_new_ones() -> None:
    state = planes.slab_step(together(CT), 1)
    assert planes.slab_of(state) == Slab(2.0, "mean")
    state = opened(planes.with_slab_kind(state, "maximum"), MR)
    assert {slot.look.slab for slot in state.slots} == {Slab(2.0, "maximum")}
    assert planes.slab_of(planes.slab_step(state, -1)) == Slab(0.0, "maximum")


def test_what_is_fused_depends_on_plane_and_thickness() -> None:
    states = [PAIRED, planes.with_plane(PAIRED, "coronal"), planes.slab_step(PAIRED, 1)]
    keys = {state.request.key for state in states if state.request is not None}
    assert len(keys) == 3


def test_an_export_says_how_thick_its_slices_are() -> None:
    request = planes.with_slab_kind(PAIRED, "maximum").request
    assert request is not None
    assert request.notes[-1] == "Slab 10 mm, maximum, shown as one slice."
    assert PAIRED.request is not None and PAIRED.pair is not None
    assert PAIRED.request.notes == PAIRED.pair.notes


def test_the_picture_turns_and_mirrors_and_comes_back() -> None:
    state = rotated(rotated(PAIRED, 1), 3)
    assert state.view == PAIRED.view
    assert mirrored(mirrored(rotated(PAIRED, 1))).view == rotated(PAIRED, 1).view
    upside_down = mirrored(PAIRED, upright=True).view
    assert (upside_down.turns, upside_down.mirrored) == (2, True)


@pytest.mark.parametrize(
    ("change", "value"),
    [(with_layout, "circle"), (with_interpolation, "magic"), (planes.with_plane, "frontal")],
)
def test_what_does_not_exist_is_a_mistake_of_the_caller(change, value: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=value):
        change(PAIRED, value)


@pytest.mark.parametrize("count", [1, 2])
def test_a_session_brings_back_plane_layout_and_place(count: int, tmp_path: Path) -> None:
    images = []
    for modality, image in (("CT", CT), ("MR", replace(CT, modality="MR", values=CT.values + 1))):
        path = tmp_path / f"{modality}.bin"
        path.write_bytes(modality.encode())
        images.append(replace(image, source=Source(paths=(path,))))
    state = planes.with_plane(pointed(together(*images[:count]), Place(6, 13, 2)), "sagittal")
    state = with_interpolation(with_layout(rotated(state, 1), "planes"), "off")
    by_path = {image.source.paths[0]: image for image in images}
    text = text_of(session_of(state, [digest(i.source.paths) for i in state.natives]), tmp_path)
    (tmp_path / "one.fvsession").write_text(text, encoding="utf-8")

    session = read_session(tmp_path / "one.fvsession")
    found = reopened(session, lambda paths, _check: [by_path[path] for path in paths])
    back = restored(found, planes.with_plane(PAIRED, "coronal"))  # over what was open
    after = back.state
    if after.pairing_due:
        after = with_pairing(after, find_pair(after.natives, after.fused_slots))

    assert back.notes == ()
    for name in ("plane", "layout", "interpolation", "view", "slice_index", "crosshair"):
        assert getattr(after, name) == getattr(state, name), name
    assert [slot.drawn.shape for slot in after.slots] == [(20, 8, 16)] * count
    assert (after.stored_pair is None) == (count == 1)


class TestOblique:
    """A volume tilted by more than a degree: resliced in named planes, as it was stored otherwise."""

    TURN = rotation((0, 0, 14)) @ rotation((9, 0, 0))
    TILTED = replace(GRID, axes=GRID.axes @ TURN.T)
    CT, MR = (
        replace(CT, grid=TILTED),
        replace(CT, name="mr", modality="MR", values=CT.values + 1, grid=TILTED),
    )

    def test_as_stored_it_keeps_its_voxels_and_says_how_oblique(self) -> None:
        state = together(self.CT, self.MR)
        assert state.pair is not None and state.pair.a is self.CT
        assert "° oblique" in source_captions(state, "A", 1.0, None).bottom_left[0]
        assert planes.is_shown_obliquely(state)

    @pytest.mark.parametrize("plane", PLANES)
    def test_a_plane_is_the_patients_and_said_to_be_resampled(self, plane: PlaneName) -> None:
        state = planes.with_plane(together(self.CT, self.MR), plane)
        assert state.pair is not None and state.pair.grid is not None
        assert np.abs(state.pair.grid.axes).max(axis=1) == pytest.approx((1, 1, 1))
        assert [slot.drawn for slot in state.slots] == [state.pair.a, state.pair.b]
        captions = source_captions(state, "A", 1.0, None)
        assert "oblique" not in captions.bottom_left[0]
        assert UPRIGHT in captions.warnings and UPRIGHT in state.pair.notes
        assert not planes.is_shown_obliquely(state)
        assert state.pair.native == (self.CT, self.MR)

    def test_what_takes_time_was_worked_out_by_the_worker_that_made_the_pair(self) -> None:
        """Captions are drawn by the window: there, nothing is measured again."""
        ct = replace(self.CT)  # whose voxels nobody has looked at yet
        stored = find_pair((ct, self.MR), (0, 1)).pair
        assert stored is not None and "lowest" in vars(ct)
        state = planes.with_plane(together(ct, self.MR), "coronal")
        assert state.pair is not None and state.stored_pair is not None
        assert vars(state.pair)["card"] is state.stored_pair.card

    def test_numbers_under_the_cursor_are_native(self) -> None:
        slot = planes.with_plane(together(self.CT), "coronal").slots[0]
        grid = slot.drawn.grid
        assert grid is not None
        for voxel in ((2, 5, 7), (6, 3, 11), (4, 12, 2)):
            read = value_at(slot.native, tuple(grid.index(self.TILTED.position(voxel))), grid)  # type: ignore[arg-type]
            assert read.index == voxel and read.value == CT.values[voxel]

    def test_going_back_gives_the_very_images(self) -> None:
        state = together(self.CT, self.MR)
        back = planes.with_plane(planes.with_plane(state, "axial"), "")
        assert back.pair is state.pair and back.slots == state.slots

    def test_three_planes_are_the_patients_even_as_stored(self) -> None:
        state = with_layout(together(self.CT, self.MR), "planes")
        assert state.plane == "" and not planes.is_shown_obliquely(state)
        back = with_layout(state, "row")
        assert planes.is_shown_obliquely(back)

    def test_three_planes_are_one_step_of_undo_and_end_what_could_be_redone(self) -> None:
        stored = together(self.CT, self.MR)
        history = undone(recorded(History(stored), scrolled(stored, 1)))
        assert history.future
        history = recorded(history, with_layout(stored, "planes"))
        assert history.now.layout == "planes" and not history.future
        assert undone(history).now == stored

    @given(st.lists(st.sampled_from(["", *PLANES]), max_size=5))
    def test_the_crosshair_stays_at_its_place(self, way: list[str]) -> None:
        state = pointed(together(self.CT, self.MR), Place(4, 7.0, 9.0))
        for plane in way:
            state = planes.with_plane(state, plane)  # type: ignore[arg-type]
        grid, here = state.place_grid, state.crosshair
        assert grid is not None and here is not None
        found = grid.position((here.slice, here.row, here.col))
        assert found == pytest.approx(self.TILTED.position((4, 7.0, 9.0)))

    def test_an_image_on_another_grid_is_resampled_once_from_its_own_voxels(self) -> None:
        other = replace(
            MR,
            grid=replace(
                make_grid((4, 16, 20), (6, 1, 0.5), (-10, -20, 30)), axes=self.TILTED.axes
            ),
        )
        pair = planes.with_plane(together(self.CT, other), "axial").pair
        assert pair is not None
        assert pair.b.notes == (UPRIGHT,)

    def test_a_tilt_of_less_than_a_degree_is_none(self) -> None:
        almost = replace(GRID, axes=GRID.axes @ rotation((0.6, 0, 0)).T)
        state = planes.with_plane(together(replace(CT, grid=almost)), "coronal")
        assert state.slots[0].drawn.values.base is not None  # a view of the stored values
        assert UPRIGHT not in state.slots[0].drawn.notes
