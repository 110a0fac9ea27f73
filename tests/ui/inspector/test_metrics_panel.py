"""The scores beside the picture are those of the picture, and never those of another one."""

import csv
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import WeightsError
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import shown
from fusionviewer.imaging.roi import Rectangle, Sphere
from fusionviewer.imaging.roi_mark import Form
from fusionviewer.metrics.report import score_pair
from fusionviewer.metrics.table import CONVENTIONS, METRICS
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.metrics_panel import MetricsPanel
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.score_table import BAR, NAME, REFERENCE, VALUE, Line
from fusionviewer.ui.store import Store
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.regions import canvas_of, with_form
from fusionviewer.workspace.state import ViewState

NAMES = CONVENTIONS["mfinet"]  # four scores, so that tests are quick


class HeldFuse:
    """The real engine, that waits until it is released."""

    def __init__(self) -> None:
        self.released = Event()
        self.asked: list[FuseRequest] = []
        self._engine = Engine(Runtimes())

    def __call__(self, request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        self.asked.append(request)
        while not self.released.wait(timeout=0.01):
            cancel.check()
        return self._engine.fuse(request, cancel, progress)


@pytest.fixture
def held() -> Iterator[HeldFuse]:
    held = HeldFuse()
    held.released.set()
    yield held
    held.released.set()


def put(store: Store, number: int, form: Form) -> None:
    """A mark of this number on the slice that is shown."""
    canvas = canvas_of(store.state, "A")
    assert canvas is not None
    store.apply(with_form, number, form, canvas)


@pytest.fixture
def panel(
    store: Store, feed: FusionFeed, grid: PaneGrid, held: HeldFuse, qtbot: QtBot
) -> Iterator[MetricsPanel]:
    panel = MetricsPanel(store, feed, held)
    panel.sets.setCurrentIndex(panel.sets.findData("mfinet"))
    qtbot.addWidget(panel)
    panel.resize(400, 500)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.close_threads()


def scored(panel: MetricsPanel, qtbot: QtBot) -> dict[str, Line]:
    """The lines of the table, once all are there."""
    qtbot.waitUntil(lambda: bool(panel.model.lines) and all(x.value for x in panel.model.lines))
    return {line.metric.name: line for line in panel.model.lines}


def values(lines: dict[str, Line]) -> dict[str, float | None]:
    return {name: line.value.value for name, line in lines.items() if line.value}


def expected(state: ViewState, region: np.ndarray | None = None) -> dict[str, float | None]:
    """By the library directly, on the slice as it is shown."""
    request = state.request
    assert request is not None
    a, b = (
        shown(image, request.slice_index, look).grey * 255.0
        for image, look in zip((request.pair.a, request.pair.b), request.looks, strict=True)
    )
    answer = Engine(Runtimes()).fuse(request, CancelToken(), lambda _done, _total: None)
    scores = score_pair(a, b, answer.fused.grey * 255.0, NAMES, region)
    return {name: score.value for name, score in scores.items()}


def assert_same(found: dict[str, float | None], other: dict[str, float | None]) -> None:
    """Equal but for rounding, and undefined for the same scores."""
    missing = [[name for name, value in one.items() if value is None] for one in (found, other)]
    assert missing[0] == missing[1]
    known = {name: value for name, value in other.items() if value is not None}
    assert {name: found[name] for name in known} == pytest.approx(known, rel=1e-6)


def test_the_scores_are_those_of_what_is_shown(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    assert_same(values(scored(panel, qtbot)), expected(store.state))


def test_another_slice_window_or_method_has_its_own_scores(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    seen = [values(scored(panel, qtbot))]
    for act in (
        lambda: store.apply(change.at_slice, 4),
        lambda: store.apply(looks.dragged_window, 0, 80, 0),
        lambda: store.apply(change.with_method, "maximum"),
    ):
        act()
        assert not any(line.value for line in panel.model.lines)  # pending at once
        seen.append(values(scored(panel, qtbot)))
        assert_same(seen[-1], expected(store.state))
    assert len({tuple(one.values()) for one in seen}) == len(seen)


def test_a_late_answer_is_dropped(panel: MetricsPanel, store: Store, qtbot: QtBot) -> None:
    answers: list[int] = []
    panel._live.finished.connect(lambda s: answers.append(s.asked.request.slice_index))
    for index in (0, 1, 3, 4, 5):
        store.apply(change.at_slice, index)
        qtbot.wait(5)
    scored(panel, qtbot)
    assert answers[-1] == 5
    assert_same(values(scored(panel, qtbot)), expected(store.state))


def test_the_region_restricts_them_when_the_box_is_ticked(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    region = Rectangle(5, 5, 45, 50)
    assert not panel.in_region.isEnabled()
    put(store, 1, region)
    assert_same(values(scored(panel, qtbot)), expected(store.state))
    panel.in_region.click()
    mask = region.mask((60, 64))
    found = values(scored(panel, qtbot))
    assert_same(found, expected(store.state, mask))
    put(store, 1, region.moved(8, 4))
    moved = region.moved(8, 4).mask((60, 64))
    assert_same(values(scored(panel, qtbot)), expected(store.state, moved))


def test_a_region_without_pixels_says_so(panel: MetricsPanel, store: Store, qtbot: QtBot) -> None:
    put(store, 1, Sphere(5, 30, 30, radius_mm=4))  # not on slice 2
    panel.in_region.click()
    qtbot.waitUntil(lambda: "no pixel of this slice" in panel.status.text())
    store.apply(change.at_slice, 5)
    assert scored(panel, qtbot)


def test_the_reference_is_scored_on_every_slice_and_the_better_one_is_bold(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    average = values(scored(panel, qtbot))
    panel._compare.click()
    store.apply(change.with_method, "maximum")
    lines = scored(panel, qtbot)
    assert {n: x.reference.value for n, x in lines.items() if x.reference} == average
    assert not panel.table.isColumnHidden(REFERENCE)
    assert panel.model.titles[VALUE : REFERENCE + 1] == ("Maximum", "Average")
    for row, line in enumerate(panel.model.lines):
        assert line.value and line.reference and line.value.value and line.reference.value
        bold = [_bold(panel, row, column) for column in (VALUE, REFERENCE)]
        assert bold == [line.better > 0, line.better < 0]
        assert (line.value.value > line.reference.value) == (
            line.better > 0
        )  # all “more is better”

    store.apply(change.at_slice, 4)
    store.apply(change.with_method, "average")
    lines = scored(panel, qtbot)
    assert all(line.value == line.reference for line in lines.values())
    panel._compare.click()
    assert panel.table.isColumnHidden(REFERENCE)


def _bold(panel: MetricsPanel, row: int, column: int) -> bool:
    font = panel.model.data(panel.model.index(row, column), Qt.ItemDataRole.FontRole)
    return font is not None and font.bold()


def test_the_bar_knows_what_the_sources_would_score(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    store.apply(change.with_option, "alpha", 0.0)
    store.apply(change.with_method, "alpha")  # all A and nothing of B
    scored(panel, qtbot)
    qtbot.waitUntil(lambda: all(line.of_a for line in panel.model.lines))
    for line in panel.model.lines:
        assert line.value and line.of_a
        assert line.value.value == pytest.approx(line.of_a.value, rel=1e-3)
    spoken = panel.model.data(panel.model.index(0, BAR), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("The sources themselves would score ")


def test_every_name_is_explained_with_its_source(panel: MetricsPanel, qtbot: QtBot) -> None:
    scored(panel, qtbot)
    panel.sets.setCurrentIndex(panel.sets.findData("bits"))
    panel.sets.activated.emit(panel.sets.currentIndex())
    assert len(panel.model.lines) == len(CONVENTIONS["bits"])
    for row, name in enumerate(CONVENTIONS["bits"]):
        tip = panel.model.data(panel.model.index(row, NAME), Qt.ItemDataRole.ToolTipRole)
        assert METRICS[name].description in tip and METRICS[name].convention in tip
        assert METRICS[name].source in tip


def test_copied_and_saved_scores_are_those_of_the_table(
    panel: MetricsPanel, store: Store, tmp_path: Path, monkeypatch, qtbot: QtBot
) -> None:
    found = values(scored(panel, qtbot))
    panel.copy()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == ["Score", "Average", "A itself", "B itself"]
    assert float(lines[1][1]) == pytest.approx(found["mi"], abs=6e-4)
    target = tmp_path / "scores.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    panel.save()
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    assert {row["name"]: float(row["Average"]) for row in rows} == found


def test_two_settings_of_one_method_have_two_names(
    panel: MetricsPanel, store: Store, tmp_path: Path, monkeypatch, qtbot: QtBot
) -> None:
    store.apply(change.with_method, "laplacian")
    scored(panel, qtbot)
    panel._compare.click()
    store.apply(change.with_option, "levels", 2)
    qtbot.waitUntil(lambda: all(x.reference for x in panel.model.lines))
    assert panel.model.headerData(1, Qt.Orientation.Horizontal) == "Laplacian pyramid, Scales 2"
    assert panel._compare.toolTip() == "Compared with Laplacian pyramid"
    target = tmp_path / "scores.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    panel.save()
    head = target.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {"Laplacian pyramid levels=2", "Laplacian pyramid"} <= set(head)


def test_two_methods_are_drawn_between_worst_and_best(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    scored(panel, qtbot)
    panel._compare.click()
    panel._plot.click()
    assert panel.view.plot.isVisible() and not panel.table.isVisible()
    store.apply(change.with_method, "maximum")
    qtbot.waitUntil(lambda: all(x.reference and x.of_b for x in panel.model.lines))
    lines = panel.model.lines
    for row, line in enumerate(lines):
        four = [line.value, line.reference, line.of_a, line.of_b]
        known = [score.value for score in four if score and score.value is not None]
        if line.value and line.value.value is not None:
            share = (line.value.value - min(known)) / (max(known) - min(known))
            assert panel.view.plot.place(row, "value") == pytest.approx(share)
    assert panel.view.titles == ("Maximum", "Average")
    panel._plot.click()
    assert panel.table.isVisible()


def test_all_slices_are_scored_and_drawn(panel: MetricsPanel, store: Store, qtbot: QtBot) -> None:
    scored(panel, qtbot)
    panel._whole.click()
    qtbot.waitUntil(lambda: panel.volume.curve.asked is not None, timeout=20_000)
    means = [expected(change.at_slice(store.state, i))["sf"] for i in range(6)]
    table = dict(line.split("\t")[:2] for line in panel.volume.curve.as_text().splitlines() if line)
    mean, deviation = np.mean(means), np.std(means, ddof=1)
    assert table["Spatial frequency"] == f"{mean:.2f} ± {deviation:.2f} over 6 slices"
    panel.table.selectRow(1)
    assert panel.volume.curve.text.startswith("Spatial frequency: ")
    assert panel.view.height() > panel.volume.height()  # a curve does not squeeze the table
    store.apply(change.at_slice, 4)
    assert panel.volume.curve.isVisible()  # it belongs to every slice
    store.apply(change.with_method, "maximum")
    assert not panel.volume.isVisible()  # and to one method


@pytest.mark.parametrize("how", ["cancel", "another method"])
def test_scoring_all_slices_can_be_stopped(
    panel: MetricsPanel, store: Store, held: HeldFuse, how: str, qtbot: QtBot
) -> None:
    scored(panel, qtbot)
    held.released.clear()
    held.asked.clear()
    panel._whole.click()
    qtbot.waitUntil(lambda: bool(held.asked))
    assert panel.volume.busy and not panel._whole.isEnabled()
    if how == "cancel":
        panel.volume._stop.click()
    else:
        store.apply(change.with_method, "maximum")
    assert not panel.volume.busy
    held.released.set()
    scored(panel, qtbot)
    qtbot.wait(50)
    assert panel.volume.curve.asked is None
    assert panel._whole.isEnabled()


def test_a_volume_that_cannot_be_scored_is_said_once(
    store: Store, feed: FusionFeed, grid: PaneGrid, qtbot: QtBot
) -> None:
    def broken(request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        raise WeightsError("The weights of EH-DRAN are missing.")

    panel = MetricsPanel(store, feed, broken)
    qtbot.addWidget(panel)
    panel.show()
    try:
        with qtbot.waitSignal(panel.said) as said:
            panel.score_volume()
        assert said.args[0].text == "The weights of EH-DRAN are missing."
        assert not panel.volume.busy
    finally:
        panel.close_threads()


def test_nothing_is_computed_while_nobody_looks(
    panel: MetricsPanel, store: Store, qtbot: QtBot
) -> None:
    scored(panel, qtbot)
    panel.hide()
    answers: list[object] = []
    panel._live.finished.connect(answers.append)
    store.apply(change.at_slice, 0)
    qtbot.waitUntil(lambda: panel._feed.status.kind == "done")
    qtbot.wait(100)
    assert answers == []
    panel.show()
    assert_same(values(scored(panel, qtbot)), expected(store.state))


def test_every_control_has_a_name(panel: MetricsPanel, qtbot: QtBot) -> None:
    unnamed = [
        widget
        for widget in panel.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.parent().accessibleName()
    ]
    assert unnamed == []
