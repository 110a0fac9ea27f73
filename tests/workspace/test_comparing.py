"""What is compared has a name that says how it was fused."""

from builders import make_image, make_small_pair, together

from fusionviewer.workspace import comparing
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import closed, opened
from fusionviewer.workspace.comparing import party_name
from fusionviewer.workspace.state import FUSED, ViewState


def test_a_setting_that_was_kept_is_named_where_its_method_is_compared_with() -> None:
    state = ViewState(method="clarus", strategy="")
    for image in (make_small_pair().a, make_small_pair().b):
        state = opened(state, image)
    state = change.with_option(state, "residual", 0.0)
    assert party_name(state, FUSED) == "fused: Clarus, Correction off"
    state = change.with_method(state, "average")
    state = comparing.with_other(state, "clarus", "")
    assert party_name(state, "other") == "Clarus, Correction off"
    assert party_name(state, FUSED) == "fused: Average"


def test_a_comparison_with_an_image_that_is_closed_goes_on_with_those_that_are_there() -> None:
    pair = make_small_pair()
    pet = make_image(pair.shape, name="pet", modality="PT", seed=3, grid=pair.grid)
    state = together(pair.a, pair.b, pet)
    state = comparing.with_mode(comparing.with_parties(state, "C", FUSED), "curtain")
    state = closed(state, 2)
    assert (state.comparison.mode, state.comparison.first, state.comparison.second) == (
        "curtain",
        "A",
        "B",
    )
