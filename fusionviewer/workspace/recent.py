"""What was opened lately, so that it can be opened again.

Names of files and folders may name patients. So the list says “CT + PET, today 14:02”, and is kept
from one start to the next, for its user alone, only when the settings allow it.
"""

import json
import logging
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from fusionviewer.errors import ExportError
from fusionviewer.formats.writing import write_file
from fusionviewer.texts import text as _

log = logging.getLogger(__name__)
LIMIT = 9
MAX_BYTES = 1_000_000
FILE = "recent.json"


@dataclass(frozen=True)
class Recent:
    """Files or folders that were opened together.

    Attributes:
        kinds: of the images in them: "CT", "PET".
        opened: when.
    """

    paths: tuple[Path, ...]
    kinds: tuple[str, ...]
    opened: datetime

    def label(self, today: date, *, names: bool) -> str:
        """What a menu says; with the names of the files only when `names` is set."""
        days = (today - self.opened.date()).days
        day = {0: _("today"), 1: _("yesterday")}.get(days, self.opened.date().isoformat())
        what = " + ".join(self.kinds) or _("Images")
        parts = [what, _names(self.paths) if names else "", f"{day} {self.opened:%H:%M}"]
        return ", ".join(part for part in parts if part)


def _names(paths: tuple[Path, ...]) -> str:
    names = " + ".join(path.name for path in paths[:2])
    if len(paths) <= 2:
        return names
    return _("{names} and {count} more", names=names, count=len(paths) - 2)


def with_recent(known: tuple[Recent, ...], new: Recent) -> tuple[Recent, ...]:
    """`new` first; the same files are there once."""
    rest = [one for one in known if set(one.paths) != set(new.paths)]
    return (new, *rest)[:LIMIT]


def save_recent(known: tuple[Recent, ...], folder: Path) -> bool:
    """Whether it was written. An empty list removes what was."""
    path = folder / FILE
    data = [
        {
            "paths": [str(p) for p in one.paths],
            "kinds": list(one.kinds),
            "opened": one.opened.isoformat(),
        }
        for one in known
    ]
    try:
        if not known:
            path.unlink(missing_ok=True)
            return True
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        write_file(path, json.dumps(data).encode(), overwrite=True)
    except (OSError, ExportError) as error:
        log.warning("Recent files not saved, because of %s", type(error).__name__)
        return False
    return True


def load_recent(folder: Path) -> tuple[Recent, ...]:
    """What was kept; nothing when it is missing or damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            data = json.loads(file.read(MAX_BYTES))
        return tuple(
            Recent(
                tuple(Path(p) for p in one["paths"]),
                tuple(map(str, one["kinds"])),
                datetime.fromisoformat(one["opened"]),
            )
            for one in data[:LIMIT]
        )
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("Recent files not used, because of %s", type(error).__name__)
        return ()
