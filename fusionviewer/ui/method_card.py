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
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.dialogs import show_page
from fusionviewer.ui.score_table import WAYS
from fusionviewer.ui.store import Store

KINDS = {
    "auto-encoder": marked("network: auto-encoder, features merged by a strategy"),
    "end-to-end": marked("network, end to end"),
    "rule": marked("rule without learned parameters"),
}
Lines = Iterable[tuple[str, str]]


class CardButton(QToolButton):
    """Beside the method's name; opens the card of the method that is chosen."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setText(_("About"))
        self.setToolTip(_("Paper, licence, training data and scores of this method"))
        self.setAccessibleName(_("About this method"))
        self.clicked.connect(self.open_card)

    def open_card(self) -> None:
        state = self._store.state
        method = METHODS[state.method]
        show_page(self.window(), _(method.label), card_page(state.method, state.strategy))


def card_page(method: str, strategy: str = "") -> str:
    """The card as rich text."""
    chosen = METHODS[method]
    page = f"<h3>{escape(_(chosen.label))}</h3>{_table(_about(chosen))}"
    if chosen.has_network:
        page += _weights(method)
    if strategy:
        rule = SELECTABLE[strategy]
        lines = [(_("What it does"), _(rule.description)), (_("Source"), rule.source)]
        title = _("Strategy: {name}", name=_(rule.label))
        page += f"<h3>{escape(title)}</h3>{_table(lines)}"
        if isinstance(rule, WeighedStrategy):
            page += _weights(strategy)
    return page


def _about(method: Method) -> Lines:
    return [
        (_("What it does"), _(method.description)),
        (_("Paper"), method.source),
        (_("Kind"), _(KINDS[method.kind])),
        (_("Made for"), ", ".join(method.tasks)),
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
        f"<h3>{_('Weights')}</h3>{_table(_origin(card))}"
        + (f"<h3>{_('Scores on unseen patients')}</h3>{scores}" if scores else "")
        + (f"<h3>{_('To be known')}</h3><ul>{notes}</ul>" if notes else "")
    )


def _origin(card: Card) -> Lines:
    about = card.about
    data = about.get("data", {})
    pairs = data.get("pairs", {})
    counts = "; ".join(f"{task}: {_counted(pairs[task])}" for task in pairs)
    yield _("Parameters"), f"{about['parameters']:,}".replace(",", " ")
    yield _("Size"), _("{size:.1f} MB on the disk", size=_bytes_of(card) / 2**20)
    yield _("Licence"), str(about.get("licence", _("not said")))
    yield _("Use"), str(about.get("use", ""))
    yield _("Trained on"), f"{data.get('root', '')} ({counts})"
    steps, seed = about.get("steps", "?"), about.get("seed", "?")
    yield _("Training"), _("{steps} steps, seed {seed}", steps=steps, seed=seed)
    yield _("Repeated by"), str(about.get("command", ""))


def _counted(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {part}" for part, count in counts.items())


def _bytes_of(card: Card) -> int:
    paths = (card.folder / file for file in card.files)
    return sum(path.stat().st_size for path in paths if path.exists())


def _scores(about: Mapping[str, Any]) -> str:
    """Of the test split: one line per score, one column per task."""
    found: dict[str, dict[str, float]] = {}  # by score, then by task
    for key, value in about.get("scores", {}).get("test", {}).items():
        first, second = key.partition(" ")[::2]
        if second:  # "CT-MRI ssim", but "PSNR CT"
            task, score = (second, first) if first == "PSNR" else (first, second)
            found.setdefault(score, {})[task] = value
    if not found:
        return ""
    tasks = list(dict.fromkeys(task for values in found.values() for task in values))
    images = about.get("scored_images", {}).get("test", {})
    heads = (
        f"{escape(task)}<br>{_('{count} images', count=images.get(task, '?'))}" for task in tasks
    )
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
    return name if metric is None else f"{_(metric.label)}{WAYS[metric.better]}"


def _table(lines: Lines) -> str:
    cells = "".join(
        f"<tr><td><b>{escape(name)}</b>&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for name, text in lines
        if text
    )
    return f"<table cellpadding='2'>{cells}</table>"
