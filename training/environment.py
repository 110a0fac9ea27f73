"""What a run ran on: noted when it starts, put on the card when it is exported."""

import json
import platform
import shlex
from pathlib import Path

import torch

from training.errors import RunError

FILE = "environment.json"


def note_environment(folder: Path, arguments: list[str], device: str, goes_on: bool) -> None:
    """Add this start to the run folder: the command, the versions, the device.

    Args:
        goes_on: something came of the starts before. Otherwise they are forgotten, so that no card
            names a command that failed.

    Raises:
        RunError: what was noted before cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _starts(folder) if goes_on else []
    starts = [*before, _this_start(arguments, device)]
    beside = folder / f"{FILE}.part"
    beside.write_text(json.dumps(starts, indent=1) + "\n", encoding="utf-8")
    beside.replace(folder / FILE)


def read_environment(folder: Path) -> dict[str, object]:
    """{"command": …, "environment": …} of the first start; empty when nothing was noted.

    Raises:
        RunError: what was noted cannot be read.
    """
    if not (starts := _starts(folder)):
        return {}
    first = dict(starts[0])
    return {"command": first.pop("command"), "environment": first}


def _starts(folder: Path) -> list[dict[str, object]]:
    path = folder / FILE
    if not path.exists():
        return []
    try:
        starts: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
        if all(isinstance(start["command"], str) for start in starts):
            return starts
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder) from error
    raise _broken(folder)


def _broken(folder: Path) -> RunError:
    return RunError(
        f"“{FILE}” in “{folder.name}”, which says how the run was started, is broken.",
        "Delete it to go on without.",
    )


def _this_start(arguments: list[str], device: str) -> dict[str, object]:
    return {
        "command": shlex.join(["python", "-m", "training", *arguments]),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "device": device,
        "threads": torch.get_num_threads(),
    }
