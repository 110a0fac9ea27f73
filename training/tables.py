"""Scores as CSV and Markdown, with what methods cost and what the papers print."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.stats import rankdata

from fusionviewer.metrics.report import Scores, Summary, summary
from fusionviewer.metrics.table import METRICS
from training.cost import Cost
from training.published_scores import MARK, PublishedTable, published_tables

NOTHING = "—"
COSTS = ("parameters", "GMAC", "s per pair", "peak MB")
# The scores that others are compared by: best mean rank over these.
RANKED = ("ssim", "fsim", "mi", "fmi_edge", "sf", "scd", "vif", "qabf")


def report(
    tables: Mapping[str, Mapping[str, Sequence[Scores]]], costs: Mapping[str, Mapping[str, Cost]]
) -> str:
    """The tables of all tasks as Markdown, with the mean ranks and where other numbers are from."""
    parts = []
    for task, table in tables.items():
        count = len(next(iter(table.values()), []))
        published = published_tables(task)
        ranks = sorted(mean_ranks(table, RANKED).items(), key=lambda entry: entry[1])
        order = ", ".join(f"{name} {rank:.1f}" for name, rank in ranks) or NOTHING
        rows = as_markdown(table, costs.get(task), published)
        sources = "\n".join(f"* {_about(each)}" for each in published)
        parts.append(
            f"### {task}, {count} pairs\n\n{rows}\n\n"
            f"Mean rank: {order}.\n\nPublished rows:\n\n{sources}\n"
        )
    return "\n".join(parts)


def as_csv(
    tables: Mapping[str, Mapping[str, Sequence[Scores]]], names: Mapping[str, Sequence[str]]
) -> str:
    """Every value: task, pair, method, score, value."""
    rows = (
        (task, pair, method, score, found.value)
        for task, table in tables.items()
        for method, of_pairs in table.items()
        for pair, row in zip(names[task], of_pairs, strict=True)
        for score, found in row.items()
    )
    return _csv(("task", "pair", "method", "score", "value"), rows)


def costs_as_csv(costs: Mapping[str, Mapping[str, Cost]]) -> str:
    """What each method costs, by task."""
    rows = (
        (
            task,
            method,
            cost.parameters,
            f"{cost.gmac:.3f}",
            f"{cost.seconds:.4f}",
            "" if cost.memory_mb is None else f"{cost.memory_mb:.0f}",
        )
        for task, of_task in costs.items()
        for method, cost in of_task.items()
    )
    return _csv(("task", "method", "parameters", "gmac", "seconds", "peak_mb"), rows)


def as_markdown(
    table: Mapping[str, Sequence[Scores]],
    costs: Mapping[str, Cost] | None = None,
    published: Sequence[PublishedTable] = (),
) -> str:
    """Means over the pairs; the best of each score bold, the second underlined.

    Published means follow, unmarked: only rows of one split can be ranked.
    """
    columns = summary(table)
    head = ["method", *(METRICS[name].label for name in columns), *COSTS]
    lines = [_line(head), "|" + "---|" * len(head)]
    for method in table:
        cells = [_cell(name, column[method]) for name, column in columns.items()]
        lines.append(_line([method, *cells, *_costs((costs or {}).get(method))]))
    lines += [_line(row) for each in published for row in _published_rows(each, list(columns))]
    return "\n".join(lines)


def over_sets(task: str, table: Mapping[str, Sequence[Scores]], sizes: Sequence[int]) -> str:
    """Mean ± deviation (n − 1) of the means of test sets, as Markdown; a table holds them in turn."""
    names = list(summary(table))
    ends = np.cumsum(sizes)
    lines = [_line(["method", *(METRICS[name].label for name in names)])]
    lines.append("|" + "---|" * (len(names) + 1))
    for method, rows in table.items():
        sets = [rows[end - size : end] for end, size in zip(ends, sizes, strict=True)]
        lines.append(_line([method, *(_spread(name, sets) for name in names)]))
    count = ", ".join(map(str, sizes))
    return f"### {task}, {len(sizes)} test sets of {count} pairs\n\n" + "\n".join(lines) + "\n"


def _spread(name: str, sets: Sequence[Sequence[Scores]]) -> str:
    means = []
    for rows in sets:
        values = [row[name].value for row in rows if row[name].value is not None]
        if not values:
            return NOTHING
        means.append(np.mean(np.array(values, dtype=float)))
    digits = METRICS[name].digits
    return f"{np.mean(means):.{digits}f} ± {np.std(means, ddof=1):.{digits}f}"


def mean_ranks(table: Mapping[str, Sequence[Scores]], scores: Sequence[str]) -> dict[str, float]:
    """The mean over `scores` of each method's rank by its mean; 1 is best, ties share.

    Scores that the table does not have do not count.
    """
    columns = summary(table)
    ranks = []
    for name in (name for name in scores if name in columns):
        sign = -1 if METRICS[name].better == "higher" else 1
        means = [columns[name][method].mean for method in table]
        ranks.append(rankdata([np.inf if mean is None else sign * mean for mean in means]))
    return dict(zip(table, np.mean(ranks, axis=0).tolist(), strict=True)) if ranks else {}


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue()


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(name: str, told: Summary) -> str:
    if told.mean is None:
        return NOTHING
    text = f"{told.mean:.{METRICS[name].digits}f}"
    return {"best": f"**{text}**", "second": f"<u>{text}</u>", "": text}[told.mark]


def _about(table: PublishedTable) -> str:
    return " ".join((f"{', '.join(table.rows)}: {table.source}; {table.images}.", *table.notes))


def _costs(cost: Cost | None) -> list[str]:
    if cost is None:
        return [NOTHING] * len(COSTS)
    network = [f"{cost.parameters:,}", f"{cost.gmac:.2f}"] if cost.parameters else [NOTHING] * 2
    memory = NOTHING if cost.memory_mb is None else f"{cost.memory_mb:.0f}"
    return [*network, f"{cost.seconds:.3f}", memory]


def _published_rows(table: PublishedTable, columns: Sequence[str]) -> list[list[str]]:
    """The methods with any score that our columns have."""
    rows = []
    for method, scores in table.rows.items():
        cells = [_number(name, scores.get(name), table, method) for name in columns]
        seconds = table.seconds.get(method)
        costs = [NOTHING, NOTHING, NOTHING if seconds is None else f"{seconds:.2f}", NOTHING]
        rows.append([f"{method} ({MARK})", *cells, *costs])
    return rows


def _number(name: str, value: float | None, table: PublishedTable, method: str) -> str:
    if value is None:
        return NOTHING
    text = f"{value:.{METRICS[name].digits}f}"
    deviation = table.deviations.get(method, {}).get(name)
    return text if deviation is None else f"{text} ± {deviation:.{METRICS[name].digits}f}"
