import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from builders import make_grid
from hypothesis import given
from hypothesis import strategies as some
from pydicom.dataset import Dataset

from fusionviewer.formats.derived_objects import setting
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.export_companion import as_stored, companion
from fusionviewer.formats.provenance import Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.transform import rotation
from fusionviewer.workspace.planes import in_its_plane
from fusionviewer.workspace.state import ViewState


def read_back(objects: list[Dataset], folder: Path) -> Image:
    for i, one in enumerate(objects):
        (folder / f"{i}.dcm").write_bytes(encoded(one))
    (image,) = open_images(folder)
    return image


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_a_companion_reads_as_the_resampled_values_in_their_unit_and_place(
    make_source: Callable[..., Image], coarse: Grid, how: Provenance, tmp_path: Path, modality: str
) -> None:
    elements = {"Units": "GML"} if modality == "PT" else {}
    other = "MR" if modality == "CT" else "CT"
    pair = make_pair(make_source(other), make_source(modality, coarse, elements=elements))
    back = read_back(companion(setting(pair, how)), tmp_path)
    assert (back.modality, back.unit) == (modality, pair.native[1].unit)
    assert back.grid is not None
    assert pair.a.grid is not None
    assert back.grid.matches(pair.a.grid)
    assert pair.b.padding is not None
    np.testing.assert_array_equal(back.padding, pair.b.padding)
    measured = ~pair.b.padding
    np.testing.assert_allclose(
        back.values[measured], pair.b.values[measured], atol=100 / 32767, rtol=0
    )


@given(
    some.lists(some.floats(-3000, 3000, width=32), min_size=1, max_size=12),
    some.sets(some.integers(0, 11)),
)
def test_stored_values_are_within_half_a_step_and_padding_is_no_value(
    values: list[float], padded: set[int]
) -> None:
    array = np.array(values, dtype=np.float32).reshape(1, 1, -1)
    padding = np.isin(np.arange(array.size), list(padded)).reshape(array.shape)
    slope, stored, mark = as_stored(array, padding if padding.any() else None)
    np.testing.assert_array_less(
        np.abs(stored[~padding] * slope - array[~padding]), slope / 2 * 1.000001 + 1e-300
    )
    assert (mark is None) == (not padding.any())
    if mark is not None:
        assert (stored[padding] == mark).all()
        assert (stored[~padding] > mark).all()


def test_a_companion_refers_to_its_own_source_alone(pair: Pair, how: Provenance) -> None:
    objects = companion(setting(pair, how))
    assert len(objects) == pair.shape[0]
    own = set(pair.native[1].source.instance_uids)
    for one in objects:
        assert {r.ReferencedSOPInstanceUID for r in one.SourceImageSequence} <= own
        assert "linear interpolation" in one.DerivationDescription
        assert "EH-DRAN" not in one.DerivationDescription
    uids = {one.SOPInstanceUID for one in objects}
    assert len(uids) == len(objects)
    assert not own & uids
    assert [one.InstanceNumber for one in objects] == list(range(1, len(objects) + 1))


def test_both_sources_of_an_oblique_pair_have_a_companion_in_the_patients_planes(
    make_source: Callable[..., Image], how: Provenance, tmp_path: Path
) -> None:
    """Each was resampled, and not onto the grid of the other."""
    tilted = make_grid((6, 24, 28), (2.5, 1.0, 1.25))
    tilted = dataclasses.replace(tilted, axes=tilted.axes @ rotation((9, 0, 5)).T)
    stored = make_pair(make_source("CT", tilted), make_source("MR", tilted))
    pair = in_its_plane(ViewState(stored_pair=stored, plane="coronal")).pair
    assert pair is not None
    objects = companion(setting(pair, how))
    series = {one.SeriesInstanceUID: one.SeriesNumber for one in objects}
    assert sorted(series.values()) == [9010, 9011]
    for uid, shown, native in zip(series, (pair.a, pair.b), pair.native, strict=True):
        own = [one for one in objects if one.SeriesInstanceUID == uid]
        assert len(own) == pair.shape[0]
        for one in own:
            named = {r.ReferencedSOPInstanceUID for r in one.get("SourceImageSequence") or ()}
            assert named <= set(native.source.instance_uids)
            assert "Resampled to the patient's axes by linear" in one.DerivationDescription
        (folder := tmp_path / native.modality).mkdir()
        back = read_back(own, folder)
        there = np.asarray(shown.values)[~np.asarray(shown.padding)]
        found = back.values[~np.asarray(shown.padding)[:: _way(back, pair)]]
        np.testing.assert_allclose(np.sort(found), np.sort(there), atol=100 / 32767, rtol=0)


def _way(back: Image, pair: Pair) -> int:
    """What is read has its slices along the normal: −1 where that is against the pair's."""
    assert back.grid is not None and pair.grid is not None
    return 1 if float(back.grid.axes[0] @ pair.grid.axes[0]) > 0 else -1


def test_decay_of_a_pet_stays_that_of_its_source(
    make_source: Callable[..., Image], coarse: Grid, how: Provenance
) -> None:
    tracer = Dataset()
    tracer.RadiopharmaceuticalStartTime, tracer.RadionuclideTotalDose = "093000", "433344096"
    tracer.RadionuclideHalfLife = "6588"
    told = {
        "Units": "BQML", "DecayCorrection": "START", "SeriesDate": "20240301",
        "SeriesTime": "101700", "AcquisitionTime": "102100", "DecayFactor": "1.25",
        "FrameReferenceTime": "30000.0", "PatientWeight": "99.0",
        "RadiopharmaceuticalInformationSequence": [tracer],
    }  # fmt: skip
    pet = dataclasses.replace(make_source("PT", coarse, elements=told), unit="Bq/ml")
    one = companion(setting(make_pair(make_source("CT"), pet), how))[2]
    for keyword, value in told.items():
        if keyword != "RadiopharmaceuticalInformationSequence":
            assert str(one[keyword].value) == value
    (kept,) = one.RadiopharmaceuticalInformationSequence
    assert (kept.RadionuclideTotalDose, kept.RadionuclideHalfLife) == (433344096, 6588)
    assert one.RescaleIntercept == 0


@pytest.mark.parametrize(
    ("said", "unit", "written"),
    [
        ("BQML", "Bq/ml", "BQML"), ("PROPCNTS", "counts", "PROPCNTS"), ("CM2ML", "a.u.", "CM2ML"),
        ("BQML", "SUV", "GML"), ("GML", "SUV", "GML"), ("", "Bq/ml", "BQML"),
        ("CNTS", "Bq/ml", "BQML"),  # by the factor of Philips
        ("BQML", "a.u.", "NONE"),  # other slices say something else
    ],
)  # fmt: skip
def test_a_pet_names_the_unit_that_its_values_are_in(
    make_source: Callable[..., Image], coarse: Grid, how: Provenance,
    said: str, unit: str, written: str,
) -> None:  # fmt: skip
    pet = make_source("PT", coarse, elements={"Units": said})
    pair = make_pair(make_source("CT"), dataclasses.replace(pet, unit=unit))
    assert {d.Units for d in companion(setting(pair, how))} == {written}


@pytest.mark.parametrize("unit", ["counts", "Bq/ml", "SUV"])
def test_a_spect_is_in_the_unit_of_its_source(
    sample_folder: Path, how: Provenance, tmp_path: Path, unit: str,
    complaints: Callable[[Dataset], list[str]],
) -> None:  # fmt: skip
    images = {i.modality: i for i in open_images(sample_folder) if i.source.kind == "DICOM"}
    pair = make_pair(images["CT"], dataclasses.replace(images["NM"], unit=unit))
    (written,) = companion(setting(pair, how))
    back = read_back([written], tmp_path)
    assert back.unit == unit
    assert np.abs(back.values[:] - np.nan_to_num(pair.b.values[:])).max() <= 0.001
    assert complaints(written) == []


def test_nothing_is_written_where_nothing_was_resampled(
    make_source: Callable[..., Image], how: Provenance
) -> None:
    assert companion(setting(make_pair(make_source("CT"), make_source("MR")), how)) == []


@pytest.mark.parametrize("flipped", [False, True])
def test_a_spect_reads_as_the_resampled_counts_in_one_object_and_in_its_place(
    sample_folder: Path, how: Provenance, tmp_path: Path, flipped: bool
) -> None:
    images = {i.modality: i for i in open_images(sample_folder) if i.source.kind == "DICOM"}
    ct, spect = images["CT"], images["NM"]
    if flipped:
        upside_down = Grid(
            ct.grid.shape,
            ct.grid.spacing,
            ct.grid.position([ct.grid.shape[0] - 1, 0, 0]),
            ct.grid.axes * [[-1], [1], [1]],
        )
        ct = dataclasses.replace(ct, values=ct.values[::-1].copy(), grid=upside_down)
    pair = make_pair(ct, spect)
    (written,) = companion(setting(pair, how))
    path = tmp_path / "nm.dcm"
    path.write_bytes(encoded(written))
    (back,) = open_images(path)
    assert back.modality == "NM"
    first = pair.shape[0] - 1 if flipped else 0  # what is read has its slices along the normal
    assert np.allclose(back.grid.position([0, 0, 0]), pair.grid.position([first, 0, 0]))
    assert np.allclose(back.grid.spacing, pair.grid.spacing)
    expected = np.nan_to_num(pair.b.values[:])[:: -1 if flipped else 1]
    assert np.abs(back.values[:] - expected).max() <= float(written.RescaleSlope) / 2 * 1.001
    assert {r.SpatialLocationsPreserved for r in written.SourceImageSequence} == {"NO"}
