from collections.abc import Iterator
from dataclasses import replace
from threading import Event, current_thread, main_thread

import pytest
from pytestqt.qtbot import QtBot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.errors import GeometryMismatch
from fusionviewer.ui.runner import Job, NewestOnlyRunner, QueueRunner


class HeldWork:
    """Answers with the request itself, once released. Deaf to cancelling."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.started = Event()
        self.released = Event()

    def __call__(self, request: object, cancel: CancelToken, progress: Progress) -> object:
        self.asked.append(request)
        self.started.set()
        assert self.released.wait(timeout=5)
        if isinstance(request, Exception):
            raise request
        return request


@pytest.fixture
def work() -> HeldWork:
    return HeldWork()


@pytest.fixture
def runner(qtbot: QtBot, work: HeldWork) -> Iterator[NewestOnlyRunner]:
    runner = NewestOnlyRunner(work)
    yield runner
    work.released.set()
    runner.close()


@pytest.fixture
def queue(qtbot: QtBot) -> Iterator[QueueRunner]:
    queue = QueueRunner()
    yield queue
    queue.close()


def test_only_the_newest_request_is_answered(
    qtbot: QtBot, runner: NewestOnlyRunner, work: HeldWork
) -> None:
    answers: list[object] = []
    runner.finished.connect(answers.append)

    runner.start("slice 0")
    assert work.started.wait(timeout=5)
    with qtbot.waitSignal(runner.finished):
        for n in range(1, 50):
            runner.start(f"slice {n}")
        work.released.set()

    assert work.asked == ["slice 0", "slice 49"]  # the 48 in between were never computed
    assert answers == ["slice 49"]  # and the late answer to the first was dropped


def test_a_failure_reaches_the_window_as_the_error_itself(
    qtbot: QtBot, runner: NewestOnlyRunner, work: HeldWork
) -> None:
    mismatch = GeometryMismatch("The CT and the MR were not taken in the same position.")

    with qtbot.waitSignal(runner.failed) as failed:
        runner.start(mismatch)
        work.released.set()

    assert failed.args == [mismatch]


def test_nothing_is_said_after_cancelling(
    qtbot: QtBot, runner: NewestOnlyRunner, work: HeldWork
) -> None:
    runner.start("slice 0")
    assert work.started.wait(timeout=5)

    with qtbot.assertNotEmitted(runner.finished):
        runner.cancel()
        work.released.set()
        runner.close()


def test_a_runner_that_is_left_is_not_waited_for_and_says_nothing(
    qtbot: QtBot, work: HeldWork
) -> None:
    runner = NewestOnlyRunner(work)
    thread = runner._thread
    said: list[object] = []
    runner.finished.connect(said.append)
    runner.start("slice 0")
    assert work.started.wait(timeout=5)
    runner.leave()
    assert thread.isRunning()  # the work is deaf, and this thread has gone on all the same
    del runner
    work.released.set()
    qtbot.waitUntil(thread.isFinished)
    assert said == []


def test_a_runner_may_go_with_its_dialog_while_its_thread_waits_for_work(qtbot: QtBot) -> None:
    runner = NewestOnlyRunner(lambda request, cancel, progress: request)
    thread = runner._thread
    del runner  # Qt would abort the program here
    qtbot.waitUntil(thread.isFinished)


def test_work_is_done_on_another_thread(qtbot: QtBot) -> None:
    runner = NewestOnlyRunner(lambda request, cancel, progress: current_thread())
    with qtbot.waitSignal(runner.finished) as finished:
        runner.start("where?")
    runner.close()

    assert finished.args != [main_thread()]


def _job(name: str, said: list[str], work: HeldWork | None = None) -> Job:
    def do(cancel: CancelToken, progress: Progress) -> str:
        if work is not None:
            work(name, cancel, progress)
        cancel.check()
        progress(1, 2)
        return name

    return Job(
        name,
        do,
        lambda result: said.append(f"{result} done"),
        lambda error: said.append(f"{name} failed: {error}"),
        lambda: said.append(f"{name} stopped"),
    )


def test_long_jobs_are_done_in_their_order(qtbot: QtBot, queue: QueueRunner) -> None:
    said: list[str] = []
    with qtbot.waitSignal(queue.idle):
        for name in ("load", "pair", "export"):
            queue.add(_job(name, said))

    assert said == ["load done", "pair done", "export done"]


def test_a_failed_job_does_not_stop_the_next_one(qtbot: QtBot, queue: QueueRunner) -> None:
    said: list[str] = []

    def fail(cancel: CancelToken, progress: Progress) -> None:
        raise OSError("disk full")

    with qtbot.waitSignal(queue.idle):
        queue.add(Job("load", fail, lambda _: None, lambda error: said.append(str(error))))
        queue.add(_job("export", said))

    assert said == ["disk full", "export done"]


def test_a_fault_in_what_follows_a_job_does_not_stop_the_next_one(
    qtbot: QtBot, queue: QueueRunner
) -> None:
    said: list[str] = []

    def stumble(result: object) -> None:
        raise ValueError("a fault")

    with qtbot.captureExceptions() as faults, qtbot.waitSignal(queue.idle):
        queue.add(replace(_job("load", said), done=stumble))
        queue.add(_job("export", said))

    assert [str(fault) for _, fault, _ in faults] == ["a fault"]
    assert said == ["export done"]


def test_cancelling_stops_what_runs_and_what_waits(
    qtbot: QtBot, queue: QueueRunner, work: HeldWork
) -> None:
    said: list[str] = []
    queue.add(_job("load", said, work))
    queue.add(_job("export", said))
    assert work.started.wait(timeout=5)

    with qtbot.waitSignal(queue.idle):
        queue.cancel()
        work.released.set()

    assert sorted(said) == ["export stopped", "load stopped"]
    assert not queue.busy
