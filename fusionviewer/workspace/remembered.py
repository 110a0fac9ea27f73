"""What of the screen is remembered from one start to the next."""

from fusionviewer.fusion.methods import METHODS
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import ViewState, with_method, with_strategy

RECENT = 5


def opening_state(settings: Settings) -> ViewState:
    """An empty screen with the texts, method and strategy of the last time."""
    state = ViewState(texts=settings.texts)
    if settings.method in METHODS:
        state = with_method(state, settings.method)
    if settings.strategy in METHODS[state.method].strategies:
        state = with_strategy(state, settings.strategy)
    return state


def remembered(
    settings: Settings, state: ViewState, size: tuple[int, int], maximized: bool
) -> Settings:
    """The settings after a session that ended with `state` in a window of `size`."""
    recent = [state.method, *(name for name in settings.recent_methods if name != state.method)]
    values = settings.model_dump() | {
        "width": max(size[0], 640),
        "height": max(size[1], 480),
        "maximized": maximized,
        "texts": state.texts,
        "method": state.method,
        "strategy": state.strategy,
        "recent_methods": tuple(recent[:RECENT]),
    }
    return Settings.model_validate(values)
