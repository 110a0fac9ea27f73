from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from builders import make_grid, make_image

from fusionviewer.imaging.image import Image, Patient, Source
from fusionviewer.imaging.pair import Alignment
from fusionviewer.workspace.arrangement import (
    closed,
    confirmed,
    find_pair,
    is_as_placed,
    opened,
    taken_as_placed,
    with_fused_slots,
    with_pairing,
)
from fusionviewer.workspace.history import History, recorded, redone, undone
from fusionviewer.workspace.state import (
    Place,
    ViewState,
    alone,
    at_slice,
    linked,
    pane_slice,
    pointed,
    scrolled,
    scrolled_in,
)

GRID = make_grid((8, 16, 20))
CT = make_image((8, 16, 20), name="ct", modality="CT", unit="HU", seed=1, grid=GRID)
MR = make_image((8, 16, 20), name="mr", modality="MR", seed=2, grid=GRID)
PET = make_image((8, 16, 20), name="pet", modality="PT", unit="SUV", seed=3, grid=GRID)


def open_all(*images: Image) -> ViewState:
    state = ViewState()
    for image in images:
        state = opened(state, image)
    return state


def paired(state: ViewState) -> ViewState:
    asked = (state.natives, state.fused_slots, state.confirmed, is_as_placed(state))
    return with_pairing(state, find_pair(*asked))


@pytest.mark.parametrize("order", [*permutations((CT, MR, PET))], ids=lambda o: o[0].name)
def test_panes_go_by_modality_whatever_is_opened_first(order: tuple[Image, ...]) -> None:
    assert [image.name for image in open_all(*order).natives] == ["ct", "mr", "pet"]


def test_a_coloured_picture_is_the_overlay_whatever_its_modality() -> None:
    rgb = np.zeros((1, 4, 4, 3), dtype=np.uint8)
    grey = make_image((1, 4, 4), modality="OT", seed=1)
    coloured = replace(make_image((1, 4, 4), modality="OT", seed=2), rgb=rgb)
    assert open_all(coloured, grey).natives == (grey, coloured)


def test_the_pair_stays_when_a_third_image_comes() -> None:
    state = open_all(PET, MR, CT)
    assert [state.natives[i].name for i in state.fused_slots] == ["mr", "pet"]


def test_a_fourth_image_takes_the_place_of_its_modality() -> None:
    another = make_image((8, 16, 20), name="another mr", seed=9, grid=GRID)
    state = opened(open_all(CT, MR, PET), another)
    assert [image.name for image in state.natives] == ["ct", "another mr", "pet"]
    assert state.fused_slots == (0, 1)


def test_the_same_image_is_opened_once() -> None:
    again = make_image((8, 16, 20), name="copy", modality="CT", unit="HU", seed=1, grid=GRID)
    state = open_all(CT)
    assert opened(state, again) == state


def test_closing_leaves_the_others_and_what_they_look_like() -> None:
    state = closed(paired(open_all(CT, MR, PET)), 1)
    assert [image.name for image in state.natives] == ["ct", "pet"]
    assert state.pairing_due
    assert closed(closed(state, 0), 0).slots == ()


def test_images_of_one_grid_are_paired_as_they_are() -> None:
    state = paired(open_all(CT, MR))
    assert state.pair is not None
    assert state.slots[0].drawn is CT
    assert not state.pairing_due


def test_the_answer_to_an_older_question_changes_nothing() -> None:
    old = open_all(CT, MR)
    answer = find_pair(old.natives, old.fused_slots)
    now = closed(opened(old, PET), 1)
    assert with_pairing(now, answer) == now


def test_a_coarser_image_is_brought_onto_the_finer_grid_and_so_is_the_third() -> None:
    coarse = make_grid((4, 8, 10), spacing=(6.0, 2.0, 2.0))
    pet = make_image((4, 8, 10), name="pet", modality="PT", unit="SUV", seed=3, grid=coarse)
    mr = make_image((4, 8, 10), name="mr", seed=4, grid=coarse)
    state = paired(open_all(CT, mr, pet))

    assert state.pair.shape == (8, 16, 20)
    assert [slot.drawn.shape for slot in state.slots] == [(8, 16, 20)] * 3
    assert state.slots[2].native is pet
    assert all(linked(state, pane) for pane in ("A", "B", "C", "fused"))


def test_a_third_picture_of_another_size_is_shown_by_itself() -> None:
    flat = [make_image((1, 8, 8), name=n, modality=m, seed=i) for i, (n, m) in enumerate(
        (("ct", "CT"), ("mr", "MR")))]  # fmt: skip
    odd = make_image((1, 5, 6), name="spect", modality="NM", seed=7)
    state = paired(open_all(*flat, odd))
    assert state.pair is not None
    assert not linked(state, "C")
    assert state.slots[2].drawn is odd


def test_an_image_beside_the_pair_scrolls_by_itself_to_its_ends() -> None:
    flat = [make_image((3, 8, 8), name=n, modality=m, seed=i) for i, (n, m) in enumerate(
        (("ct", "CT"), ("mr", "MR")))]  # fmt: skip
    longer = make_image((9, 5, 6), name="spect", modality="NM", seed=7)
    state = at_slice(paired(open_all(*flat, longer)), 0)
    assert alone(state, "C")
    assert pane_slice(state, "C") == 4  # the middle one

    further = scrolled_in(state, "C", 2)
    assert [pane_slice(further, pane) for pane in ("A", "B", "C", "fused")] == [0, 0, 6, 0]
    assert pane_slice(scrolled_in(further, "C", 100), "C") == 8
    assert pane_slice(scrolled_in(further, "C", -100), "C") == 0
    both = scrolled_in(further, "A", 1)
    assert [pane_slice(both, pane) for pane in ("A", "B", "C", "fused")] == [1, 1, 6, 1]
    moved_on = recorded(recorded(History(state), further), scrolled_in(further, "C", 1))
    assert len(moved_on.past) == 1


def test_the_place_in_the_patient_stays_when_a_finer_image_comes_and_goes() -> None:
    coarse = make_grid((4, 8, 10), spacing=(6.0, 2.0, 2.0))
    pet = make_image((4, 8, 10), name="pet", modality="PT", seed=3, grid=coarse)
    single = pointed(open_all(pet), Place(2, 3, 4))  # 12 mm up, row at 6 mm, column at 8 mm

    both = paired(opened(single, CT))  # its voxels are 3 mm and 1 mm apart
    assert (both.slice_index, both.crosshair) == (4, Place(4, 6, 8))

    again = closed(scrolled(both, -2), 0)
    assert (again.slice_index, again.crosshair) == (1, Place(1, 3, 4))
    assert again.slots[0].drawn is pet


def test_different_patients_are_refused_until_confirmed() -> None:
    jane = replace(CT, patient=Patient(id="1", name="DOE^JANE"))
    rita = replace(MR, patient=Patient(id="2", name="ROE^RITA"))
    state = paired(open_all(jane, rita))
    assert state.refusal is not None and state.refusal.asks == "patients"
    assert state.request is None

    state = paired(confirmed(state))
    assert state.pair is not None and "Different patients." in state.pair.notes


class TestDifferentFrames:
    CT = replace(CT, source=Source(frame_of_reference_uid="1.2"))
    MR = replace(MR, source=Source(frame_of_reference_uid="1.3"))
    PET = replace(PET, source=Source(frame_of_reference_uid="1.2"))

    def test_they_are_refused_until_the_reader_takes_them_as_placed(self) -> None:
        state = paired(open_all(self.CT, self.MR))
        assert state.refusal is not None and state.refusal.asks == "frames"
        assert state.request is None and state.pair is None

        state = paired(taken_as_placed(state))
        assert state.pair is not None and state.pair.alignment is Alignment.AS_PLACED

    def test_it_is_remembered_for_these_two_and_no_others(self) -> None:
        state = paired(taken_as_placed(paired(open_all(self.CT, self.MR, self.PET))))
        other = paired(with_fused_slots(state, 1, 2))  # MR and PET
        assert other.refusal is not None and other.refusal.asks == "frames"
        again = paired(with_fused_slots(other, 1, 0))  # the same two, the other way round
        assert again.pair is not None

    def test_a_third_image_of_another_frame_is_shown_as_it_was_read(self) -> None:
        state = paired(with_fused_slots(open_all(self.CT, self.MR, self.PET), 0, 2))
        assert state.pair is not None
        assert [linked(state, pane) for pane in ("A", "B", "C")] == [True, False, True]

    def test_it_can_be_undone(self) -> None:
        history = History(paired(open_all(self.CT, self.MR)))
        history = recorded(history, taken_as_placed(history.now))
        history = recorded(history, paired(history.now))
        assert history.now.pair is not None
        back = undone(history).now
        assert back.pair is None and back.refusal is not None
        assert redone(undone(history)).now.pair is not None


def test_a_confirmation_does_not_reach_the_next_image() -> None:
    jane = replace(CT, patient=Patient(id="1", name="DOE^JANE"))
    rita = replace(MR, patient=Patient(id="2", name="ROE^RITA"))
    state = confirmed(paired(open_all(jane, rita)))
    other = replace(PET, patient=Patient(id="3", name="POE^ANNA"))
    assert not opened(state, other).confirmed


def test_pictures_of_different_sizes_are_refused_with_their_names() -> None:
    small = make_image((1, 4, 4), name="small", seed=5)
    large = make_image((1, 8, 8), name="large", modality="CT", seed=6)
    refusal = paired(open_all(small, large)).refusal
    assert refusal is not None and not refusal.asks
    assert "small" in refusal.text and "8×8" in refusal.text and refusal.hint


def test_another_two_can_be_fused_but_not_one_with_itself() -> None:
    state = paired(open_all(CT, MR, PET))
    other = with_fused_slots(state, 1, 2)
    assert other.pairing_due and other.fused_slots == (1, 2)
    for first, second in ((1, 1), (0, 3), (-1, 0)):
        with pytest.raises(ValueError, match="cannot fuse"):
            with_fused_slots(state, first, second)


def test_a_shorter_image_that_is_not_paired_stays_on_its_last_slice() -> None:
    short = make_image((2, 4, 4), name="short", modality="CT", seed=5)
    state = paired(open_all(short, make_image((6, 9, 9), name="long", seed=6)))
    state = scrolled(state, 50)
    assert pane_slice(state, "A") == 1
    assert pane_slice(state, "B") == 5
