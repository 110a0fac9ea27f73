"""The row in which the reader chooses what is compared with what, and how."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.imaging.compare import MODES, Setting
from fusionviewer.texts import text as _
from fusionviewer.ui.pick import Pick
from fusionviewer.ui.store import Store
from fusionviewer.workspace import comparing
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.state import FUSED, SOURCE_PANES, Party, ViewState

STEPS = 200  # of the slider


class ComparisonBar(QFrame):
    """Shows what the state says, and changes it."""

    changed = Signal()  # it came, or went
    done = Signal()  # something was picked, and the keys may go back to the images

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparing")
        self._store = store
        self.mode = Pick(_("Kind of comparison"))
        self.first = Pick(_("First image of the comparison"))
        self.second = Pick(_("Second image of the comparison"))
        self.method = Pick(_("Other fusion method to compare with"))
        self.strategy = Pick(_("Strategy of the other fusion method"))
        self.swap = QPushButton(_("S&wap"))
        self.swap.setToolTip(_("The first becomes the second (X)"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setFixedWidth(90)
        self.slider.setAccessibleName(_("Setting of the comparison"))
        self.amount = QLabel()
        self.amount.setObjectName("quiet")
        self.close_button = QPushButton(_("&End"))
        for button in (self.swap, self.close_button):
            button.setMaximumWidth(max(60, button.sizeHint().width()))
        self.close_button.setAccessibleName(_("End the comparison"))
        self.close_button.setToolTip(_("Back to the fused picture (M)"))
        self._build()
        self._connect()
        store.changed.connect(lambda _before, now: self._show(now))
        self._show(store.state)

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        label = QLabel(_("&Compare"))
        label.setBuddy(self.mode)
        for part in (
            *(label, self.mode, self.first, QLabel(_("with")), self.second, self.method),
            *(self.strategy, self.swap, self.slider, self.amount),
        ):
            layout.addWidget(part)
        layout.addStretch()
        layout.addWidget(self.close_button)

    def height_for(self, _width: int) -> int:
        return self.sizeHint().height()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.changed.emit()

    def _connect(self) -> None:
        self.mode.picked.connect(lambda mode: self._apply(comparing.with_mode, mode))
        self.first.picked.connect(lambda one: self._set_sides(one, self._sides[1]))
        self.second.picked.connect(lambda one: self._set_sides(self._sides[0], one))
        self.method.picked.connect(lambda name: self._apply(comparing.with_other, name))
        self.strategy.picked.connect(
            lambda name: self._apply(
                comparing.with_other, self._store.state.comparison.method, name
            )
        )
        self.swap.clicked.connect(lambda: self._apply(comparing.swapped))
        self.close_button.clicked.connect(lambda: self._apply(comparing.with_mode, ""))
        self.slider.valueChanged.connect(self._set_amount)
        self.slider.sliderPressed.connect(self._store.settle)
        self.slider.sliderReleased.connect(self._store.settle)
        for field in (self.mode, self.first, self.second, self.method, self.strategy):
            field.closed.connect(self.done)

    @property
    def _sides(self) -> tuple[Party, Party]:
        comparison = self._store.state.comparison
        return comparison.first, comparison.second

    def _apply(self, change: object, *args: object) -> None:
        self._store.settle()
        self._store.apply(change, *args)  # type: ignore[arg-type]

    def _set_sides(self, first: Party, second: Party) -> None:
        self._apply(comparing.with_parties, first, second)

    def _set_amount(self, step: int) -> None:
        state = self._store.state
        known = MODES[state.comparison.mode].setting if state.comparison.mode else None
        if known is not None and step != _step(known, comparing.setting(state.comparison)):
            value = known.low + (known.high - known.low) * step / STEPS
            self._store.apply(comparing.with_setting, value)

    def _show(self, state: ViewState) -> None:
        comparison = state.comparison
        if not comparison.mode:
            return
        self.mode.offer((_(m.label), m.name, _(m.description)) for m in MODES.values())
        self.mode.show_choice(comparison.mode)
        choices = [(side_label(state, p), p, "") for p in comparing.parties(state)]
        for field, side in ((self.first, comparison.first), (self.second, comparison.second)):
            field.offer(choices)
            field.show_choice(side)
        self._show_other(state)
        self._show_setting(state)

    def _show_other(self, state: ViewState) -> None:
        comparison, wanted = state.comparison, "other" in self._sides
        self.method.offer((_(m.label), m.name, _(m.description)) for m in METHODS.values())
        self.method.show_choice(comparison.method)
        strategies = METHODS[comparison.method].strategies
        known = (SELECTABLE[name] for name in strategies)
        self.strategy.offer((_(s.label), s.name, _(s.description)) for s in known)
        self.strategy.show_choice(comparison.strategy)
        self.method.setVisible(wanted)
        self.strategy.setVisible(wanted and bool(strategies))

    def _show_setting(self, state: ViewState) -> None:
        mode = MODES[state.comparison.mode]
        for part in (self.slider, self.amount):
            part.setVisible(mode.setting is not None)
        if mode.setting is None:
            return
        value = comparing.setting(state.comparison)
        self.slider.setValue(_step(mode.setting, value))
        self.slider.setAccessibleName(
            _("{setting} of the comparison", setting=_(mode.setting.label))
        )
        self.slider.setToolTip(
            _("{setting} (comma: less, point: more)", setting=_(mode.setting.label))
        )
        self.amount.setText(amount_words(mode.setting, value))


def side_label(state: ViewState, party: Party) -> str:
    """A party as the selector offers it."""
    if party == "other":
        return _("other method")
    if party == FUSED:
        return _("fused")
    return f"{party} {kind(state.slots[SOURCE_PANES.index(party)].native)}"


def amount_words(known: Setting, value: float) -> str:
    """ "Opacity 50 %", "Radius 32 pixels"."""
    if (known.low, known.high) == (0, 1):
        return f"{_(known.label)} {value * 100:.0f} %"
    number = f"{value:.0f}" if known.high > 10 else f"{value:.1f}"
    return f"{_(known.label)} {number} {_(known.unit)}".strip()


def _step(known: Setting, value: float) -> int:
    return round((value - known.low) / (known.high - known.low) * STEPS)
