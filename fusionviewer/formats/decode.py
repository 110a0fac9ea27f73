"""The stored pixels of one frame: native ones here, compressed ones in a process of their own."""

import atexit
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

import fusionviewer
from fusionviewer.errors import UnreadableFile
from fusionviewer.formats import decode_worker
from fusionviewer.formats.decode_native import native_frames
from fusionviewer.formats.dicom_frames import frame_bytes
from fusionviewer.formats.dicom_header import size, transfer_syntax, whole
from fusionviewer.formats.files import unreadable
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.1
WORKER_FLAG = "--decode-worker"
SAMPLE_TYPES = "iufb"
MAX_ANSWER = 1000
DAMAGED = marked("is damaged: its pixels cannot be decompressed")
COPY_AGAIN = marked("Copy it again from its source.")


def stored_frames(
    path: Path, header: Dataset, indices: Sequence[int], check: Callable[[], None]
) -> Iterator[NDArray[Any]]:
    """Frames of a file, (H, W) or (H, W, 3) each, in the stored type; YCbCr is turned to RGB.

    Raises:
        UnreadableFile: cut off, damaged, or compressed in a way that cannot be undone here.
    """
    syntax = transfer_syntax(header)
    if not syntax.is_transfer_syntax:
        raise UnreadableFile(path, _("is written in a way that is not known (transfer syntax)"))
    if syntax.is_encapsulated:
        with _borrowed() as worker:
            frames = worker.frames(path, header, indices, check)
        yield from frames
        return
    check_size(path, header)
    try:
        yield from native_frames(path, header, indices)
    except Exception as error:  # pydicom passes on what it meets
        raise unreadable(path, error) from error


def is_compressed(header: Dataset) -> bool:
    syntax = transfer_syntax(header)
    return syntax.is_transfer_syntax and syntax.is_encapsulated


def check_size(path: Path, header: Dataset) -> None:
    """Compare what a header promises with the size of the file, before anything is allocated.

    Raises:
        UnreadableFile: native pixels are missing.
    """
    if transfer_syntax(header) == DeflatedExplicitVRLittleEndian:
        return
    if frame_bytes(header) * whole(header, "NumberOfFrames", 1) > path.stat().st_size:
        raise UnreadableFile(path, _("is cut off: pixels are missing"), COPY_AGAIN)


class _Worker:
    """Talks to one decoding process; starts it when needed, ends it when it takes too long."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = Lock()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="decode")

    def frames(
        self, path: Path, header: Dataset, indices: Sequence[int], check: Callable[[], None]
    ) -> list[NDArray[Any]]:
        """Raises: UnreadableFile: the codec gave up, crashed, or took more than 30 s a frame."""
        with self._one_at_a_time:
            process = self._running(path)
            try:
                _ask(process, path, indices)
                return [
                    _awaited(self._reader.submit(_answered, process, header), check)
                    for _index in indices
                ]
            except _Refused as refusal:
                raise UnreadableFile(path, *refusal.sentence(header)) from refusal
            except BaseException as error:
                self.stop()  # what it still sends would be taken for the next answer
                if isinstance(error, NotYet):
                    problem = _(
                        "could not be decompressed within {seconds:.0f} seconds",
                        seconds=TIMEOUT_S,
                    )
                    raise UnreadableFile(path, problem) from error
                if isinstance(error, (OSError, ValueError)):
                    raise UnreadableFile(path, DAMAGED, COPY_AGAIN) from error
                raise

    def _running(self, path: Path) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            try:
                self._process = subprocess.Popen(
                    _command(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError as error:
                raise UnreadableFile(
                    path,
                    _("is compressed, and the decoder does not start"),
                    _("Start the viewer again."),
                ) from error
        return self._process

    def stop(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [
            sys.executable,
            WORKER_FLAG,
        ]  # a built program has no `-m`; its start looks for this
    return [sys.executable, "-m", decode_worker.__name__]


def _environment() -> dict[str, str]:
    root = str(Path(fusionviewer.__file__).parents[1])
    others = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, others] if others else [root])}


def _awaited(answer: "Future[NDArray[Any]]", check: Callable[[], None]) -> NDArray[Any]:
    """The answer, while `check` is asked ten times a second whether anybody still wants it."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return answer.result(timeout=LOOK_EVERY_S)
        except NotYet:
            if answer.done() or time.monotonic() > deadline:
                raise
            check()


def _ask(process: subprocess.Popen[bytes], path: Path, indices: Sequence[int]) -> None:
    request = {"path": str(path.absolute()), "frames": list(indices)}
    pipe = _open(process.stdin)
    pipe.write(json.dumps(request).encode() + b"\n")
    pipe.flush()


def _answered(process: subprocess.Popen[bytes], header: Dataset) -> NDArray[Any]:
    pipe = _open(process.stdout)
    answer = json.loads(pipe.readline(MAX_ANSWER) or b"{}")
    if "error" in answer:
        raise _Refused(str(answer["error"]))
    dtype, shape = np.dtype(answer.get("dtype", "V1")), tuple(answer.get("shape", ()))
    # The process may have been taken over by what it read: believe only what fits the header.
    rows, columns = size(header)
    expected = ((rows, columns), (rows, columns, 3), (rows, columns, 4))
    if dtype.kind not in SAMPLE_TYPES or shape not in expected:
        raise ValueError(f"the decoder gave {shape} of {dtype}, not {expected[0]}")
    data = pipe.read(math.prod(shape) * dtype.itemsize)
    return np.frombuffer(data, dtype).reshape(shape)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the decoder has no pipe")
    return pipe


class _Refused(Exception):
    """The decoder works, but not for this file."""

    def sentence(self, header: Dataset) -> tuple[str, str]:
        kind = str(self)
        if kind == decode_worker.NO_CODEC:
            name = transfer_syntax(header).name.split(",")[0].split(" (")[0]
            return (
                _("is compressed as {name}, which cannot be decoded here", name=name),
                _("Export it uncompressed."),
            )
        if kind == decode_worker.NO_MEMORY:
            return _("needs more memory to decompress than there is"), _(
                "Close other images first."
            )
        return DAMAGED, COPY_AGAIN


_idle: list[_Worker] = []  # as many as were ever busy at once; the one used last is taken first


@contextmanager
def _borrowed() -> Iterator[_Worker]:
    """A worker that nobody else talks to."""
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
        atexit.register(worker.stop)
    try:
        yield worker
    finally:
        _idle.append(worker)
