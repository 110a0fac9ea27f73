"""What a user may change about a strategy or a rule."""

from dataclasses import dataclass

Value = bool | int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Option:
    """One changeable number or word; without `choices` and limits, any value of its type.

    Attributes:
        default: what applies when nothing is said; its type is the type of the option.
        description: one sentence for a tooltip.
        choices: the values to pick from, if it is a pick.
        low, high: the limits of a number, both included.
    """

    default: Value
    description: str
    choices: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None


Options = dict[str, Option]
