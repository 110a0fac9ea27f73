"""Files that belong together, in order, placed in the patient."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from fusionviewer.errors import InputError
from fusionviewer.formats.catalogue import catalogue, open_entry
from fusionviewer.formats.reading import describe, open_all, open_images
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import OWNERS_DISAGREE
from fusionviewer.imaging.pair import make_pair

Write = Callable[..., list[Path]]
MakeGrid = Callable[..., Grid]


def ramp(slices: int) -> np.ndarray:
    """Slice s holds the value s."""
    return np.broadcast_to(np.arange(slices, dtype=np.int16)[:, None, None], (slices, 3, 4)).copy()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "series"


def test_slices_are_sorted_by_position_whatever_their_names_say(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((5, 3, 4))
    write_series(folder, ramp(5), place, InstanceNumber=lambda s: 9 - s)
    (image,) = open_images(folder)
    assert image.values[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert image.grid is not None
    assert image.grid.matches(place, 1e-4)
    assert image.source.instance_uids == tuple(f"1.2.3.{s + 1}" for s in range(5))


def test_the_step_comes_from_positions_and_not_from_the_thickness(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    write_series(folder, ramp(3), make_grid_at((3, 3, 4), (7.5, 1, 1)), SliceThickness=5)
    (image,) = open_images(folder)
    assert image.grid is not None
    assert image.grid.spacing[0] == pytest.approx(7.5)


def test_several_files_of_one_series_make_one_image(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    paths = write_series(folder, ramp(4), make_grid_at((4, 3, 4)))
    (image,) = open_images([paths[2], paths[0], paths[1]])
    assert image.shape == (3, 3, 4)
    (alone,) = open_images(paths[0])
    assert alone.shape == (1, 3, 4)


@pytest.mark.parametrize(
    ("elements", "step", "note"),
    [
        ({"SpacingBetweenSlices": -3.0}, 3.0, ""),
        ({"SliceThickness": 5.0}, 5.0, ""),
        ({"SliceThickness": 0.0}, 1.0, "1 mm is assumed"),
    ],
)
def test_a_single_slice_takes_its_step_from_the_header(
    folder: Path,
    write_series: Write,
    make_grid_at: MakeGrid,
    elements: dict,
    step: float,
    note: str,
) -> None:
    write_series(folder, ramp(1), make_grid_at((1, 3, 4)), **elements)
    (image,) = open_images(folder)
    assert image.grid is not None
    assert image.grid.spacing[0] == step
    assert note in " ".join(image.notes)


@pytest.mark.parametrize("spacing", [[0, 0], [-1, 1], [1, 5000], [1]])
def test_a_pixel_spacing_that_makes_no_sense_gives_no_mm(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, spacing: list
) -> None:
    write_series(folder, ramp(3), make_grid_at((3, 3, 4)), PixelSpacing=spacing)
    (image,) = open_images(folder)
    assert image.grid is None
    assert "no mm" in image.notes[0]


@pytest.mark.parametrize(
    "cosines", [[1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 2, 0], [1, 0, 0, 0.01, 1, 0], [0] * 6]
)
def test_an_orientation_that_is_not_at_right_angles_gives_no_place(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, cosines: list
) -> None:
    write_series(folder, ramp(3), make_grid_at((3, 3, 4)), ImageOrientationPatient=cosines)
    (image,) = open_images(folder)
    assert image.grid is None
    assert "left and right unknown" in image.notes[0]


@pytest.mark.parametrize("which", [0, 2])
def test_a_slice_without_a_position_is_said(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, which: int
) -> None:
    paths = write_series(folder, ramp(4), make_grid_at((4, 3, 4)))
    header = dcmread(paths[which])
    header.ImagePositionPatient = None
    header.save_as(paths[which])
    (image,) = open_images(folder)
    assert image.grid is None
    assert image.notes == (
        "The position of 1 of 4 slices is missing: no mm, left and right unknown.",
    )


def two_phases(folder: Path, write: Write, place: Grid, apart: float, **second: object) -> None:
    """The second phase lies a little beside the first."""
    write(folder / "a", ramp(5), place, AcquisitionNumber=1)
    beside = Grid(place.shape, place.spacing, place.position((apart / 2, 0, 0)), place.axes)
    write(folder / "b", ramp(5) + 100, beside, SOPInstanceUID=lambda s: f"1.2.4.{s}", **second)


def test_phases_that_lie_a_little_beside_each_other_are_told_apart(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    two_phases(folder, write_series, make_grid_at((5, 3, 4)), 0.02, AcquisitionNumber=2)
    images = open_images(folder)
    assert [image.shape[0] for image in images] == [5, 5]
    assert all(image.grid is not None for image in images)
    assert "acquisition 1 of 2" in images[0].notes[0]


def test_slices_between_each_other_are_one_volume(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    two_phases(folder, write_series, make_grid_at((5, 3, 4)), 1.0, AcquisitionNumber=2)
    (image,) = open_images(folder)
    assert image.grid is not None
    assert image.shape[0] == 10


def test_a_wide_gap_makes_no_slices_lie_in_one_place(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    """Two stations of two slices, 60 mm apart, with an acquisition number each."""
    near, far = make_grid_at((2, 3, 4)), make_grid_at((2, 3, 4), origin=(-10, 20, 65))
    write_series(folder / "a", ramp(2), near, AcquisitionNumber=1)
    write_series(
        folder / "b", ramp(2), far, AcquisitionNumber=2, SOPInstanceUID=lambda s: f"1.2.4.{s}"
    )
    (image,) = open_images(folder)
    assert image.notes == ("Slices are missing after slice 2: no mm, no volume.",)


def test_places_that_differ_a_little_and_nothing_tells_apart_are_no_gaps(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    two_phases(folder, write_series, make_grid_at((5, 3, 4)), 0.02, AcquisitionNumber=1)
    (image,) = open_images(folder)
    assert image.notes == ("Slices lie 0.02 to 1.98 mm apart: no mm, no volume.",)


def test_a_missing_slice_is_said_and_takes_the_mm_away(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    paths = write_series(folder, ramp(6), make_grid_at((6, 3, 4)))
    paths[3].unlink()
    (image,) = open_images(folder)
    assert image.grid is None
    assert image.notes == ("Slices are missing after slice 3: no mm, no volume.",)


def test_series_with_a_gap_in_different_places_are_not_laid_pixel_on_pixel(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((6, 3, 4))
    found = []
    for name, missing in (("a", 2), ("b", 4), ("c", 2)):
        paths = write_series(
            folder / name, ramp(6), place, SeriesInstanceUID=f"1.2.3.{name == 'b'}"
        )
        paths[missing].unlink()
        found += open_images(folder / name)
    assert make_pair(found[0], found[2]).card.overlap == 1
    with pytest.raises(InputError, match="slices are missing"):
        make_pair(*found[:2])


def test_steps_that_wobble_a_little_are_said_and_keep_the_grid(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    write_series(
        folder,
        ramp(5),
        make_grid_at((5, 3, 4)),
        ImagePositionPatient=lambda s: [0, 0, 2.0 * s + (0.1 if s == 2 else 0)],
    )
    (image,) = open_images(folder)
    assert image.grid is not None
    assert "0.10 mm off" in image.notes[0]


@pytest.mark.parametrize("lean", [0.4, -0.4])
def test_a_tilted_gantry_is_set_upright_and_said(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, lean: float
) -> None:
    # The patient is a ramp along all three axes, and every slice shows it where it really lies.
    place = make_grid_at((6, 12, 10), (2, 1.5, 0.5), (0, 0, 0))
    index = np.moveaxis(np.indices(place.shape), 0, -1)
    aside = lean * 2 * index[..., 0]
    x, y, z = np.moveaxis(place.position(index), -1, 0)
    volume = np.round(100 * (x + 2 * (y + aside) + 3 * z)).astype(np.int16) + 500
    write_series(
        folder,
        volume,
        place,
        ImagePositionPatient=lambda s: [0, lean * 2 * s, 2.0 * s],
    )
    (image,) = open_images(folder)
    assert image.notes == ("The gantry was tilted by 21.8°; the slices were moved upright.",)
    assert image.grid is not None
    assert image.padding is not None
    everywhere = image.grid.position(np.moveaxis(np.indices(image.shape), 0, -1))
    expected = 100 * (everywhere @ np.array([1, 2, 3])) + 500
    inner = ~image.padding
    inner[:, 1:-1] &= ~(image.padding[:, 2:] | image.padding[:, :-2])  # the rim is half inside
    inner[:, (0, -1)] = False
    assert inner.sum() > 0.75 * volume.size
    assert np.abs(image.values - expected)[inner].max() <= 1
    assert describe(folder)[0].size == image.shape


def test_slices_scattered_beside_each_other_have_no_grid(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    write_series(
        folder,
        ramp(5),
        make_grid_at((5, 3, 4)),
        ImagePositionPatient=lambda s: [0, 9.0 * (s % 2), 2.0 * s],
    )
    (image,) = open_images(folder)
    assert image.grid is None
    assert "do not lie above each other" in image.notes[0]


def test_the_same_file_twice_counts_once_and_is_said(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    paths = write_series(folder, ramp(3), make_grid_at((3, 3, 4)))
    (folder / "copy.dcm").write_bytes(paths[0].read_bytes())
    (image,) = open_images(folder)
    assert image.shape[0] == 3
    assert image.notes == ("A copy of a slice was left out.",)


def test_two_echoes_of_one_place_are_two_images(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((3, 3, 4))
    write_series(folder / "a", ramp(3), place, EchoTime=80)
    write_series(
        folder / "b", ramp(3) + 100, place, EchoTime=9, SOPInstanceUID=lambda s: f"1.2.4.{s}"
    )
    early, late = sorted(open_images(folder), key=lambda image: image.name)
    assert early.values.max() == 102
    assert late.values.max() == 2
    assert "echo time 1 of 2" in early.notes[0]


def test_images_of_one_place_that_nothing_tells_apart_are_refused(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((3, 3, 4))
    write_series(folder / "a", ramp(3), place)
    write_series(folder / "b", ramp(3), place, SOPInstanceUID=lambda s: f"1.2.4.{s}")
    with pytest.raises(InputError, match="up to 2 images of one place"):
        open_images(folder)


def test_localisers_other_sizes_and_other_directions_are_split_off(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((3, 3, 4))
    coronal = make_grid_at((2, 3, 4), axes=np.array([[0, 1, 0], [0, 0, -1], [1, 0, 0.0]]))
    uid = iter(range(100, 999))
    other = {"SOPInstanceUID": lambda s: f"1.2.5.{next(uid)}"}
    write_series(folder / "a", ramp(3), place)
    write_series(
        folder / "b", ramp(1), place, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], **other
    )
    write_series(folder / "c", ramp(2), coronal, **other)
    write_series(folder / "d", np.zeros((2, 5, 5), np.int16), make_grid_at((2, 5, 5)), **other)
    shapes = sorted(image.shape for image in open_images(folder))
    assert shapes == [(1, 3, 4), (2, 3, 4), (2, 5, 5), (3, 3, 4)]


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "P2", "PatientName": "Else^Some", "StudyInstanceUID": "1.7"},
        {"PatientBirthDate": "19500101"},
        {"PatientSex": "F"},
        {"StudyInstanceUID": "1.7"},
        {"Modality": "PT", "Units": "CNTS"},
    ],
)
def test_slices_of_two_patients_studies_or_modalities_are_never_one_volume(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, other: dict
) -> None:
    whose = {"PatientBirthDate": "19400101", "PatientSex": "M"}
    paths = write_series(folder, ramp(6), make_grid_at((6, 3, 4)), **whose)
    for path in paths[:3]:
        header = dcmread(path)
        for keyword, value in other.items():
            setattr(header, keyword, value)
        header.save_as(path)
    opened = open_images(folder)
    assert [image.shape[0] for image in opened] == [3, 3]
    for image in opened:
        assert len({str(header.get(next(iter(other)))) for header in image.source.headers}) == 1
        assert "under one number" in " ".join(image.notes)


@pytest.mark.parametrize(
    "numbered",
    [
        {"StudyInstanceUID": lambda s: f"1.7.{s}"},
        {"PatientID": lambda s: f"anon{s}", "StudyInstanceUID": lambda s: f"1.7.{s}"},
        {"PatientID": lambda s: f"anon{s}", "PatientName": lambda s: f"anon{s}"},
    ],
    ids="+".join,
)
def test_slices_that_each_got_another_number_stay_one_volume_of_nobody(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, numbered: dict
) -> None:
    write_series(folder, ramp(6), make_grid_at((6, 3, 4)), **numbered)
    (image,) = open_images(folder)
    assert image.shape[0] == 6 and image.grid is not None
    assert not image.patient.known
    assert image.doubts == (OWNERS_DISAGREE,)
    (told,) = describe(folder)
    assert told.notes == image.notes


@pytest.mark.parametrize(
    ("slices", "elements"),
    [
        (3, {"PatientID": lambda s: f"P{s}"}),
        (6, {"PatientID": lambda s: f"P{s % 2}", "StudyInstanceUID": lambda s: f"1.7.{s}"}),
        (6, {"PatientID": lambda s: f"P{s}", "Modality": lambda s: ("CT", "MR")[s % 2]}),
        (6, {"PatientID": lambda s: f"P{s}", "ImagePositionPatient": [0, 0, 0]}),
    ],
    ids=["few", "two patients", "two modalities", "one place"],
)
def test_slices_that_may_be_of_several_people_are_never_put_together(
    folder: Path, write_series: Write, make_grid_at: MakeGrid, slices: int, elements: dict
) -> None:
    write_series(folder, ramp(slices), make_grid_at((slices, 3, 4)), **elements)
    assert len(open_images(folder)) == slices


def test_a_slice_that_leaves_out_whose_it_is_stays_in_its_series(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    paths = write_series(
        folder, ramp(4), make_grid_at((4, 3, 4)), PatientName="Test^Patient", PatientBirthDate=""
    )
    changes = ({"PatientID": "", "StudyInstanceUID": ""}, {"PatientName": "TEST PATIENT "})
    for path, change in zip((paths[-1], paths[1]), changes, strict=True):
        header = dcmread(path)
        for keyword, value in change.items():
            setattr(header, keyword, value)
        header.save_as(path)
    (image,) = open_images(folder)
    assert image.shape[0] == 4
    assert image.notes == ()
    assert image.patient.id == "P1"


def test_slices_that_could_be_of_either_patient_are_of_neither(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    write_series(
        folder,
        ramp(6),
        make_grid_at((6, 3, 4)),
        PatientName="",
        PatientID=lambda s: ("", "P1", "P2")[s // 2],
    )
    assert sorted(image.patient.id for image in open_images(folder)) == ["", "P1", "P2"]


def test_a_damaged_slice_is_a_problem_of_its_series_only(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((3, 3, 4))
    write_series(folder / "good", ramp(3), place)
    bad = write_series(folder / "bad", ramp(3), place, SeriesInstanceUID="1.2.77")
    bad[1].write_bytes(bad[1].read_bytes()[:-10])
    opened = open_all(folder)
    assert [image.shape for image in opened.images] == [(3, 3, 4)]
    assert len(opened.problems) == 1
    assert bad[1].name in str(opened.problems[0])


def test_a_description_agrees_with_the_image(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    write_series(folder, ramp(3), make_grid_at((3, 3, 4)), "CT", RescaleIntercept=0, RescaleSlope=1)
    (said,) = describe(folder)
    (image,) = open_images(folder)
    assert said.size == image.shape
    assert said.spacing_mm == (2.0, 1.5, 0.5)
    assert (said.unit, said.modality, said.name) == (image.unit, image.modality, image.name)
    assert said.as_json()["patient"]["id"] == "P1"


def test_diffusion_is_split_by_the_b_value_also_where_only_the_vendor_says_it(
    folder: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    place = make_grid_at((3, 3, 4))
    for i, b in enumerate((0, 50, 800)):
        paths = write_series(
            folder / str(b), ramp(3) + b, place, SOPInstanceUID=lambda s, i=i: f"1.2.{5 + i}.{s}"
        )
        for path in paths:
            header = dcmread(path)
            block = header.private_block(0x0019, "SIEMENS MR HEADER", create=True)
            block.add_new(0x0C, "IS", b)
            header.save_as(path)
    listed = catalogue(folder).entries
    assert [entry.part for entry in listed] == [
        "b-value 1 of 3 (0 s/mm²)",
        "b-value 2 of 3 (50 s/mm²)",
        "b-value 3 of 3 (800 s/mm²)",
    ]
    assert [float(open_entry(entry).values.min()) for entry in listed] == [0, 50, 800]
