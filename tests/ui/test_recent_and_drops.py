"""What was opened lately, and the picture of what a drop will do."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from builders import make_image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from fusionviewer.paths import session_folder
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.arrangement import all_closed, opened
from fusionviewer.workspace.drop_plan import drop_plan, kinds_plan
from fusionviewer.workspace.recent import FILE, LIMIT, Recent, load_recent, save_recent, with_recent
from fusionviewer.workspace.settings import Settings
from fusionviewer.workspace.state import ViewState

Settled = Callable[[MainWindow], None]


def recent(*names: str, kinds: tuple[str, ...] = ("CT", "PET")) -> Recent:
    return Recent(tuple(Path(f"/in/{n}") for n in names), kinds, datetime(2026, 3, 4, 14, 2))


def test_a_recent_file_says_kinds_and_time_and_no_name() -> None:
    one = recent("DOE_JANE.nii", "DOE_JANE_PET.nii", "third.nii")
    assert one.label(date(2026, 3, 4), names=False) == "CT + PET, today 14:02"
    assert one.label(date(2026, 3, 5), names=False) == "CT + PET, yesterday 14:02"
    assert one.label(date(2026, 4, 5), names=False) == "CT + PET, 2026-03-04 14:02"
    named = "CT + PET, DOE_JANE.nii + DOE_JANE_PET.nii and 1 more, today 14:02"
    assert one.label(date(2026, 3, 4), names=True) == named


def test_the_same_files_are_in_the_list_once_and_the_list_ends() -> None:
    known: tuple[Recent, ...] = ()
    for i in range(20):
        known = with_recent(known, recent(f"{i % 15}"))
    assert len(known) == LIMIT
    assert [one.paths[0].name for one in known[:3]] == ["4", "3", "2"]


def test_the_list_comes_back_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    known = (recent("a"), recent("b", "c"))
    assert save_recent(known, tmp_path)
    assert load_recent(tmp_path) == known
    for content in ("{", "[1]", "null", '[{"paths": 3}]'):
        (tmp_path / FILE).write_text(content)
        assert load_recent(tmp_path) == ()
    assert save_recent((), tmp_path)
    assert not (tmp_path / FILE).exists()


def entries(window: MainWindow) -> list[str]:
    window.recent.menu.aboutToShow.emit()
    return [action.text() for action in window.recent.menu.actions() if action.text()]


@pytest.mark.parametrize(
    ("setting", "kept", "named"), [("run", 0, 0), ("kept", 1, 0), ("named", 1, 1)]
)
def test_opened_files_are_offered_again_as_far_as_the_settings_allow(
    make_window, hands, settled: Settled, pictures: tuple[Path, Path],
    setting: str, kept: int, named: int,
) -> None:  # fmt: skip
    settings = Settings(method="average", recent_files=setting)
    window = make_window(settings=settings)
    hands.drop(window, *pictures)
    settled(window)
    first = entries(window)[0]
    assert first.startswith("&1  ")
    assert ("30001.png" in first) == bool(named)
    assert (session_folder() / FILE).exists() == bool(kept)

    window.store.apply(all_closed)
    window.recent.menu.actions()[0].trigger()
    settled(window)
    assert len(window.store.state.slots) == 2
    window.close()

    assert len(make_window(settings=settings).recent.known) == kept


def test_the_list_is_forgotten_when_one_wants_it(
    make_window, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    window = make_window(settings=Settings(method="average", recent_files="named"))
    hands.drop(window, pictures[0])
    settled(window)
    assert (session_folder() / FILE).exists()
    window.follow_settings(window.settings.model_copy(update={"recent_files": "run"}))
    assert not (session_folder() / FILE).exists()
    window.recent.menu.aboutToShow.emit()
    window.recent.menu.actions()[-1].trigger()
    assert window.recent.known == ()
    assert not window.recent.menu.menuAction().isEnabled()


def test_the_list_is_in_the_file_menu(window: MainWindow) -> None:
    menus = [action.menu() for action in window.menuBar().actions()]
    assert any(
        isinstance(menu, QMenu) and window.recent.menu.menuAction() in menu.actions()
        for menu in menus
    )


def test_a_plan_says_what_a_drop_will_do(tmp_path: Path, window: MainWindow, hands, settled: Settled,
    pictures: tuple[Path, Path]) -> None:  # fmt: skip
    empty = ViewState()
    assert drop_plan(empty, [tmp_path / "a.dcm"]).title == "Opens as A"
    assert drop_plan(empty, [tmp_path / "a.dcm", tmp_path / "b"]).title == "Opens 2 files"
    assert drop_plan(empty, [tmp_path]).title == "Opens the images in the folder"
    assert drop_plan(empty, [tmp_path / "x.fvsession"]).title == "Opens the session"
    hands.drop(window, pictures[0])
    settled(window)
    assert drop_plan(window.store.state, [tmp_path / "a.dcm"]).title == "Opens beside A"
    assert "undo" in drop_plan(window.store.state, [tmp_path / "x.fvsession"]).text


CT, MR, PET = ("CT", "CT"), ("MR", "MR"), ("PET", "PT")


@pytest.mark.parametrize(
    ("there", "dropped", "title", "text"),
    [
        ([], [CT], "CT opens as A", ""),
        ([], [PET, CT], "CT opens as A, PET opens as B", ""),
        ([CT], [PET], "PET opens as B", ""),
        ([MR], [CT], "CT opens as A", "A becomes B."),
        ([CT, PET], [MR], "MR opens as B", "B becomes C."),
        ([CT, MR, PET], [MR], "MR replaces B", ""),
        ([CT, MR, PET], [("SPECT", "NM")], "SPECT replaces C", ""),
        ([CT], [MR, MR, MR, MR], "4 series", "You choose which of them are shown."),
    ],
)
def test_a_plan_is_what_then_happens(
    there: list[tuple[str, str]], dropped: list[tuple[str, str]], title: str, text: str
) -> None:
    state = ViewState()
    for seed, (_, modality) in enumerate(there):
        state = opened(state, make_image(modality=modality, seed=seed))
    plan = kinds_plan(state, dropped)
    assert plan is not None
    assert plan.title == title
    assert not text or plan.text == text
    if len(dropped) > 1:
        return
    after = opened(state, make_image(modality=dropped[0][1], seed=9))
    pane = title[-1]
    assert after.natives["ABC".index(pane)].modality == dropped[0][1]


def test_a_picture_without_a_kind_is_promised_no_pane() -> None:
    assert kinds_plan(ViewState(), [("Image", "OT")]) is None
    assert kinds_plan(ViewState(), []) is None


def test_the_picture_says_the_pane_once_the_header_is_read(
    qtbot: QtBot, window: MainWindow, data: Path
) -> None:
    hold_over(window, data / "dicom" / "sts_ct_pet_mr" / "STS_002" / "CT")
    assert "folder" in window.drops.hint.plan.title
    qtbot.waitUntil(lambda: window.drops.hint.plan.title == "CT opens as A")


def hold_over(window: MainWindow, path: Path) -> QDragEnterEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDragEnterEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)
    return event


def test_the_picture_is_there_while_something_is_held_over_the_window(
    window: MainWindow, tmp_path: Path
) -> None:
    assert hold_over(window, tmp_path / "a.dcm").isAccepted()
    assert window.drops.hint.isVisible()
    assert window.drops.hint.geometry() == window.rect()
    assert "Opens as A" in window.drops.hint.accessibleName()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.drops.hint.isVisible()
