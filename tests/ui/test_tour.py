"""The tour: five steps, beside what they speak of, in nobody's way."""

from collections.abc import Callable

import pytest
from builders import make_image
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.tour import STEPS, Tour, card_place, offer_tour
from fusionviewer.workspace.arrangement import opened
from fusionviewer.workspace.settings import Settings


@pytest.fixture
def tour(window: MainWindow) -> Tour:
    window.store.apply(opened, make_image())
    window.actions_by_name["tour"].trigger()
    return window.findChild(Tour)


def test_there_are_five_steps_and_each_key_in_them_is_a_command(tour: Tour) -> None:
    assert len(STEPS) == 5
    for step in STEPS:
        words = step.words({})
        assert "{" not in words and "(no key)" not in words


def test_keys_are_named_as_the_user_has_them() -> None:
    assert "F2 and" in STEPS[0].words({"previous": ("F2",)})
    assert "(no key)" in STEPS[0].words({"previous": ()})


def test_one_walks_through_it_forth_and_back(qtbot: QtBot, tour: Tour) -> None:
    for number in range(1, len(STEPS) + 1):
        assert tour.card.accessibleName().startswith(f"Tour, {number} of 5")
        assert tour.card.isVisible()
        if number == 3:
            tour.card.back.click()
            assert tour.step == 1
            tour.card.next.click()
        if number < len(STEPS):
            tour.card.next.click()
    card = tour.card
    tour.card.next.click()
    assert not card.isVisible()


def test_escape_ends_it_and_the_images_have_the_keys(
    qtbot: QtBot, window: MainWindow, tour: Tour
) -> None:
    card = tour.card
    assert card.next.hasFocus()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert window.grid.panes["A"].canvas.hasFocus()


def test_the_viewer_goes_on_working_below_it(window: MainWindow, tour: Tour) -> None:
    window.resize(900, 650)
    window.store.undo()
    assert window.store.state.slots == ()
    window.store.redo()
    assert tour.card.isVisible()


def test_without_images_it_opens_the_sample_patient(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.queue.started) as started:
        window.actions_by_name["tour"].trigger()
    assert started.args == ["Making the sample patient"]
    assert window.findChild(Tour).card.isVisible()  # meanwhile


def test_it_is_offered_at_the_first_start_and_never_again(
    make_window: Callable[..., MainWindow],
) -> None:
    window = make_window()
    offer_tour(window)
    assert window.messages.text.startswith("New here?")
    assert any("tour" in b.text() for b in window.messages.findChildren(QPushButton))
    assert window.store.state.slots == ()
    window.close()

    other = make_window(settings=Settings(method="average", tour_seen=True))
    offer_tour(other)
    assert other.messages.text == ""


sides = st.integers(0, 2000)


@given(
    target=st.tuples(sides, sides, sides, sides),
    card=st.tuples(sides, sides),
    window=st.tuples(sides, sides),
)
def test_a_card_that_fits_is_inside_the_window(
    target: tuple[int, int, int, int], card: tuple[int, int], window: tuple[int, int]
) -> None:
    place = card_place(QRect(*target), QSize(*card), QRect(QPoint(), QSize(*window)))
    assert place.x() >= 0 and place.y() >= 0
    if card[0] <= window[0] and card[1] <= window[1]:
        assert place.x() + card[0] <= window[0]
        assert place.y() + card[1] <= window[1]
