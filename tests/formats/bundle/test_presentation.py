import copy
import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from pydicom.dataset import Dataset

from fusionviewer.formats.derived_objects import Setting, setting
from fusionviewer.formats.dicom_writing import put_plane
from fusionviewer.formats.export_companion import companion
from fusionviewer.formats.export_presentation import (
    advanced_states,
    blending_states,
    color_states,
    grayscale_states,
)
from fusionviewer.formats.export_registration import registration
from fusionviewer.formats.provenance import Provenance
from fusionviewer.imaging.color import palette
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.planes import PlaneName, pair_in_plane
from fusionviewer.imaging.windowing import Window

LOOKS = (Look(Window(40, 80)), Look(Window(3, 6), "hot-iron"))


@pytest.fixture
def stored(make_source: Callable[..., Image]) -> Pair:
    """A CT and a PET whose headers say how their values are stored."""
    common = {
        "PhotometricInterpretation": "MONOCHROME2", "Rows": 24, "Columns": 28, "BitsStored": 16,
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "2.25.7",
    }  # fmt: skip
    ct = make_source("CT", elements={**common, "PixelRepresentation": 1})
    return make_pair(
        _numbered(ct), _numbered(make_source("PT", elements={**common, "Units": "GML"}))
    )


def _numbered(image: Image) -> Image:
    """With a header of its own for each slice; PET slices have slopes of their own."""
    headers = []
    for s, uid in enumerate(image.source.instance_uids):
        header = copy.deepcopy(image.source.headers[s])
        header.SOPInstanceUID = uid
        if image.modality == "PT":
            header.RescaleSlope = str(0.5 + s % 3)
        headers.append(header)
    return dataclasses.replace(
        image, source=dataclasses.replace(image.source, headers=tuple(headers))
    )


def shown_values(d: Dataset, uid: str, stored_values: np.ndarray) -> np.ndarray:
    """What a viewer makes of stored values: Modality LUT, then the window for this image."""
    values = stored_values * float(d.RescaleSlope) + float(d.RescaleIntercept)
    for item in d.SoftcopyVOILUTSequence:
        named = [r.ReferencedSOPInstanceUID for r in item.get("ReferencedImageSequence", [])]
        if not named or uid in named:
            low = float(item.WindowCenter) - float(item.WindowWidth) / 2
            return np.clip((values - low) / float(item.WindowWidth), 0, 1)
    raise AssertionError(f"no window for {uid}")


def test_every_slice_gets_the_window_of_the_screen_whatever_its_slope(
    stored: Pair, how: Provenance
) -> None:
    ct, pet = grayscale_states(setting(stored, how), LOOKS)
    raw = np.array([0, 1, 5, 40, 70])
    for d, image, look in zip((ct, pet), stored.native, LOOKS, strict=True):
        for uid, header in zip(image.source.instance_uids, image.source.headers, strict=True):
            values = raw * float(header.RescaleSlope)
            wanted = np.clip((values - look.window.low) / look.window.width, 0, 1)
            np.testing.assert_allclose(shown_values(d, uid, raw), wanted, atol=1e-9)
    assert ct.SeriesInstanceUID == pet.SeriesInstanceUID
    assert (ct.InstanceNumber, pet.InstanceNumber) == (1, 2)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("inverted", [False, True])
def test_the_polarity_is_that_of_the_screen(
    make_source: Callable[..., Image], how: Provenance, photometric: str, inverted: bool
) -> None:
    """A MONOCHROME1 image is turned round when it is read; the state says the stored window."""
    elements = {
        "PhotometricInterpretation": photometric, "Rows": 24, "Columns": 28, "BitsStored": 8,
        "PixelRepresentation": 0, "SOPClassUID": "1.2.3", "SOPInstanceUID": "2.25.7",
    }  # fmt: skip
    image = make_source("MR", elements=elements)
    look = Look(Window(100, 20), inverted=inverted)
    d = grayscale_states(setting(make_pair(image, image), how), (look, look))[0]
    raw = np.array([85.0, 100.0, 155.0, 160.0])
    values = 255 - raw if photometric == "MONOCHROME1" else raw
    grey = np.clip((values - 90) / 20, 0, 1)
    uid = image.source.instance_uids[0]
    seen = shown_values(d, "2.25.7" if uid == "" else uid, raw)
    seen = 1 - seen if d.PresentationLUTShape == "INVERSE" else seen
    np.testing.assert_allclose(seen, 1 - grey if inverted else grey)


def test_the_functional_image_lies_over_the_other_whichever_came_first(
    stored: Pair, how: Provenance
) -> None:
    turned = make_pair(stored.native[1], stored.native[0])
    for pair, looks in ((stored, LOOKS), (turned, LOOKS[::-1])):
        (d,) = blending_states(setting(pair, how), looks)
        under, over = d.BlendingSequence
        assert (under.BlendingPosition, over.BlendingPosition) == ("UNDERLYING", "SUPERIMPOSED")
        series = over.ReferencedSeriesSequence[0].SeriesInstanceUID
        assert series == stored.native[1].source.series_uid
        red = np.frombuffer(d.RedPaletteColorLookupTableData, dtype="<u2")
        np.testing.assert_array_equal(red, np.round(palette("hot-iron")[:, 0] * 65535))


def references(d: Dataset) -> Iterator[str]:
    for element in d:
        if element.VR == "SQ":
            for item in element.value:
                yield from references(item)
        elif element.keyword == "ReferencedSOPInstanceUID":
            yield str(element.value)


def test_states_refer_to_every_slice_of_both_sources_and_to_nothing_else(
    stored: Pair, how: Provenance
) -> None:
    uids = {uid for image in stored.native for uid in image.source.instance_uids}
    where = setting(stored, how)
    assert {u for d in grayscale_states(where, LOOKS) for u in references(d)} == uids
    assert set(references(blending_states(where, LOOKS)[0])) == uids
    assert set(references(advanced_states(where, LOOKS)[0])) == uids


def test_a_source_of_another_study_is_listed_as_such(stored: Pair, how: Provenance) -> None:
    second = stored.native[1]
    elsewhere = dataclasses.replace(
        second, source=dataclasses.replace(second.source, study_uid="2.25.12")
    )
    (d,) = advanced_states(setting(make_pair(stored.native[0], elsewhere), how), LOOKS)
    studies = [i.StudyInstanceUID for i in d.StudiesContainingOtherReferencedInstancesSequence]
    assert set(studies) == {"2.25.11", "2.25.12"}  # the fused study is one of its own


def test_a_window_is_of_the_patient_and_study_of_its_image(stored: Pair, how: Provenance) -> None:
    """A state and the images that it is about are of one study. Source: DICOM PS3.3 C.11.11."""
    ct, pet = stored.native
    later = copy.deepcopy(pet.source.headers[0])
    later.StudyDate, later.AccessionNumber, later.StudyDescription = "20240309", "B2", "PET"
    elsewhere = dataclasses.replace(
        pet.source, study_uid="2.25.12", headers=(later,) * len(pet.values)
    )
    pair = make_pair(ct, dataclasses.replace(pet, source=elsewhere))
    where = setting(pair, how)
    first, second = grayscale_states(where, LOOKS)
    assert (first.StudyInstanceUID, second.StudyInstanceUID) == ("2.25.11", "2.25.12")
    assert (first.AccessionNumber, second.AccessionNumber) == ("A1", "B2")
    assert (first.StudyDate, second.StudyDate) == ("20240301", "20240309")
    assert first.SeriesInstanceUID != second.SeriesInstanceUID
    assert (second.InstanceNumber, second.PatientID) == (1, "JD-4711")
    assert where.identity.StudyInstanceUID not in ("2.25.11", "2.25.12")


@pytest.mark.parametrize("plane", ["axial", "coronal"])
def test_colours_are_shown_with_pixels_as_long_and_wide_as_they_are(
    stored: Pair, how: Provenance, plane: PlaneName
) -> None:
    """Pixels of a coronal slice are 2.5 by 1.25 mm: shown as squares, the head would be flat."""
    pair = pair_in_plane(stored, plane)
    fused = Dataset()
    fused.PhotometricInterpretation, fused.Rows, fused.Columns = "RGB", *pair.shape[1:]
    fused.StudyInstanceUID, fused.SeriesInstanceUID = "2.25.11", "2.25.90"
    put_plane(fused, pair.grid, 0)
    (d,) = color_states(setting(pair, how), [fused])
    (area,) = d.DisplayedAreaSelectionSequence
    assert list(area.PresentationPixelSpacing) == list(pair.grid.spacing[1:])
    assert "PresentationPixelAspectRatio" not in area


def as_if_made(where: Setting, native: Image) -> Dataset:
    """A header like that of a companion."""
    made = blending_states(where, LOOKS)[0]
    made.Modality, made.SOPClassUID = native.modality, native.source.sop_class_uid
    made.Rows, made.Columns, made.BitsStored, made.Units = 24, 28, 16, "GML"
    source = Dataset()
    source.ReferencedSOPInstanceUID = native.source.instance_uids[0]
    made.SourceImageSequence = [source]
    return made


def test_a_companion_takes_the_place_of_its_source(stored: Pair, how: Provenance) -> None:
    where = setting(stored, how)
    assert companion(where) == []
    made = as_if_made(where, stored.native[1])
    (d,) = advanced_states(where, LOOKS, None, [made])
    assert d.AdvancedBlendingSequence[1].SeriesInstanceUID == made.SeriesInstanceUID


@pytest.mark.parametrize("moving", [0, 1])
def test_a_registration_is_named_as_long_as_the_moving_image_lies_where_it_was(
    stored: Pair, how: Provenance, moving: int
) -> None:
    """A companion of the fixed one does not say where the moving one has gone; its own one does."""
    where = setting(stored, how)
    (moved,) = registration(where, np.eye(4), moving)
    for companions, named in (((), True), ((1 - moving,), True), ((moving,), False)):
        made = [as_if_made(where, stored.native[i]) for i in companions]
        (d,) = advanced_states(where, LOOKS, moved, made)
        told = ["ReferencedSpatialRegistrationSequence" in i for i in d.AdvancedBlendingSequence]
        assert told == [named, named]
    both = [as_if_made(where, native) for native in stored.native]
    (d,) = advanced_states(where, LOOKS, moved, both)
    found = [item.SeriesInstanceUID for item in d.AdvancedBlendingSequence]
    assert found == [one.SeriesInstanceUID for one in both]


def test_pictures_without_a_dicom_file_have_no_states(how: Provenance, pair: Pair) -> None:
    nameless = dataclasses.replace(pair, native=(pair.a, pair.b))
    where = setting(nameless, how)
    for states in (grayscale_states, blending_states, advanced_states):
        assert states(where, LOOKS) == []
