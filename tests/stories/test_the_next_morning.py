"""A case is left in the evening and taken up the next morning."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from fusionviewer.imaging.alignment import AlignmentState
from fusionviewer.imaging.registration import measured, placed
from fusionviewer.imaging.transform import from_parts, rotation
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import with_image
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import FUSED


@pytest.mark.slow
def test_a_registered_pair_comes_back_as_it_was(qtbot, viewer, data: Path, tmp_path: Path) -> None:
    patient = data / "dicom" / "sts_ct_pet_mr" / "STS_002"
    viewer.drop(*sorted(path for path in patient.iterdir() if path.is_dir())[:2])
    window = viewer.window
    assert len(window.store.state.slots) == 2
    fixed, moving = window.store.state.natives
    by_hand = from_parts(rotation((0, 0, 3.0)), (0, 0, 0), (4.0, -2.5, 1.0))
    found = measured(fixed, moving, by_hand, how="by hand")
    window.store.apply(with_image, 1, placed(moving, fixed, found))
    viewer.wait_until_still()
    viewer.choose_method("Laplacian pyramid")
    viewer.press(Qt.Key.Key_F3)  # coronal
    viewer.press(Qt.Key.Key_Down)
    viewer.press("2")
    viewer.click("New region around the crosshair")
    viewer.wait_until_still()
    before, picture = window.store.state, viewer.fused.copy()

    with qtbot.waitSignal(window.sessions.said):
        window.sessions.save_to(tmp_path / "case.fvsession")
    window.close()

    again = MainWindow(Settings(method="average"))
    viewer.window = again
    again.show()
    try:
        viewer.drop(tmp_path / "case.fvsession")
        after = again.store.state
        assert again.messages.text == ""
        assert np.array_equal(viewer.fused, picture)
        assert viewer.pane(FUSED).pixels is not None
        assert (after.plane, after.slice_index) == (before.plane, before.slice_index)
        assert after.slots[0].look == before.slots[0].look
        assert [mark.name for mark in after.marks] == [mark.name for mark in before.marks]
        card = after.natives[1].placed_by
        assert card is not None and card.state is not AlignmentState.SAME_FRAME
        assert card == before.natives[1].placed_by
        assert change.linked(after, "B")
    finally:
        again.close()
