"""A newer version, as the window tells of it."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from loopback import reply, served
from pytestqt.qtbot import QtBot

from fusionviewer.ui import app
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.preferences import ask_settings
from fusionviewer.ui.tour import start_tour
from fusionviewer.ui.update_look import look_for_update
from fusionviewer.workspace.settings import Settings, load_settings

NEWER = b'{"version": "99.1", "page": "https://viewer.example/download"}'
MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def address() -> Iterator[Callable[[bytes], str]]:
    with ExitStack() as open_:
        yield lambda body: open_.enter_context(
            served(lambda request: reply(request, body, "application/json"))
        )


def wanting(address: str) -> Settings:
    return Settings(method="average", update_check=True, update_address=address)


def test_one_line_tells_of_a_newer_version_and_where_it_is(
    qtbot: QtBot, make_window: MakeWindow, address: Callable[[bytes], str]
) -> None:
    window = make_window(settings=wanting(address(NEWER)))
    look = look_for_update(window)
    assert look is not None
    with qtbot.waitSignal(look.said):
        pass
    assert "99.1" in window.messages.text
    assert window.messages.text.endswith("https://viewer.example/download")


def test_it_waits_until_another_message_has_been_closed(
    qtbot: QtBot, make_window: MakeWindow, address: Callable[[bytes], str]
) -> None:
    window = make_window(settings=wanting(address(NEWER)))
    window.messages.say(Notice("Read this first."))
    look = look_for_update(window)
    assert look is not None
    with qtbot.waitSignal(look.said):
        pass
    assert window.messages.text == "Read this first."
    window.messages._close.click()
    assert "99.1" in window.messages.text
    window.messages._close.click()
    assert window.messages.text == ""


@pytest.mark.parametrize("how", ["taken", "opened", "toured"])
def test_it_is_read_whichever_way_the_other_message_went(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, how: str
) -> None:
    window.messages.offer(Notice("Reopen?"), "Reopen", lambda: None)
    window.messages.say_next(Notice("There is more."))
    assert window.messages.text == "Reopen?"
    match how:
        case "taken":
            window.messages._offer.click()
        case "opened":
            window.open([])
        case "toured":
            start_tour(window)
    assert window.messages.text == "There is more."


def test_a_message_that_comes_before_it_was_closed_puts_it_off_again(window: MainWindow) -> None:
    window.messages.say_next(Notice("There is more."))
    window.messages.say(Notice("The session is there."), "good")
    assert window.messages.text == "The session is there."
    window.messages._close.click()
    assert window.messages.text == "There is more."
    window.messages._close.click()
    assert window.messages.text == ""


def test_a_failure_is_silent_in_the_window_and_one_line_in_the_log(
    qtbot: QtBot,
    make_window: MakeWindow,
    address: Callable[[bytes], str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    window = make_window(settings=wanting(address(b"<html>")))
    with caplog.at_level(logging.INFO, "fusionviewer.ui.update_look"):
        look = look_for_update(window)
        assert look is not None
        with qtbot.waitSignal(look.runner.failed):
            pass
    assert window.messages.text == ""
    lines = [one for one in caplog.records if one.name == "fusionviewer.ui.update_look"]
    assert [one.levelname for one in lines] == ["INFO"]
    assert "127.0.0.1" not in lines[0].getMessage()


def test_the_address_is_asked_once_a_day_even_when_the_program_ends_badly(
    qtbot: QtBot, make_window: MakeWindow, address: Callable[[bytes], str]
) -> None:
    window = make_window(settings=wanting(address(b"<html>")))
    look = look_for_update(window)
    assert look is not None
    with qtbot.waitSignal(look.runner.failed):
        pass
    assert load_settings().update_asked_s == pytest.approx(time.time(), abs=100)
    assert look_for_update(window) is None


def test_nothing_is_asked_by_default(make_window: MakeWindow) -> None:
    window = make_window()
    assert look_for_update(window) is None
    assert window.update_look is None


def test_closing_the_window_does_not_wait_for_a_silent_address(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    with served(lambda _request: time.sleep(30)) as silent:
        window = make_window(settings=wanting(silent))
        assert look_for_update(window) is not None
        started = time.monotonic()
        window.close()
        assert time.monotonic() - started < 10


def test_closing_the_window_does_not_wait_for_an_address_that_lets_nobody_in(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    """As behind a firewall that drops what is sent: connecting gets no answer."""
    with ExitStack() as stack:
        wall = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # the queue is full after one or two
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(wall.getsockname())
        window = make_window(settings=wanting(f"http://127.0.0.1:{wall.getsockname()[1]}/v"))
        assert look_for_update(window) is not None
        qtbot.waitUntil(lambda: load_settings().update_asked_s > 0)  # then it connects
        started = time.monotonic()
        window.close()
        assert time.monotonic() - started < 2


def test_the_setting_is_off_says_that_it_needs_an_address_and_reset_leaves_the_address(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    window = make_window(settings=Settings(method="average", update_address="https://a.example/v"))
    dialog = ask_settings(window)
    field = dialog.fields["update_check"]
    assert not field.isChecked()
    assert "update_address" in field.accessibleDescription()
    field.click()
    assert window.settings.update_check
    dialog.defaults.click()
    assert not window.settings.update_check
    assert window.settings.update_address == "https://a.example/v"
    dialog.reject()


def test_it_begins_after_the_start(
    qtbot: QtBot,
    make_window: MakeWindow,
    address: Callable[[bytes], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "UPDATE_DELAY_MS", 1)
    window = make_window(settings=wanting(address(NEWER)))
    app._look_for_update(window)
    assert window.update_look is None
    qtbot.waitUntil(lambda: "99.1" in window.messages.text)
