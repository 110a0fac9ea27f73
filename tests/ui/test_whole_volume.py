"""All slices fused at once: then no slice is waited for."""

from builders import make_grid, make_image
from pytestqt.qtbot import QtBot

from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.state import at_slice

SHAPE = (12, 24, 30)


def test_after_it_every_slice_is_there_at_once(qtbot: QtBot, window: MainWindow, settled) -> None:
    grid = make_grid(SHAPE)
    for seed, modality in enumerate(("CT", "MR")):
        image = make_image(SHAPE, name=modality, modality=modality, seed=seed, grid=grid)
        window.store.apply(opened, image)
    settled(window)
    action = window.actions_by_name["fuse-all"]
    assert action.isEnabled()
    told: list[tuple[int, int]] = []
    window.queue.progressed.connect(lambda done, total: told.append((done, total)))
    with qtbot.waitSignal(window.queue.idle):
        action.trigger()
    assert told[-1] == (12, 12)
    assert window.messages.text == "All 12 slices are fused."
    for index in range(SHAPE[0]):
        window.store.apply(at_slice, index)
        assert window.feed.status.kind == "done"  # at once, without waiting


def test_without_a_volume_there_is_nothing_to_ask_for(
    window: MainWindow, settled, pictures
) -> None:
    window.open(list(pictures))
    settled(window)
    assert not window.actions_by_name["fuse-all"].isEnabled()
