"""What was chosen about methods and strategies, kept while another one is looked at.

A state keeps every choice: of a method by its name ("alpha"), of a strategy by both names
("sfnn-local.power"), for strategies mean different things by one name.
"""

from fusionviewer.fusion.methods import METHODS, SELECTABLE, options_of
from fusionviewer.fusion.options import Chosen, Option, Value
from fusionviewer.texts import marked
from fusionviewer.texts import text as _


def chosen_of(kept: Chosen, method: str, strategy: str) -> Chosen:
    """The options of this method and strategy by their own names: as chosen, else their defaults."""
    options, values = options_of(method, strategy), dict(kept)
    chosen = {
        name: _fitting(option, values.get(_kept_name(name, method, strategy)))
        for name, option in options.items()
    }
    return tuple(sorted(chosen.items()))


def changed_of(kept: Chosen, method: str, strategy: str) -> Chosen:
    """Of these, those that differ from their defaults."""
    options = options_of(method, strategy)
    chosen = chosen_of(kept, method, strategy)
    return tuple((name, value) for name, value in chosen if value != options[name].default)


def changed_words(kept: Chosen, method: str, strategy: str) -> str:
    """What is not as usual, for the screen: "Correction off", "Exponent 2, Windows 16"; else ""."""
    options = options_of(method, strategy)
    changed = changed_of(kept, method, strategy)
    return ", ".join(
        f"{_(options[n].label)} {option_words(options[n], value)}" for n, value in changed
    )


def method_words(method: str, strategy: str, kept: Chosen = ()) -> str:
    """Method, strategy, and what was changed about them, as the screen names them."""
    strategies = (_(SELECTABLE[strategy].label),) if strategy else ()
    words = (_(METHODS[method].label), *strategies, changed_words(kept, method, strategy))
    return ", ".join(filter(None, words))


def with_chosen(kept: Chosen, method: str, strategy: str, name: str, value: Value) -> Chosen:
    return tuple(sorted((dict(kept) | {_kept_name(name, method, strategy): value}).items()))


def without_choices(kept: Chosen, method: str, strategy: str) -> Chosen:
    """As when nothing was chosen about this method and strategy."""
    gone = {_kept_name(name, method, strategy) for name in options_of(method, strategy)}
    return tuple(one for one in kept if one[0] not in gone)


def are_known(kept: Chosen) -> bool:
    """Whether there are such options, and they take these values."""
    return all(any(option.takes(value) for option in _named(name)) for name, value in kept)


def option_words(option: Option, value: Value) -> str:
    """A value as the window says it: "75 %", "16 · 32 · 64", "off"."""
    if option.lowest and value == option.low:
        return _(option.lowest)
    if isinstance(value, tuple):
        return " · ".join(map(str, value))
    if isinstance(value, str):
        return _(_CHOICES.get(value, value))
    return f"{value * 100:.0f} %" if isinstance(option.default, float) else str(value)


_CHOICES = {
    "edges": marked("edges"),
    "random": marked("random filters"),
    "vgg19": marked("VGG-19, one layer"),
    "vgg19-deep": marked("VGG-19, three layers"),
    "max": marked("the strongest"),
    "sum": marked("their sum"),
}


def _kept_name(name: str, method: str, strategy: str) -> str:
    own = not strategy or name in METHODS[method].options
    return name if own else f"{strategy}.{name}"


def _fitting(option: Option, value: Value | None) -> Value:
    return value if value is not None and option.takes(value) else option.default


def _named(kept_name: str) -> list[Option]:
    strategy, _dot, name = kept_name.rpartition(".")
    owners = [SELECTABLE.get(strategy)] if strategy else METHODS.values()
    return [one.options[name] for one in owners if one is not None and name in one.options]
