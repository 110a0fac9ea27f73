"""The list of marks: choose, rename, recolour, bring here, remove; all of it can be undone."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.image import Image, Patient
from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.roi import Ellipse, Rectangle, Sphere
from fusionviewer.imaging.roi_mark import COLOURS, Form
from fusionviewer.ui.contribution import ContributionLayer
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.roi_inspector import RoiInspector
from fusionviewer.ui.roi_table import Row
from fusionviewer.ui.store import Store
from fusionviewer.workspace import regions
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import find_pair, with_image, with_pairing
from fusionviewer.workspace.colours import with_colours_toggled
from fusionviewer.workspace.state import FUSED, Place


@pytest.fixture
def inspector(
    store: Store, feed: FusionFeed, grid: PaneGrid, qtbot: QtBot
) -> Iterator[RoiInspector]:
    inspector = RoiInspector(store, feed)
    qtbot.addWidget(inspector)
    inspector.resize(1000, 240)
    inspector.show()
    yield inspector
    inspector.close_threads()


def put(store: Store, *forms: Form) -> None:
    for form in forms:
        canvas = regions.canvas_of(store.state, "A")
        assert canvas is not None
        store.settle()
        store.apply(regions.with_form, regions.next_number(store.state), form, canvas)
    store.settle()


def cells(inspector: RoiInspector) -> list[list[str]]:
    model = inspector.list.marks
    return [
        [str(model.data(model.index(row, column))) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def rows(inspector: RoiInspector, qtbot: QtBot) -> dict[str, Row]:
    model = inspector.model
    qtbot.waitUntil(lambda: bool(model.rows) and all(row.statistics for row in model.rows))
    return {row.label: row for row in model.rows}


def test_every_mark_has_its_size(inspector: RoiInspector, store: Store, qtbot: QtBot) -> None:
    put(store, Rectangle(27.5, 31.5, 31.5, 35.5), Ruler((10, 10), (40, 50)),
        Angle((10, 10), (40, 10), (40, 40)), Sphere(2, 20, 20, 9))  # fmt: skip
    rows(inspector, qtbot)
    found = cells(inspector)
    assert [line[0] for line in found] == ["Region 1", "Distance 1", "Angle 1", "Region 2"]
    assert [line[1] for line in found] == ["3", "3", "3", "3"]
    assert [line[2] for line in found][:3] == ["16 mm²", "50.0 mm", "90.0°"]
    assert found[3][2].endswith(" ml") and 2.5 < float(found[3][2][:-3]) < 3.5


def test_the_keyboard_renames_chooses_and_removes(
    inspector: RoiInspector, store: Store, qtbot: QtBot
) -> None:
    put(store, Rectangle(5, 5, 20, 20), Ellipse(30, 30, 5, 5))
    table = inspector.list
    table.setFocus()
    table.setCurrentIndex(table.marks.index(0, 0))
    assert store.state.chosen == 1
    QTest.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "Tumour")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: store.state.marks[0].name == "Tumour")
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert [mark.name for mark in store.state.marks] == ["Region 2"]
    assert store.state.chosen == 2
    store.undo()
    assert [mark.name for mark in store.state.marks] == ["Tumour", "Region 2"]
    store.undo()
    assert store.state.marks[0].name == "Region 1"


def test_numbers_that_arrive_leave_a_name_that_is_being_typed(
    inspector: RoiInspector, store: Store
) -> None:
    put(store, Rectangle(5, 5, 20, 20))
    table = inspector.list
    table.setFocus()
    table.setCurrentIndex(table.marks.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Tum")
    table.marks.show_sizes({})
    store.apply(change.at_slice, 5)
    assert editor.text() == "Tum"


def test_choosing_a_mark_shows_its_slice_and_its_numbers(
    inspector: RoiInspector, store: Store, ct: Image, qtbot: QtBot
) -> None:
    put(store, Rectangle(4.5, 4.5, 9.5, 9.5))
    store.apply(change.at_slice, 5)
    put(store, Rectangle(20.5, 20.5, 30.5, 30.5))
    inspector.list.setCurrentIndex(inspector.list.marks.index(0, 0))
    assert store.state.slice_index == 2
    here = ct.values[2, 5:10, 5:10].astype(np.float64)
    found = rows(inspector, qtbot)["A CT"].statistics
    assert found is not None and found.mean == pytest.approx(here.mean())


def test_the_menu_recolours_and_brings_a_mark_here(inspector: RoiInspector, store: Store) -> None:
    put(store, Rectangle(5, 5, 20, 20))
    store.apply(change.at_slice, 4)
    table = inspector.list
    menu = table.menu(store.state.marks[0], table.marks.index(0, 0))
    colours = next(a.menu() for a in menu.actions() if a.menu() is not None)
    next(a for a in colours.actions() if a.text() == "White").trigger()
    assert store.state.marks[0].colour == COLOURS["White"]
    next(a for a in menu.actions() if "Bring" in a.text()).trigger()
    assert store.state.marks[0].canvas.slice_index == 4
    assert cells(inspector)[0][1] == "5"


def test_a_name_that_is_empty_or_endless_is_made_good(store: Store) -> None:
    put(store, Rectangle(5, 5, 20, 20))
    store.apply(regions.renamed, 1, "   ")
    assert store.state.marks[0].name == "Region 1"
    store.apply(regions.renamed, 1, "x\ny" * 500)
    assert len(store.state.marks[0].name) == 60 and "\n" not in store.state.marks[0].name


def test_a_distance_has_a_profile_of_every_image_with_its_own_axis(
    inspector: RoiInspector, store: Store, qtbot: QtBot
) -> None:
    put(store, Ruler((29, 20), (29, 50)))
    rows(inspector, qtbot)
    inspector._plot.setChecked(True)
    plot = inspector.profile
    assert plot.isVisible()
    assert [curve.label for curve in plot.curves] == ["A CT", "B PET", "Fused"]
    hot = plot.curves[1].line.getData()[1]
    assert np.nanmax(hot) == 20 and set(hot[np.isfinite(hot)]) == {1, 20}
    plot._read(13.0)
    assert "B PET 20.00 SUV" in plot.text and "A CT" in plot.text and "HU" in plot.text
    plot._read(None)
    assert plot.text == "A CT, HU: full · B PET, SUV: dashed · Fused, 0…1: dotted"
    store.apply(regions.without_mark, 1)
    assert not plot.isVisible()


def test_images_that_do_not_lie_on_each_other_say_so(
    inspector: RoiInspector, store: Store, ct: Image, qtbot: QtBot
) -> None:
    put(store, Rectangle(5, 5, 20, 20))
    rows(inspector, qtbot)
    assert "lie on each other" not in inspector._remark.text()
    stranger = replace(ct, values=ct.values + 1, patient=Patient(id="7"))
    store.apply(with_image, 0, replace(ct, values=ct.values + 2, patient=Patient(id="8")))
    store.apply(with_image, 1, stranger)
    found = find_pair(store.state.natives, store.state.fused_slots)
    store.apply(with_pairing, found)
    assert store.state.refusal is not None
    rows(inspector, qtbot)
    assert "lie on each other" in inspector._remark.text()


def test_a_region_has_a_histogram_per_image(
    inspector: RoiInspector, store: Store, ct: Image, qtbot: QtBot
) -> None:
    put(store, Ellipse(28, 32, 12, 15))
    found = rows(inspector, qtbot)
    inspector._plot.setChecked(True)
    plots = [plot for plot in inspector.histogram.plots if plot.isVisible()]
    assert [plot.title.text().split(":")[0] for plot in plots] == ["A CT", "B PET", "Fused"]
    edges, counts = plots[0].curve.getOriginalDataset()
    assert found["A CT"].statistics is not None
    assert counts.sum() == found["A CT"].statistics.count
    assert edges[0] == found["A CT"].statistics.minimum
    assert "HU" in plots[0].title.text() and "SUV" in plots[1].title.text()


def test_the_share_of_each_source_is_in_the_numbers_and_at_the_crosshair(
    inspector: RoiInspector, store: Store, qtbot: QtBot
) -> None:
    store.apply(with_colours_toggled)  # the fused luminance as it is, half of each by “average”
    put(store, Ellipse(28, 32, 12, 15))
    fused = rows(inspector, qtbot)["Fused"]
    assert fused.share == pytest.approx(0.5)
    texts = [column.text(fused) for column in inspector.model.columns]
    assert "A CT 50 % · B PET 50 %" in texts
    inspector.hover(Place(2, 29, 33))
    assert inspector.loupe._where.text().endswith("A 50 % · B 50 %")


def test_for_a_method_without_weights_the_share_comes_with_the_contribution(
    store: Store, feed: FusionFeed, grid: PaneGrid, inspector: RoiInspector, qtbot: QtBot
) -> None:
    from fusionviewer.engine.engine import Engine
    from fusionviewer.fusion.runtime import Runtimes

    layer = ContributionLayer(store, feed, grid.panes[FUSED], Engine(Runtimes(device="cpu")), grid)
    inspector.take_shares(layer)
    store.apply(change.with_method, "laplacian")
    put(store, Ellipse(28, 32, 12, 15))
    assert rows(inspector, qtbot)["Fused"].share is None
    store.apply(change.with_overlay_toggled, "contribution")
    qtbot.waitUntil(lambda: layer.contribution is not None)
    share = rows(inspector, qtbot)["Fused"].share
    assert share is not None and 0 < share < 1
    assert layer.contribution is not None
    inside = Ellipse(28, 32, 12, 15).mask(layer.contribution.share_of_a.shape)  # type: ignore[arg-type]
    assert share == pytest.approx(np.nanmean(layer.contribution.share_of_a[inside]), rel=1e-5)
    layer.close_threads()
