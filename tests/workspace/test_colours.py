"""Colours of PET and SPECT kept or not, from the state to the request and into exports."""

from dataclasses import replace

from builders import PLAIN, make_small_pair

from fusionviewer.engine.export import provenance
from fusionviewer.workspace.colours import is_coloured, with_colours_toggled
from fusionviewer.workspace.state import Slot, ViewState


def paired(palette: str) -> ViewState:
    pair = make_small_pair()
    slots = (Slot(pair.a, replace(PLAIN, palette=palette)), Slot(pair.b, PLAIN))
    return ViewState(slots=slots, pair=pair, method="average", strategy="")


def test_colours_are_kept_until_the_luminance_of_the_papers_is_asked_for() -> None:
    kept = paired("hot-iron").request
    luminance = with_colours_toggled(paired("hot-iron")).request
    assert kept is not None
    assert luminance is not None
    assert (kept.colours, luminance.colours) == ("kept", "luminance")
    assert kept.key != luminance.key
    state = paired("hot-iron")
    assert with_colours_toggled(with_colours_toggled(state)) == state


def test_it_is_offered_only_where_there_is_colour() -> None:
    assert is_coloured(paired("hot-iron"))
    assert not is_coloured(paired(""))
    assert not is_coloured(replace(paired("hot-iron"), method="alpha"))
    assert not is_coloured(ViewState())


def test_exports_tell_what_was_done_to_colours_where_there_are_any() -> None:
    kept, plain = paired("hot-iron").request, paired("").request
    assert kept is not None
    assert plain is not None
    assert "Colours: brightness limited" in provenance(kept).sentence()
    assert "Colours" not in provenance(plain).entries()
