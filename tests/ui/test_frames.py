"""Series whose frames of reference differ are not fused behind the reader's back."""

from dataclasses import replace

import pytest
from builders import make_grid, make_image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from fusionviewer.imaging.image import Image, Patient
from fusionviewer.imaging.roi import Rectangle
from fusionviewer.imaging.roi_statistics import Statistics
from fusionviewer.ui.actions import apply_keys
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.registration_dialog import RegistrationDialog
from fusionviewer.workspace.arrangement import closed, opened
from fusionviewer.workspace.badges import badge_of
from fusionviewer.workspace.regions import canvas_of, with_form
from fusionviewer.workspace.state import (
    FUSED,
    PaneName,
    Place,
    linked,
    pointed,
    with_active,
)

GRID = make_grid((6, 32, 40))


def series(modality: str, frame: str, seed: int, **changes: object) -> Image:
    image = make_image(GRID.shape, name=modality, modality=modality, seed=seed, grid=GRID)
    return replace(image, source=replace(image.source, frame_of_reference_uid=frame), **changes)  # type: ignore[arg-type]


CT, MR, PET = series("CT", "1.2", 1), series("MR", "1.3", 2), series("PT", "1.2", 3)


@pytest.fixture
def apart(window: MainWindow, settled) -> MainWindow:  # type: ignore[no-untyped-def]
    """A window with a CT and an MR of two frames of reference."""
    for image in (CT, MR):
        window.store.apply(opened, image)
    settled(window)
    return window


def offered(window: MainWindow) -> dict[str, str]:
    return {n: b.text() for n, b in window.offers.buttons.items() if b.isVisible()}


def test_the_fused_pane_is_empty_and_says_why_with_both_ways_out(apart: MainWindow) -> None:
    pane = apart.grid.panes[FUSED]
    assert pane.pixels is None
    message = pane.overlay.message
    assert message is not None
    assert message.title.startswith("Different frames of reference: how these series lie")
    assert set(offered(apart)) == {"register", "as-placed"}
    assert "Ctrl+R" in offered(apart)["register"]
    assert "Ctrl+Shift+P" in offered(apart)["as-placed"]
    below = pane.overlay.message_bottom
    assert below < apart.offers.y() and apart.offers.geometry().bottom() < pane.height()
    assert apart.grid.panes["A"].pixels is not None and apart.grid.panes["B"].pixels is not None
    assert not apart.actions_by_name["export"].isEnabled()


def test_a_button_has_the_key_that_its_command_has_now(apart: MainWindow) -> None:
    apply_keys(apart.actions_by_name, {"register": ("Ctrl+F5",)})
    assert "(Ctrl+F5)" in offered(apart)["register"]


@pytest.mark.usefixtures("german")
def test_a_button_names_its_key_as_the_users_keyboard_does(apart: MainWindow) -> None:
    apply_keys(apart.actions_by_name, {"register": ("Ctrl+Home",)})
    assert "(Strg+Pos1)" in offered(apart)["register"]


def test_fusing_as_placed_is_one_press_marked_and_undone(
    qtbot: QtBot, apart: MainWindow, settled
) -> None:
    qtbot.mouseClick(apart.offers.buttons["as-placed"], Qt.MouseButton.LeftButton)
    settled(apart)
    pane = apart.grid.panes[FUSED]
    assert pane.pixels is not None
    badges = [badge_of(line) for line in pane.overlay.captions.warnings]
    assert any(
        badge and (badge.label, badge.level) == ("Not registered", "grave") for badge in badges
    )
    assert offered(apart) == {}
    assert "Overlap 100 %" in pane.overlay.captions.top_left

    apart.store.undo()
    settled(apart)
    assert pane.pixels is None and set(offered(apart)) == {"register", "as-placed"}
    apart.store.redo()
    settled(apart)
    assert pane.pixels is not None


def test_it_works_with_the_keys_alone(apart: MainWindow, settled) -> None:
    canvas = apart.grid.panes[FUSED].canvas
    canvas.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(canvas, Qt.Key.Key_P, control | Qt.KeyboardModifier.ShiftModifier)
    settled(apart)
    assert apart.store.state.pair is not None


def test_register_opens_the_registration(qtbot: QtBot, apart: MainWindow) -> None:
    qtbot.mouseClick(apart.offers.buttons["register"], Qt.MouseButton.LeftButton)
    dialog = apart.findChild(RegistrationDialog)
    assert dialog is not None
    dialog.reject()


def test_the_answer_holds_for_these_two_and_not_for_another(apart: MainWindow, settled) -> None:
    apart.actions_by_name["as-placed"].trigger()
    settled(apart)
    apart.store.apply(closed, 0)
    apart.store.apply(opened, PET)
    settled(apart)
    assert apart.store.state.refusal is not None
    apart.store.apply(closed, 1)
    apart.store.apply(opened, CT)
    settled(apart)
    assert apart.store.state.pair is not None


def test_the_buttons_go_with_the_pane_into_another_window(apart: MainWindow) -> None:
    apart.torn_off.toggle()
    frame = apart.torn_off.frame
    assert frame is not None and frame.isAncestorOf(apart.offers)
    assert set(offered(apart)) == {"register", "as-placed"}
    frame.close()
    assert set(offered(apart)) == {"register", "as-placed"}


def test_different_patients_are_asked_about_first(
    qtbot: QtBot, window: MainWindow, settled
) -> None:
    rita = replace(MR, patient=Patient(id="2", name="ROE^RITA"))
    for image in (replace(CT, patient=Patient(id="1", name="DOE^JANE")), rita):
        window.store.apply(opened, image)
    settled(window)
    box = window.findChild(QMessageBox, "patients")
    assert box is not None
    box.reject()
    assert set(offered(window)) == {"confirm"}
    qtbot.mouseClick(window.offers.buttons["confirm"], Qt.MouseButton.LeftButton)
    asked = [b for b in window.findChildren(QMessageBox, "patients") if b.isVisible()]
    next(b for b in asked[-1].buttons() if "all the same" in b.text()).click()
    settled(window)
    assert set(offered(window)) == {"register", "as-placed"}
    assert all(not dialog.isVisible() for dialog in window.findChildren(QDialog))


def test_a_region_is_not_measured_where_nobody_knows_its_place(
    qtbot: QtBot, apart: MainWindow, settled
) -> None:
    canvas = canvas_of(apart.store.state, "A")
    assert canvas is not None
    apart.store.apply(with_form, 1, Rectangle(4, 4, 12, 12), canvas)

    def found() -> list[Statistics | None]:
        return [row.statistics for row in apart.inspector.measured.get(1, ())]

    qtbot.waitUntil(lambda: len(found()) == 2)
    ct, mr = found()
    assert ct is not None and ct.count == 64
    assert mr is not None and mr.count == 0 and "frame of reference" in mr.reason
    assert [name for name, _ in apart.regions.items] == ["A"]  # and it is not drawn there

    apart.actions_by_name["as-placed"].trigger()
    settled(apart)
    qtbot.waitUntil(lambda: len(found()) == 3)
    assert [one and one.count for one in found()] == [64, 64, 64]
    assert {name for name, _ in apart.regions.items} == {"A", "B", FUSED}


@pytest.fixture
def with_a_third(window: MainWindow, settled) -> MainWindow:  # type: ignore[no-untyped-def]
    """An MR and a PET of one frame of reference, fused, and a smaller CT of another one as A."""
    grid = make_grid((6, 8, 8), origin=(100.0, 50.0, 20.0))
    ct = replace(make_image(grid.shape, name="CT", modality="CT", grid=grid), source=CT.source)
    for image in (series("MR", "1.3", 2), series("PT", "1.3", 3), ct):
        window.store.apply(opened, image)
    settled(window)
    assert window.store.state.pair is not None
    assert not linked(window.store.state, "A")
    window.store.apply(pointed, Place(3, 30, 35))
    return window


def test_a_click_in_an_unlinked_image_moves_no_crosshair(with_a_third: MainWindow) -> None:
    view = with_a_third.grid.panes["A"].canvas.viewport()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert with_a_third.store.state.active == "A"
    assert with_a_third.store.state.crosshair == Place(3, 30, 35)


def test_keys_in_an_unlinked_image_move_no_crosshair(with_a_third: MainWindow) -> None:
    with_a_third.store.apply(with_active, "A")
    with_a_third.actions_by_name["crosshair-right"].trigger()
    assert with_a_third.store.state.crosshair == Place(3, 30, 35)
    with_a_third.store.apply(with_active, FUSED)
    with_a_third.actions_by_name["crosshair-right"].trigger()
    assert with_a_third.store.state.crosshair == Place(3, 30, 36)


def test_the_inspector_names_the_place_in_the_very_image(with_a_third: MainWindow) -> None:
    loupe = with_a_third.inspector.loupe
    said = dict.fromkeys(loupe.glasses, "")

    def point(pane: PaneName) -> str:
        with_a_third.grid.panes[pane].hovered.emit((5.0, 6.0))
        said.update({name: glass.magnified.text for name, glass in loupe.glasses.items()})
        return loupe.where

    assert point("A") == "Row 5, column 6, slice 4 · L 106.0  P 55.0  H 29.0 mm"
    assert said["A"] and not said["B"] and not said["C"] and not said[FUSED]
    assert "L 6.0  P 5.0  H 9.0 mm" in point("B")
    assert not said["A"] and said["B"] and said["C"] and said[FUSED]
    with_a_third.grid.panes["B"].hovered.emit(None)  # the crosshair is left
    assert "L 35.0  P 30.0  H 9.0 mm" in loupe.where


def test_a_new_region_lies_around_the_crosshair_of_the_fused_images(
    with_a_third: MainWindow,
) -> None:
    with_a_third.inspector.new_region()
    mark = with_a_third.store.state.marks[0]
    assert mark.form.center == (30, 35)
    assert mark.canvas.grid is with_a_third.store.state.pair.grid
