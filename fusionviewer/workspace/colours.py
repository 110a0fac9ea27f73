"""What gives way where PET or SPECT lies under a bright image: brightness, or colour."""

from dataclasses import replace

from fusionviewer.workspace.state import ViewState


def is_coloured(state: ViewState) -> bool:
    """Whether one of the images that are fused is in colour."""
    return state.request is not None and state.request.coloured


def with_colours_toggled(state: ViewState) -> ViewState:
    """Colours kept, or the luminance as it was fused, as in the papers."""
    return replace(state, colours="luminance" if state.colours == "kept" else "kept")
