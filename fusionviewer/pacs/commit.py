"""Having an archive take the responsibility for what it was sent (storage commitment).

Source: DICOM PS3.4 Annex J (Storage Commitment Push Model).
"""

import threading
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import build_context, evt
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]

from fusionviewer.errors import PacsError
from fusionviewer.formats.dicom_header import read_header, text
from fusionviewer.pacs.archive import Archive, associated, require_status
from fusionviewer.pacs.receive import receiving
from fusionviewer.pacs.watch import Check
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

WELL_KNOWN = "1.2.840.10008.1.20.1.1"  # the instance that everybody acts on
REQUEST = 1  # action type
UNSAID = 0x0110  # "processing failure", where no reason is given
LOOK_S = 0.05


@dataclass(frozen=True)
class Committed:
    """Attributes:
    kept: how many files the archive vouches for.
    failed: a sentence for each that it does not.
    """

    kept: int
    failed: tuple[str, ...] = ()


def commit(archive: Archive, files: Sequence[Path], *, check: Check = lambda: None) -> Committed:
    """Ask whether the archive keeps these files for good, and wait for its word.

    It may answer on the same connection, or on one of its own where the archive has a receiver.

    Raises:
        PacsError: it does not offer this, or gives no word in time.
        Exception: whatever `check` raises.
    """
    named = {text(header, "SOPInstanceUID"): (header, file) for file in files
             for header in [read_header(file)]}  # fmt: skip
    asked = _question([header for header, _path in named.values()])
    word = _Word(str(asked.TransactionUID))
    handlers = [(evt.EVT_N_EVENT_REPORT, word.take)]
    with ExitStack() as stack:
        if archive.receiver is not None:
            stack.enter_context(
                receiving(archive, [StorageCommitmentPushModel], handlers, as_user=True)
            )
        contexts = [build_context(StorageCommitmentPushModel)]
        link = stack.enter_context(associated(archive, contexts, check, (), handlers))
        try:
            status, _said = link.send_n_action(
                asked, REQUEST, StorageCommitmentPushModel, WELL_KNOWN
            )
        except ValueError as error:
            raise PacsError(
                _("“{title}” offers no storage commitment.", title=archive.title)
            ) from error
        require_status(status, marked("promise to keep the files"), archive)
        failed = word.waited(named, archive, check)
    sentences = tuple(
        _(
            "“{name}” is not kept by “{title}” (reason {why:04X}).",
            name=named[uid][1].name,
            title=archive.title,
            why=why,
        )
        for uid, why in failed.items()
        if uid in named
    )
    return Committed(len(named) - len(sentences), sentences)


def _question(headers: Sequence[Dataset]) -> Dataset:
    """Source: DICOM PS3.4 Table J.3-1."""
    question = Dataset()
    question.TransactionUID = generate_uid(prefix=None)
    items = []
    for header in headers:
        item = Dataset()
        item.ReferencedSOPClassUID = header.SOPClassUID
        item.ReferencedSOPInstanceUID = header.SOPInstanceUID
        items.append(item)
    question.ReferencedSOPSequence = items
    return question


class _Word:
    """What the archive reports about one transaction. Source: DICOM PS3.4 Table J.3-2."""

    def __init__(self, transaction: str) -> None:
        self._transaction = transaction
        self._failed: dict[str, int] = {}
        self._kept: set[str] = set()
        self._came = threading.Event()

    def take(self, event: Any) -> tuple[int, None]:
        """Answers an N-EVENT-REPORT; another transaction's is none of ours."""
        said = event.event_information
        if str(said.get("TransactionUID", "")) == self._transaction:
            for item in said.get("FailedSOPSequence") or ():
                reason = int(item.get("FailureReason") or UNSAID)
                self._failed[str(item.get("ReferencedSOPInstanceUID", ""))] = reason
            kept = said.get("ReferencedSOPSequence") or ()
            self._kept |= {str(item.get("ReferencedSOPInstanceUID", "")) for item in kept}
            self._came.set()
        return 0x0000, None

    def waited(self, asked: Collection[str], archive: Archive, check: Check) -> dict[str, int]:
        """Why which of `asked` is not kept. Where it lists what is, what it does not list is not."""
        until = time.monotonic() + archive.answer_s
        while not self._came.wait(LOOK_S):
            check()
            if time.monotonic() > until:
                raise PacsError(
                    _(
                        "“{title}” has not said yet whether it keeps the files.",
                        title=archive.title,
                    ),
                    _("Set up a receiver for it, or ask again later."),
                )
        unsaid = set(asked) - self._kept if self._kept else set()
        return dict.fromkeys(unsaid, UNSAID) | self._failed
