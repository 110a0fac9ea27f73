"""Scores as a table for the terminal, or for a file that the terminal's output goes to."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from fusionviewer.metrics.report import Mark, Summary
from fusionviewer.metrics.table import METRICS, Metric

Summaries = Mapping[str, Mapping[str, Summary]]  # by score, then by method
NO_EDGE = 10_000  # characters: a file has none to wrap at

_STYLES: dict[Mark, str] = {"best": "bold", "second": "underline", "": ""}
_SIGNS: dict[Mark, str] = {"best": " *", "second": " +", "": ""}  # where there are no styles
_ARROWS = {"higher": " ↑", "lower": " ↓", None: ""}


def print_scores(summaries: Summaries, methods: Sequence[str], pairs: int) -> None:
    """Scores down, methods across; as many tables as it takes for no column to be cut."""
    console = Console()
    if not console.is_terminal:
        console.width = NO_EDGE
    reasons, rest = _reasons(summaries), list(methods)
    console.print("1 pair" if pairs == 1 else f"{pairs} pairs", highlight=False)
    while rest:
        fitting = _fitting(console, summaries, rest, reasons)
        console.print(_table(console, summaries, rest[:fitting], reasons))
        rest = rest[fitting:]
    for sentence in _legend(console, summaries, len(methods), pairs):
        console.print(sentence, highlight=False)
    for number, reason in enumerate(reasons, start=1):
        console.print(f"({number}) {reason}.", markup=False, highlight=False)


def _reasons(summaries: Summaries) -> list[str]:
    """Why values are missing, each once."""
    found = (_reason(one) for by_method in summaries.values() for one in by_method.values())
    return list(dict.fromkeys(reason for reason in found if reason))


def _reason(found: Summary) -> str:
    if found.why_not is None:
        return ""
    return found.why_not if found.mean is None else f"some pairs: {found.why_not}"


def _fitting(
    console: Console, summaries: Summaries, methods: Sequence[str], reasons: Sequence[str]
) -> int:
    """How many of the methods have room beside each other; at least one."""
    endless = console.options.update(width=NO_EDGE, max_width=NO_EDGE)
    for count in range(len(methods), 1, -1):
        table = _table(console, summaries, methods[:count], reasons)
        if Measurement.get(console, endless, table).maximum <= console.width:
            return count
    return 1


def _table(
    console: Console, summaries: Summaries, methods: Sequence[str], reasons: Sequence[str]
) -> Table:
    table = Table("score", *(escape(method) for method in methods))
    signs = {} if console.is_terminal else _SIGNS
    for name, by_method in summaries.items():
        metric = METRICS[name]
        cells = [_cell(by_method[method], metric, reasons, signs) for method in methods]
        table.add_row(escape(_heading(metric)), *cells)
    return table


def _heading(metric: Metric) -> str:
    unit = f", {metric.unit}" if metric.unit else ""
    return f"{metric.label}{unit}{_ARROWS[metric.better]}"


def _cell(
    found: Summary, metric: Metric, reasons: Sequence[str], signs: Mapping[Mark, str]
) -> Text:
    """The value, with a number for the reason where there is none, or none for some pairs."""
    cell = Text()
    if found.mean is not None:
        value = f"{found.mean:.{metric.digits}f}"
        if found.deviation is not None:
            value += f" ± {found.deviation:.{metric.digits}f}"
        cell.append(value, style=_STYLES[found.mark])
        cell.append(signs.get(found.mark, ""))
    if found.p_value is not None:
        cell.append(f"  p {_probability(found.p_value)}", "dim")
    if reason := _reason(found):
        dash = "– " if found.mean is None else " "
        cell.append(f"{dash}({reasons.index(reason) + 1})", "dim")
    return cell


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _legend(console: Console, summaries: Summaries, methods: int, pairs: int) -> list[str]:
    """What the marks and numbers mean; nothing of what is not there."""
    sentences = ["↑ more is better, ↓ less is better."]
    if pairs > 1:
        sentences.append("Mean ± standard deviation over the pairs.")
    if methods > 1 and console.is_terminal:
        sentences.append("The best is [bold]bold[/], the second [underline]underlined[/].")
    elif methods > 1:
        sentences.append("* best, + second.")
    cells = [one for by_method in summaries.values() for one in by_method.values()]
    if any(one.p_value is not None for one in cells):
        sentences.append(
            "p: two-sided Wilcoxon signed-rank test of the pairs against the best method, "
            "not corrected for the number of comparisons."
        )
    elif methods > 1 and pairs > 1:
        sentences.append("No p-values: they take six pairs or more.")
    return sentences
