"""Without a mouse: open, choose, scroll, fuse, measure, compare, export; and the way back."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QWidget

from fusionviewer.ui.export_dialog import ExportDialog
from fusionviewer.workspace.state import FUSED

NONE = Qt.KeyboardModifier.NoModifier
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


class Keyboard:
    """Every key goes to whatever has the focus, as on a real one. Nothing else is touched."""

    def __init__(self, qtbot, viewer) -> None:  # type: ignore[no-untyped-def]
        self._qtbot, self._viewer = qtbot, viewer

    def press(self, *keys: Qt.Key | str, held: Qt.KeyboardModifier = NONE) -> None:
        for key in keys:
            here = QApplication.focusWidget() or QApplication.activeWindow()
            assert here is not None
            self._qtbot.keyClick(here, key, held)
        self._viewer.wait_until_still()

    def type(self, text: str) -> None:
        self._qtbot.keyClicks(QApplication.focusWidget(), text)

    def tab_to(self, name: str) -> QWidget:
        """Tab until the control of this name, or these words, has the focus."""
        for _ in range(200):
            here = QApplication.focusWidget()
            words = here.accessibleName() or getattr(here, "text", str)()
            if words.replace("&", "") == name:
                return here
            self._qtbot.keyClick(here, Qt.Key.Key_Tab)
        raise AssertionError(f"no Tab leads to {name!r}")

    def waits_for(self, dialog: QWidget) -> None:
        self._qtbot.waitUntil(dialog.isActiveWindow)

    def back_in(self, window: QWidget) -> None:
        """A window manager activates the window below when a dialog closes."""
        with self._qtbot.waitActive(window):
            window.activateWindow()


@pytest.fixture
def keys(qtbot, viewer) -> Keyboard:  # type: ignore[no-untyped-def]
    return Keyboard(qtbot, viewer)


def test_a_case_from_opening_to_export(
    keys: Keyboard, viewer, sample: Path, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    """Open, choose, scroll, fuse, measure, compare, export: there is no mouse."""
    window, key = viewer.window, Qt.Key
    keys.press("o", held=CTRL)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    keys.waits_for(dialog)
    keys.type(" ".join(f'"{path}"' for path in sorted((sample / "NIfTI").glob("*"))[:2]))
    keys.press(key.Key_Return)
    assert len(window.store.state.slots) == 2 and window.feed.status.kind == "done"
    keys.back_in(window)

    keys.tab_to("Fusion method")
    before = viewer.fused.copy()
    keys.press(key.Key_End)
    assert not np.array_equal(viewer.fused, before)

    keys.press(key.Key_F6)  # back to the images
    here = window.store.state.slice_index
    keys.press(key.Key_Down)
    keys.press(key.Key_Down, held=SHIFT)
    assert window.store.state.slice_index == here + 11

    keys.press("R", key.Key_Space, *[key.Key_Right] * 6)
    keys.press(*[key.Key_Down] * 5, held=CTRL)
    keys.press(key.Key_Space)
    keys.press(key.Key_Right, key.Key_Down, held=ALT | SHIFT)
    region = window.store.state.marks[0].form
    assert (region.right - region.left, region.bottom - region.top) == (7, 6)
    native = np.asarray(window.store.state.natives[0].values)[window.store.state.slice_index]
    native = native[::-1, ::-1]  # rows of the file grow to the nose, columns to the right-hand side
    rows, cols = (np.arange(*map(round, ends)) for ends in
                  ((region.top, region.bottom), (region.left, region.right)))  # fmt: skip
    mean = float(native[np.ix_(rows, cols)].mean())
    label = f"A {window.store.state.natives[0].kind}"
    assert float(viewer.number(label, "Mean")) == pytest.approx(mean, rel=1e-3)

    keys.press("M")
    mode = window.store.state.comparison.mode
    keys.press("N", ".")
    assert window.store.state.comparison.mode not in ("", mode)
    keys.press("M")
    assert window.store.state.comparison.mode == ""

    keys.press("e", held=CTRL)
    export = window.findChild(ExportDialog)
    assert export is not None
    keys.waits_for(export)
    keys.tab_to("File or folder to write")
    keys.press("a", held=CTRL)
    keys.type(str(tmp_path / "fused.png"))
    keys.press(key.Key_Return)
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
