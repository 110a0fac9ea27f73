"""What files and folders hold, series by series, before any pixels are read."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from fusionviewer.errors import Cancelled, InputError
from fusionviewer.formats.catalogue import catalogue, open_entry, preview, thumbnail
from fusionviewer.formats.reading import describe
from fusionviewer.imaging.geometry import Grid

Write = Callable[..., list[Path]]
MakeGrid = Callable[..., Grid]


def volume(slices: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 900, (slices, 6, 8)).astype(np.int16)


@pytest.fixture
def two_patients(tmp_path: Path, write_series: Write, make_grid_at: MakeGrid) -> Path:
    """Two series of one patient and one of another, mixed in a folder."""
    for i, (who, uid, slices) in enumerate(
        (("P1", "1.2.1", 3), ("P2", "1.2.2", 5), ("P1", "1.2.3", 2))
    ):
        write_series(
            tmp_path / f"mixed{i}",
            volume(slices, i),
            make_grid_at((slices, 6, 8)),
            PatientID=who,
            PatientName=f"Name^{who}",
            SeriesInstanceUID=uid,
            SOPInstanceUID=lambda s, uid=uid: f"{uid}.{s}",
            SeriesDescription=f"series {i}",
            SeriesNumber=9 - i,
            StudyDate="20200131",
        )
    return tmp_path


def test_series_are_listed_by_patient_and_number_with_what_their_headers_say(
    two_patients: Path,
) -> None:
    listed = catalogue(two_patients).entries
    assert [(one.patient.id, one.series_number) for one in listed] == [
        ("P1", 7),
        ("P1", 9),
        ("P2", 8),
    ]
    first = listed[0]
    assert (first.count, first.shape, first.spacing) == (2, (2, 6, 8), (2.0, 1.5, 0.5))
    assert (first.modality, first.kind, first.series_description) == ("MR", "MR", "series 2")
    assert (first.study_date, first.problem, first.is_localizer) == ("20200131", "", False)
    assert len(first.paths) == 2
    assert len({one.key for one in listed}) == 3


def test_an_entry_opens_as_its_series_and_its_preview_is_the_middle_slice(
    two_patients: Path,
) -> None:
    entry = catalogue(two_patients).entries[2]
    whole, middle = open_entry(entry), preview(entry)
    assert np.array_equal(whole.values, volume(5, 1))
    assert np.array_equal(middle.values[0], whole.values[2])
    assert whole.grid is not None
    assert middle.grid is not None
    assert middle.grid.position((0, 0, 0)) == pytest.approx(whole.grid.position((2, 0, 0)))


def test_the_same_files_have_the_same_keys_and_others_have_not(two_patients: Path) -> None:
    before = {one.key for one in catalogue(two_patients).entries}
    assert before == {one.key for one in catalogue(two_patients).entries}
    next((two_patients / "mixed0").iterdir()).unlink()
    assert len(before & {one.key for one in catalogue(two_patients).entries}) == 2


def test_a_thumbnail_is_small_and_keeps_the_proportions_of_the_patient(
    tmp_path: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    shape = (3, 100, 400)
    write_series(tmp_path / "a", np.ones(shape, np.int16), make_grid_at(shape, (1.0, 2.0, 1.0)))
    (entry,) = catalogue(tmp_path).entries
    assert thumbnail(entry).shape == (64, 128)
    assert thumbnail(entry).dtype == np.uint8


def test_what_is_no_image_is_listed_with_its_reason_and_cannot_be_opened(
    two_patients: Path, write_series: Write, make_grid_at: MakeGrid
) -> None:
    write_series(
        two_patients / "plan",
        volume(2),
        make_grid_at((2, 6, 8)),
        Modality="RTSTRUCT",
        SeriesInstanceUID="1.2.8",
        PatientID="P0",
        PatientName="A",
    )
    refused = catalogue(two_patients).entries[0]
    assert not refused.opens
    assert refused.count == 2
    assert "holds a structure set (RTSTRUCT), not an image" in refused.problem
    assert refused.hint
    for ask in (open_entry, thumbnail):
        with pytest.raises(InputError, match="structure set"):
            ask(refused)


def test_a_damaged_file_is_a_problem_and_the_rest_is_listed(two_patients: Path) -> None:
    (two_patients / "broken.dcm").write_bytes(bytes(128) + b"DICM" + b"\xff" * 40)
    found = catalogue(two_patients)
    assert len(found.entries) == 3
    assert "broken.dcm" in str(found.problems[0])


def test_listing_can_be_stopped_and_tells_how_far_it_is(two_patients: Path) -> None:
    steps: list[tuple[int, int]] = []
    catalogue(two_patients, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (10, 10)

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        catalogue(two_patients, check=stop)


def test_a_folder_without_images_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see here")
    with pytest.raises(InputError, match="holds no image"):
        catalogue(tmp_path)


def test_all_real_files_are_listed_and_what_opens_has_a_thumbnail(data: Path) -> None:
    listed = catalogue(data / "dicom").entries
    assert sum(one.opens for one in listed) > 250
    assert all(bool(one.problem) is not one.opens for one in listed)
    for entry in listed[::7]:
        if entry.opens:
            assert max(thumbnail(entry).shape[:2]) <= 128


def test_a_file_of_several_volumes_is_listed_volume_by_volume(tmp_path: Path) -> None:
    volumes = np.random.default_rng(5).integers(-99, 99, (4, 5, 3, 6)).astype(np.int16)  # x y z t
    for name in ("a.nii", "b.nii.gz"):
        nibabel.save(nibabel.Nifti1Image(volumes, np.diag([2.0, 2, 3, 1])), tmp_path / name)
        listed = catalogue(tmp_path / name).entries
        assert [entry.part for entry in listed] == [f"volume {i} of 6" for i in range(1, 7)]
        assert len({entry.key for entry in listed}) == 6
        for i, entry in enumerate(listed):
            assert entry.shape == (3, 5, 4)
            assert np.array_equal(open_entry(entry).values, volumes[..., i].T)


def test_the_preview_of_a_nifti_file_is_its_middle_slice_where_it_lies(
    tmp_path: Path, write_nifti: Callable[..., Path], make_grid_at: MakeGrid
) -> None:
    for name in ("a.nii", "b.nii.gz"):
        path = write_nifti(tmp_path / name, volume(5), make_grid_at((5, 6, 8)))
        (entry,) = catalogue(path).entries
        whole, middle = open_entry(entry), preview(entry)
        assert np.array_equal(middle.values[0], whole.values[2])
        assert whole.grid is not None
        assert middle.grid is not None
        assert middle.grid.position((0, 1, 1)) == pytest.approx(whole.grid.position((2, 1, 1)))


def test_describing_a_file_of_several_volumes_lists_each(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 5, 3, 6)), np.eye(4)), tmp_path / "a.nii")
    told = describe(tmp_path / "a.nii")
    assert [one.name for one in told] == [f"a, volume {i} of 6" for i in range(1, 7)]
