"""Whether the slices of a volume are weighed one by one, or all at once."""

from dataclasses import replace

from fusionviewer.engine.request import has_volume_weight
from fusionviewer.workspace.state import ViewState


def has_one_weight(state: ViewState) -> bool:
    """Whether there are several slices, and the strategy can weigh them all at once."""
    several = state.pair is not None and state.pair.shape[0] > 1
    return several and has_volume_weight(state.method, state.strategy)


def with_one_weight_toggled(state: ViewState) -> ViewState:
    """Slice by slice, or all at once so that grey levels do not jump between neighbours."""
    return replace(state, one_weight=not state.one_weight)
