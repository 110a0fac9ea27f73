"""Every setting of the method and its strategy is at hand beside the selectors."""

from collections.abc import Callable

import pytest
from builders import make_grid, make_image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fusionviewer.fusion.methods import METHODS, SELECTABLE, options_of
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.option_fields import ChoiceField, CountField, ShareField
from fusionviewer.ui.option_row import OptionRow
from fusionviewer.ui.store import Store
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED

WAYS = [
    (method.name, strategy)
    for method in METHODS.values()
    for strategy in method.strategies or ("",)
]


def chosen(store: Store, method: str, strategy: str = "") -> None:
    store.apply(change.with_method, method)
    if strategy:
        store.apply(change.with_strategy, strategy)


def value(store: Store, name: str) -> object:
    from fusionviewer.workspace.method_options import chosen_of

    state = store.state
    return dict(chosen_of(state.options, state.method, state.strategy))[name]


@pytest.fixture
def row(qtbot: QtBot) -> OptionRow:
    row = OptionRow(Store())
    qtbot.addWidget(row)
    row.show()
    return row


def test_every_option_of_every_method_and_strategy_has_a_field_with_a_name(row: OptionRow) -> None:
    for method, strategy in WAYS:
        chosen(row._store, method, strategy)
        wanted = set(options_of(method, strategy)) - {"alpha"}  # the opacity has its own place
        assert set(row.fields) == wanted
        assert row.button.isVisibleTo(row) == (len(wanted) > 1)
        for name, field in row.fields.items():
            named = field.slider if isinstance(field, ShareField) else field
            assert named.accessibleName() == options_of(method, strategy)[name].label


def test_each_kind_of_option_has_its_kind_of_field(row: OptionRow) -> None:
    kinds = {"residual": ShareField, "levels": CountField, "wavelet": ChoiceField}
    for method in ("clarus", "wavelet"):
        chosen(row._store, method)
        for name, field in row.fields.items():
            assert isinstance(field, kinds[name])


def test_the_correction_is_limited_and_switched_off_with_a_slider(
    row: OptionRow, qtbot: QtBot
) -> None:
    slider = row.fields["residual"].slider
    assert row.fields["residual"]._words.text() == "100 %"
    qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    assert value(row._store, "residual") == 0.9
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert value(row._store, "residual") == 0
    assert row.fields["residual"]._words.text() == "off"


def test_several_settings_are_opened_changed_and_taken_back(row: OptionRow, qtbot: QtBot) -> None:
    store = row._store
    chosen(store, "eh-dran", "sfnn-local")
    assert row.button.text() == "Settings"
    row.button.click()
    assert row.popup.isVisible()

    field = row.fields["windows"]
    field.setCurrentIndex(field.findText("32 · 64 · 128"))
    field.activated.emit(field.currentIndex())
    assert value(store, "windows") == (32, 64, 128)
    assert row.button.text() == "Settings (1 changed)"
    field = row.fields["reduction"]
    field.activated.emit(field.findText("their sum"))
    assert row.button.text() == "Settings (2 changed)"

    store.undo()  # one pick is one step
    assert value(store, "reduction") == "max"
    assert value(store, "windows") == (32, 64, 128)
    assert row.fields["reduction"].currentText() == "the strongest"

    row.popup.back.click()
    assert value(store, "windows") == (16, 32, 64)
    assert not row.popup.back.isEnabled()
    field.activated.emit(field.findText("their sum"))
    store.undo()
    assert value(store, "windows") == (16, 32, 64)  # what was picked then is a step of its own
    qtbot.keyClick(row.popup, Qt.Key.Key_Escape)
    assert not row.popup.isVisible()


def test_a_number_that_is_typed_counts_when_it_is_finished(row: OptionRow, qtbot: QtBot) -> None:
    chosen(row._store, "eh-dran", "sfnn-max")
    row.button.click()
    field = row.fields["max_size"]
    assert field.text() == "all"
    seen: list[object] = []
    row._store.changed.connect(lambda _before, _now: seen.append(value(row._store, "max_size")))
    field.selectAll()
    qtbot.keyClicks(field, "512")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert seen == [512]
    field.selectAll()
    qtbot.keyClicks(field, "99999")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert value(row._store, "max_size") <= 4096


def test_going_through_all_strategies_leaves_no_field_of_another_behind(row: OptionRow) -> None:
    for method, strategy in WAYS * 2:
        chosen(row._store, method, strategy)
        QApplication.sendPostedEvents(None, 52)  # DeferredDelete
        visible = [one for one in row.children() if getattr(one, "isVisible", bool)()]
        assert len(visible) <= 3  # label, field, button


@pytest.mark.parametrize("language", ["english", "german"])
@pytest.mark.parametrize(("method", "strategy"), [("eh-dran", name) for name in SELECTABLE])
def test_the_panel_stays_within_1280_pixels(
    request: pytest.FixtureRequest,
    make_window: Callable[..., MainWindow],
    language: str,
    method: str,
    strategy: str,
) -> None:
    if language == "german":
        request.getfixturevalue("german")
    window = make_window(
        settings=Settings(method=method, strategy=strategy, width=1280, height=800)
    )
    for name, option in options_of(method, strategy).items():
        other = option.choices[-1] if option.choices else int(option.high)
        window.store.apply(change.with_option, name, other)
    assert window.panel.minimumSizeHint().width() <= window.panel.width() <= 1280


def test_a_setting_changes_the_fused_picture_and_the_words_over_it(
    make_window: Callable[..., MainWindow], settled: Callable[[MainWindow], None], qtbot: QtBot
) -> None:
    window = make_window(settings=Settings(method="laplacian"))
    grid = make_grid((1, 64, 64))
    for seed in (1, 2):
        window.store.apply(opened, make_image((1, 64, 64), name=f"{seed}", seed=seed, grid=grid))
    settled(window)
    before = window.grid.panes[FUSED].pixels.copy()
    words = window.grid.panes[FUSED].overlay.captions.top_left
    assert not any("Scales" in line for line in words)

    window.panel.settings.fields["levels"].setValue(1)
    settled(window)
    assert (window.grid.panes[FUSED].pixels != before).any()
    assert "Scales 1" in window.grid.panes[FUSED].overlay.captions.top_left
