"""Settings become what one sees: at the start, and at once when one of them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QSlider,
    QTableView,
    QToolButton,
    QWidget,
)

from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.ui.actions import apply_keys
from fusionviewer.ui.image_box import ImageBox
from fusionviewer.ui.mouse_habits import mouse_habits
from fusionviewer.ui.settings_dialog import SettingsDialog
from fusionviewer.ui.theme import apply_theme
from fusionviewer.workspace import state as change
from fusionviewer.workspace.settings import Settings

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

QWIDGETSIZE_MAX = 2**24 - 1  # Qt's word for “as wide as it likes”
ROW_GAP = 6  # pixels between the lines of a table
_FIXED = (QPushButton, QSlider, QToolButton)


def ask_settings(window: MainWindow) -> SettingsDialog:
    """The dialog; what is picked shows at once, and goes again with Cancel."""
    before = window.settings
    now = before.model_copy(update={"texts": window.store.state.texts})
    dialog = SettingsDialog(now, window)
    dialog.changed.connect(lambda settings: follow_settings(window, settings))
    dialog.open()
    return dialog


def follow_settings(window: MainWindow, settings: Settings) -> None:
    """Become what `settings` say, where they differ from those until now."""
    before, window.settings = window.settings, settings
    apply_looks(settings, before)
    apply_keys(window.actions_by_name, settings.keys)
    apply_mouse(settings)
    fit_to_texts(window, settings.text_size / before.text_size)
    state = window.store.state
    if settings.texts != state.texts:
        window.store.apply(change.with_texts, settings.texts)
    if settings.left_drag != before.left_drag:
        window.store.apply(change.with_tool, settings.left_drag)
    if settings.device != before.device:
        window.engine.runtimes = Runtimes(device=settings.device)
    if settings.recent_files != before.recent_files:
        window.recent.keep()
    if before.reopening and not settings.reopening:
        window.sessions.stop_keeping(forget=True)


def apply_looks(settings: Settings, before: Settings | None = None) -> None:
    """Colours and the size of texts."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    looks = (settings.theme, settings.text_size)
    if before is None or looks != (before.theme, before.text_size):
        apply_theme(app, *looks)


def fit_to_texts(window: QWidget, ratio: float) -> None:
    """Columns and fields of a fixed size, after texts have become larger by `ratio`."""
    if ratio == 1:
        return
    for table in window.findChildren(QTableView):
        height = table.fontMetrics().lineSpacing() + ROW_GAP
        table.verticalHeader().setDefaultSectionSize(height)
        for column in range(table.horizontalHeader().count()):
            table.setColumnWidth(column, round(table.columnWidth(column) * ratio))
    for field in (part for kind in _FIXED for part in window.findChildren(kind)):
        least, most = field.minimumWidth(), field.maximumWidth()
        if most < QWIDGETSIZE_MAX:
            field.setMaximumWidth(round(most * ratio))
            field.setMinimumWidth(round(least * ratio))


def apply_mouse(settings: Settings) -> None:
    """For every pane, also those to come."""
    ImageBox.habits = mouse_habits(settings)
