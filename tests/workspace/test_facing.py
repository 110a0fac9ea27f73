"""Stored slices are turned as radiologists look at them; their file's own way is one key away."""

from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from builders import make_grid, make_image, together

from fusionviewer.imaging.geometry import Grid, letters, sides
from fusionviewer.imaging.image import SIDES_DISAGREE, Image, Source
from fusionviewer.imaging.native import value_at
from fusionviewer.imaging.planes import (
    AS_STORED,
    Order,
    facing,
    facing_order,
    reordered,
    stored_plane,
)
from fusionviewer.imaging.transform import rotation
from fusionviewer.imaging.upright import UPRIGHT
from fusionviewer.workspace import planes
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.captions import fused_captions, source_captions
from fusionviewer.workspace.history import History, recorded, undone
from fusionviewer.workspace.layouts import with_layout
from fusionviewer.workspace.session import digest, read_session, session_of, text_of
from fusionviewer.workspace.session_restore import reopened, restored
from fusionviewer.workspace.state import Place, View, ViewState, at_slice, pointed

SHAPE = (6, 8, 10)
RADIOLOGICAL = {"axial": "APRL", "coronal": "HFRL", "sagittal": "HFAP"}
ORDERS = [
    Order((p[0], p[1], p[2]), (r[0], r[1], r[2]))
    for p, r in product(permutations(range(3)), product((False, True), repeat=3))
]
# A NIfTI file in RAS: rows grow to the nose and columns to the patient's right-hand side.
RAS = Order((0, 1, 2), (False, True, True))


def ras(seed: int = 1, degrees: float = 0.0, **more: object) -> Image:
    grid = make_grid(SHAPE, (3.0, 1.0, 0.5), (-20, 5, 7))
    turn = rotation([degrees, 0.0, 0.0])
    tilted = Grid(grid.shape, grid.spacing, grid.origin, grid.axes @ turn.T)
    stored = reordered(make_image(SHAPE, seed=seed, grid=tilted), RAS)
    return replace(stored, **more)


def edges(state: ViewState, pane: str = "A") -> str:
    found = source_captions(state, pane, 1.0, None).letters  # type: ignore[arg-type]
    return found.top + found.bottom + found.left + found.right


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_way_of_storing_opens_in_the_plane_of_its_slices(order: Order) -> None:
    image = reordered(make_image(SHAPE, grid=make_grid(SHAPE, (3.0, 1.0, 0.5))), order)
    state = together(image)
    assert image.grid is not None
    assert edges(state) == RADIOLOGICAL[stored_plane(image.grid)]
    assert edges(planes.with_plane(state, "axial")) == "APRL"
    for stored, drawn in zip(image.values, state.slots[0].drawn.values, strict=True):
        assert np.array_equal(
            np.sort(stored, axis=None), np.sort(drawn, axis=None)
        )  # slices keep their numbers


@pytest.mark.parametrize("degrees", [0.0, 19.0, 40.0])
def test_oblique_slices_are_turned_and_never_resampled(degrees: float) -> None:
    state = together(ras(1, degrees), ras(2, degrees))
    assert edges(state)[0] == "A" and edges(state)[-1] == "L"
    for slot in state.slots:
        assert np.array_equal(slot.drawn.values, slot.native.values[:, ::-1, ::-1])
        assert UPRIGHT not in slot.drawn.notes
    assert state.pair is not None
    assert state.pair.a is state.slots[0].drawn


def test_what_lies_as_expected_is_left_as_it_is() -> None:
    image = make_image(SHAPE, grid=make_grid(SHAPE))
    assert facing(image) is image and facing_order(make_grid(SHAPE)) == AS_STORED
    reversed_slices = reordered(image, Order((0, 1, 2), (True, False, False)))
    assert facing(reversed_slices) is reversed_slices
    assert planes.is_as_stored(together(image))


def test_slices_of_a_doubly_oblique_volume_stay_slices() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        axes, _r = np.linalg.qr(rng.normal(size=(3, 3)))
        order = facing_order(Grid(SHAPE, np.ones(3), np.zeros(3), axes))
        assert order.indices[0] == 0 and sorted(order.indices) == [0, 1, 2]


def test_pictures_of_unknown_geometry_stay_as_they_are_stored() -> None:
    image = make_image(SHAPE)
    state = together(image)
    assert state.slots[0].drawn is image and not planes.turns(state)


def test_as_stored_is_one_key_away_and_another_one_back() -> None:
    state = together(ras(1), ras(2))
    assert not planes.is_as_stored(state)
    raw = planes.as_stored(state)
    assert raw.plane == "stored" and planes.is_as_stored(raw)
    assert edges(raw) == "PALR"
    assert raw.pair is raw.stored_pair
    assert "As stored" in source_captions(raw, "A", 1.0, None).bottom_left[0]
    assert edges(planes.as_stored(raw)) == "APRL"


def test_as_stored_is_the_plain_plane_where_nothing_has_to_be_turned() -> None:
    state = together(make_image(SHAPE, grid=make_grid(SHAPE)))
    assert planes.as_stored(planes.with_plane(state, "coronal")).plane == ""
    assert planes.as_stored(state) is state


def test_place_and_value_under_the_crosshair_stay() -> None:
    state = pointed(together(ras(1), ras(2)), Place(4, 2, 7))
    slot = state.slots[0]
    read = value_at(slot.native, (4, 2, 7), slot.drawn.grid)
    raw = planes.as_stored(state)
    assert raw.crosshair == Place(4, 5, 2)
    assert slot.native.values[4, 5, 2] == read.value == slot.drawn.values[4, 2, 7]


def test_a_single_slice_is_turned_as_well() -> None:
    grid = make_grid((1, 8, 10))
    image = reordered(make_image((1, 8, 10), grid=grid), RAS)
    state = together(image)
    assert edges(state) == "APRL"
    assert planes.as_stored(state).plane == "stored"


def test_images_that_do_not_go_together_are_turned_each_by_itself() -> None:
    mine = ras(1, source=Source(frame_of_reference_uid="1.2"))
    other = ras(2, source=Source(frame_of_reference_uid="1.3"))
    state = opened(together(mine), other)
    assert edges(state, "B") == "APRL"  # while nobody knows yet
    state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    assert state.refusal is not None
    assert edges(state, "A") == edges(state, "B") == "APRL"


def test_three_planes_are_those_of_the_patient() -> None:
    state = with_layout(together(ras(1, 19.0)), "planes")
    assert edges(state) == "APRL"
    assert [edges(planes.seen_in(state, p)) for p in ("coronal", "sagittal")] == ["HFRL", "HFAP"]


def test_as_stored_is_one_step_of_undo() -> None:
    state = together(ras(1), ras(2))
    history = recorded(History(state), planes.as_stored(state))
    assert undone(history).now is state


def test_a_session_brings_the_file_s_own_way_back(tmp_path: Path) -> None:
    files = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.nii"
        path.write_bytes(bytes([seed]))
        files.append(ras(seed, source=Source(paths=(path,))))
    state = at_slice(planes.as_stored(together(*files)), 4)
    found = there_and_back(state, files, tmp_path / "a.session")
    assert (found.plane, found.slice_index, edges(found)) == ("stored", 4, "PALR")


@pytest.mark.parametrize("count", [1, 2])
def test_a_session_of_unturned_slices_brings_place_and_view_back(
    tmp_path: Path, count: int
) -> None:
    files = []
    for seed in range(1, count + 1):
        path = tmp_path / f"{seed}.nii"
        path.write_bytes(bytes([seed]))
        files.append(ras(seed, source=Source(paths=(path,))))
    state = pointed(planes.as_stored(together(*files)), Place(4, 2, 7))
    state = replace(state, view=View(4.0, 0.2, 0.25, 1, True))
    unturned = replace(state, plane="")  # as it was when slices opened as they are stored
    back = there_and_back(unturned, files, tmp_path / "a.session")
    assert (back.plane, back.slice_index, back.crosshair) == ("stored", 4, Place(4, 2, 7))
    assert back.view == state.view and edges(back) == edges(state)
    turned = replace(together(*files), view=state.view)
    back = there_and_back(turned, files, tmp_path / "b.session")
    assert (back.plane, back.view, edges(back)) == ("", turned.view, edges(turned))


def there_and_back(state: ViewState, files: list[Image], place: Path) -> ViewState:
    digests = [digest(file.source.paths) for file in files]
    place.write_text(text_of(session_of(state, digests), place.parent), encoding="utf-8")
    back = restored(
        reopened(read_session(place), lambda paths, _c: [files[int(paths[0].stem) - 1]])
    )
    assert not back.notes
    if len(files) == 1:
        return back.state
    return with_pairing(back.state, find_pair(back.state.natives, back.state.fused_slots))


def test_the_sides_of_a_picture_are_said_in_letters() -> None:
    grid = facing(ras()).grid
    assert grid is not None
    assert sides(grid) == "R left, L right, A up, P down"
    assert letters(grid.axes[0]) == "H"


def test_sides_that_a_file_contradicts_are_doubted_on_the_fused_image_and_in_exports() -> None:
    state = together(ras(1, notes=(SIDES_DISAGREE, "Lossy compressed.")), ras(2))
    assert SIDES_DISAGREE in fused_captions(state, 1.0, None, None).warnings
    assert state.request is not None
    assert SIDES_DISAGREE in state.request.notes
    assert "Lossy compressed." not in state.request.notes
