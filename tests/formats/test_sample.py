import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image as Picture

from fusionviewer.errors import Cancelled, ExportError
from fusionviewer.formats.reading import open_images
from fusionviewer.formats.sample import PAIRS, sample_is_whole, write_sample
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Alignment, make_pair
from fusionviewer.imaging.phantom import LESION

SERIES = {"CT": "CT", "T1": "MR", "T2": "MR", "PET": "PT", "SPECT": "NM"}
NIFTI = {"CT": "CT", "T1": "MR_T1", "T2": "MR_T2", "PET": "PET", "SPECT": "SPECT"}
UNITS = {"CT": "HU", "T1": "a.u.", "T2": "a.u.", "PET": "SUV", "SPECT": "counts"}


@pytest.fixture(scope="module")
def sample(sample_folder: Path) -> Path:
    return sample_folder


@pytest.fixture(scope="module")
def images(sample: Path) -> dict[str, Image]:
    return {name: open_images(sample / "DICOM" / name)[0] for name in SERIES}


def near(image: Image, x: float, y: float, z: float, mm: float = 6) -> np.ndarray:
    """The values of a cube around a place in the patient."""
    assert image.grid is not None
    middle = image.grid.index([x, y, z])
    reach = np.maximum(mm / image.grid.spacing, 0.5)
    low, high = np.round(middle - reach).astype(int), np.round(middle + reach).astype(int)
    return image.values[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]


@pytest.mark.parametrize("name", SERIES)
class TestEverySeries:
    def test_opens_as_one_image_with_its_modality_unit_and_place(
        self, sample: Path, name: str
    ) -> None:
        (image,) = open_images(sample / "DICOM" / name)
        assert (image.modality, image.unit) == (SERIES[name], UNITS[name])
        assert image.grid is not None
        assert image.notes == ()
        assert (image.patient.name, image.patient.id) == ("Sample^Phantom", "SAMPLE")

    def test_is_in_the_one_frame_of_reference_and_study(
        self, images: dict[str, Image], name: str
    ) -> None:
        ct = images["CT"].source
        assert images[name].source.frame_of_reference_uid == ct.frame_of_reference_uid != ""
        assert images[name].source.study_uid == ct.study_uid

    def test_is_the_same_as_nifti(self, sample: Path, images: dict[str, Image], name: str) -> None:
        (other,) = open_images(sample / "NIfTI" / f"{NIFTI[name]}.nii.gz")
        image = images[name]
        assert image.grid is not None
        assert other.grid is not None
        assert other.grid.matches(image.grid, tolerance_mm=1e-4)
        assert other.modality == image.modality
        np.testing.assert_allclose(other.values, image.values, atol=2e-4 * image.values.max())

    def test_lies_where_another_program_finds_it(
        self, sample: Path, images: dict[str, Image], name: str
    ) -> None:
        volume = SimpleITK.ReadImage(str(sample / "NIfTI" / f"{NIFTI[name]}.nii.gz"))
        grid = images[name].grid
        assert grid is not None
        place = volume.TransformIndexToPhysicalPoint((5, 7, 3))
        np.testing.assert_allclose(place, grid.position([3, 7, 5]), atol=1e-4)

    @pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
    def test_satisfies_the_validator(self, sample: Path, name: str) -> None:
        files = sorted((sample / "DICOM" / name).iterdir())
        for path in (files[0], files[len(files) // 2], files[-1]):
            run = subprocess.run(
                ["dciodvfy", str(path)], capture_output=True, text=True, check=False
            )
            assert "Image" in run.stderr
            assert [x for x in run.stderr.splitlines() if x.startswith("Error")] == []

    def test_says_what_it_is(self, sample: Path, name: str) -> None:
        header = pydicom.dcmread(sample / "DICOM" / name / "IM0001.dcm")
        assert "no patient" in header.PatientComments
        assert "Not for diagnostic use" in header.PatientComments
        assert header.BodyPartExamined == "HEAD"


def test_ct_and_mr_have_at_least_24_slices_of_256_by_256_on_one_grid(
    images: dict[str, Image],
) -> None:
    assert images["CT"].shape[0] >= 24
    assert images["CT"].shape[1:] == (256, 256)
    assert make_pair(images["CT"], images["T1"]).alignment is Alignment.SAME_GRID
    assert make_pair(images["CT"], images["T2"]).alignment is Alignment.SAME_GRID


@pytest.mark.parametrize("name", ["PET", "SPECT"])
def test_pet_and_spect_are_resampled_and_cover_all_of_the_mr(
    images: dict[str, Image], name: str
) -> None:
    pair = make_pair(images[name], images["T1"])
    assert pair.alignment is Alignment.SAME_FRAME
    assert pair.shape == images["T1"].shape
    assert pair.a.padding is None


def test_grey_levels_are_those_of_tissue(images: dict[str, Image]) -> None:
    ct = images["CT"].values
    bone = ct[ct > 600]
    assert 700 < np.median(bone) < 1500
    assert np.median(ct[:, :8, :8]) == pytest.approx(-1000, abs=3)
    assert np.median(near(images["CT"], -8, -20, 16, 3)) == pytest.approx(7, abs=6)
    assert np.median(near(images["CT"], -28, -36, 16, 4)) == pytest.approx(29, abs=4)
    assert images["PET"].values.max() == pytest.approx(11, abs=2)
    assert images["SPECT"].values.min() == 0


@pytest.mark.parametrize(("name", "least"), [("T2", 100.0), ("PET", 0.5), ("CT", 60.0)])
def test_the_lesion_is_on_the_left_in_dicom_and_nifti(
    sample: Path, images: dict[str, Image], name: str, least: float
) -> None:
    x, y, z = LESION
    (nifti,) = open_images(sample / "NIfTI" / f"{NIFTI[name]}.nii.gz")
    for image in (images[name], nifti):
        if name == "CT":  # the crumb of calcium
            assert near(image, x + 9, y - 6, z).max() > near(image, -x - 9, y - 6, z).max() + least
        else:
            left, right = (near(image, side * x, y, z, 12) for side in (1, -1))
            assert np.percentile(left, 60) > np.percentile(right, 60) + least


def test_the_lesion_is_on_the_right_of_the_pictures(sample: Path) -> None:
    """Radiologists look from the feet: the patient's left is on the right."""
    with Picture.open(sample / "PNG" / "PET-MRI" / "PET" / "26.png") as picture:
        red_green = np.asarray(picture)[..., 1].astype(int)  # hot iron turns green above half
    assert red_green[:, 128:].max() > red_green[:, :128].max() + 50


@pytest.mark.parametrize("pair", PAIRS)
def test_picture_pairs_have_equal_names_and_sizes(sample: Path, pair: str) -> None:
    first, second = pair.split("-")
    names = [sorted(p.name for p in (sample / "PNG" / pair / s).iterdir()) for s in (first, second)]
    assert names[0] == names[1]
    assert len(names[0]) == 40
    with Picture.open(sample / "PNG" / pair / first / "20.png") as picture:
        assert (picture.size, picture.mode) == ((256, 256), "L" if first == "CT" else "RGB")
    (mr,) = open_images(sample / "PNG" / pair / second / "20.png")
    assert (mr.modality, mr.rgb) == ("MR", None)


@pytest.mark.slow
def test_writing_it_again_gives_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_sample(tmp_path / "again", progress=lambda done, total: steps.append((done, total)))
    assert hashes(tmp_path / "again") == hashes(sample)
    assert all(done <= total for done, total in steps)
    assert steps == sorted(steps)


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_is_not_written_over_anything(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "PNG").mkdir()
    (tmp_path / "PNG" / "mine.png").write_bytes(b"precious")
    with pytest.raises(ExportError, match="exists already and is not empty"):
        write_sample(tmp_path)
    assert (tmp_path / "PNG" / "mine.png").read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["PNG"]


def test_other_files_are_kept_even_when_it_may_overwrite(tmp_path: Path) -> None:
    (tmp_path / "DICOM").mkdir()
    (tmp_path / "DICOM" / "mine.dcm").write_bytes(b"precious")
    with pytest.raises(ExportError, match="not from an earlier export"):
        write_sample(tmp_path, overwrite=True)
    assert (tmp_path / "DICOM" / "mine.dcm").read_bytes() == b"precious"


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    asked = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_sample(tmp_path / "sample", check=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="could not be made"):
        write_sample(tmp_path / "file" / "sample")


def test_a_sample_is_whole_when_all_of_it_is_there(sample: Path, tmp_path: Path) -> None:
    assert sample_is_whole(sample)
    assert not sample_is_whole(tmp_path)
    shutil.copytree(sample, tmp_path / "copy")
    (tmp_path / "copy" / "README.txt").unlink()
    assert not sample_is_whole(tmp_path / "copy")
