"""Without a mouse: open, choose, scroll, fuse, measure, compare, export; and the way back."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QWidget

from fusionviewer.ui.export_dialog import ExportDialog
from fusionviewer.workspace.state import FUSED

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two volumes on one grid, as NIfTI."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "NIfTI").mkdir()
    rng = np.random.default_rng(5)
    for name in ("one", "two"):
        values = rng.normal(100, 20, (40, 48, 24)).astype(np.float32)
        values[:6] = 0
        image = nibabel.Nifti1Image(values, np.diag([2.0, 2.0, 4.0, 1.0]))
        nibabel.save(image, folder / "NIfTI" / f"{name}.nii")
    return folder


def type_into(qtbot, widget: QWidget, text: str) -> None:  # type: ignore[no-untyped-def]
    qtbot.keyClicks(widget, text)
    qtbot.keyClick(widget, Qt.Key.Key_Return)


def tab_to(qtbot, viewer, name: str) -> QWidget:  # type: ignore[no-untyped-def]
    """Press Tab until the control `name` has the focus."""
    for _ in range(200):
        here = QApplication.focusWidget()
        assert here is not None
        words = here.accessibleName() or getattr(here, "text", str)()
        if words.replace("&", "") == name:
            return here
        qtbot.keyClick(here, Qt.Key.Key_Tab)
    raise AssertionError(f"no Tab leads to {name!r}")


def test_a_case_from_opening_to_export(qtbot, viewer, sample: Path, tmp_path: Path) -> None:
    window = viewer.window
    qtbot.keyClick(window, "o", CTRL)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    names = " ".join(f'"{path}"' for path in sorted((sample / "NIfTI").glob("*"))[:2])
    place = dialog.findChild(QLineEdit, "fileNameEdit")
    assert place is not None
    type_into(qtbot, place, names)
    viewer.wait_until_still()
    assert len(window.store.state.slots) == 2
    assert window.feed.status.kind == "done"
    with qtbot.waitActive(window):
        window.activateWindow()  # as a window manager does when a dialog closes
    window.grid.focus_active()

    method = tab_to(qtbot, viewer, "Fusion method")
    assert isinstance(method, QComboBox)
    before = viewer.fused.copy()
    qtbot.keyClick(method, Qt.Key.Key_End)
    viewer.wait_until_still()
    assert not np.array_equal(viewer.fused, before)

    qtbot.keyClick(window, Qt.Key.Key_F6)
    here = window.store.state.slice_index
    viewer.press(Qt.Key.Key_Down)
    viewer.press(Qt.Key.Key_PageDown, SHIFT)
    viewer.press(Qt.Key.Key_Down, SHIFT)
    assert window.store.state.slice_index >= here + 11

    new = tab_to(qtbot, viewer, "New region around the crosshair")
    qtbot.keyClick(new, Qt.Key.Key_Space)
    viewer.wait_until_still()
    assert window.inspector.model.rowCount() > 0

    window.grid.focus_active()
    viewer.press("M")
    assert window.store.state.comparison.mode
    mode = window.store.state.comparison.mode
    viewer.press("N")
    assert window.store.state.comparison.mode not in ("", mode)
    viewer.press("M")

    viewer.press("E", CTRL)
    export = window.findChild(ExportDialog)
    assert export is not None
    qtbot.waitUntil(export.isActiveWindow)
    export.place.setFocus()
    export.place.selectAll()
    type_into(qtbot, export.place, str(tmp_path / "fused.png"))
    viewer.wait_until_still()
    with Picture.open(tmp_path / "fused.png") as written:
        assert written.size == viewer.fused.shape[1::-1]


def test_everything_can_be_undone_and_done_again(qtbot, viewer, sample: Path) -> None:
    """Window, zoom, slice, layout, plane, region, overlay, comparison, texts, method, closing."""
    window = viewer.window
    viewer.drop(*sorted((sample / "NIfTI").glob("*"))[:2])
    store = window.store
    steps = [
        lambda: viewer.press("2"),
        lambda: viewer.press("V"),
        lambda: viewer.press("+"),
        lambda: viewer.press(Qt.Key.Key_Down),
        lambda: viewer.press("2", CTRL),
        lambda: viewer.press(Qt.Key.Key_F3),
        lambda: viewer.press(Qt.Key.Key_F2),
        lambda: viewer.press(Qt.Key.Key_Return),
        lambda: viewer.press(Qt.Key.Key_Return),
        lambda: viewer.click("New region around the crosshair"),
        lambda: viewer.press("O"),
        lambda: viewer.press("M"),
        lambda: viewer.press("I"),
        lambda: pick(window.panel.method, "EH-DRAN"),
        lambda: pick(window.panel.strategy, window.panel.strategy.itemText(1)),
        lambda: viewer.press("W", CTRL),
    ]
    states = [store.state]
    for step in steps:
        store.settle()
        step()
        viewer.wait_until_still()
        assert store.state != states[-1], steps.index(step)
        states.append(store.state)

    for wanted in reversed(states[:-1]):
        viewer.press("Z", CTRL)
        assert _seen(store.state) == _seen(wanted)
    for wanted in states[1:]:
        viewer.press("Y", CTRL)
        assert _seen(store.state) == _seen(wanted)
    assert viewer.pane(FUSED) is not None


def pick(field: QComboBox, text: str) -> None:
    """As a click in the list does."""
    field.setCurrentIndex(field.findText(text))
    field.activated.emit(field.currentIndex())


def _seen(state) -> tuple[object, ...]:  # type: ignore[no-untyped-def]
    """What of a state is the user's doing: not what was found out of it."""
    looks = tuple(slot.look for slot in state.slots)
    names = (
        "method", "strategy", "view", "slice_index", "layout", "plane", "large", "comparison",
        "overlays", "texts", "fused_slots",
    )  # fmt: skip
    return (tuple(i.key for i in state.natives), looks, *(getattr(state, n) for n in names))
