"""`fusionviewer methods`: everything that can fuse two images."""

from typing import Any

from rich.console import Console
from rich.table import Column, Table

from fusionviewer.cli.streams import print_json
from fusionviewer.errors import WeightsError
from fusionviewer.fusion.learned_strategy import WeighedStrategy
from fusionviewer.fusion.methods import DEFAULT_METHOD, METHODS, SELECTABLE, Method
from fusionviewer.fusion.options import Option, Options, as_text
from fusionviewer.fusion.weights import read_card

WIDE = 140  # columns, where no terminal says how many there are


def methods_command(as_json: bool) -> None:
    """Print all methods and strategies as tables, or as one JSON document."""
    if as_json:
        print_json(_everything())
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(_method_table())
    console.print(_strategy_table())
    console.print(_settings_table())


def _everything() -> dict[str, Any]:
    return {
        "default": DEFAULT_METHOD,
        "methods": [_described(method) for method in METHODS.values()],
        "strategies": [
            {
                "name": name,
                "label": rule.label,
                "source": rule.source,
                "description": rule.description,
                "settings": _settings(rule.options),
                **({"weights": _weights(name)} if isinstance(rule, WeighedStrategy) else {}),
            }
            for name, rule in SELECTABLE.items()
        ],
    }


def _described(method: Method) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": method.name,
        "label": method.label,
        "kind": method.kind,
        "source": method.source,
        "description": method.description,
        "tasks": list(method.tasks),
        "strategies": list(method.strategies),
        "settings": _settings(method.options),
    }
    if method.has_network:
        entry["weights"] = _weights(method.name)
    return entry


def _settings(options: Options) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": option.label,
            "description": option.description,
            "default": option.default,
            **({"choices": option.choices} if option.choices else _limits(option)),
        }
        for name, option in options.items()
    ]


def _limits(option: Option) -> dict[str, float]:
    return {"low": option.low, "high": option.high}


def _weights(name: str) -> dict[str, Any]:
    try:
        card = read_card(name)
    except WeightsError as error:
        return {"available": False, "problem": str(error)}
    return {"available": True, "sha256": card.sha256, "card": dict(card.about)}


def _method_table() -> Table:
    table = Table(_name_column(), "method", "kind", "weights", "source", title="Methods")
    for method in METHODS.values():
        weights = _weights(method.name) if method.has_network else {}
        state = weights["sha256"][:12] if weights.get("available") else ""
        if method.has_network and not state:
            state = "missing"
        table.add_row(method.name, method.label, method.kind, state, method.source)
    return table


def _strategy_table() -> Table:
    table = Table(_name_column(), "strategy", "source", title="Strategies for auto-encoders")
    for name, rule in SELECTABLE.items():
        table.add_row(name, rule.label, rule.source)
    return table


def _settings_table() -> Table:
    table = Table(
        _name_column(),
        "setting",
        "default",
        "takes",
        "what it is",
        title="Settings: --set NAME=VALUE",
    )
    for owner, one in {**METHODS, **SELECTABLE}.items():
        for name, option in one.options.items():
            default = as_text(option.default)
            table.add_row(owner, name, default, option.range, option.description)
    return table


def _name_column() -> Column:
    return Column("name", no_wrap=True)
