"""Whatever pane, shape and zoom a region is drawn with: the numbers are NumPy's, of native voxels."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from builders import make_grid, make_image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.measure import Angle, Ruler
from fusionviewer.imaging.roi import Point, Rectangle, Sphere
from fusionviewer.imaging.roi_drawing import SHAPES, Canvas
from fusionviewer.imaging.roi_mark import Mark
from fusionviewer.imaging.roi_statistics import Statistics
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.measurement import Measurer, Question
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.region_layer import RegionLayer
from fusionviewer.ui.roi_inspector import RoiInspector
from fusionviewer.ui.store import Store
from fusionviewer.workspace import regions
from fusionviewer.workspace import state as change

PANES = ("A", "B", "fused")
VIEWS = ((1.0, 0.5, 0.5), (2.3, 0.45, 0.55), (0.6, 0.5, 0.4), (2.8, 0.45, 0.48))
OUTLINE = ((20, 22), (21, 36), (30, 38), (33, 27))  # rows and columns that all views show


@pytest.fixture
def inspector(
    store: Store, feed: FusionFeed, grid: PaneGrid, qtbot: QtBot
) -> Iterator[RoiInspector]:
    inspector = RoiInspector(store, feed)
    qtbot.addWidget(inspector)
    yield inspector
    inspector.close_threads()


def drag(pane: Pane) -> None:
    canvas = pane.box.getViewWidget()
    left = Qt.MouseButton.LeftButton

    def at(row: float, col: float) -> QPoint:
        return canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))

    view, spots = canvas.viewport(), [at(*place) for place in OUTLINE]
    QTest.mouseMove(view, spots[0])
    QTest.mousePress(view, left, Qt.KeyboardModifier.NoModifier, spots[0])
    for start, end in pairwise(spots):
        for step in range(1, 6):
            QTest.mouseMove(view, start + (end - start) * step / 5, 2)
    QTest.mouseRelease(view, left, Qt.KeyboardModifier.NoModifier, spots[-1])


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_numbers_are_those_of_numpy(
    inspector: RoiInspector,
    store: Store,
    feed: FusionFeed,
    grid: PaneGrid,
    ct: Image,
    pet: Image,
    pane: str,
    shape: str,
    qtbot: QtBot,
) -> None:
    zoom, row, col = VIEWS[(list(SHAPES).index(shape) + PANES.index(pane)) % len(VIEWS)]
    store.apply(lambda s: change.zoomed(s, zoom, (row, col)))
    layer = RegionLayer(store, grid.panes.values(), grid)
    layer.shape = shape
    store.apply(change.with_tool, "region")
    drag(grid.panes[pane])  # type: ignore[index]
    mark = regions.chosen_mark(store.state)
    assert mark is not None and type(mark.form) is not Ruler

    rows = inspector.model
    qtbot.waitUntil(lambda: bool(rows.rows) and all(row.statistics for row in rows.rows))
    found = {row.label: row.statistics for row in rows.rows}
    inside = in_ct(mark.form, ct)
    same(found["A CT"], ct.values[inside], "HU")
    same(found["B PET"], behind(pet, ct, mark.form), "SUV")
    fused = feed.status.fused
    assert fused is not None
    same(found["Fused"], fused.grey[inside[2]], "display, 0…1")


def same(found: Statistics | None, values: np.ndarray, unit: str) -> None:
    assert found is not None and values.size
    exact = values.astype(np.float64)
    assert (found.unit, found.count) == (unit, exact.size)
    assert (found.minimum, found.maximum) == (exact.min(), exact.max())
    assert found.median == np.median(exact)
    assert found.mean == pytest.approx(exact.mean(), rel=1e-12)
    assert found.sd == pytest.approx(exact.std(), rel=1e-9, abs=1e-12)
    assert found.total == pytest.approx(exact.sum(), rel=1e-12)
    assert found.histogram is not None and found.histogram.counts.sum() == exact.size


def in_ct(form: object, ct: Image) -> np.ndarray:
    """Which voxels of the CT, whose grid is the one that is shown, (S, H, W)."""
    inside = np.zeros(ct.shape, dtype=bool)
    if isinstance(form, Sphere):
        assert ct.grid is not None
        middle = np.array([form.slice, form.row, form.column])
        away = (np.moveaxis(np.indices(ct.shape), 0, -1) - middle) * ct.grid.spacing
        return np.linalg.norm(away, axis=-1) <= form.radius_mm
    assert not isinstance(form, Angle | Ruler)
    inside[2] = form.mask(ct.shape[1:])  # type: ignore[attr-defined]
    return inside


def behind(pet: Image, ct: Image, form: object) -> np.ndarray:
    """The PET's own voxels: those whose centre lies in the region, else the nearest one."""
    assert pet.grid is not None and ct.grid is not None
    index = np.moveaxis(np.indices(pet.shape), 0, -1)
    shown = ct.grid.index(pet.grid.position(index))  # S H W 3
    if isinstance(form, Sphere):
        middle = np.array([form.slice, form.row, form.column])
        inside = np.linalg.norm((shown - middle) * ct.grid.spacing, axis=-1) <= form.radius_mm
        return pet.values[inside]
    layer = np.abs(shown[..., 0] - 2) <= 1  # 6 mm slices behind slices of 3 mm
    inside = layer & form.contains(shown[..., 1], shown[..., 2])  # type: ignore[attr-defined]
    if isinstance(form, Point) or not inside.any():
        near = pet.grid.index(ct.grid.position((2, *form.center)))  # type: ignore[attr-defined]
        return pet.values[tuple(np.floor(near + 0.5).astype(int))][None]
    return pet.values[inside]


def test_numbers_of_an_image_that_is_gone_are_never_those_of_another() -> None:
    measurer, grid = Measurer(), make_grid()
    mark = Mark(1, "Region 1", "#ffffff", Rectangle(2, 2, 8, 8), Canvas(1, grid))
    for seed in range(50):  # each in the memory of the one before, as likely as not
        image = make_image(seed=seed, grid=grid)
        expected = image.values[1, 2:8, 2:8].mean(dtype=np.float64)
        asked = Question((mark,), (("A MR", image),))
        found = measurer(asked, CancelToken(), lambda _done, _total: None)[1][0].statistics
        del image, asked
        assert found is not None and found.mean == pytest.approx(expected)
