"""Frames that belong together: grouped, split where they lie in one place, and put in order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fusionviewer.errors import InputError
from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_grid import Placed, heights, orientation, placed
from fusionviewer.formats.dicom_header import numbers, private_text, text, texts
from fusionviewer.formats.dicom_owner import by_owner
from fusionviewer.imaging.image import Patient
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _

SAME_PLACE_MM = 1e-2
SAME_DIRECTION = 1e-3
SHARED_NUMBER = in_english(
    "Images of several patients, studies or modalities came under one number and were told apart."
)

Private = tuple[int, str, int]  # group, creator, element within the creator's block

# What may differ between images of one place: the element, its name in a sentence, and its unit.
SPLITTERS: dict[str | Private, tuple[str, str]] = {
    "ImageType": ("image type", ""),
    "FrameType": ("image type", ""),
    "EchoNumbers": ("echo", ""),
    "EchoTime": ("echo time", " ms"),
    "EffectiveEchoTime": ("echo time", " ms"),
    "TemporalPositionIdentifier": ("time point", ""),
    "TemporalPositionIndex": ("time point", ""),
    "DiffusionBValue": ("b-value", " s/mm²"),
    (0x0019, "SIEMENS MR HEADER", 0x0C): ("b-value", " s/mm²"),
    (0x2001, "Philips Imaging DD 001", 0x03): ("b-value", " s/mm²"),
    (0x0043, "GEMS_PARM_01", 0x39): ("b-value", ""),
    "DiffusionGradientOrientation": ("diffusion direction", ""),
    (0x0019, "SIEMENS MR HEADER", 0x0E): ("diffusion direction", ""),
    "InversionTime": ("inversion time", " ms"),
    "FlipAngle": ("flip angle", "°"),
    "TriggerTime": ("trigger time", " ms"),
    "NominalCardiacTriggerDelayTime": ("trigger delay", " ms"),
    "FrameReferenceTime": ("time point", " ms"),
    "AcquisitionNumber": ("acquisition", ""),
    "AcquisitionTime": ("acquisition time", ""),
    "ContentTime": ("time", ""),
}


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
    for patient, group, shared in _owned(_grouped(frames)):
        unique, notes = _without_copies(group)
        try:
            parts = _split(unique)
        except InputError as problem:
            problems.append(problem)
            continue
        for i, part in enumerate(parts):
            name = f"{part.by} {i + 1} of {len(parts)}{part.value}" if part.by else ""
            one = in_english(
                "One of {count} images of one series ({name}).", count=len(parts), name=name
            )
            said = (one,) if name else ()
            series.append(Series(placed(part.frames), patient, name, shared + notes + said))
    return series, problems


def _owned(
    groups: Iterable[list[Frame]],
) -> Iterator[tuple[Patient, list[Frame], tuple[str, ...]]]:
    """Each group by owner, and what to say where one has several."""
    for group in groups:
        owners = by_owner(group)
        for patient, frames in owners:
            yield patient, frames, (SHARED_NUMBER,) if len(owners) > 1 else ()


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


@dataclass(frozen=True)
class _Part:
    """Frames of one image each place.

    Attributes:
        by: what tells it from the other parts; "" when there are none.
        value: its value of that, " (800 s/mm²)"; "" where that is no single number.
    """

    frames: tuple[Frame, ...]
    by: str = ""
    value: str = ""


def _split(frames: Sequence[Frame]) -> list[_Part]:
    """`frames` in parts that hold one image of each place.

    Raises:
        InputError: images of one place that nothing in their headers tells apart.
    """
    crowd = _most_in_one_place(frames)
    if crowd == 1:
        return [_Part(tuple(frames))]
    for element, (by, unit) in SPLITTERS.items():
        by_value: dict[tuple[str, ...], list[Frame]] = defaultdict(list)
        for frame in frames:
            by_value[_value(frame.header, element)].append(frame)
        if 1 < len(by_value) <= crowd:
            return [
                _Part(part.frames, part.by or by, part.value or _said(value, unit))
                for value in sorted(by_value, key=_sort_key)
                for part in _split(by_value[value])
            ]
    name = text(frames[0].header, "SeriesDescription") or frames[0].path.parent.name
    raise InputError(
        _(
            "The series “{name}” has up to {crowd} images of one place, and its files do not say how "
            "they differ.",
            name=name,
            crowd=crowd,
        ),
        _("Open single files of it, or export the series again."),
    )


def _value(header: Dataset, element: str | Private) -> tuple[str, ...]:
    if isinstance(element, str):
        return texts(header, element)
    return (private_text(header, *element),)


def _said(value: tuple[str, ...], unit: str) -> str:
    """ " (80 ms)" for a single number."""
    try:
        (alone,) = (float(part) for part in value)
    except ValueError:
        return ""
    return f" ({alone:g}{unit})" if unit else ""


def _sort_key(value: tuple[str, ...]) -> tuple[tuple[float, str], ...]:
    def part_key(part: str) -> tuple[float, str]:
        try:
            return float(part), ""
        except ValueError:
            return 0.0, part

    return tuple(part_key(part) for part in value)


def _most_in_one_place(frames: Sequence[Frame]) -> int:
    along = heights(frames)
    if along is None:
        return 1
    ordered = np.sort(along)
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > SAME_PLACE_MM)
    return int(np.diff(starts, append=len(ordered)).max())
