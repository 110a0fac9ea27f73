"""All slices in one object; and frames of a source that has several."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from fusionviewer.formats.derived_header import image_references, source_references
from fusionviewer.formats.derived_objects import setting
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.export_multiframe import multi_frame
from fusionviewer.formats.presentation_images import put_values, series_references, shown_source
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair


def slices(pair: Pair, colour: bool = False) -> list[FusedSlice]:
    rng = np.random.default_rng(5)
    found = []
    for s in range(pair.shape[0]):
        grey = rng.random(pair.shape[1:], dtype=np.float32)
        found.append(FusedSlice(s, grey, np.stack([grey] * 3, -1) if colour else None))
    return found


@pytest.mark.parametrize(("colour", "bits"), [(False, 8), (False, 16), (True, 8)])
@pytest.mark.parametrize("count", [1, 4])
def test_it_reads_as_what_was_fused_where_it_was(
    pair: Pair, how: Provenance, tmp_path: Path, colour: bool, bits: int, count: int,
    complaints: Callable[[Dataset], list[str]],
) -> None:  # fmt: skip
    written = slices(pair, colour)[:count]
    (one,) = multi_frame(setting(pair, how), written, bits)
    (tmp_path / "one.dcm").write_bytes(encoded(one))
    back = pydicom.dcmread(tmp_path / "one.dcm")
    frames = back.pixel_array.reshape(count, *one.pixel_array.shape[-3 if colour else -2 :])
    assert all(np.array_equal(f, w.pixels(bits)) for f, w in zip(frames, written, strict=True))
    for s, item in enumerate(back.PerFrameFunctionalGroupsSequence):
        said = item.PlanePositionSequence[0].ImagePositionPatient
        assert np.allclose(said, pair.grid.position([s, 0, 0]))
        named = item.DerivationImageSequence[0].SourceImageSequence
        wanted = [r.ReferencedSOPInstanceUID for r in source_references(pair, s)]
        assert [r.ReferencedSOPInstanceUID for r in named] == wanted
    assert complaints(back) == []


def test_another_program_reads_place_and_spacing(
    pair: Pair, how: Provenance, tmp_path: Path
) -> None:
    (one,) = multi_frame(setting(pair, how), slices(pair), 8)
    (tmp_path / "one.dcm").write_bytes(encoded(one))
    (image,) = open_images(tmp_path / "one.dcm")
    assert image.grid.matches(pair.grid)


@pytest.fixture
def framed(make_source: Callable[..., Image]) -> Image:
    """An MR whose slices are the frames of one file."""
    image = make_source("MR")
    uids = ("2.25.5",) * image.shape[0]
    numbers = tuple(range(1, image.shape[0] + 1))
    return replace(image, source=replace(image.source, instance_uids=uids, frame_numbers=numbers))


def test_frames_of_a_file_are_named_where_it_is_not_all_of_them(framed: Image) -> None:
    (some,) = image_references(framed, [3, 1])
    (all_of_them,) = image_references(framed, range(framed.shape[0]))
    assert some.ReferencedFrameNumber == [2, 4]
    assert "ReferencedFrameNumber" not in all_of_them


def test_a_fused_slice_names_the_frame_that_it_was_made_from(
    framed: Image, make_source: Callable[..., Image]
) -> None:
    pair = make_pair(make_source("CT"), framed)
    of_frame = [r for r in source_references(pair, 2) if r.ReferencedSOPInstanceUID == "2.25.5"]
    assert [r.ReferencedFrameNumber for r in of_frame] == [3]


def test_frames_with_other_slopes_get_windows_of_their_own(framed: Image) -> None:
    headers = []
    for s, header in enumerate(framed.source.headers):
        other = deepcopy(header)
        other.RescaleSlope = "1" if s < 2 else "2"
        other.SOPInstanceUID, other.SOPClassUID = "2.25.5", framed.source.sop_class_uid
        other.Rows, other.Columns, other.PhotometricInterpretation = 24, 28, "MONOCHROME2"
        headers.append(other)
    image = replace(framed, source=replace(framed.source, headers=tuple(headers)))
    shown = shown_source(image, opening_look(image))
    state = Dataset()
    put_values(state, shown)
    said = [
        w.ReferencedImageSequence[0].ReferencedFrameNumber for w in state.SoftcopyVOILUTSequence
    ]
    assert said == [[1, 2], [3, 4, 5, 6]]
    (series,) = series_references([shown])
    (whole,) = series.ReferencedImageSequence
    assert "ReferencedFrameNumber" not in whole


def test_real_frames_are_counted_as_in_their_file(data: Path) -> None:
    for image in open_images(data / "dicom" / "enhanced_mr" / "Philips")[:1]:
        path = image.source.paths[0]
        frames = pydicom.dcmread(path, stop_before_pixels=True).PerFrameFunctionalGroupsSequence
        for s, number in enumerate(image.source.frame_numbers):
            said = frames[number - 1].PlanePositionSequence[0].ImagePositionPatient
            assert np.allclose(said, image.grid.position([s, 0, 0]), atol=0.05)
