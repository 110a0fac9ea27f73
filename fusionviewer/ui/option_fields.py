"""A field for each kind of option: a slider, a pick, or a count.

They say what is `chosen`, and when that is `settled`: what comes next is another step of undo.
What they show changes by `show_value` without telling anybody.
"""

from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from fusionviewer.fusion.options import Option, Value
from fusionviewer.texts import text as _
from fusionviewer.ui.pick import Pick
from fusionviewer.ui.scaling import scaled
from fusionviewer.workspace.method_options import option_words

STEPS = 100


class ShareField(QWidget):
    """A slider from the lowest to the highest, and where it is in words."""

    chosen = Signal(object)  # a Value
    settled = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self._option = option
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setFixedWidth(scaled(110))
        self.slider.setAccessibleName(_(option.label))
        self.slider.setToolTip(_(option.description))
        self.setFocusProxy(self.slider)
        self._words = QLabel()
        ends = (option_words(option, end) for end in (option.low, option.high))
        widest = max(self._words.fontMetrics().horizontalAdvance(words) for words in ends)
        self._words.setMinimumWidth(widest)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider)
        layout.addWidget(self._words)
        self.slider.valueChanged.connect(self._say)
        self.slider.sliderReleased.connect(self.settled)

    def show_value(self, value: Value) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self._step(value))
        self.slider.blockSignals(False)
        words = option_words(self._option, value)
        self._words.setText(words)
        self.slider.setAccessibleDescription(words)

    def _step(self, value: Value) -> int:
        low, high = self._option.low, self._option.high
        return round((cast(float, value) - low) / (high - low) * STEPS)

    def _say(self, step: int) -> None:
        low, high = self._option.low, self._option.high
        self.chosen.emit(low + (high - low) * step / STEPS)


class ChoiceField(Pick):
    """One of a few."""

    chosen = Signal(object)  # a Value
    settled = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__(_(option.label))
        self._tip = _(option.description)
        self.offer((option_words(option, one), one, self._tip) for one in option.choices)
        self.picked.connect(self._say)

    def show_value(self, value: Value) -> None:
        self.show_choice(value)

    def _say(self, value: Value) -> None:
        self.chosen.emit(value)
        self.settled.emit()


class CountField(QSpinBox):
    """A whole number."""

    chosen = Signal(object)  # a Value
    settled = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.setRange(int(option.low), int(option.high))
        self.setSpecialValueText(_(option.lowest) if option.lowest else "")
        self.setKeyboardTracking(False)  # 512 is not chosen by way of 5 and 51
        self.setAccessibleName(_(option.label))
        self.setToolTip(_(option.description))
        self.valueChanged.connect(self.chosen.emit)
        self.editingFinished.connect(self.settled)

    def show_value(self, value: Value) -> None:
        self.blockSignals(True)
        self.setValue(cast(int, value))
        self.blockSignals(False)


Field = ShareField | ChoiceField | CountField


def field_for(option: Option) -> Field:
    if option.choices:
        return ChoiceField(option)
    return CountField(option) if isinstance(option.default, int) else ShareField(option)
