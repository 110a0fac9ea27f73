"""What a run ran on: noted when it starts, put on the card when it is exported."""

import json
import platform
import shlex
from pathlib import Path

import torch

FILE = "environment.json"


def note_environment(folder: Path, arguments: list[str], device: str) -> None:
    """Add this start to the run folder: the command, the versions, the device."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = [*_starts(folder), _this_start(arguments, device)]
    beside = folder / f"{FILE}.part"
    beside.write_text(json.dumps(starts, indent=1) + "\n", encoding="utf-8")
    beside.replace(folder / FILE)


def read_environment(folder: Path) -> dict[str, object]:
    """{"command": …, "environment": …} of the first start; empty when nothing was noted."""
    if not (starts := _starts(folder)):
        return {}
    first = dict(starts[0])
    return {"command": first.pop("command"), "environment": first}


def _starts(folder: Path) -> list[dict[str, object]]:
    path = folder / FILE
    if not path.exists():
        return []
    starts: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return starts


def _this_start(arguments: list[str], device: str) -> dict[str, object]:
    return {
        "command": shlex.join(["python", "-m", "training", *arguments]),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "device": device,
        "threads": torch.get_num_threads(),
    }
