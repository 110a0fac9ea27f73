"""Settings of methods and strategies from the command line."""

from collections.abc import Mapping, Sequence

from fusionviewer.errors import InputError
from fusionviewer.fusion.methods import METHODS, SELECTABLE, options_of
from fusionviewer.fusion.options import Chosen, Option, Value, name_and_text


def settings_of(
    method: str, strategy: str, said: Sequence[str], named: Mapping[str, float | None]
) -> Chosen:
    """Every setting of this method and strategy: as said, else its default.

    Args:
        said: "NAME=VALUE" each.
        named: those that have an option of their own, such as --alpha; None where it is not given.

    Raises:
        InputError: one that there is not, with a value that it does not take, or given twice.
    """
    known = options_of(method, strategy)
    chosen: dict[str, Value] = {name: option.default for name, option in known.items()}
    given = {name: value for name, value in named.items() if value is not None}
    for name, value in given.items():
        _require(name, known, method, strategy, f"--{name}")
        chosen[name] = value
    seen = set(given)
    for one in said:
        name, text = _parts(one)
        _require(name, known, method, strategy, f"setting “{name}”")
        if name in seen:
            raise InputError(f"“{name}” is set twice.", "Say it once.")
        chosen[name] = _read(name, text, known[name])
        seen.add(name)
    return tuple(sorted(chosen.items()))


def _parts(one: str) -> tuple[str, str]:
    try:
        return name_and_text(one)
    except ValueError as error:
        raise InputError(
            f"“{one}” is not a setting.", "Write NAME=VALUE, such as power=2."
        ) from error


def _require(
    name: str, known: Mapping[str, Option], method: str, strategy: str, called: str
) -> None:
    if name in known:
        return
    who = METHODS[method].label
    if strategy:
        who += f" with {SELECTABLE[strategy].label}"
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    raise InputError(f"{who} takes no {called}.", f"{takes} See `fusionviewer methods`.")


def _read(name: str, text: str, option: Option) -> Value:
    try:
        return option.read(text)
    except ValueError as error:
        raise InputError(f"“{name}” cannot be “{text}”.", f"It takes {option.range}.") from error
