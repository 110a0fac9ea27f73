"""Plain values to JSON and back, by their types.

What a state is made of changes with the program; nothing here knows its fields. A frozen data class
becomes an object that carries its name, so that one of several can be told; tuples become lists.
Coming back, every value is checked against the type that the program has for it now: a file is data,
and names no class that the type does not allow.
"""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

KIND = "is"  # the key of a data class's name
_KNOWN = ("fusionviewer.workspace.", "fusionviewer.imaging.", "fusionviewer.engine.")


def plain(value: object) -> Any:
    """`value` in the types of JSON.

    Raises:
        TypeError: it is, or holds, something else than plain values.
    """
    if isinstance(value, Enum):
        return value.value
    for kind, made in _PLAIN.items():
        if isinstance(value, kind):
            return made(value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.init}
        return {KIND: type(value).__name__, **named}
    raise TypeError(f"{type(value).__name__} is no plain value")


_PLAIN: dict[Any, Callable[[Any], Any]] = {
    (type(None), bool, int, str): lambda value: value,
    float: float,
    np.generic: lambda value: value.item(),
    np.ndarray: lambda value: value.tolist(),
    (tuple, list): lambda value: [plain(one) for one in value],
    (set, frozenset): lambda value: sorted(plain(one) for one in value),
    Mapping: lambda value: {str(key): plain(one) for key, one in value.items()},
}


def revived(hint: Any, data: Any) -> Any:
    """The value of type `hint` that `plain` made `data` of. What its class does not know is ignored.

    Raises:
        ValueError: `data` is none of that type.
    """
    origin = get_origin(hint)
    if origin is Literal:
        return _required(
            data, any(data == one and type(data) is type(one) for one in get_args(hint))
        )
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), data)
    if origin in _COLLECTIONS:
        return _COLLECTIONS[origin](get_args(hint), data)
    if hint in _SCALARS:
        return _SCALARS[hint](data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if isinstance(hint, type) and is_dataclass(hint):
        return _data(hint, data)
    raise ValueError(f"nothing is known of the type {hint}")


@cache  # it takes milliseconds, and the window waits
def hints(cls: type) -> dict[str, Any]:
    """The types of a class's fields, also of those that are only imported for the type checker.

    Raises:
        NameError: a type that no module of the program defines.
    """
    names: dict[str, Any] = {}
    for name, module in list(sys.modules.items()):
        if name.startswith(_KNOWN):
            names |= vars(module)
    return get_type_hints(cls, globalns=names | vars(sys.modules[cls.__module__]))


def _required(data: Any, right: bool) -> Any:
    if not right:
        raise ValueError("a value of the wrong kind")
    return data


def _float(data: Any) -> float:
    number = isinstance(data, int | float) and not isinstance(data, bool)
    return float(_required(data, number and math.isfinite(data)))


_SCALARS: dict[Any, Any] = {
    float: _float,
    int: lambda data: _required(data, isinstance(data, int) and not isinstance(data, bool)),
    str: lambda data: _required(data, isinstance(data, str)),
    bool: lambda data: _required(data, isinstance(data, bool)),
    type(None): lambda data: _required(data, data is None),
    None: lambda data: _required(data, data is None),
}


def _one_of(choices: tuple[Any, ...], data: Any) -> Any:
    for choice in sorted(choices, key=lambda one: one is float):  # whole numbers stay whole
        try:
            return revived(choice, data)
        except (ValueError, TypeError):
            continue
    raise ValueError("none of the kinds that there are")


def _tuple(of: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    _required(data, isinstance(data, list))
    if len(of) == 2 and of[1] is Ellipsis:
        return tuple(revived(of[0], one) for one in data)
    return tuple(revived(hint, one) for hint, one in zip(of, data, strict=True))


def _mapping(of: tuple[Any, ...], data: Any) -> dict[str, Any]:
    _required(data, isinstance(data, dict) and of[0] is str)
    return {key: revived(of[1], one) for key, one in data.items()}


def _array(_of: tuple[Any, ...], data: Any) -> Any:
    array = np.array(_required(data, isinstance(data, list)), dtype=np.float64)
    return _required(array, bool(np.isfinite(array).all()))


_COLLECTIONS: dict[Any, Any] = {
    tuple: _tuple,
    frozenset: lambda of, data: frozenset(_tuple((of[0], ...), data)),
    dict: _mapping,
    Mapping: _mapping,
    np.ndarray: _array,
}


def _data(cls: Any, data: Any) -> Any:
    """One of a data class; what it checks itself when it is made is checked here too."""
    _required(data, isinstance(data, dict) and data.get(KIND, cls.__name__) == cls.__name__)
    known = hints(cls)
    given = {}
    for one in fields(cls):
        if one.name in data and one.init:
            given[one.name] = revived(known[one.name], data[one.name])
        elif one.init and one.default is MISSING and one.default_factory is MISSING:
            raise ValueError(f"{cls.__name__} without {one.name}")
    return cls(**given)
