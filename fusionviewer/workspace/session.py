"""A session: what is open and how it is shown, as a file without pixels.

An `.fvsession` is JSON: the files of each image with their fingerprints, where a registration has
put it, and the state of the window. It names files, and those may name patients: it is written where
the user asks for it, and while the window is open, for its user alone, so that a crash loses nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

from fusionviewer import __version__
from fusionviewer.errors import InputError
from fusionviewer.formats.zips import archive_of
from fusionviewer.imaging.alignment import AlignmentCard
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import text as _
from fusionviewer.workspace.session_values import hints, plain, revived
from fusionviewer.workspace.state import Refusal, Slot, ViewState

log = logging.getLogger(__name__)
ENDING = ".fvsession"
FORMAT, VERSION = "FusionViewer session", 1
MAX_BYTES = 20_000_000
ASKED_ANEW = ("confirmed",)
_FOUND_ANEW = (Slot, Image, Pair, Refusal)  # with the images, or from them
Check = Callable[[], None]


@dataclass(frozen=True)
class Placement:
    """Where a registration has put an image; an affine one has interpolated its voxels, and does so anew."""

    grid: Grid
    card: AlignmentCard
    frame_of_reference_uid: str = ""


@dataclass(frozen=True)
class Kept:
    """One open image.

    Attributes:
        paths: its files, in slice order; absolute when they are known to this computer.
        key: of its pixels, to find it among several in one file.
        digest: of its files, SHA-256; "" when not taken.
        kind: "CT", "MR", "PET": what it is called when it is missing.
        shown: how it is shown, field by field.
    """

    paths: tuple[str, ...]
    key: str
    digest: str = ""
    kind: str = "Image"
    placement: Placement | None = None
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """What an `.fvsession` says.

    Attributes:
        state: the fields of the ViewState, as JSON has them; checked when they are used.
        folder: where the file lies; files that have moved with it are found beside it.
    """

    images: tuple[Kept, ...]
    state: dict[str, Any]
    folder: str = ""


def session_of(state: ViewState, digests: Sequence[str] = ()) -> Session:
    """What there is to keep of `state`.

    Args:
        digests: of the files of each open image, in their order.
    """
    given = [*digests, *[""] * len(state.slots)]
    images = tuple(_kept(slot, digest) for slot, digest in zip(state.slots, given, strict=False))
    return Session(images, _fields(state))


def files_of(image: Image) -> tuple[Path, ...]:
    """Where it can be opened from again: its files, or the archive that they were unpacked from."""
    paths = image.source.paths
    archive = archive_of(paths[0]) if paths else None
    return paths if archive is None else (archive,)


def digest(paths: Sequence[Path], check: Check = lambda: None) -> str:
    """A fingerprint of files in their order: SHA-256 of the SHA-256 of each; "" when one is gone."""
    whole = hashlib.sha256()
    try:
        for path in paths:
            check()
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    except OSError:
        return ""
    return whole.hexdigest()


def stamp(paths: Sequence[Path]) -> str:
    """What is another one when `digest` may be: names, sizes and times of the files; "" when one is gone."""
    try:
        found = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    except OSError:
        return ""
    return hashlib.sha256(repr(found).encode()).hexdigest()


def text_of(session: Session, folder: Path) -> str:
    """As it is written into a file in `folder`: the files also by their way from there."""
    images = []
    for kept in session.images:
        beside = [_way(Path(path), folder) for path in kept.paths]
        images.append({**plain(replace(kept, shown={})), "shown": kept.shown, "beside": beside})
    content = {
        "format": FORMAT,
        "version": VERSION,
        "program": __version__,
        "images": images,
        "state": session.state,
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def read_session(path: Path) -> Session:
    """What the file `path` says; its state is checked when it is used.

    Raises:
        InputError: it is missing, no session, damaged, or of a later version.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            _("The session “{name}” cannot be read.", name=path.name),
            _("Check that the file is there and that you may open it."),
        ) from error
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("far too large")
        return _understood(json.loads(content), path)
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError) as error:
        raise InputError(
            _("“{name}” is damaged, or no session of this program.", name=path.name),
            _("Open the images themselves; nothing of them was changed."),
        ) from error


def _understood(data: dict[str, Any], path: Path) -> Session:
    if data["format"] != FORMAT:
        raise ValueError("another format")
    if data["version"] > VERSION:
        raise InputError(
            _("“{name}” was saved by a later version of FusionViewer.", name=path.name),
            _("Install that version, or open the images themselves."),
        )
    images = tuple(_image(one, path.parent) for one in data["images"])
    state = data["state"]
    if not isinstance(state, dict):
        raise ValueError("a state that is none")
    return Session(images, state, str(path.parent))


def _image(data: dict[str, Any], folder: Path) -> Kept:
    shown = data.pop("shown")
    beside = revived(tuple[str, ...], data.pop("beside", []))
    kept: Kept = revived(Kept, {**data, "shown": {}})
    if len(beside) == len(kept.paths) and not all(Path(path).is_file() for path in kept.paths):
        moved = [os.path.normpath(folder / way) for way in beside if way]
        if len(moved) == len(kept.paths) and all(Path(path).is_file() for path in moved):
            kept = replace(kept, paths=tuple(moved))
    return replace(kept, shown=shown if isinstance(shown, dict) else {})


def _kept(slot: Slot, digest: str) -> Kept:
    image = slot.native
    paths = tuple(str(path.absolute()) for path in files_of(image))
    return Kept(paths, image.key, digest, image.kind, _placement(image), _fields(slot))


def _placement(image: Image) -> Placement | None:
    if image.placed_by is None or image.grid is None:
        return None
    return Placement(image.grid, image.placed_by, image.source.frame_of_reference_uid)


def _fields(value: ViewState | Slot) -> dict[str, Any]:
    """Field by field; one that is no plain value is left out, for the rest is worth keeping."""
    kept, names = {}, field_types(type(value))
    for one in fields(value):
        if one.name not in names:
            continue
        try:
            kept[one.name] = plain(getattr(value, one.name))
        except TypeError:
            log.warning("A session does not keep %s", one.name)
    return kept


def _way(path: Path, folder: Path) -> str:
    """From `folder` to `path`; "" on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return ""


def field_types(cls: type) -> dict[str, Any]:
    """The types of what is kept of a class, by field: all but what is found out or asked anew."""
    kept = {name: hint for name, hint in hints(cls).items() if name not in ASKED_ANEW}
    return {name: hint for name, hint in kept.items() if not _found_anew(hint)}


def _found_anew(hint: Any) -> bool:
    return hint in _FOUND_ANEW or any(_found_anew(part) for part in get_args(hint))
