"""A reader arranges the panes, windows each image, and knows what lies under the cursor."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from fusionviewer.imaging.color import palette
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC
from fusionviewer.workspace.state import FUSED, PaneName

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SHAPE = (40, 48, 12)  # to the left, to the back, to the head


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A CT, an MR and a PET of one head, as NIfTI: bone all round, a lesion on the left."""
    x, y, z = np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij")
    away = np.hypot((x - 20) / 17, (y - 24) / 21)
    lesion = np.hypot(x - 30, y - 24) < 4
    values = {
        "CT": np.where(away > 1, -1000, np.where(away > 0.85, 900, 30 + 2 * z)),
        "T1": np.where(away > 0.85, 5, 300 + 200 * lesion),
        "PET": np.where(away > 0.85, 0, 1 + 6 * lesion),
    }
    paths = []
    for name, volume in values.items():
        paths.append(tmp_path / f"{name}.nii.gz")
        to_ras = np.diag([-2.0, -2.0, 4.0, 1.0])
        nibabel.save(nibabel.Nifti1Image(volume.astype(np.float32), to_ras), paths[-1])
    return paths


def at(viewer, name: PaneName, row: float, col: float) -> QPoint:  # type: ignore[no-untyped-def]
    pane = viewer.pane(name)
    return pane.canvas.mapFromScene(pane.box.mapViewToScene(QPointF(col, row)))


def choose(menu: QMenu, *labels: str) -> None:
    """Down through the entries of a menu."""
    whole = menu
    for label in labels:
        found = [a for a in menu.actions() if a.text().replace("&", "").startswith(label)]
        assert found, f"no {label!r} in {[a.text() for a in menu.actions()]}"
        entry: QAction = found[0]
        if entry.menu() is not None:
            menu = entry.menu()  # type: ignore[assignment]
        else:
            entry.trigger()
    whole.close()


def right_click(viewer, name: PaneName) -> QMenu:  # type: ignore[no-untyped-def]
    view = viewer.pane(name).canvas.viewport()
    QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=view.rect().center())
    return [menu for menu in viewer.window.findChildren(QMenu) if menu.isVisible()][-1]


def test_three_images_are_arranged_windowed_and_read(viewer, files: list[Path], qtbot) -> None:  # type: ignore[no-untyped-def]
    viewer.drop(*files)
    window = viewer.window
    shown = [n for n, pane in window.grid.panes.items() if pane.isVisible()]
    assert shown == ["A", "B", "C", FUSED]
    kinds = [slot.native.modality for slot in window.store.state.slots]
    assert kinds[:2] == ["CT", "MR"] and kinds[2] == "PT"

    def places() -> set[tuple[int, int]]:
        panes = [pane for pane in window.grid.panes.values() if pane.isVisible()]
        return {(pane.x(), pane.y()) for pane in panes}

    window.resize(1800, 700)
    qtbot.waitUntil(lambda: len({y for _, y in places()}) == 1)  # side by side
    viewer.press("2", CTRL)
    qtbot.waitUntil(lambda: len({y for _, y in places()}) == 2)  # two by two
    viewer.press("1", CTRL)
    view = viewer.pane("B").canvas.viewport()
    for act in (QTest.mouseClick, QTest.mouseDClick, QTest.mouseRelease):
        act(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, view.rect().center())
    assert window.store.state.large == "B"
    viewer.press(Qt.Key.Key_Return)
    assert window.store.state.large == "" and viewer.pane("B").overlay.active

    viewer.press(Qt.Key.Key_F6)
    viewer.press(Qt.Key.Key_F6)
    viewer.press(Qt.Key.Key_F6)  # round to A
    viewer.press("5")
    looks = [slot.look for slot in window.store.state.slots]
    assert window.store.state.active == "A"
    assert (looks[0].window.width, looks[0].window.center) == (2500, 480)  # bone
    mr = looks[1].window
    viewer.press("V")
    assert viewer.picture("A")[0, 0] == 255  # air is white
    assert window.store.state.slots[1].look.window == mr  # each image has its own

    choose(right_click(viewer, "C"), "Palette", "Grey")
    assert viewer.pane("C").overlay.bar is not None  # uptake keeps its scale
    choose(right_click(viewer, "C"), "Palette", "PET, 20 steps")
    hot = viewer.picture("C")
    levels = np.round(palette("pet-20-step") * 255).astype(int).tolist()
    assert all(colour in levels for colour in hot.reshape(-1, 3)[::37].tolist())
    assert viewer.pane("C").overlay.bar is not None

    QTest.mouseMove(viewer.pane(FUSED).canvas.viewport(), at(viewer, FUSED, 24, 10))
    for name, value in (("A", "HU"), ("B", "a.u."), ("C", "")):
        line = viewer.pane(name).overlay.captions.bottom_right[-1]
        assert line.strip() and line.split()[0].lstrip("−").replace(".", "").isdigit(), line
        assert value in line
    below = viewer.pane(FUSED).overlay.captions.bottom_right
    assert any("display only" in line for line in below)
    assert any(line.startswith(("L ", "R ")) and line.endswith("mm") for line in below)


def test_turned_and_mirrored_pictures_keep_their_sides(viewer, files: list[Path]) -> None:  # type: ignore[no-untyped-def]
    """The lesion is on the patient's left, and stays beside the letter L."""
    viewer.drop(*files[:2])
    pane = viewer.pane("B")

    def lesion_side() -> str:
        """Where the brightest pixel lies in its pane, by the nearest letter."""
        row, col = np.unravel_index(viewer.picture("B").argmax(), viewer.picture("B").shape[:2])
        seen = at(viewer, "B", float(row), float(col)) - pane.canvas.rect().center()
        letters = pane.overlay.captions.letters
        if abs(seen.x()) > abs(seen.y()):
            return letters.right if seen.x() > 0 else letters.left
        return letters.bottom if seen.y() > 0 else letters.top

    assert lesion_side() == "L"
    for key in ("R", "R", "M", "L", "M", "R"):
        viewer.press(key, SHIFT)
        assert lesion_side() == "L", key
    viewer.press(Qt.Key.Key_Escape)
    letters = pane.overlay.captions.letters
    assert (letters.left, letters.right, letters.top, letters.bottom) == ("R", "L", "A", "P")


def test_pixels_are_enlarged_as_one_likes_and_texts_become_fewer(viewer, files: list[Path]) -> None:  # type: ignore[no-untyped-def]
    viewer.drop(*files[:2])
    window = viewer.window
    pictures = {}
    for name in ("off", "linear", "cubic"):
        window.actions_by_name[f"draw-{name}"].trigger()
        pictures[name] = viewer.pane("A").grab().toImage()
    assert pictures["off"] != pictures["linear"] != pictures["cubic"]

    overlay = viewer.pane("A").overlay
    counts = []
    for _ in range(3):
        captions = overlay.captions
        counts.append(len(captions.top_left + captions.top_right + captions.bottom_left))
        viewer.press("I")
    assert counts[0] > counts[1] > counts[2] == 0
    assert overlay.captions.mm_per_pixel > 0  # round again: with rulers
    words = [text.words for text in viewer.pane(FUSED).overlay._texts()]
    assert NOT_DIAGNOSTIC in words
