"""The settings of the method and its strategy: one beside the selectors, several behind a button."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from fusionviewer.fusion.methods import options_of
from fusionviewer.fusion.options import Options
from fusionviewer.texts import text as _
from fusionviewer.ui.option_fields import ChoiceField, Field, field_for
from fusionviewer.ui.store import Store
from fusionviewer.workspace import state as change
from fusionviewer.workspace.method_options import changed_of, chosen_of
from fusionviewer.workspace.state import ViewState

ELSEWHERE = ("alpha",)  # has a place of its own, with the images' names at its ends


class OptionRow(QWidget):
    """Shows what the state says, and changes it. With one option its field, with more a button that
    opens them below it, so that the row stays short."""

    done = Signal()  # something was picked, and the keys may go back to the images

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._store = store
        self._shown: tuple[str, str] | None = None  # method and strategy of the fields
        self.fields: dict[str, Field] = {}
        self.button = QToolButton()
        self.button.setToolTip(_("Settings of this method and its strategy"))
        self.button.clicked.connect(self.open_settings)
        self.popup = _Popup(self)
        self.popup.back.clicked.connect(lambda _checked: self._back())
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.button)
        self._inline: list[QWidget] = []
        store.changed.connect(lambda _before, now: self._show(now))
        self._show(store.state)

    def open_settings(self) -> None:
        self.popup.open_below(self.button)
        next(iter(self.fields.values())).setFocus()

    def _back(self) -> None:
        """A step of its own: what is picked next is another."""
        self._store.settle()
        self._store.apply(change.with_default_options)
        self._store.settle()

    def _show(self, state: ViewState) -> None:
        shown = (state.method, state.strategy)
        if shown != self._shown:
            self._shown = shown
            self._rebuild(_here(options_of(*shown)))
        for name, value in chosen_of(state.options, *shown):
            if name in self.fields:
                self.fields[name].show_value(value)
        changed = len(changed_of(state.options, *shown))
        self.popup.back.setEnabled(changed > 0)
        self.button.setText(
            _("Settings ({count} changed)", count=changed) if changed else _("Settings")
        )

    def _rebuild(self, options: Options) -> None:
        self.popup.hide()
        self.popup.clear()
        for one in self._inline:
            one.hide()
            one.deleteLater()
        self._inline = []
        self.fields = {name: self._field(name, options) for name in options}
        self.button.setVisible(len(options) > 1)
        self.setVisible(bool(options))
        for name, field in self.fields.items():
            label = QLabel(_(options[name].label))
            label.setToolTip(_(options[name].description))
            label.setBuddy(field)
            if len(options) > 1:
                self.popup.form.insertRow(self.popup.form.rowCount() - 1, label, field)
            else:
                self._inline = [label, field]
        for one in self._inline:
            self._layout.addWidget(one)

    def _field(self, name: str, options: Options) -> Field:
        field = field_for(options[name])
        field.chosen.connect(lambda value: self._store.apply(change.with_option, name, value))
        field.settled.connect(self._store.settle)
        if isinstance(field, ChoiceField) and len(options) == 1:
            field.closed.connect(self.done)
        return field


class _Popup(QDialog):
    """Below the button; a click elsewhere or Esc closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAccessibleName(_("Settings of this method and its strategy"))
        self.setWindowTitle(_("Settings"))
        self.back = QPushButton(_("As usual"))
        self.back.setToolTip(_("Every setting of this method and its strategy as it is at first"))
        self.back.setAutoDefault(False)
        self.form = QFormLayout(self)
        self.form.addRow(self.back)

    def clear(self) -> None:
        while self.form.rowCount() > 1:
            self.form.removeRow(0)

    def open_below(self, button: QWidget) -> None:
        self.adjustSize()
        here = button.mapToGlobal(QPoint(0, button.height()))
        room = button.screen().availableGeometry()
        left = min(here.x(), room.right() - self.width())
        self.move(max(left, room.left()), min(here.y(), room.bottom() - self.height()))
        self.show()


def _here(options: Options) -> Options:
    return {name: option for name, option in options.items() if name not in ELSEWHERE}
