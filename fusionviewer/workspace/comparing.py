"""Every way in which the comparison on the fused pane can change."""

from dataclasses import replace

from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.methods import METHODS, default_strategy
from fusionviewer.imaging.compare import MODES
from fusionviewer.texts import text as _
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.method_options import chosen_of, method_words
from fusionviewer.workspace.state import (
    FUSED,
    SOURCE_PANES,
    Comparison,
    Party,
    ViewState,
    linked,
)

STEPS = 20  # that a setting has between its limits, for keys


def is_known(comparison: Comparison) -> bool:
    """Whether there are such modes, methods and settings here."""
    other = METHODS.get(comparison.method)
    return (
        comparison.mode in ("", *MODES)
        and comparison.last in MODES
        and other is not None
        and comparison.strategy in ("", *other.strategies)
        and all(_fits(*one) for one in comparison.settings)
    )


def _fits(mode: str, value: float) -> bool:
    known = MODES[mode].setting if mode in MODES else None
    return known is not None and known.low <= value <= known.high


def parties(state: ViewState) -> tuple[Party, ...]:
    """What can be compared: everything that lies pixel on pixel; nothing without a pair."""
    if state.pair is None:
        return ()
    open_panes = SOURCE_PANES[: len(state.slots)]
    return (*(pane for pane in open_panes if linked(state, pane)), FUSED, "other")


def party_name(state: ViewState, party: Party) -> str:
    """What a party is called on the screen: "A CT", "fused: EH-DRAN, Average"."""
    if party == "other":
        return method_words(state.comparison.method, state.comparison.strategy, state.options)
    if party == FUSED:
        shown = method_words(state.method, state.strategy, state.options)
        return _("fused: {method}", method=shown)
    return f"{party} {kind(state.slots[SOURCE_PANES.index(party)].native)}"


def legend(state: ViewState, second_is_on: bool = False) -> str:
    """What is shown where."""
    comparison = state.comparison
    first, second = (party_name(state, p) for p in (comparison.first, comparison.second))
    value = setting(comparison)
    return _(
        MODES[comparison.mode].legend,
        first=first,
        second=second,
        now=second if second_is_on else first,
        setting=f"{value:.0%}".replace("%", " %"),
        rest=f"{1 - value:.0%}".replace("%", " %"),
    )


def other_request(state: ViewState) -> FuseRequest | None:
    """The visible slice, fused with the other method; None where nobody wants to see it."""
    comparison, request = state.comparison, state.request
    wanted = comparison.mode and "other" in (comparison.first, comparison.second)
    if not wanted or request is None:
        return None
    return fused_with(state, request, comparison.method, comparison.strategy)


def fused_with(state: ViewState, request: FuseRequest, method: str, strategy: str) -> FuseRequest:
    """The same slice, fused otherwise, with the options of the state."""
    options = chosen_of(state.options, method, strategy)
    return replace(request, method=method, strategy=strategy, options=options)


def setting(comparison: Comparison) -> float:
    """What the reader has set of the mode; where it starts, when nothing was set."""
    known = MODES[comparison.mode].setting
    return dict(comparison.settings).get(comparison.mode, known.start if known else 0.0)


def with_mode(state: ViewState, mode: str) -> ViewState:
    """With a comparison of MODES on the fused pane, or none for "".

    It covers the fused picture, so what lies over that is taken away.

    Raises:
        ValueError: there is no such mode.
    """
    if mode and mode not in MODES:
        raise ValueError(f"no comparison is called {mode!r}; there are {', '.join(MODES)}")
    last = mode or state.comparison.mode or state.comparison.last
    changed = replace(state.comparison, mode=mode, last=last)
    return replace(state, comparison=changed, overlays=() if mode else state.overlays)


def toggled(state: ViewState) -> ViewState:
    """The comparison that was last shown, or none when one is."""
    return with_mode(state, "" if state.comparison.mode else state.comparison.last)


def next_mode(state: ViewState) -> ViewState:
    names = [*MODES]
    here = names.index(state.comparison.mode) if state.comparison.mode else -1
    return with_mode(state, names[(here + 1) % len(names)])


def with_parties(state: ViewState, first: Party, second: Party) -> ViewState:
    """With these two compared. One that both sides would have leaves the other side free."""
    comparison = state.comparison
    if first == second:
        first, second = (
            (first, comparison.first) if first != comparison.first else (comparison.second, second)
        )
    return replace(state, comparison=replace(comparison, first=first, second=second))


def swapped(state: ViewState) -> ViewState:
    comparison = state.comparison
    return with_parties(state, comparison.second, comparison.first)


def with_other(state: ViewState, method: str, strategy: str | None = None) -> ViewState:
    """With another method to compare with; its strategy stays where the method knows it.

    Raises:
        ValueError: no method has that name, or it does not know the strategy.
    """
    if method not in METHODS:
        raise ValueError(f"no method is called {method!r}; there are {', '.join(METHODS)}")
    known = METHODS[method].strategies
    if strategy is None:
        kept = state.comparison.strategy
        strategy = kept if kept in known else default_strategy(method)
    if strategy not in (known or ("",)):
        raise ValueError(f"{method} takes no strategy {strategy!r}")
    changed = replace(state.comparison, method=method, strategy=strategy)
    return replace(state, comparison=changed)


def with_setting(state: ViewState, value: float) -> ViewState:
    """With the mode's position, size, rate or opacity, kept within its limits."""
    comparison = state.comparison
    known = MODES[comparison.mode].setting if comparison.mode else None
    if known is None:
        return state
    value = min(max(value, known.low), known.high)
    settings = tuple(sorted((dict(comparison.settings) | {comparison.mode: value}).items()))
    return replace(state, comparison=replace(comparison, settings=settings))


def nudged(state: ViewState, steps: int) -> ViewState:
    """The setting a little more or less."""
    comparison = state.comparison
    known = MODES[comparison.mode].setting if comparison.mode else None
    if known is None:
        return state
    return with_setting(state, setting(comparison) + steps * (known.high - known.low) / STEPS)
