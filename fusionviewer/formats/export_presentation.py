"""How the sources were looked at, without a pixel: presentation states over the images themselves.

Source: DICOM PS3.3 A.33.1 (Grayscale Softcopy), A.33.2 (Color Softcopy), A.33.4 (Blending Softcopy),
A.33.7 (Advanced Blending Presentation State).
"""

from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.uid import UID

from fusionviewer.formats.derived_header import put_examination
from fusionviewer.formats.derived_objects import Setting, new_object
from fusionviewer.formats.dicom_writing import clean, sequence
from fusionviewer.formats.icc import srgb_profile
from fusionviewer.formats.presentation_images import (
    Shown,
    image_references,
    put_common_references,
    put_displayed_area,
    put_palette,
    put_values,
    series_references,
    shown_objects,
    shown_source,
)
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.windowing import Window

GRAYSCALE = UID("1.2.840.10008.5.1.4.1.1.11.1")
BLENDING = UID("1.2.840.10008.5.1.4.1.1.11.4")
ADVANCED_BLENDING = UID("1.2.840.10008.5.1.4.1.1.11.8")
COLOR = UID("1.2.840.10008.5.1.4.1.1.11.2")
COLOR_NUMBER = 9021
GRAYSCALE_NUMBER, BLENDING_NUMBER, ADVANCED_NUMBER = 9020, 9030, 9031
OPACITY = 0.5

Looks = tuple[Look, Look]


def grayscale_states(where: Setting, looks: Looks) -> list[Dataset]:
    """The window of each source, one state per source, in one series for each study.

    A source that is no grey DICOM image has none. The polarity is that of the screen, whatever the
    photometric interpretation of the image is. Each is of its source's own patient and study.

    Source: DICOM PS3.4 N.2 (a presentation state replaces what the image says); PS3.3 C.11.11 (a state
    and its images are of one study).
    """
    states: list[Dataset] = []
    for image, look in zip(where.pair.native, looks, strict=True):
        shown = shown_source(image, look)
        if shown is None:
            continue
        said = (
            f"Window of {image.modality}, level {look.window.center:g} width {look.window.width:g}"
        )
        d = _state(where, GRAYSCALE, GRAYSCALE_NUMBER, "Windows as shown", "WINDOW", said)
        if image.source.study_uid:
            put_examination(d, image)
        if states and states[0].StudyInstanceUID == d.StudyInstanceUID:
            d.SeriesInstanceUID, d.InstanceNumber = states[0].SeriesInstanceUID, 2
        d.ReferencedSeriesSequence = series_references([shown])
        put_displayed_area(d, [shown])
        put_values(d, shown)
        dark = shown.instances[0].inverted_range is not None
        d.PresentationLUTShape = "INVERSE" if look.inverted != dark else "IDENTITY"
        states.append(d)
    return states


def color_states(where: Setting, fused: Sequence[Dataset]) -> list[Dataset]:
    """The fused series in colour, whole and with its colour space; none when it is grey.

    Source: DICOM PS3.3 A.33.2 (Color Softcopy Presentation State), C.11.15 (ICC profile).
    """
    if not fused or fused[0].get("PhotometricInterpretation") != "RGB":
        return []
    shown = shown_objects(fused, Look(Window(128, 256)), "grey level")
    d = _state(where, COLOR, COLOR_NUMBER, "Colours as shown", "COLOURS", "Fused image in colour")
    d.ReferencedSeriesSequence = series_references([shown])
    put_displayed_area(d, [shown])
    d.ICCProfile = srgb_profile()
    return [d]


def blending_states(
    where: Setting, looks: Looks, registration: Dataset | None = None
) -> list[Dataset]:
    """The functional source in its colours over the other one, both as they were read.

    Args:
        registration: places both in one frame of reference, where they are in two.

    Source: DICOM PS3.3 C.11.14 (Presentation State Blending).
    """
    layers = _layers(where, looks)
    if layers is None:
        return []
    under, over = layers
    d = _state(where, BLENDING, BLENDING_NUMBER, "Blending as shown", "BLENDING", "Blended sources")
    items = []
    for position, shown in (("UNDERLYING", under), ("SUPERIMPOSED", over)):
        item = Dataset()
        item.BlendingPosition = position
        item.StudyInstanceUID = shown.study_uid
        item.ReferencedSeriesSequence = series_references([shown])
        put_values(item, shown)
        if registration is not None:
            item.ReferencedSpatialRegistrationSequence = sequence(_access(registration))
        items.append(item)
    d.BlendingSequence = items
    d.RelativeOpacity = OPACITY
    put_displayed_area(d, [under])
    put_palette(d, over.look)
    d.ICCProfile = srgb_profile()
    return [d]


def advanced_states(
    where: Setting,
    looks: Looks,
    registration: Dataset | None = None,
    companion: Sequence[Dataset] = (),
) -> list[Dataset]:
    """The same for viewers that know Advanced Blending: companions take the place of their sources.

    Written here rather than with highdicom, whose class takes images of one study and one frame of
    reference only.

    Source: DICOM PS3.3 C.11.28 to C.11.30, C.12.2 (Common Instance Reference).
    """
    layers = _layers(where, looks, companion)
    if layers is None:
        return []
    d = _state(
        where,
        ADVANCED_BLENDING,
        ADVANCED_NUMBER,
        "Blending as shown",
        "BLENDING",
        "Blended sources",
    )
    items, moves = [], registration is not None and _speaks_of(registration, layers)
    for number, shown in enumerate(layers, start=1):
        item = Dataset()
        item.BlendingInputNumber = number
        item.StudyInstanceUID, item.SeriesInstanceUID = shown.study_uid, shown.series_uid
        item.ReferencedImageSequence = image_references(shown.instances)
        put_values(item, shown)
        put_palette(item, shown.look)
        if registration is not None and moves:
            item.ReferencedSpatialRegistrationSequence = sequence(_access(registration))
        items.append(item)
    d.AdvancedBlendingSequence = items
    d.PixelPresentation = "TRUE_COLOR"
    d.BlendingDisplaySequence = sequence(_foreground())
    put_displayed_area(d, layers)
    d.ICCProfile = srgb_profile()
    named = [(i.study_uid, i.series_uid, image_references(i.instances)) for i in layers]
    put_common_references(d, named)
    return [d]


def _layers(
    where: Setting, looks: Looks, companion: Sequence[Dataset] = ()
) -> tuple[Shown, Shown] | None:
    """What lies under, and what over it: the functional source, or else the second one."""
    pair = where.pair
    found = [shown_source(image, look) for image, look in zip(pair.native, looks, strict=True)]
    for i, image in enumerate(pair.native):
        if made := _made_from(companion, image.source.instance_uids):
            found[i] = shown_objects(made, looks[i], image.unit)
    first, second = found
    if first is None or second is None:
        return None
    swapped = pair.native[0].functional and not pair.native[1].functional
    return (second, first) if swapped else (first, second)


def _made_from(objects: Sequence[Dataset], uids: Sequence[str]) -> list[Dataset]:
    """The series that refers to `uids`, with those of its slices that lie beyond the end of them."""
    series = {
        d.SeriesInstanceUID
        for d in objects
        for r in d.get("SourceImageSequence") or ()
        if r.ReferencedSOPInstanceUID in uids
    }
    return [d for d in objects if d.SeriesInstanceUID in series]


def _speaks_of(registration: Dataset, layers: Sequence[Shown]) -> bool:
    """Whether it moves a file that is a layer: a companion lies where its source has gone already."""
    _fixed, moved = registration.RegistrationSequence
    shown = {instance.uid for layer in layers for instance in layer.instances}
    files = moved.get("ReferencedImageSequence") or ()
    return any(one.ReferencedSOPInstanceUID in shown for one in files)


def _state(
    where: Setting, sop_class: UID, number: int, series: str, label: str, description: str
) -> Dataset:
    """Source: DICOM PS3.3 C.11.9 (Presentation Series), C.11.10 (Identification)."""
    d = new_object(where, sop_class, "PR", number, f"{series}, not for diagnosis")
    d.ContentLabel = label
    d.ContentDescription = clean(description, 64)
    d.ContentCreatorName = ""
    d.PresentationCreationDate = where.when.strftime("%Y%m%d")
    d.PresentationCreationTime = where.when.strftime("%H%M%S")
    d.Laterality = ""
    return d


def _foreground() -> Dataset:
    """The second input over the first. Source: DICOM PS3.3 C.11.30.1."""
    item = Dataset()
    item.BlendingMode, item.RelativeOpacity = "FOREGROUND", OPACITY
    inputs = []
    for number in (2, 1):
        one = Dataset()
        one.BlendingInputNumber = number
        inputs.append(one)
    item.BlendingDisplayInputSequence = inputs
    return item


def _access(registration: Dataset) -> Dataset:
    """Source: DICOM PS3.3 C.17.2.1 (Hierarchical SOP Instance Reference)."""
    instance = Dataset()
    instance.ReferencedSOPClassUID = registration.SOPClassUID
    instance.ReferencedSOPInstanceUID = registration.SOPInstanceUID
    series = Dataset()
    series.SeriesInstanceUID = registration.SeriesInstanceUID
    series.ReferencedSOPSequence = sequence(instance)
    item = Dataset()
    item.StudyInstanceUID = registration.StudyInstanceUID
    item.ReferencedSeriesSequence = sequence(series)
    return item
