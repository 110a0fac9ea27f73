"""What of the screen is remembered from one start to the next."""

from fusionviewer.fusion.methods import METHODS
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import ViewState, with_method, with_strategy

RECENT = 5


def opening_state(settings: Settings) -> ViewState:
    """An empty screen with texts, tool, method and strategy as chosen, or as the last time."""
    state = ViewState(texts=settings.texts, tool=settings.left_drag)
    method, strategy = settings.method, settings.strategy
    if settings.start_method in METHODS:
        method, strategy = settings.start_method, settings.start_strategy
    if method in METHODS:
        state = with_method(state, method)
    if strategy in METHODS[state.method].strategies:
        state = with_strategy(state, strategy)
    return state


def remembered(settings: Settings, state: ViewState) -> Settings:
    """The settings after a session that ended with `state`."""
    recent = [state.method, *(name for name in settings.recent_methods if name != state.method)]
    values = settings.model_dump() | {
        "texts": state.texts,
        "method": state.method,
        "strategy": state.strategy,
        "recent_methods": tuple(recent[:RECENT]),
    }
    return Settings.model_validate(values)
