"""What a user may change about a method or a strategy, and how it is read and written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

Value = int | float | str | tuple[int, ...]
Chosen = tuple[tuple[str, Value], ...]  # options by name, and what was chosen; sorted


@dataclass(frozen=True)
class Option:
    """A number within limits, or a pick of one of `choices`.

    Attributes:
        label: a word or two for a form.
        default: what applies when nothing is said; its type is the type of the option.
        description: one sentence for a tooltip.
        choices: the values to pick from, if it is a pick.
        low, high: the limits of a number, both included.
        lowest: a word for the lowest: "off".
    """

    label: str
    default: Value
    description: str
    choices: tuple[Value, ...] = ()
    low: float = 0
    high: float = 0
    lowest: str = ""

    def takes(self, value: object) -> bool:
        """Whether it can have this value: of the right type, and one of those that there are."""
        if self.choices:
            return any(value == one and type(value) is type(one) for one in self.choices)
        kinds = (int,) if isinstance(self.default, int) else (int, float)
        return type(value) in kinds and self.low <= cast(float, value) <= self.high

    def read(self, text: str) -> Value:
        """The value that somebody has written: "0.5", "16,32,64".

        Raises:
            ValueError: it takes no such value.
        """
        value = _READERS[type(self.default)](text.strip())
        if not self.takes(value):
            raise ValueError(f"{text!r} is not {self.range}")
        return value

    @property
    def range(self) -> str:
        """What it takes: "1 or 2", "0 to 1", "a whole number from 1 to 8"."""
        if self.choices:
            *others, last = map(as_text, self.choices)
            between = "; " if isinstance(self.default, tuple) else ", "
            return f"{between.join(others)} or {last}"
        kind = "a whole number from " if isinstance(self.default, int) else ""
        return f"{kind}{self.low:g} to {self.high:g}"


Options = dict[str, Option]


def as_text(value: Value) -> str:
    """As the command line and exports have it: "0.5", "sym4", "16,32,64"."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else f"{value:g}"


def name_and_text(said: str) -> tuple[str, str]:
    """Both sides of "NAME=VALUE".

    Raises:
        ValueError: it is nothing like that.
    """
    name, _equals, text = (part.strip() for part in said.partition("="))
    if not (name and text):
        raise ValueError(f"{said!r} is not NAME=VALUE")
    return name, text


_READERS: dict[type, Callable[[str], Value]] = {
    int: int,
    float: float,
    str: str,
    tuple: lambda text: tuple(int(part) for part in text.split(",")),
}
