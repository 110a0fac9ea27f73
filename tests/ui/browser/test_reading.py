"""Rows appear while headers are read, and leave when they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fusionviewer.formats import catalogue_reading
from fusionviewer.ui.main_window import MainWindow

Settled = Callable[[MainWindow], None]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is told of."""
    monkeypatch.setattr(catalogue_reading, "EVERY_S", 0)


def rows(window: MainWindow) -> list[tuple[str, ...]]:
    """Those of the last group: name, kind, count and size."""
    tree = window.browser.tree
    heading = tree.topLevelItem(tree.topLevelItemCount() - 1)
    if heading is None or heading.text(0) != "Being read":
        return []
    found = [heading.child(i) for i in range(heading.childCount())]
    return [tuple(row.text(column) for column in range(4)) for row in found if row is not None]


@pytest.mark.usefixtures("at_once")
def test_series_are_listed_while_their_headers_are_read(
    window: MainWindow, hands, settled: Settled, patient: Path
) -> None:
    seen: list[tuple[list[tuple[str, ...]], bool]] = []
    window.opener.reading.connect(lambda _: seen.append((rows(window), window.browser.isVisible())))
    hands.drop(window, patient)
    settled(window)

    counts = [len(found) for found, _ in seen]
    assert counts == [*sorted(counts[:-1]), 0]
    assert seen[0] == ([("Bone\nDoe Jane", "CT", "1", "16×16")], False)
    assert [row[2] for row in seen[-2][0]] == ["3"] * 5
    assert [visible for found, visible in seen if len(found) > 3] == [True] * 6
    assert rows(window) == [] and len(window.browser.entries) == 5


@pytest.mark.usefixtures("at_once")
def test_a_list_that_was_closed_meanwhile_stays_closed_until_it_is_needed(
    window: MainWindow, hands, settled: Settled, patient: Path
) -> None:
    visible: list[bool] = []

    def close_at_four(_series: object) -> None:
        if len(rows(window)) == 4:
            window.browser.hide()
        visible.append(window.browser.isVisible())

    window.opener.reading.connect(close_at_four)
    hands.drop(window, patient)
    settled(window)
    assert not any(visible)
    assert window.browser.isVisible()  # for the user has to choose


@pytest.mark.usefixtures("at_once")
def test_cancelling_takes_the_rows_away(
    qtbot: QtBot, window: MainWindow, hands, settled: Settled, patient: Path
) -> None:
    seen: list[int] = []

    def cancel(_series: object) -> None:
        seen.append(len(rows(window)))
        if len(seen) == 1:
            window.queue.cancel()

    window.opener.reading.connect(cancel)
    hands.drop(window, patient)
    settled(window)
    qtbot.waitUntil(lambda: not window.queue.busy)
    assert seen[0] == 1 and seen[-1] == 0
    assert rows(window) == []
