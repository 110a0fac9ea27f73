"""A reader measures a tumour in CT and PET at once: sphere, distance, angle, names, plot, CSV, undo."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from fusionviewer.imaging.measure import length
from fusionviewer.imaging.roi import Sphere
from fusionviewer.workspace.regions import chosen_mark
from fusionviewer.workspace.state import PaneName

LEFT = Qt.MouseButton.LeftButton


def drag(viewer, name: PaneName, *places: tuple[float, float]) -> None:  # type: ignore[no-untyped-def]
    """Left button down at the first (row, column) and up at the last."""
    pane = viewer.pane(name)

    def at(row: float, col: float) -> QPoint:
        return pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))

    view, spots = pane.canvas.viewport(), [at(*place) for place in places]
    QTest.mouseMove(view, spots[0])
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, spots[0])
    for start, end in pairwise(spots):
        for step in range(1, 9):
            QTest.mouseMove(view, start + (end - start) * step / 8, 2)
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, spots[-1])
    viewer.wait_until_still()


def choose_shape(viewer, label: str) -> None:  # type: ignore[no-untyped-def]
    shapes = viewer.window.inspector.shapes
    shapes.setCurrentIndex(shapes.findText(label))
    shapes.activated.emit(shapes.currentIndex())


def test_a_tumour_is_measured_in_ct_and_pet_at_once(
    viewer, data: Path, tmp_path: Path, monkeypatch, qtbot
) -> None:
    folder = data / "dicom" / "sts_ct_pet_mr" / "STS_002"
    viewer.drop(folder / "CT", folder / "PET")
    state = viewer.window.store.state
    pair = state.pair
    assert pair is not None and pair.grid is not None
    hottest = np.unravel_index(pair.b.values[state.slice_index].argmax(), pair.shape[1:])
    row, col = (float(x) for x in hottest)

    choose_shape(viewer, "Sphere")
    drag(viewer, "fused", (row, col), (row, col + 15))
    ball = chosen_mark(viewer.window.store.state)
    assert ball is not None and isinstance(ball.form, Sphere)
    assert viewer.number("A CT", "Unit") == "HU" and viewer.number("B PET", "Unit") == "SUV"
    assert "." not in viewer.number("A CT", "Max")  # HU are whole numbers
    pet = pair.native[1]
    assert pet.grid is not None
    middle = pair.grid.position((ball.form.slice, ball.form.row, ball.form.column))
    places = pet.grid.position(np.moveaxis(np.indices(pet.shape), 0, -1))
    inside = np.linalg.norm(places - middle, axis=-1) <= ball.form.radius_mm
    values = np.asarray(pet.values)[inside].astype(np.float64)
    assert viewer.number("B PET", "Max") == f"{values.max():.2f}"
    assert viewer.number("B PET", "Mean") == f"{values.mean():.2f}"
    ml = values.size * pet.grid.voxel_volume_mm3 / 1000
    assert viewer.number("B PET", "TLG") == f"{values.mean() * ml:.2f}"
    peak = float(viewer.number("B PET", "SUVpeak"))
    assert values.mean() < peak < values.max()

    viewer.press("D")
    drag(viewer, "A", (row, col - 20), (row, col + 20))
    ruler = chosen_mark(viewer.window.store.state)
    assert ruler is not None
    far, unit = length(ruler.form, ruler.canvas.grid)  # type: ignore[arg-type]
    assert unit == "mm" and far == pytest.approx(40 * pair.grid.spacing[2], rel=0.05)
    labels = [label.textItem.toPlainText() for label in viewer.window.regions.labels.values()]
    assert labels.count(f"{far:.1f} mm") == 3
    viewer.click("Histogram of the region, or values along the distance")
    qtbot.waitUntil(lambda: len(viewer.window.inspector.profile.curves) == 3)

    viewer.press("A")
    drag(viewer, "B", (row - 20, col), (row, col))
    drag(viewer, "B", (row, col + 10), (row, col + 20))
    assert any(label.endswith("°") for label in _sizes(viewer))

    target = tmp_path / "numbers.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.waitUntil(lambda: len(viewer.window.inspector.measured) == 3)
    viewer.click("Save the numbers of all regions as CSV")
    lines = list(csv.DictReader(target.open(encoding="utf-8")))
    assert {line["plane"] for line in lines} == {"axial"}
    assert [line["shape"] for line in lines] == ["sphere"] * 3 + ["distance"] * 3 + ["angle"]
    assert float(lines[1]["mean"]) == pytest.approx(values.mean())
    assert float(lines[3]["size"]) == pytest.approx(far) and lines[3]["size unit"] == "mm"

    viewer.wheel("A", 3)
    assert chosen_mark(viewer.window.store.state) is not None  # it stays with its slice
    viewer.press(Qt.Key.Key_Delete)
    assert len(viewer.window.store.state.marks) == 2
    for _ in range(12):
        viewer.press("Z", Qt.KeyboardModifier.ControlModifier)
        if not viewer.window.store.state.marks:
            break
    assert viewer.window.store.state.marks == ()
    assert not viewer.window.regions.items


def _sizes(viewer) -> list[str]:  # type: ignore[no-untyped-def]
    model = viewer.window.inspector.list.marks
    return [str(model.data(model.index(row, 2))) for row in range(model.rowCount())]


def test_pictures_without_geometry_are_measured_in_pixels(viewer, tmp_path: Path) -> None:
    paths = []
    for name, value in (("CT", 200), ("MRI", 90)):
        path = tmp_path / name / "30001.png"
        path.parent.mkdir()
        Picture.fromarray(np.full((64, 64), value, dtype=np.uint8)).save(path)
        paths.append(path)
    viewer.drop(*paths)
    viewer.press("D")
    drag(viewer, "fused", (20, 10), (20, 50))
    (label, *_) = {label.textItem.toPlainText() for label in viewer.window.regions.labels.values()}
    assert label.endswith(" px") and float(label[:-3]) == pytest.approx(40, abs=1)
    assert viewer.number("A CT", "Mean") == "200.0"

    choose_shape(viewer, "Sphere")
    drag(viewer, "A", (30, 30), (30, 40))  # needs geometry: nothing is drawn
    assert len(viewer.window.store.state.marks) == 1
    viewer.click("New region around the crosshair")
    assert "needs images with geometry" in viewer.message
