"""DICOM files and series in, `Image`s out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pydicom.dataset import Dataset

from fusionviewer.errors import InputError
from fusionviewer.formats.description import Description, spacing_of
from fusionviewer.formats.dicom_frames import Frame, frames, is_film, is_lossy
from fusionviewer.formats.dicom_grid import placed, slice_corners
from fusionviewer.formats.dicom_header import numbers, read_header, size, text, texts
from fusionviewer.formats.dicom_pixels import is_inverted, rescale, stored_range
from fusionviewer.formats.dicom_series import Series, collected
from fusionviewer.formats.dicom_volume import Volume, read_volume, scaled, upright
from fusionviewer.formats.files import unreadable
from fusionviewer.formats.units import Measurement, measurement, unit
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.windowing import Window, automatic
from fusionviewer.texts import in_english

MODALITY_OF_CLASS = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.20": "NM",
}
SPEAKS_OF_PEOPLE = ("US", "SC", "XC", "OT", "ES")  # where names are often drawn into the picture
FILM = in_english("The frames of a film, one after another: no slices, no mm.")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def find_series(
    paths: Sequence[Path],
    check: Callable[[], None],
    progress: Callable[[int, int], None],
    read: Callable[[Sequence[Frame]], None] = lambda _frames: None,
) -> tuple[list[Series], list[InputError]]:
    """The series that DICOM files make, from their headers, and why some make none.

    One after another: four threads took as long or longer, for what takes time is Python's.

    Args:
        read: hears of the frames of each file when its header was read.
    """
    found: list[Frame] = []
    problems: list[InputError] = []
    for done, path in enumerate(paths):
        check()
        try:
            of_file = frames(path, read_header(path))
            found += of_file
            read(of_file)
        except InputError as problem:
            problems.append(problem)
        except Exception as error:  # noqa: BLE001 - pydicom passes on what a damaged item makes it meet
            problems.append(unreadable(path, error))
        progress(done + 1, len(paths))
    series, ambiguous = collected(found)
    return series, problems + ambiguous


def open_series(
    series: Series, check: Callable[[], None], progress: Callable[[int, int], None]
) -> Image:
    """The image that a series makes.

    Raises:
        UnreadableFile: one of its files is damaged, cut off, or cannot be decoded.
    """
    return _opened(series, measured(series), check, progress)


def open_middle(series: Series, check: Callable[[], None]) -> Image:
    """The middle slice of a series as an image of its own, where it lies.

    Raises:
        UnreadableFile: as `open_series`.
    """
    middle, whole = len(series.frames) // 2, measured(series)
    alone = replace(series, placed=placed([series.frames[middle]]))
    by = whole.factors[middle : middle + 1]
    return _opened(alone, replace(whole, factors=by), check, lambda _done, _total: None)


def measured(series: Series) -> Measurement:
    """In what the values of a series are shown."""
    headers = [frame.header for frame in series.frames]
    return measurement(headers, modality(headers[0]))


def _opened(
    series: Series,
    told: Measurement,
    check: Callable[[], None],
    progress: Callable[[int, int], None],
) -> Image:
    header = series.frames[0].header
    kind, measured_in = modality(header), told.unit
    volume = read_volume(series.frames, measured_in, check, progress)
    if told.factors and not volume.from_colour:
        volume = scaled(volume, told.factors)
    grid, shifts = series.placed.grid, series.placed.shifts
    if grid is not None and shifts is not None:
        volume = upright(volume, shifts, *grid.shape[1:])
    if volume.from_colour:
        measured_in, window = "grey level", Window.between(0, 255)
    else:
        window = _window(header, volume, kind, measured_in)
    return Image(
        name=name(series),
        values=volume.values,
        modality=kind,
        unit=measured_in,
        grid=grid,
        rgb=volume.rgb,
        padding=volume.padding,
        window=window,
        patient=series.patient,
        source=_source(series),
        notes=_notes(series, told),
    )


def describe_series(series: Series) -> Description:
    """What the headers of a series say."""
    header = series.frames[0].header
    grid = series.placed.grid
    kind, told = modality(header), measured(series)
    return Description(
        path=series.frames[0].path,
        kind="DICOM",
        name=name(series),
        modality=kind,
        size=(len(series.frames), *size(header)) if grid is None else grid.shape,
        spacing_mm=None if grid is None else spacing_of(grid.spacing),
        unit=told.unit,
        patient=series.patient,
        study_description=text(header, "StudyDescription"),
        study_date=text(header, "StudyDate"),
        series_uid=text(header, "SeriesInstanceUID"),
        frame_of_reference_uid=text(header, "FrameOfReferenceUID"),
        notes=_notes(series, told),
    )


def is_localizer(header: Dataset) -> bool:
    return "LOCALIZER" in (part.upper() for part in texts(header, "ImageType"))


def name(series: Series) -> str:
    """A short name: the series' description, or else its modality and file."""
    first = series.frames[0]
    said = text(first.header, "SeriesDescription") or text(first.header, "ProtocolName")
    plain = said or f"{modality(first.header)} {first.path.stem}"
    return f"{plain}, {series.part}" if series.part else plain


def modality(header: Dataset) -> str:
    """DICOM's code; where the header leaves it out, the one of its SOP class."""
    said = text(header, "Modality")
    return said or MODALITY_OF_CLASS.get(text(header, "SOPClassUID"), "OT")


def _window(header: Dataset, volume: Volume, kind: str, measured_in: str) -> Window:
    """The first window of the header, else an automatic one.

    Source: DICOM PS3.3 C.11.2.1.2; a width that is not above 0 is no window.
    """
    center = numbers(header, "WindowCenter", 1)
    width = numbers(header, "WindowWidth", 1)
    as_written = measured_in == unit(header, kind)  # a window of Bq/ml is none of SUV
    if (
        as_written
        and center is not None
        and width is not None
        and 0 < width[0] < 1e30
        and abs(center[0]) < 1e30
    ):
        return Window(_turned(float(center[0]), header, measured_in), float(width[0]))
    body_part = text(header, "BodyPartExamined")
    top = float(stored_range(header)[1])
    return automatic(volume.measured, kind, measured_in, body_part, top)


def _turned(center: float, header: Dataset, measured_in: str) -> float:
    if not is_inverted(header, measured_in):
        return center
    slope, intercept = rescale(header)
    low, high = (end * slope + intercept for end in stored_range(header))
    return low + high - center


def _source(series: Series) -> Source:
    headers = tuple(frame.header for frame in series.frames)
    first = headers[0]
    return Source(
        paths=tuple(dict.fromkeys(frame.path for frame in series.frames)),
        kind="DICOM",
        study_uid=text(first, "StudyInstanceUID"),
        series_uid=text(first, "SeriesInstanceUID"),
        frame_of_reference_uid=text(first, "FrameOfReferenceUID"),
        sop_class_uid=text(first, "SOPClassUID"),
        instance_uids=tuple(text(header, "SOPInstanceUID") for header in headers),
        frame_numbers=_frame_numbers(series),
        headers=headers,
        slice_corners=slice_corners(series.frames) if series.placed.grid is None else None,
        study_description=text(first, "StudyDescription"),
        series_description=text(first, "SeriesDescription"),
        study_date=text(first, "StudyDate"),
        body_part=text(first, "BodyPartExamined"),
        lossy=any(is_lossy(header) for header in headers),
        burned_in=any(_may_show_names(header) for header in headers),
    )


def _may_show_names(header: Dataset) -> bool:
    said = text(header, "BurnedInAnnotation").upper()
    if said in ("YES", "NO"):
        return said == "YES"
    captured = text(header, "SOPClassUID").startswith(SECONDARY_CAPTURE)
    return captured or text(header, "Modality") in SPEAKS_OF_PEOPLE


def _notes(series: Series, told: Measurement) -> tuple[str, ...]:
    header = series.frames[0].header
    notes = [*series.placed.notes, *series.notes]
    if is_film(header):
        notes = [FILM, *series.notes]
    if any(is_lossy(frame.header) for frame in series.frames):
        notes.append(in_english("Lossy compressed."))
    if is_inverted(header, told.unit):
        notes.append(
            in_english("Stored with white as zero (MONOCHROME1); shown with bright as high.")
        )
    if is_localizer(header):
        notes.append(in_english("A localiser, for planning only."))
    return (*notes, *told.notes)


def _frame_numbers(series: Series) -> tuple[int, ...]:
    """From 1; none where every file is one slice."""
    indices = [frame.index for frame in series.frames]
    several = len({frame.path for frame in series.frames}) < len(indices)
    return tuple(index + 1 for index in indices) if several else ()
