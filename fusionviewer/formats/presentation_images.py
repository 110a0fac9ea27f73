"""An image as a presentation state speaks of it: which instances, which values, which colours."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_header import numbers, text
from fusionviewer.formats.dicom_pixels import is_inverted, rescale, stored_range
from fusionviewer.formats.dicom_writing import clean, decimal, decimals
from fusionviewer.formats.units import unit
from fusionviewer.imaging.color import palette
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.windowing import Window

UNCHANGED = (1.0, 0.0, "US")
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True)
class Instance:
    """A file of a series, as a presentation state has to know it.

    Attributes:
        lut: slope and intercept from stored values to those in `unit`, with the unit's code.
        unit: of the values that the lookup leads to.
        spacing: mm between rows and between columns; None where nobody knows.
        frames: which of the file's frames this is about, from 1; empty for all of them.
        inverted_range: the stored values' range where low is bright; None elsewhere.
    """

    sop_class: str
    uid: str
    size: tuple[int, int]
    lut: tuple[float, float, str]
    unit: str
    spacing: tuple[float, float] | None = None
    inverted_range: tuple[int, int] | None = None
    frames: tuple[int, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A series with the look that it is to have."""

    study_uid: str
    series_uid: str
    instances: tuple[Instance, ...]
    look: Look
    unit: str


def shown_source(image: Image, look: Look) -> Shown | None:
    """A source as it was read; None when there is no grey DICOM image to refer to."""
    source = image.source
    headers = [h for h in source.headers if text(h, "PhotometricInterpretation") in MONOCHROME]
    if image.rgb is not None or not source.sop_class_uid or len(headers) != image.shape[0]:
        return None
    found = tuple(_instances(source, headers))
    return Shown(source.study_uid, source.series_uid, found, look, image.unit) if found else None


def _instances(source: Source, headers: Sequence[Dataset]) -> Iterator[Instance]:
    """One for each file; for a file whose frames differ in their lookup, one for each lookup."""
    groups: dict[str, dict[Instance, list[int]]] = {}
    numbers = source.frame_numbers or (0,) * len(headers)
    for uid, header, number in zip(source.instance_uids, headers, numbers, strict=True):
        if uid:
            groups.setdefault(uid, {}).setdefault(_instance(header), []).append(number)
    for of_file in groups.values():
        for one, frames in of_file.items():
            yield one if len(of_file) == 1 else replace(one, frames=tuple(sorted(frames)))


def shown_objects(objects: Iterable[Dataset], look: Look, unit_name: str) -> Shown:
    """A series that was made here."""
    headers = list(objects)
    first = headers[0]
    found = tuple(_instance(header) for header in headers)
    return Shown(first.StudyInstanceUID, first.SeriesInstanceUID, found, look, unit_name)


def _instance(header: Dataset) -> Instance:
    measured = unit(header, text(header, "Modality"))
    slope, intercept = rescale(header)
    kind = text(header, "RescaleType") or ("HU" if measured == "HU" else "US")
    return Instance(
        text(header, "SOPClassUID"),
        text(header, "SOPInstanceUID"),
        (int(header.Rows), int(header.Columns)),
        (slope, intercept, kind),
        measured,
        _spacing(header),
        stored_range(header) if is_inverted(header, measured) else None,
    )


def _spacing(header: Dataset) -> tuple[float, float] | None:
    found = numbers(header, "PixelSpacing", 2)
    if found is None or found.min() <= 0:
        return None
    return float(found[0]), float(found[1])


def series_references(shown: Iterable[Shown]) -> list[Dataset]:
    """Source: DICOM PS3.3 C.11.11 (Presentation State Relationship)."""
    items = []
    for one in shown:
        item = Dataset()
        item.SeriesInstanceUID = one.series_uid
        item.ReferencedImageSequence = image_references(one.instances)
        items.append(item)
    return items


def image_references(instances: Iterable[Instance]) -> list[Dataset]:
    """Each file once, and whole. Source: DICOM PS3.3 10.3 (Image SOP Instance Reference)."""
    return [_reference(one) for one in {one.uid: one for one in instances}.values()]


def _reference(one: Instance) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.sop_class, one.uid
    return item


def _frame_reference(one: Instance) -> Dataset:
    item = _reference(one)
    if one.frames:
        item.ReferencedFrameNumber = list(one.frames)
    return item


def put_values(d: Dataset, shown: Shown) -> None:
    """From stored values to the window of the look.

    One Modality LUT serves a whole series. Where slices differ in theirs, as in PET, it changes
    nothing, and each group of slices has the window in its own stored values instead. Where the
    screen shows another unit than the file's, no window is said.

    Source: DICOM PS3.3 C.11.1 (Modality LUT), C.11.8 (Softcopy VOI LUT), C.11.2.1.3.2.
    """
    groups: dict[tuple[float, float, str], list[Instance]] = {}
    for one in shown.instances:
        groups.setdefault(one.lut, []).append(one)
    lut = next(iter(groups)) if len(groups) == 1 else UNCHANGED
    d.RescaleSlope, d.RescaleIntercept = decimal(lut[0]), decimal(lut[1])
    d.RescaleType = clean(lut[2], 16)
    if any(one.unit != shown.unit for one in shown.instances):
        return
    items = []
    for own, group in groups.items():
        left = UNCHANGED if own == lut else own  # of the file's lookup, what the state's leaves
        items.append(_window(shown.look.window, group[0], left[0], left[1]))
        if len(groups) > 1:
            items[-1].ReferencedImageSequence = [_frame_reference(one) for one in group]
    d.SoftcopyVOILUTSequence = items


def _window(window: Window, one: Instance, slope: float, intercept: float) -> Dataset:
    center = window.center
    if one.inverted_range is not None:
        low, high = (end * one.lut[0] + one.lut[1] for end in one.inverted_range)
        center = low + high - center
    item = Dataset()
    item.WindowCenter = decimal((center - intercept) / slope)
    item.WindowWidth = decimal(window.width / abs(slope))
    item.VOILUTFunction = "LINEAR_EXACT"
    return item


def put_displayed_area(d: Dataset, shown: Iterable[Shown]) -> None:
    """All of every image, fitted to the screen, each pixel as long and as wide as it is.

    Source: DICOM PS3.3 C.10.4.
    """
    groups: dict[Any, list[Instance]] = {}
    for one in shown:
        for instance in one.instances:
            groups.setdefault((*instance.size, instance.spacing), []).append(instance)
    items = []
    for (rows, columns, spacing), instances in groups.items():
        item = Dataset()
        if len(groups) > 1:
            item.ReferencedImageSequence = image_references(instances)
        item.DisplayedAreaTopLeftHandCorner = [1, 1]
        item.DisplayedAreaBottomRightHandCorner = [columns, rows]
        item.PresentationSizeMode = "SCALE TO FIT"
        if spacing is None:
            item.PresentationPixelAspectRatio = [1, 1]
        else:
            item.PresentationPixelSpacing = decimals(spacing)
        items.append(item)
    d.DisplayedAreaSelectionSequence = items


def put_palette(d: Dataset, look: Look) -> None:
    """256 colours of 16 bits: the look's palette, or greys. Source: DICOM PS3.3 C.7.9."""
    ramp = np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1)
    colours = palette(look.palette) if look.palette else ramp
    table = np.round(colours[:: -1 if look.inverted else 1] * 65535).astype("<u2")
    for name, column in zip(("Red", "Green", "Blue"), table.T, strict=True):
        setattr(d, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(d, f"{name}PaletteColorLookupTableData", column.tobytes())


def put_common_references(d: Dataset, named: Iterable[tuple[str, str, list[Dataset]]]) -> None:
    """Every instance that is referred to, by study and series: those of this study, and of others.

    Source: DICOM PS3.3 C.12.2 (Common Instance Reference).
    """
    studies: dict[str, list[Dataset]] = {}
    for study_uid, series_uid, references in named:
        if references:
            item = Dataset()
            item.SeriesInstanceUID, item.ReferencedInstanceSequence = series_uid, references
            studies.setdefault(study_uid, []).append(item)
    if own := studies.pop(d.StudyInstanceUID, []):
        d.ReferencedSeriesSequence = own
    others = []
    for uid, items in studies.items():
        other = Dataset()
        other.StudyInstanceUID, other.ReferencedSeriesSequence = uid, items
        others.append(other)
    if others:
        d.StudiesContainingOtherReferencedInstancesSequence = others
