"""The curves of a run, as a CSV file of step, name, value."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from training.errors import RunError

HEADER = ["step", "name", "value"]


class RunLog:
    """Appends to a CSV file; numbers that come every step are averaged over `every` steps."""

    def __init__(
        self, path: Path, *, keep_until: int = 0, every: int = 50, write: bool = True
    ) -> None:
        self._path, self._every = path, every
        self._sums: dict[str, list[float]] = {}
        if write:
            self._rewrite(keep_until)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._sums.setdefault(name, []).append(value)
        if step % self._every == 0:
            self.write(step, {name: sum(vs) / len(vs) for name, vs in self._sums.items()})
            self._sums.clear()

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """
        Raises:
            RunError: the disk is full, or the file cannot be written.
        """
        try:
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([step, name, f"{v:.6g}"] for name, v in values.items())
        except OSError as error:
            raise _unwritten(self._path) from error

    def _rewrite(self, keep_until: int) -> None:
        """What a killed run logged after its last checkpoint will be logged again."""
        beside = self._path.with_suffix(".part")
        try:
            rows = _whole_rows(self._path) if keep_until and self._path.exists() else []
            with beside.open("w", newline="", encoding="utf-8") as file:
                kept = [row for row in rows if int(row[0]) <= keep_until]
                csv.writer(file).writerows([HEADER, *kept])
            beside.replace(self._path)
        except OSError as error:
            raise _unwritten(self._path) from error


def _whole_rows(path: Path) -> list[list[str]]:
    """The rows of a log that hold a step, a name and a value; not one that was cut off."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    rows = [line.rstrip("\r").split(",") for line in lines]
    return [row for row in rows if len(row) == 3 and row[0].isdecimal() and _is_number(row[2])]


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False


def _unwritten(path: Path) -> RunError:
    return RunError(f"The log “{path.name}” could not be written.", "Free some space, then resume.")
