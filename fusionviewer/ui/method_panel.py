"""Pick what is fused, with which method and strategy."""

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.texts import text as _
from fusionviewer.ui.method_card import CardButton
from fusionviewer.ui.option_row import OptionRow
from fusionviewer.ui.pick import Pick
from fusionviewer.ui.store import Store
from fusionviewer.workspace import arrangement
from fusionviewer.workspace import state as change
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.state import ViewState

STEPS = 100


class MethodPanel(QWidget):
    """A row of fields; shows what the state says, and changes it."""

    done = Signal()  # something was picked, and the keys may go back to the images

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.pair = Pick(_("Images that are fused"))
        self.method = Pick(_("Fusion method"))
        self.strategy = Pick(_("Fusion strategy"))
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, STEPS)
        self.opacity.setFixedWidth(140)
        self.opacity.setAccessibleName(_("Opacity of the overlay, in percent"))
        self.device = QLabel()
        self.device.setObjectName("quiet")
        self.device.setAccessibleName(_("Device"))
        self._ends = (QLabel(), QLabel())
        self.settings = OptionRow(store)
        self.method.offer(
            (_(method.label), name, _tip(_(method.description), method.source))
            for name, method in METHODS.items()
        )
        self._build()
        self._connect()
        store.changed.connect(lambda _before, now: self._show(now))
        self._show(store.state)

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._labels = {field: QLabel(text) for field, text in self._titles()}
        for field, label in self._labels.items():
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
        overlay = (self._ends[0], self.opacity, self._ends[1])
        for part in (self.settings, *overlay, CardButton(self._store)):
            layout.addWidget(part)
        layout.addStretch()
        layout.addWidget(self.device)

    def _titles(self) -> Iterable[tuple[Pick, str]]:
        return (
            (self.pair, _("F&use")),
            (self.method, _("&Method")),
            (self.strategy, _("S&trategy")),
        )

    def _connect(self) -> None:
        store = self._store
        self.pair.picked.connect(lambda two: store.apply(arrangement.with_fused_slots, *two))
        self.method.picked.connect(lambda name: store.apply(change.with_method, name))
        self.strategy.picked.connect(lambda name: store.apply(change.with_strategy, name))
        self.opacity.valueChanged.connect(self._set_opacity)
        self.opacity.sliderReleased.connect(store.settle)
        for field in (self.pair, self.method, self.strategy):
            field.closed.connect(self.done)
        self.settings.done.connect(self.done)

    def _set_opacity(self, value: int) -> None:
        if value != _opacity(self._store.state):
            self._store.apply(change.with_option, "alpha", value / STEPS)

    def say_device(self, device: str) -> None:
        self.device.setText(device)

    def _show(self, state: ViewState) -> None:
        method = METHODS[state.method]
        self._show_pairs(state)
        self.method.show_choice(state.method)
        self.strategy.offer(
            (_(SELECTABLE[n].label), n, _tip(_(SELECTABLE[n].description), SELECTABLE[n].source))
            for n in method.strategies
        )
        self.strategy.show_choice(state.strategy)
        self._show_row(self.strategy, bool(method.strategies))
        self._show_opacity(state)

    def _show_pairs(self, state: ViewState) -> None:
        names = [f"{pane} {kind(s.native)}" for pane, s in zip("ABC", state.slots, strict=False)]
        count = len(names)
        self.pair.offer(
            (
                f"{names[i]} + {names[j]}",
                (i, j),
                _("{a} is the base, {b} the overlay.", a=names[i], b=names[j]),
            )
            for i in range(count)
            for j in range(count)
            if i < j or (i != j and (i, j) == state.fused_slots)
        )
        self.pair.show_choice(state.fused_slots)
        self._show_row(self.pair, count > 2)

    def _show_opacity(self, state: ViewState) -> None:
        visible = state.method == "alpha"
        for part in (*self._ends, self.opacity):
            part.setVisible(visible)
        if not visible:
            return
        pair = [state.slots[i].native for i in state.fused_slots if i < len(state.slots)]
        names = [kind(image) for image in pair] if len(pair) == 2 else ["A", "B"]
        for label, name in zip(self._ends, names, strict=True):
            label.setText(_("only {name}", name=name))
        value = _opacity(state)
        self.opacity.setAccessibleName(
            _("Opacity of {upper} over {lower}, in percent", upper=names[1], lower=names[0])
        )
        self.opacity.setToolTip(
            _(
                "{share} % of {upper}, {rest} % of {lower}",
                share=value,
                upper=names[1],
                rest=STEPS - value,
                lower=names[0],
            )
        )
        self.opacity.setValue(value)

    def _show_row(self, field: Pick, visible: bool) -> None:
        field.setVisible(visible)
        self._labels[field].setVisible(visible)


def _opacity(state: ViewState) -> int:
    return round(cast(float, dict(state.options).get("alpha", 0.5)) * STEPS)


def _tip(description: str, source: str) -> str:
    return f"{description}\n{source}".strip()
