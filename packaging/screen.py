"""A screen that nobody sees, with keys to press: Xvfb, xdotool, and Pillow for looking."""

import os
import subprocess
import time
from types import TracebackType

from PIL import Image as Picture
from PIL import ImageGrab

SIZE = "1600x1000x24"


class Screen:
    """An X server of its own, while the `with` block lasts."""

    def __enter__(self) -> "Screen":
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE,
             "-nolisten", "tcp", "-noreset"],  # a reset refuses those who come while it lasts
            pass_fds=[writing], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as numbers:
            self.name = f":{numbers.readline().strip()}"
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.terminate()
        self._server.wait()

    def wait_for_window(
        self, title: str, process: "subprocess.Popen[str]", patience_s: float
    ) -> None:
        """Until a window of this title is there, with the keyboard; no window manager gives it.

        Raises:
            TimeoutError: none came.
            ChildProcessError: the program ended instead.
        """
        end = time.monotonic() + patience_s
        while not (found := self._windows(title)):
            if process.poll() is not None:
                said = process.stderr.read() if process.stderr else ""
                raise ChildProcessError(f"ended with {process.returncode}: {said}")
            if time.monotonic() > end:
                raise TimeoutError(f"no window {title} within {patience_s:.0f} s")
            time.sleep(0.05)
        self._xdotool("windowfocus", found[-1])

    def focus(self, title: str) -> None:
        self._xdotool("windowfocus", self._windows(title)[-1])

    def keys(self, *names: str) -> None:
        for name in names:
            self._xdotool("key", "--clearmodifiers", name)

    def type_text(self, text: str) -> None:
        self._xdotool("type", "--delay", "8", text)

    def shot(self) -> Picture.Image:
        """What is on the screen, (H, W, 3)."""
        return ImageGrab.grab(xdisplay=self.name)

    def has_window(self, title: str) -> bool:
        return bool(self._windows(title))

    def width_of(self, title: str) -> int:
        """Of the window, in pixels."""
        return self._width(self._windows(title)[-1])

    def widths(self) -> list[int]:
        """Of all windows that can be seen, in pixels."""
        found = self._xdotool("search", "--onlyvisible", "--class", ".")
        return [self._width(window) for window in found.split()]

    def _width(self, window: str) -> int:
        said = self._xdotool("getwindowgeometry", "--shell", window)
        return int(dict(line.split("=") for line in said.split()).get("WIDTH", 0))

    def _windows(self, title: str) -> list[str]:
        found = self._xdotool("search", "--onlyvisible", "--name", title)
        return found.split()

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=os.environ | {"DISPLAY": self.name}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return done.stdout
