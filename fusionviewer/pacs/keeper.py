"""Keeping what an archive sends, as it arrives: on disk, undecoded, and never more than is sane."""

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

import pydicom

from fusionviewer.errors import ExportError, FusionViewerError, PacsError
from fusionviewer.pacs.storage import file_name
from fusionviewer.texts import text as _

Progress = Callable[[int, int], None]  # objects fetched, objects in all as far as known

MAX_OBJECTS, MAX_BYTES = 20_000, 16 * 2**30
STORED, REFUSED, WRONG = 0x0000, 0xA700, 0xC000
SPARED_BYTES = 256 * 2**20  # of the disk, that stay free
ARRIVING = ".arriving"


class _NotAskedFor(PacsError):
    """It belongs to another study: what a transfer that was cancelled still brings, for example."""


class Keeper:
    """Fills a folder. What is there when it begins counts as fetched.

    It may be called from the association's own thread; `require_fine` raises in the caller's.
    """

    def __init__(self, folder: Path, progress: Progress, studies: frozenset[str] = frozenset()):
        self._folder, self._progress, self._studies = folder, progress, studies
        self._lock, self._bytes, self._number = Lock(), 0, 0
        self._problem: Exception | None = None
        for rest in folder.glob(f"*{ARRIVING}"):
            rest.unlink()
        self.count, self.waiting = len(list(folder.iterdir())), 0

    def require_fine(self) -> None:
        """Raises: ExportError, PacsError: why an object could not be kept."""
        if self._problem is not None:
            raise self._problem

    def has(self, uid: str) -> bool:
        return (self._folder / file_name(uid)).exists()

    def store(self, event: Any) -> int:
        """The status to answer a C-STORE with. Source: DICOM PS3.4 B.2.3."""
        try:
            self.keep([event.encoded_dataset()])
        except PacsError:
            return REFUSED
        except ExportError:
            return REFUSED
        except Exception as error:  # noqa: BLE001 - pynetdicom passes on what its parsers meet
            self._problem = PacsError(_("The archive sent something that is no DICOM object."))
            self._problem.__cause__ = error
            return WRONG
        return STORED

    def keep(self, chunks: Iterable[bytes]) -> None:
        """One object, in pieces.

        Raises:
            PacsError, ExportError: why not; kept for `require_fine` too, unless the object is of
                a study that nobody asked for.
        """
        with self._lock:
            self._number += 1
            place = self._folder / f"{self._number}{ARRIVING}"
        try:
            self._fill(place, chunks)
            target = self._folder / file_name(_identity(place, self._studies))
            with self._lock:
                self.count += not target.exists()  # an object may be sent twice
                place.replace(target)
        except OSError as error:
            self._problem = ExportError(
                _("What the archive sends cannot be written."),
                _("The disk may be full, or not yours to write."),
            )
            raise self._problem from error
        except _NotAskedFor:  # refused, and the rest goes on
            raise
        except FusionViewerError as error:
            self._problem = error
            raise
        finally:
            place.unlink(missing_ok=True)
        self._progress(self.count, self.count + self.waiting)

    def _fill(self, place: Path, chunks: Iterable[bytes]) -> None:
        with place.open("xb") as file:
            for chunk in chunks:
                self._require_room(len(chunk))
                file.write(chunk)

    def _require_room(self, size: int) -> None:
        """Raises: PacsError: more came than one request may bring."""
        self._bytes += size
        if self.count >= MAX_OBJECTS or self._bytes > MAX_BYTES:
            raise PacsError(
                _("The archive sends more than 20,000 objects, or 16 GiB."), _("Fetch one series.")
            )
        if shutil.disk_usage(self._folder).free < size + SPARED_BYTES:
            raise PacsError(_("The disk is nearly full."), _("Free some space, and fetch again."))


def _identity(place: Path, studies: frozenset[str]) -> str:
    """The SOP Instance UID of a file.

    Raises:
        PacsError: it is no DICOM object, or of a study that nobody asked for.
    """
    wanted = ["SOPInstanceUID", "StudyInstanceUID"]
    try:
        header = pydicom.dcmread(place, stop_before_pixels=True, specific_tags=wanted)
        uid, study = str(header.SOPInstanceUID), str(header.get("StudyInstanceUID", ""))
    except Exception as error:
        raise PacsError(_("The archive sent something that is no DICOM object.")) from error
    if studies and study not in studies:
        raise _NotAskedFor(_("The archive sent an object of a study that was not asked for."))
    return re.sub(r"[\0 ]+$", "", uid)
