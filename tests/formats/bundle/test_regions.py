from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from builders import make_grid
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from fusionviewer.formats.derived_objects import Setting, setting
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.drawn import DrawnRegion, drawn, voxels
from fusionviewer.formats.export_seg import segmentation
from fusionviewer.formats.export_sr import DERIVATIONS, SIZES, report
from fusionviewer.formats.provenance import Provenance
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.planes import PlaneName, pair_in_plane
from fusionviewer.imaging.roi import Ellipse, Point, Rectangle, Sphere
from fusionviewer.imaging.roi_statistics import statistics

REGIONS = [
    drawn("Liver", Rectangle(3, 4, 9, 11), 2),
    drawn("Edge", Ellipse(8, 9, 2.5, 4), 3),
    drawn("Ball", Sphere(3, 8, 9, 6), 3),
    drawn("Spot", Point(5, 6), 1),
]


@pytest.fixture
def where(pair: Pair, how: Provenance) -> Setting:
    return setting(pair, how)


def reread(d: Dataset) -> Any:
    return pydicom.dcmread(BytesIO(encoded(d)))


def test_every_segment_holds_the_voxels_of_its_region_in_their_place(where: Setting) -> None:
    (d,) = segmentation(where, REGIONS)
    back = highdicom.seg.Segmentation.from_dataset(reread(d))
    grid = where.pair.grid
    assert grid is not None
    for number, one in enumerate(REGIONS, start=1):
        wanted = voxels(one, grid)
        volume = back.get_volume(segment_numbers=[number], combine_segments=False)
        spots = np.argwhere(volume.array[..., 0] > 0)
        found = volume.map_indices_to_reference(spots)
        mine = grid.position(np.argwhere(wanted))
        order = [np.lexsort(np.round(p, 3).T) for p in (found, mine)]
        np.testing.assert_allclose(found[order[0]], mine[order[1]], atol=1e-3)
        assert back.SegmentSequence[number - 1].SegmentLabel == one.name


def test_the_segmentation_refers_to_the_slices_it_was_drawn_on(where: Setting) -> None:
    (d,) = segmentation(where, REGIONS[:2])
    source = where.pair.native[0].source
    told = [
        f.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for f in d.PerFrameFunctionalGroupsSequence
    ]
    assert told == [source.instance_uids[2], source.instance_uids[3]]
    listed = d.ReferencedSeriesSequence[0]
    assert listed.SeriesInstanceUID == source.series_uid
    assert {r.ReferencedSOPInstanceUID for r in listed.ReferencedInstanceSequence} == set(
        source.instance_uids
    )


@pytest.mark.parametrize("plane", ["coronal", "sagittal"])
def test_slices_of_a_cube_in_another_plane_name_no_slice_that_was_stored(
    make_source: Callable[..., Image], how: Provenance, plane: PlaneName
) -> None:
    """There are as many of them, and each is another cut through the body."""
    cube = make_grid((9, 9, 9), (1, 1, 1))
    stored = make_pair(make_source("CT", cube), make_source("MR", cube))
    region = drawn("Liver", Rectangle(3, 4, 6, 7), 2)
    assert segmentation(setting(stored, how), [region])
    assert segmentation(setting(pair_in_plane(stored, plane), how), [region]) == []


def measured(d: Dataset, one: DrawnRegion, modality: str) -> dict[str, float]:
    """The numbers of one region in one image, as a reader of the report finds them."""
    found: dict[str, float] = {}
    for group in _groups(reread(d)):
        texts = {_name(i): i.TextValue for i in group if i.ValueType == "TEXT"}
        if texts["Tracking Identifier"] != f"{one.name}, {modality}":
            continue
        for item in group:
            if item.ValueType == "NUM":
                kinds = [i for i in item.get("ContentSequence", []) if _name(i) == "Derivation"]
                name = kinds[0].ConceptCodeSequence[0].CodeMeaning if kinds else _name(item)
                found[name] = float(item.MeasuredValueSequence[0].NumericValue)
    return found


def _groups(d: Dataset) -> list[Any]:
    (measurements,) = [i for i in d.ContentSequence if _name(i) == "Imaging Measurements"]
    return [item.ContentSequence for item in measurements.ContentSequence]


def _name(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeMeaning)


def test_the_report_has_the_numbers_of_the_screen_for_both_sources(where: Setting) -> None:
    (segments,) = segmentation(where, REGIONS)
    (d,) = report(where, REGIONS, segments)
    for one in REGIONS:
        for native in where.pair.native:
            told = measured(d, one, native.modality)
            wanted = statistics(native, one.region, one.slice_index, where.pair.grid)
            names = {**DERIVATIONS, **{k: v.name for k, v in SIZES.items()}}
            numbers = {
                code.meaning: getattr(wanted, name)
                for name, code in names.items()
                if getattr(wanted, name) is not None
            }
            assert told == pytest.approx(numbers, rel=1e-6)
            assert told


@pytest.mark.parametrize(
    ("modality", "unit", "code"),
    [("CT", "HU", "[hnsf'U]"), ("PT", "SUV", "g/ml{SUVbw}"), ("PT", "Bq/ml", "Bq/ml"),
     ("MR", "a.u.", "1"), ("NM", "counts", "{counts}")],
)  # fmt: skip
def test_units_are_codes(
    make_source: Callable[..., Image], how: Provenance, modality: str, unit: str, code: str
) -> None:
    image = replace(make_source("CT"), modality=modality, unit=unit)
    where = setting(make_pair(image, image), how)
    (segments,) = segmentation(where, REGIONS[:1])
    (d,) = report(where, REGIONS[:1], segments)
    numbers = [i for group in _groups(d) for i in group if i.ValueType == "NUM"]
    units = {
        i.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue
        for i in numbers
        if _name(i) != codes.SCT.Area.meaning
    }
    assert units == {code}


def test_a_reference_has_a_frame_or_a_segment_and_not_both(where: Setting) -> None:
    (segments,) = segmentation(where, REGIONS)
    (d,) = report(where, REGIONS, segments)

    def items(one: Dataset) -> list[Dataset]:
        below = [i for e in one if e.VR == "SQ" for i in e.value]
        return below + [deeper for i in below for deeper in items(i)]

    to_segments = [
        i for i in items(d) if i.get("ReferencedSOPInstanceUID") == segments.SOPInstanceUID
    ]
    kinds = {("ReferencedFrameNumber" in i, "ReferencedSegmentNumber" in i) for i in to_segments}
    assert kinds == {(True, False), (False, True), (False, False)}


def test_nothing_drawn_or_nothing_to_refer_to_makes_no_object(
    where: Setting, pair: Pair, how: Provenance
) -> None:
    assert segmentation(where, []) == []
    assert segmentation(where, [drawn("Off", Rectangle(900, 900, 950, 950), 2)]) == []
    nameless = replace(pair.native[0], source=replace(pair.native[0].source, instance_uids=()))
    bare = setting(replace(pair, native=(nameless, pair.native[1])), how)
    assert segmentation(bare, REGIONS) == []


def test_slices_of_one_multi_frame_file_are_told_apart(pair: Pair, how: Provenance) -> None:
    first = pair.native[0]
    source = replace(first.source, instance_uids=("2.25.4711",) * first.shape[0])
    where = setting(replace(pair, native=(replace(first, source=source), pair.native[1])), how)
    (d,) = segmentation(where, REGIONS[:2])
    (listed,) = d.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert listed.ReferencedSOPInstanceUID == "2.25.4711"
    assert len(report(where, REGIONS[:2], d)) == 1
