"""The user's settings: defaults, checks, file.

JSON with a schema, never QSettings, which runs what a tampered file contains. A file that is not
valid is put aside and the one before it is used; nothing here keeps the program from starting.
"""

import logging
import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fusionviewer.fusion.methods import DEFAULT_METHOD
from fusionviewer.paths import settings_file
from fusionviewer.workspace.archives import ArchiveEntry

log = logging.getLogger(__name__)
MAX_BYTES = 1_000_000
Tool = Literal["window", "zoom", "pan", "scroll", "crosshair", "region"]


class Settings(BaseModel):
    """What is remembered from one start to the next. No paths and names: they could be patients."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    width: int = Field(default=1280, ge=640, le=16_000)
    height: int = Field(default=800, ge=480, le=16_000)
    maximized: bool = False
    texts: Literal["none", "short", "full"] = "full"
    method: str = DEFAULT_METHOD
    strategy: str = ""
    recent_methods: tuple[str, ...] = Field(default=(), max_length=8)
    theme: Literal["dark", "light"] = "dark"
    language: Literal["system", "en", "de"] = "system"  # from the next start on
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    text_size: Literal[100, 125, 150, 175, 200] = 100  # percent
    start_method: str = ""  # "" for the last one, with its strategy
    start_strategy: str = ""
    wheel: Literal["next", "previous"] = "next"  # slices, when it turns towards the user
    brighter: Literal["up", "down"] = "up"  # the way of a window drag
    left_drag: Tool = "window"  # at the start
    middle_drag: Tool = "pan"
    right_drag: Tool = "zoom"
    keys: dict[str, tuple[str, ...]] = Field(default={}, max_length=500)  # by command
    recent_files: Literal["run", "kept", "named"] = "run"
    reopening: bool = True  # after a crash
    tour_seen: bool = False
    update_check: bool = False
    update_address: str = Field(default="", max_length=500)  # set by whoever runs the computer
    update_asked_s: float = Field(default=0.0, ge=0)  # when it was last asked, since 1970
    screen: str = ""
    left: int | None = Field(default=None, ge=-100_000, le=100_000)
    top: int | None = Field(default=None, ge=-100_000, le=100_000)
    export_kind: str = "png"
    export_parts: tuple[str, ...] = Field(default=(), max_length=32)
    export_deidentified: bool = False
    export_bits: Literal[8, 16] = 8
    archives: tuple[ArchiveEntry, ...] = Field(default=(), max_length=64)


def load_settings(path: Path | None = None) -> Settings:
    """The settings of the last start; those before, or the defaults, when they are damaged.

    A damaged file is kept beside it as `.damaged`.
    """
    path = path or settings_file()
    for candidate in (path, _backup(path)):
        try:
            return _read(candidate)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:  # ValidationError is a ValueError
            log.warning("Settings not used, because of %s", type(error).__name__)
            _put_aside(candidate)
    return Settings()


def save_settings(settings: Settings, path: Path | None = None) -> bool:
    """Whether they were written: beside the old file and renamed, so a full disk leaves that."""
    path = path or settings_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _keep_backup(path)
        _write_beside(path, settings.model_dump_json(indent=2).encode())
    except OSError as error:
        log.warning("Settings not saved, because of %s", type(error).__name__)
        return False
    return True


def _read(path: Path) -> Settings:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError("far too large for settings")
    return Settings.model_validate_json(content)


def _keep_backup(path: Path) -> None:
    """The file as it was, if it is good, as `.bak`."""
    try:
        _read(path)
    except (OSError, ValidationError, ValueError, RecursionError):
        return
    _write_beside(_backup(path), path.read_bytes())


def _write_beside(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _put_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(path.name + ".damaged"))
    except OSError as error:
        log.warning("Damaged settings stay, because of %s", type(error).__name__)


def _backup(path: Path) -> Path:
    return path.with_name(path.name + ".bak")
