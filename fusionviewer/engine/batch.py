"""Many pairs; one failure does not stop the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.errors import FusionViewerError, InputError
from fusionviewer.texts import plural
from fusionviewer.texts import text as _

Job = tuple[str, Callable[[], None]]  # what it is called, what to do


@dataclass(frozen=True)
class Failure:
    name: str
    error: FusionViewerError


def run_all(
    jobs: Sequence[Job], cancel: CancelToken, progress: Callable[[int, int], None]
) -> list[Failure]:
    """Do every job; what went wrong, in order.

    Raises:
        Cancelled: between two jobs. What was done stays.
    """
    failures = []
    for done, (name, work) in enumerate(jobs):
        cancel.check()
        try:
            work()
        except FusionViewerError as error:
            failures.append(Failure(name, error))
        progress(done + 1, len(jobs))
    return failures


def matched_by_name(a: Path, b: Path, suffixes: Sequence[str]) -> list[tuple[Path, Path]]:
    """The files of two folders that have equal names, in order of name.

    Raises:
        InputError: no name is in both, one folder has a file that the other lacks, or two pictures
            of a folder differ by their ending alone.
    """
    of_a, of_b = (_pictures(folder, suffixes) for folder in (a, b))
    if lonely := sorted(of_a.keys() ^ of_b.keys()):
        raise InputError(
            plural(
                "“{name}” is in only one of the folders “{a}” and “{b}”.",
                "“{name}” and others, {count} in all, are in only one of the folders “{a}” and “{b}”.",
                len(lonely),
                name=lonely[0],
                a=a.name,
                b=b.name,
            ),
            _("Pairs have equal names in both folders."),
        )
    return [(of_a[name], of_b[name]) for name in sorted(of_a)]


def _pictures(folder: Path, suffixes: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in folder.iterdir():
        if path.suffix.lower() not in suffixes or path.name.startswith(".") or not path.is_file():
            continue
        if path.stem in found:
            raise InputError(
                _("“{name}” has two pictures called “{twice}”.", name=folder.name, twice=path.stem),
                _("Keep one of them."),
            )
        found[path.stem] = path
    return found
