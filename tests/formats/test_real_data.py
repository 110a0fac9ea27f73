"""Every real file opens right, or is refused with a reason."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from fusionviewer.errors import InputError
from fusionviewer.formats.dicom_header import matches
from fusionviewer.formats.files import head
from fusionviewer.formats.reading import open_all, open_images
from fusionviewer.imaging.image import Image

# Which DICOM files are refused, and what the sentence says. All others open.
REFUSED = {
    "highdicom/**/seg_*": "holds a segmentation",
    "highdicom/**/sm_image*": "holds a microscopy slide",
    "highdicom/**/sm_annotations*": "holds annotations",
    "highdicom/**/sr_*": "holds a report",
    "nibabel/nicom/[01].dcm": "is a mosaic",
    "nibabel/nicom/csa_slice_norm.dcm": "is a mosaic",
    "pydicom_data/liver_*.dcm": "holds a segmentation",
    "pydicom_files/ExplVR_*NoMeta.dcm": "holds a radiotherapy plan",
    "pydicom_files/JPEG2000-embedded-sequence-delimiter.dcm": "cannot be decompressed",
    "pydicom_files/MR_truncated.dcm": "is damaged",
    "pydicom_files/UN_sequence.dcm": "holds no picture",
    "pydicom_files/badVR.dcm": "holds a radiation dose",
    "pydicom_files/**/DICOMDIR-empty.dcm": "lists no files",
    "pydicom_files/**/TINY_ALPHA/DICOMDIR": "holds no picture",
    "pydicom_files/**/TINY_ALPHA/PT*/**/IM*": "holds no picture",
    "pydicom_files/empty_charset_LEI.dcm": "holds no picture",
    "pydicom_files/liver_*.dcm": "holds a segmentation",
    "pydicom_files/meta_missing_tsyntax.dcm": "holds no picture",
    "pydicom_files/nested_priv_SQ.dcm": "holds no picture",
    "pydicom_files/no_meta_group_length.dcm": "holds no picture",
    "pydicom_files/priv_SQ.dcm": "holds no picture",
    "pydicom_files/reportsi*.dcm": "holds a report",
    "pydicom_files/rtdose*.dcm": "holds a radiation dose",
    "pydicom_files/rtplan*.dcm": "holds a radiotherapy plan",
    "pydicom_files/rtstruct.dcm": "holds a structure set",
    "pydicom_files/test-SR.dcm": "holds a report",
    "pydicom_files/waveform_ecg.dcm": "holds a waveform",
    "sts_ct_pet_mr/**/RS.dcm": "holds a structure set",
}


@pytest.fixture(scope="module")
def dicom(data: Path) -> Path:
    return data / "dicom"


def opened(path: Path | list[Path]) -> Image:
    (image,) = open_images(path)
    return image


def test_every_dicom_file_opens_or_is_refused_with_the_expected_reason(dicom: Path) -> None:
    expected = {path: why for pattern, why in REFUSED.items() for path in dicom.glob(pattern)}
    wrong: list[str] = []
    count: Counter[bool] = Counter()
    for path in sorted(path for path in dicom.rglob("*") if path.is_file()):
        if not path.stat().st_size or not matches(head(path)):
            continue
        said = ""
        try:
            images = open_images(path)
            assert all(np.isfinite(image.values).all() for image in images)
        except InputError as error:
            said = str(error)
        count[bool(said)] += 1
        if (path in expected) != bool(said) or expected.get(path, "") not in said:
            wrong.append(f"{path.relative_to(dicom)}: {said or 'opened'}")
    assert not wrong
    assert count[False] > 370
    assert count[True] > 100


def test_every_other_file_opens_or_is_refused_with_its_name(dicom: Path) -> None:
    for path in sorted(path for path in dicom.rglob("*") if path.is_file()):
        if path.stat().st_size and matches(head(path)):
            continue
        try:
            open_images(path)
        except InputError as error:
            assert path.name in str(error)


SERIES = [
    "ct_liver",
    "mr_adc_t2/adc",
    "mr_adc_t2/t2",
    "sts_ct_pet_mr/STS_002/CT/image",
    "sts_ct_pet_mr/STS_002/MR_T1/image",
    "sts_ct_pet_mr/STS_002/PET/image",
    "sts_ct_pet_mr/STS_025/CT/image",
    "sts_ct_pet_mr/STS_025/MR_T1/image",
    "sts_ct_pet_mr/STS_025/PET/image",
    "vendor_mr/ge/anatomical/001",
    "vendor_mr/generic/anatomical/002_non_isotropic",
    "vendor_mr/generic/compressed_j2k/001",
    "vendor_mr/generic/compressed_jpegls/001",
    "vendor_mr/generic/compressed_rle/001",
    "vendor_mr/hitachi/anatomical/001",
    "vendor_mr/philips/anatomical/001",
    "vendor_mr/siemens/anatomical/001",
]


@pytest.mark.parametrize("folder", SERIES)
def test_place_and_values_agree_with_gdcm(dicom: Path, folder: str) -> None:
    sitk = pytest.importorskip("SimpleITK")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(dicom / folder)))
    reference = reader.Execute()
    image = opened(dicom / folder)
    grid = image.grid
    assert grid is not None
    assert grid.shape == reference.GetSize()[::-1]
    assert grid.origin == pytest.approx(reference.GetOrigin(), abs=1e-3)
    assert grid.spacing == pytest.approx(reference.GetSpacing()[::-1], abs=1e-3)
    columns = np.array(reference.GetDirection()).reshape(3, 3)
    assert grid.axes == pytest.approx(columns.T[::-1], abs=1e-3)
    values = sitk.GetArrayFromImage(reference).astype(np.float32)
    assert np.allclose(image.values, values, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("name", ["T1.nii.gz", "T2.nii.gz", "FLAIR.nii.gz"])
def test_nifti_agrees_with_simpleitk(dicom: Path, name: str) -> None:
    sitk = pytest.importorskip("SimpleITK")
    reference = sitk.ReadImage(str(dicom / "nifti_t1_t2_flair" / name))
    image = opened(dicom / "nifti_t1_t2_flair" / name)
    assert image.grid is not None
    assert image.grid.origin == pytest.approx(reference.GetOrigin(), abs=1e-3)
    assert image.grid.spacing == pytest.approx(reference.GetSpacing()[::-1], abs=1e-3)
    assert image.grid.axes == pytest.approx(
        np.array(reference.GetDirection()).reshape(3, 3).T[::-1], abs=1e-3
    )
    assert np.allclose(image.values, sitk.GetArrayFromImage(reference), rtol=1e-4, atol=1e-3)


def test_all_compressions_of_one_picture_give_the_same_values(dicom: Path) -> None:
    plain = opened(dicom / "pydicom_files/MR_small.dcm")
    for name in ("RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless"):
        other = opened(dicom / f"pydicom_files/MR_small_{name}.dcm")
        assert (other.values == plain.values).all(), name
    folders = [f"vendor_mr/generic/compressed_{kind}/001" for kind in ("j2k", "jpegls", "rle")]
    first, *others = [opened(dicom / folder) for folder in folders]
    assert all((other.values == first.values).all() for other in others)


@pytest.mark.parametrize(
    ("path", "shape", "spacing"),
    [
        ("enhanced_mr/Siemens/XA10/6_1.dcm", (6, 64, 64), (2.4, 3.375, 3.375)),
        ("vendor_mr/philips_enhanced/anatomical/001", (8, 256, 256), (1.2, 1, 1)),
        ("vendor_mr/siemens_multiframe/anatomical/001", (8, 256, 256), (0.9, 0.9375, 0.9375)),
        ("vendor_mr/hyperfine/anatomical/001", (8, 138, 112), (5, 1.61, 1.59)),
        ("pydicom_data/eCT_Supplemental.dcm", (2, 512, 512), (10, 0.388672, 0.388672)),
    ],
)
def test_enhanced_objects_are_placed_by_their_functional_groups(
    dicom: Path, path: str, shape: tuple[int, ...], spacing: tuple[float, ...]
) -> None:
    image = opened(dicom / path)
    assert image.shape == shape
    assert image.grid is not None
    assert image.grid.spacing == pytest.approx(spacing, abs=1e-3)
    assert len(image.source.headers) == shape[0]
    assert "ImagePositionPatient" in image.source.headers[0]


def test_a_field_map_and_its_magnitude_are_two_images(dicom: Path) -> None:
    images = open_images(dicom / "enhanced_mr/Philips/IM_0027_fMAP.dcm")
    assert [image.shape for image in images] == [(32, 64, 64), (32, 64, 64)]
    assert "image type 1 of 2" in images[0].name


def test_series_that_are_no_volume_say_so(dicom: Path) -> None:
    image = opened(dicom / "vendor_mr/failing/sliceincrement/001")
    assert image.grid is None
    assert "Slices are missing after slice 3" in image.notes[0]
    assert len(open_images(dicom / "vendor_mr/failing/notavolume/001")) == 4


def test_units_and_modalities_of_the_patients(dicom: Path) -> None:
    images = open_all(dicom / "sts_ct_pet_mr/STS_002").images
    assert {image.modality: image.unit for image in images} == {
        "CT": "HU",
        "MR": "a.u.",
        "PT": "SUV",
    }
    frames = {image.source.frame_of_reference_uid for image in images}
    assert len(frames) == 1


def test_the_tables_of_contents_need_not_be_read(dicom: Path) -> None:
    opened_folder = open_all(dicom / "pydicom_files/dicomdirtests/98892003")
    assert sum(len(image.source.paths) for image in opened_folder.images) == 17


@pytest.mark.parametrize(
    ("folder", "modality", "colour"),
    [("CT-MRI/CT", "CT", False), ("PET-MRI/PET", "PT", True), ("SPECT-MRI/SPECT", "NM", True)],
)
def test_the_atlas_opens_with_its_modalities(
    data: Path, folder: str, modality: str, colour: bool
) -> None:
    paths = sorted((data / "harvard" / folder).glob("*.png"))[:3]
    for image in open_images(paths):
        assert image.shape == (1, 256, 256)
        assert image.modality == modality
        assert (image.rgb is not None) is colour
