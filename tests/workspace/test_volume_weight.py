"""One weight for all slices, from the state to the request."""

from dataclasses import replace

from builders import PLAIN, make_small_pair

from fusionviewer.workspace.state import Slot, ViewState, with_strategy
from fusionviewer.workspace.volume_weight import has_one_weight, with_one_weight_toggled


def paired(shape: tuple[int, int, int] = (3, 16, 20)) -> ViewState:
    pair = make_small_pair(shape)
    state = ViewState(slots=(Slot(pair.a, PLAIN), Slot(pair.b, PLAIN)), pair=pair, method="eh-dran")
    return with_strategy(state, "sfnn-max")


def test_the_request_asks_for_it_and_for_slices_again() -> None:
    state = with_one_weight_toggled(paired())
    assert state.request is not None
    assert state.request.by_volume
    again = with_one_weight_toggled(state).request
    assert again is not None
    assert not again.by_volume


def test_it_is_offered_only_where_it_makes_a_difference() -> None:
    assert has_one_weight(paired())
    assert not has_one_weight(paired((1, 16, 20)))
    assert not has_one_weight(with_strategy(paired(), "l1-activity"))
    assert not has_one_weight(replace(paired(), method="average", strategy=""))
    assert not has_one_weight(ViewState())
