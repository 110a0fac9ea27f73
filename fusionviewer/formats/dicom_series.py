"""Frames that belong together: grouped, and put in order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import InputError
from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_grid import Placed, orientation, placed
from fusionviewer.formats.dicom_header import numbers, text, texts
from fusionviewer.formats.dicom_owner import by_owner
from fusionviewer.formats.dicom_split import split
from fusionviewer.imaging.image import Patient
from fusionviewer.texts import in_english

SAME_DIRECTION = 1e-3


@dataclass(frozen=True, eq=False)
class Series:
    """Frames that make one image.

    Attributes:
        part: what tells it from the other images of its series ("echo 2 of 3"); usually "".
        patient: what all frames together say of whose they are.
    """

    placed: Placed
    patient: Patient
    part: str = ""
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        return self.placed.frames


def collected(frames: Iterable[Frame]) -> tuple[list[Series], list[InputError]]:
    """Every image that `frames` make, and why some make none.

    A DICOM series is split by size, spacing, direction, colour, frame of reference, patient, study
    and modality; localisers go by themselves; several images of one place are told apart by the first
    element of `SPLITTERS` that can.
    """
    series: list[Series] = []
    problems: list[InputError] = []
    for patient, group, said_of_owner in chain.from_iterable(map(by_owner, _grouped(frames))):
        unique, notes = _without_copies(group)
        try:
            parts = split(unique)
        except InputError as problem:
            problems.append(problem)
            continue
        for i, part in enumerate(parts):
            name = f"{part.by} {i + 1} of {len(parts)}{part.value}" if part.by else ""
            one = in_english(
                "One of {count} images of one series ({name}).", count=len(parts), name=name
            )
            said = (one,) if name else ()
            series.append(Series(placed(part.frames), patient, name, said_of_owner + notes + said))
    return series, problems


def _grouped(frames: Iterable[Frame]) -> list[list[Frame]]:
    groups: dict[tuple[Any, ...], list[_Group]] = defaultdict(list)
    for frame in frames:
        alike, axes = groups[_key(frame)], orientation(frame.header)
        for first, group in alike:
            if _same_direction(first, axes):
                group.append(frame)
                break
        else:
            alike.append((axes, [frame]))
    return [group for alike in groups.values() for _, group in alike]


_Axes = NDArray[np.float64] | None
_Group = tuple[_Axes, list[Frame]]


def _key(frame: Frame) -> tuple[Any, ...]:
    header = frame.header
    spacing = numbers(header, "PixelSpacing", 2)
    uid = text(header, "SeriesInstanceUID")
    return (
        uid or frame.path,
        text(header, "Rows"),
        text(header, "Columns"),
        None if spacing is None else tuple(np.round(spacing, 4).tolist()),
        text(header, "PhotometricInterpretation"),
        text(header, "FrameOfReferenceUID"),
        text(header, "StackID"),
        "LOCALIZER" in (part.upper() for part in texts(header, "ImageType")),
    )


def _same_direction(one: _Axes, other: _Axes) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.abs(one - other).max() < SAME_DIRECTION)


def _without_copies(frames: Sequence[Frame]) -> tuple[list[Frame], tuple[str, ...]]:
    """Each SOP instance once: exports often hold a file twice."""
    seen: dict[object, Frame] = {}
    for frame in frames:
        uid = text(frame.header, "SOPInstanceUID")
        place = texts(frame.header, "ImagePositionPatient")  # some writers give all slices one UID
        seen.setdefault((uid or frame.path, frame.index, place), frame)
    copies = len(frames) - len(seen)
    said = (
        in_english("A copy of a slice was left out.")
        if copies == 1
        else in_english("{count} copies of slices were left out.", count=copies)
    )
    return list(seen.values()), (said,) if copies else ()
