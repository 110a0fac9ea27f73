"""Series whose headers are still being read, as far as they are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_header import size, text
from fusionviewer.imaging.image import KINDS

EVERY_S = 0.3


@dataclass(frozen=True)
class Growing:
    """A series by the headers that were read so far; what it is split into is known at the end.

    Attributes:
        count: slices.
        size: (rows, columns) of the first.
    """

    uid: str
    name: str
    kind: str
    patient: str
    count: int
    size: tuple[int, int]


Heard = Callable[[tuple[Growing, ...]], None]


@dataclass
class Readings:
    """Tells `heard` of the series so far, now and then."""

    heard: Heard
    _known: dict[str, Growing] = field(default_factory=dict)
    _told_at: float = field(default_factory=monotonic)

    def add(self, frames: Sequence[Frame]) -> None:
        """One more file was read."""
        if frames:
            header = frames[0].header
            uid = text(header, "SeriesInstanceUID")
            before = self._known.get(uid)
            known = before.count if before is not None else 0
            self._known[uid] = _growing(uid, frames, known)
        now = monotonic()
        if now - self._told_at >= EVERY_S:
            self._told_at = now
            self.heard(tuple(self._known.values()))


def _growing(uid: str, frames: Sequence[Frame], before: int) -> Growing:
    header = frames[0].header
    modality = text(header, "Modality")
    kind = KINDS.get(modality, modality)
    return Growing(
        uid,
        text(header, "SeriesDescription") or kind,
        kind,
        " ".join(text(header, "PatientName").replace("^", " ").split()),
        before + len(frames),
        size(header),
    )
