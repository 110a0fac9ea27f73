"""Series are listed by patient and study, found by words, and opened by hand or key."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fusionviewer.ui.browser import SERIES_DRAG
from fusionviewer.ui.main_window import MainWindow

Settled = Callable[[MainWindow], None]


@pytest.fixture
def listing(window: MainWindow, hands, settled: Settled, patient: Path) -> MainWindow:
    """The window after the folder of all series was dropped."""
    hands.drop(window, patient)
    settled(window)
    return window


def test_a_folder_of_five_series_is_listed_and_nothing_is_opened(listing: MainWindow) -> None:
    browser = listing.browser
    assert browser.isVisible() and listing.store.state.slots == ()
    assert sorted(entry.kind for entry in browser.entries) == ["CT", "CT", "MR", "MR", "PET"]
    heading = browser.tree.topLevelItem(0)
    assert heading is not None and browser.tree.topLevelItemCount() == 1
    assert heading.text(0) == "Doe Jane  ·  ID 4711  ·  2026-01-02  ·  Trauma"
    assert heading.childCount() == 5
    assert browser.summary.text() == "5 series of 1 patient"
    assert "Choose" in listing.messages.text


def test_pictures_come_one_after_another(qtbot: QtBot, listing: MainWindow) -> None:
    browser = listing.browser

    def pictured() -> int:
        heading = browser.tree.topLevelItem(0)
        assert heading is not None
        icons = (heading.child(i).icon(0) for i in range(5))
        return sum(_brightness(icon) > 0 for icon in icons)

    qtbot.waitUntil(lambda: pictured() == 5)


def _brightness(icon) -> int:  # type: ignore[no-untyped-def]
    image = icon.pixmap(56, 56).toImage()
    return max(image.pixelColor(x, y).lightness() for x in range(0, 56, 4) for y in range(0, 56, 4))


def test_enter_opens_what_is_chosen(qtbot: QtBot, listing: MainWindow, settled: Settled) -> None:
    browser = listing.browser
    assert browser.chosen  # the first that opens, at once
    browser.tree.selectAll()
    for entry in browser.entries:
        browser._rows[entry.key].setSelected(entry.name in ("Head", "FDG"))
    qtbot.keyClick(browser.tree, Qt.Key.Key_Return)
    settled(listing)

    assert [slot.native.modality for slot in listing.store.state.slots] == ["CT", "PT"]
    assert listing.feed.status.kind == "done"
    assert listing.messages.text == ""


def test_a_double_click_opens_one_more(qtbot: QtBot, listing: MainWindow, settled: Settled) -> None:
    tree = listing.browser.tree
    for name in ("Head", "FDG"):
        entry = next(e for e in listing.browser.entries if e.name == name)
        row = listing.browser._rows[entry.key]
        tree.scrollToItem(row)
        at = tree.visualItemRect(row).center()
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
        settled(listing)
    assert [slot.native.modality for slot in listing.store.state.slots] == ["CT", "PT"]


def test_a_series_is_dragged_into_the_pane_where_it_shall_be(
    listing: MainWindow, settled: Settled
) -> None:
    by_kind = {entry.name: entry for entry in listing.browser.entries}
    first, second, third = list(by_kind.values())[:3]
    listing.opener.open_series((first, second))
    settled(listing)
    pane = listing.grid.panes["B"]
    _drop_series(listing, third.key, pane.geometry().center())
    settled(listing)

    names = [slot.native.source.series_uid for slot in listing.store.state.slots]
    assert len(names) == 2 and names[1] == third.series_uid


def _drop_series(window: MainWindow, key: str, at: QPoint) -> None:
    data = QMimeData()
    data.setData(SERIES_DRAG, key.encode())
    rest = (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window.grid, QDragEnterEvent(at, *rest))
    QApplication.sendEvent(window.grid, QDropEvent(QPointF(at), *rest))


def test_words_find_series_and_hide_the_rest(qtbot: QtBot, listing: MainWindow) -> None:
    browser = listing.browser
    qtbot.keyClicks(browser.search, "pet doe")
    shown = [e.kind for e in browser.entries if not browser._rows[e.key].isHidden()]
    assert shown == ["PET"]
    qtbot.keyClicks(browser.search, " nobody")
    heading = browser.tree.topLevelItem(0)
    assert heading is not None and heading.isHidden()


def test_what_does_not_open_is_listed_and_says_why_when_it_is_chosen(
    window: MainWindow, hands, settled: Settled, data: Path, qtbot: QtBot
) -> None:
    hands.drop(window, data / "dicom" / "sts_ct_pet_mr")
    settled(window)
    browser = window.browser
    bad = [entry for entry in browser.entries if not entry.opens]
    assert bad and all("structure set" in entry.problem for entry in bad)
    assert "not open" in browser.summary.text()
    assert "structure set" in browser._rows[bad[0].key].text(0)

    browser.tree.setCurrentItem(browser._rows[bad[0].key])
    qtbot.keyClick(browser.tree, Qt.Key.Key_Return)
    assert "structure set" in window.messages.text
    assert window.store.state.slots == () and not browser.button.isEnabled()


def test_where_nothing_opens_the_list_says_what_was_found(
    window: MainWindow, hands, settled: Settled, data: Path
) -> None:
    folder = data / "dicom" / "sts_ct_pet_mr" / "STS_002"
    hands.drop(window, next(folder.rglob("RS.dcm")))
    settled(window)
    assert "structure set" in window.messages.text and window.store.state.slots == ()
    assert [entry.opens for entry in window.browser.entries] == [False]


def test_a_later_file_joins_the_list_and_takes_nothing_away(
    listing: MainWindow, hands, settled: Settled, pictures: tuple[Path, Path]
) -> None:
    hands.drop(listing, pictures[0])
    settled(listing)
    assert len(listing.browser.entries) == 6
    assert [slot.native.name for slot in listing.store.state.slots] == ["30001"]


def test_f5_shows_and_hides_the_list(qtbot: QtBot, window: MainWindow) -> None:
    assert window.browser.isHidden()
    for hidden in (False, True):
        window.actions_by_name["series"].trigger()
        assert window.browser.isHidden() == hidden
    assert "listed here" in window.browser.summary.text()


def test_closing_the_window_ends_the_pictures_at_once(listing: MainWindow) -> None:
    listing.close()
    assert not listing.browser.thumbnails._runner._thread.isRunning()
