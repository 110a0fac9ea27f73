"""The card of a method: its paper, and for networks where the weights come from and what they reach."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from PySide6.QtWidgets import QToolButton, QWidget

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.learned_strategy import WeighedStrategy
from fusionviewer.fusion.methods import METHODS, SELECTABLE, Method
from fusionviewer.fusion.weights import Card, read_card
from fusionviewer.metrics.table import METRICS
from fusionviewer.ui.dialogs import show_page
from fusionviewer.ui.score_table import WAYS
from fusionviewer.ui.store import Store

KINDS = {
    "auto-encoder": "network: auto-encoder, features merged by a strategy",
    "end-to-end": "network, end to end",
    "rule": "rule without learned parameters",
}
Lines = Iterable[tuple[str, str]]


class CardButton(QToolButton):
    """Beside the method's name; opens the card of the method that is chosen."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setText("About")
        self.setToolTip("Paper, licence, training data and scores of this method")
        self.setAccessibleName("About this method")
        self.clicked.connect(self.open_card)

    def open_card(self) -> None:
        state = self._store.state
        method = METHODS[state.method]
        show_page(self.window(), method.label, card_page(state.method, state.strategy))


def card_page(method: str, strategy: str = "") -> str:
    """The card as rich text."""
    chosen = METHODS[method]
    page = f"<h3>{escape(chosen.label)}</h3>{_table(_about(chosen))}"
    if chosen.has_network:
        page += _weights(method)
    if strategy:
        rule = SELECTABLE[strategy]
        lines = [("What it does", rule.description), ("Source", rule.source)]
        page += f"<h3>Strategy: {escape(rule.label)}</h3>{_table(lines)}"
        if isinstance(rule, WeighedStrategy):
            page += _weights(strategy)
    return page


def _about(method: Method) -> Lines:
    return [
        ("What it does", method.description),
        ("Paper", method.source),
        ("Kind", KINDS[method.kind]),
        ("Made for", ", ".join(method.tasks)),
    ]


def _weights(name: str) -> str:
    """What the card of a network says, or why there is none."""
    try:
        card = read_card(name)
    except WeightsError as error:
        return f"<p>{escape(f'{error} {error.hint}')}</p>"
    scores = _scores(card.about)
    notes = "".join(f"<li>{escape(str(note))}</li>" for note in card.about.get("notes", ()))
    return (
        f"<h3>Weights</h3>{_table(_origin(card))}"
        + (f"<h3>Scores on unseen patients</h3>{scores}" if scores else "")
        + (f"<h3>To be known</h3><ul>{notes}</ul>" if notes else "")
    )


def _origin(card: Card) -> Lines:
    about = card.about
    data = about.get("data", {})
    pairs = data.get("pairs", {})
    counts = "; ".join(f"{task}: {_counted(pairs[task])}" for task in pairs)
    yield "Parameters", f"{about['parameters']:,}".replace(",", " ")
    yield "Size", f"{_bytes_of(card) / 2**20:.1f} MB on the disk"
    yield "Licence", str(about.get("licence", "not said"))
    yield "Use", str(about.get("use", ""))
    yield "Trained on", f"{data.get('root', '')} ({counts})"
    yield "Training", f"{about.get('steps', '?')} steps, seed {about.get('seed', '?')}"
    yield "Repeated by", str(about.get("command", ""))


def _counted(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {part}" for part, count in counts.items())


def _bytes_of(card: Card) -> int:
    paths = (card.folder / file for file in card.files)
    return sum(path.stat().st_size for path in paths if path.exists())


def _scores(about: Mapping[str, Any]) -> str:
    """Of the test split: one line per score, one column per task."""
    found: dict[str, dict[str, float]] = {}  # by score, then by task
    for key, value in about.get("scores", {}).get("test", {}).items():
        first, _, second = key.partition(" ")
        if second:  # "CT-MRI ssim", but "PSNR CT"
            task, score = (second, first) if first == "PSNR" else (first, second)
            found.setdefault(score, {})[task] = value
    if not found:
        return ""
    tasks = list(dict.fromkeys(task for values in found.values() for task in values))
    images = about.get("scored_images", {}).get("test", {})
    heads = (f"{escape(task)}<br>{images.get(task, '?')} images" for task in tasks)
    head = "".join(f"<th align='right'>&nbsp;&nbsp;{text}</th>" for text in heads)
    lines = "".join(
        f"<tr><td>{escape(_heading(score))}</td>"
        + "".join(f"<td align='right'>{_number(values.get(task))}</td>" for task in tasks)
        + "</tr>"
        for score, values in found.items()
    )
    return f"<table cellpadding='3'><tr><th></th>{head}</tr>{lines}</table>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _heading(name: str) -> str:
    metric = METRICS.get(name)
    return name if metric is None else f"{metric.label}{WAYS[metric.better]}"


def _table(lines: Lines) -> str:
    cells = "".join(
        f"<tr><td><b>{escape(name)}</b>&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for name, text in lines
        if text
    )
    return f"<table cellpadding='2'>{cells}</table>"
