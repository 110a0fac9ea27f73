"""What a file or series holds, told from its headers alone."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fusionviewer.imaging.image import Patient

NOBODY = Patient()


@dataclass(frozen=True)
class Description:
    """One image, before its pixels are read.

    Attributes:
        path: the file, or the first file of a series.
        size: (slices, rows, columns).
        spacing_mm: in the order of `size`; None without geometry.
    """

    path: Path
    kind: str
    name: str = ""
    modality: str = "OT"
    size: tuple[int, int, int] = (0, 0, 0)
    spacing_mm: tuple[float, float, float] | None = None
    unit: str = "a.u."
    patient: Patient = NOBODY
    study_description: str = ""
    study_date: str = ""
    series_uid: str = ""
    frame_of_reference_uid: str = ""
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything, in types that JSON knows."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def spacing_of(spacing: Any) -> tuple[float, float, float]:
    """A spacing as three plain numbers, rounded to a nanometre."""
    a, b, c = (round(float(step), 6) for step in spacing)
    return a, b, c
