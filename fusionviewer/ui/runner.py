"""Work off the GUI thread: the newest only, or one after another."""

import atexit
import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.errors import Cancelled

Work = Callable[[Any, CancelToken, Progress], Any]  # the runner never looks inside a request


class NewestOnlyRunner(QObject):
    """Answers the newest request, and only that one.

    `start` may be called as fast as a slider moves: what is running or waiting is cancelled, and
    the request gets a new generation number. A message from an older generation is dropped when it
    arrives, in the GUI thread, where nothing can change in between.
    """

    progressed = Signal(int, int)  # steps done, steps in all
    finished = Signal(object)  # what the work returned
    failed = Signal(Exception)

    _submitted = Signal(int, object, object, CancelToken)  # generation, work, request, token

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._generation = 0
        self._cancel = CancelToken()
        self._thread, self._worker = _started(self)
        self._submitted.connect(self._worker.run)
        self._worker.message.connect(self._deliver)

    def start(self, request: object) -> None:
        self.cancel()
        self._cancel = CancelToken()
        self._submitted.emit(self._generation, self._work, request, self._cancel)

    def cancel(self) -> None:
        self._cancel.cancel()
        self._generation += 1

    def close(self) -> None:
        """Cancel and wait. Call from `closeEvent`: Qt aborts when a running thread is deleted."""
        self.cancel()
        self._thread.quit()
        self._thread.wait()

    def leave(self) -> None:
        """Cancel and do not wait: for a dialog that closes while a step of seconds runs, which nothing can
        interrupt. Its thread ends by itself, at the latest before the program does.
        """
        self.cancel()
        self._worker.message.disconnect(self._deliver)
        self._thread.quit()

    @Slot(int, object)
    def _deliver(self, generation: int, message: "_Message") -> None:
        if generation != self._generation:
            return
        match message:
            case _Progressed(done, total):
                self.progressed.emit(done, total)
            case _Finished(result):
                self.finished.emit(result)
            case _Failed(error):
                self.failed.emit(error)


class UnawaitedRunner(QObject):
    """Answers one request that nobody waits for at the end: it may look up a name, or connect, and nothing
    can interrupt that. Its thread ends with the program, at the latest, so it must not write files.
    """

    finished = Signal(object)
    failed = Signal(Exception)

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work, self._cancel, self._worker = work, CancelToken(), _Worker()
        self._worker.message.connect(self._deliver)

    def start(self, request: object) -> None:
        given = (0, self._work, request, self._cancel)
        Thread(target=self._worker.run, args=given, name=type(self).__name__, daemon=True).start()

    def close(self) -> None:
        """Cancel and do not wait. Nobody is told what came of it."""
        self._worker.message.disconnect(self._deliver)
        self._cancel.cancel()

    @Slot(int, object)
    def _deliver(self, _generation: int, message: "_Message") -> None:
        match message:
            case _Finished(result):
                self.finished.emit(result)
            case _Failed(error):
                self.failed.emit(error)


@dataclass(frozen=True)
class Job:
    """One long piece of work and what to do, in the GUI thread, with what came of it.

    Attributes:
        lasting: it is done even when the window is closed meanwhile.
        asks: it writes what somebody waits for, so closing the window over it is asked about.
    """

    title: str  # "Opening 3 files"
    work: Callable[[CancelToken, Progress], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    stopped: Callable[[], None] = lambda: None
    lasting: bool = False
    asks: bool = False


class QueueRunner(QObject):
    """Does long jobs one after another, in the order they were given."""

    started = Signal(str)  # the title of the job
    progressed = Signal(int, int)  # steps done, steps in all
    idle = Signal()  # nothing runs or waits any more

    _submitted = Signal(int, object, object, CancelToken)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._waiting: list[tuple[int, Job, CancelToken]] = []
        self._running: tuple[int, Job, CancelToken] | None = None
        self._thread, self._worker = _started(self)
        self._submitted.connect(self._worker.run)
        self._worker.message.connect(self._deliver)

    @property
    def busy(self) -> bool:
        return self._running is not None

    @property
    def at_stake(self) -> list[str]:
        """The titles of jobs that run or wait, and would be missed."""
        running = [self._running] if self._running is not None else []
        return [job.title for _, job, _ in (*running, *self._waiting) if job.asks]

    def add(self, job: Job) -> None:
        self._number += 1
        self._waiting.append((self._number, job, CancelToken()))
        self._next()

    def cancel(self) -> None:
        """Stop what runs and forget what waits. What was finished all the same is told as such."""
        waiting, self._waiting = self._waiting, []
        if self._running is not None:
            self._running[2].cancel()
        for _, job, _ in waiting:
            job.stopped()

    def close(self) -> None:
        """Cancel and wait, as for `NewestOnlyRunner`; what is lasting is done. Nobody is told of either."""
        self._worker.message.disconnect(self._deliver)
        waiting, self._waiting = self._waiting, []
        if self._running is not None and not self._running[1].lasting:
            self._running[2].cancel()
        for number, job, token in waiting:
            if job.lasting:
                self._submitted.emit(number, _without_request, job.work, token)
        self._submitted.emit(0, _without_request, lambda *_: self._thread.quit(), CancelToken())
        self._thread.wait()

    def _next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        self._running = number, job, token = self._waiting.pop(0)
        self.started.emit(job.title)
        self._submitted.emit(number, _without_request, job.work, token)

    @Slot(int, object)
    def _deliver(self, number: int, message: "_Message") -> None:
        if self._running is None or self._running[0] != number:
            return
        job = self._running[1]
        if isinstance(message, _Progressed):
            self.progressed.emit(message.done, message.total)
            return
        self._running = None
        try:
            _tell(job, message)
        finally:  # a fault in what follows a job is not that of the next one
            self._next()
            if self._running is None:
                self.idle.emit()


def _without_request(work: Callable[..., Any], cancel: CancelToken, progress: Progress) -> object:
    return work(cancel, progress)


def _tell(job: Job, message: "_Message") -> None:
    match message:
        case _Finished(result):
            job.done(result)
        case _Failed(error):
            job.failed(error)
        case _Stopped():
            job.stopped()


# A thread that computes in Python lets the window's go on after so long; as it comes, 5 ms, and a
# picture is painted in many steps.
SWITCH_S = 0.001


# Kept until they have ended: Qt aborts the program when a running thread is deleted.
_running: list[tuple[QThread, "_Worker"]] = []


def _started(owner: QObject) -> tuple[QThread, "_Worker"]:
    sys.setswitchinterval(SWITCH_S)
    thread = QThread()
    thread.setObjectName(type(owner).__name__)
    worker = _Worker()
    worker.moveToThread(thread)
    owner.destroyed.connect(thread.quit)
    _running[:] = [one for one in _running if not one[0].isFinished()]
    _running.append((thread, worker))
    thread.start()
    return thread, worker


@atexit.register
def _wait_for_all() -> None:
    for thread, _worker in _running:
        thread.quit()
        thread.wait()


class _Worker(QObject):
    """Lives in the worker thread and touches no widget."""

    message = Signal(int, object)  # generation, _Message

    @Slot(int, object, object, CancelToken)
    def run(self, generation: int, work: Work, request: object, cancel: CancelToken) -> None:
        def report(done: int, total: int) -> None:
            self.message.emit(generation, _Progressed(done, total))

        try:
            cancel.check()
            result = work(request, cancel, report)
        except Cancelled:
            self.message.emit(generation, _Stopped())
        except Exception as error:  # noqa: BLE001 - the window decides what to say about it
            self.message.emit(generation, _Failed(error))
        else:
            self.message.emit(generation, _Finished(result))


@dataclass(frozen=True)
class _Progressed:
    done: int
    total: int


@dataclass(frozen=True)
class _Finished:
    result: object


@dataclass(frozen=True)
class _Failed:
    error: Exception


@dataclass(frozen=True)
class _Stopped:
    pass


_Message = _Progressed | _Finished | _Failed | _Stopped
