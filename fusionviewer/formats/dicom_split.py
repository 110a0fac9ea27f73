"""Several images of one place, told apart by what their headers say of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from fusionviewer.errors import InputError
from fusionviewer.formats.dicom_frames import Frame
from fusionviewer.formats.dicom_grid import heights, placed
from fusionviewer.formats.dicom_header import private_text, text, texts
from fusionviewer.texts import text as _

SAME_PLACE_MM = 1e-2
BESIDE = 0.05  # of a step: so far apart lie images of one place that a scanner found anew for each

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


@dataclass(frozen=True)
class Part:
    """Frames of one image each place.

    Attributes:
        by: what tells it from the other parts; "" when there are none.
        value: its value of that, " (800 s/mm²)"; "" where that is no single number.
    """

    frames: tuple[Frame, ...]
    by: str = ""
    value: str = ""


def split(frames: Sequence[Frame]) -> list[Part]:
    """`frames` in parts that hold one image of each place.

    Raises:
        InputError: images of one place that nothing in their headers tells apart.
    """
    crowd = _most_in_one_place(frames, SAME_PLACE_MM)
    if crowd == 1:
        return _beside_each_other(frames) or [Part(tuple(frames))]
    for element, (by, unit) in SPLITTERS.items():
        by_value = _by_value(frames, element)
        if 1 < len(by_value) <= crowd:
            return [
                Part(part.frames, part.by or by, part.value or _said(value, unit))
                for value in sorted(by_value, key=_sort_key)
                for part in split(by_value[value])
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


def _beside_each_other(frames: Sequence[Frame]) -> list[Part]:
    """Parts that lie a little beside each other, where each of them by itself fills an even grid;
    else none."""
    tolerance = _beside_mm(frames)
    crowd = _most_in_one_place(frames, tolerance)
    if crowd == 1:
        return []
    for element, (by, unit) in SPLITTERS.items():
        by_value = _by_value(frames, element)
        if len(by_value) == crowd and all(_is_even(part, tolerance) for part in by_value.values()):
            return [
                Part(tuple(by_value[value]), by, _said(value, unit))
                for value in sorted(by_value, key=_sort_key)
            ]
    return []


def _beside_mm(frames: Sequence[Frame]) -> float:
    """A small share of the usual step between places, be there one image in each or several."""
    along = heights(frames)
    if along is None or len(along) < 2:
        return 0.0
    steps = np.diff(np.sort(along))
    return BESIDE * float(np.median(steps[steps >= BESIDE * steps.max()]))


def _is_even(frames: Sequence[Frame], tolerance_mm: float) -> bool:
    alone = len(frames) > 1 and _most_in_one_place(frames, tolerance_mm) == 1
    return alone and placed(frames).grid is not None


def _by_value(
    frames: Sequence[Frame], element: str | Private
) -> dict[tuple[str, ...], list[Frame]]:
    by_value: dict[tuple[str, ...], list[Frame]] = defaultdict(list)
    for frame in frames:
        by_value[_value(frame.header, element)].append(frame)
    return by_value


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


def _most_in_one_place(frames: Sequence[Frame], tolerance_mm: float) -> int:
    along = heights(frames)
    if along is None:
        return 1
    ordered = np.sort(along)
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > tolerance_mm)
    return int(np.diff(starts, append=len(ordered)).max())
