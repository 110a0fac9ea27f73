"""Cycles of widgets are collected by the window's thread alone."""

import gc
import weakref
from collections.abc import Iterator
from threading import Thread, current_thread, main_thread

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fusionviewer.ui.tidying import Tidying


@pytest.fixture
def tidying(qtbot: QtBot) -> Iterator[Tidying]:
    tidying = Tidying()
    tidying.begin()
    yield tidying
    tidying.stop()


def cycle() -> tuple[list[Thread], weakref.finalize]:  # type: ignore[type-arg]
    """A widget that nobody has but itself, and the thread in which it will have gone."""
    widget, where = QWidget(), []
    widget.me = widget  # type: ignore[attr-defined]
    return where, weakref.finalize(widget, lambda: where.append(current_thread()))


def make_many(kept: list[object]) -> None:
    """More than any threshold."""
    kept += [[] for _ in range(200_000)]


def test_a_widget_goes_in_the_windows_thread_though_a_worker_makes_many_objects(
    qtbot: QtBot, tidying: Tidying
) -> None:
    where, finalizer = cycle()
    kept: list[object] = []
    worker = Thread(target=make_many, args=(kept,))
    worker.start()
    worker.join()
    assert finalizer.alive
    qtbot.waitUntil(lambda: not finalizer.alive)
    assert where == [main_thread()]


def test_a_widget_that_has_grown_old_goes_in_a_quiet_moment(qtbot: QtBot, tidying: Tidying) -> None:
    widget, where = QWidget(), []
    widget.me = widget  # type: ignore[attr-defined]
    gone = weakref.finalize(widget, where.append, 1)
    gc.collect()  # it is old now, and nobody had let it go
    del widget
    kept: list[object] = []
    make_many(kept)
    qtbot.waitUntil(lambda: not gone.alive)


def test_what_was_loaded_before_is_not_looked_through_again(tidying: Tidying) -> None:
    assert gc.get_freeze_count() > 10_000
    assert not gc.isenabled()


def test_afterwards_python_collects_as_ever(qtbot: QtBot) -> None:
    tidying = Tidying()
    tidying.begin()
    tidying.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
