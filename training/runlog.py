"""The curves of a run, as a CSV file of step, name, value."""

import csv
from collections.abc import Mapping
from pathlib import Path

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
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([step, name, f"{v:.6g}"] for name, v in values.items())

    def _rewrite(self, keep_until: int) -> None:
        """What a killed run logged after its last checkpoint will be logged again."""
        rows: list[list[str]] = []
        if keep_until and self._path.exists():
            with self._path.open(newline="", encoding="utf-8") as file:
                rows = [r for r in list(csv.reader(file))[1:] if int(r[0]) <= keep_until]
        with self._path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
